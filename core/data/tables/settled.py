"""The drafts of all columns settled: one decimal sign and one order of dates, from whatever in the file shows it."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from .cells import DATES, DECIMAL, WRITTEN, Draft
from .columns import Choices, Column, quoted
from .decimal_sign import as_number

_FIRST = MappingProxyType({"day": "the day first", "month": "the month first", "year": "the year first"})
_OTHER = MappingProxyType({",": ".", ".": ","})
_LEAST_ORDERED = 5  # days


@dataclass(frozen=True)
class _Choice:
    """The reading of a draft, why it was taken, and whether the other may be meant."""

    reading: str
    why: str
    is_asked: bool = False


# What the drafts of a file show themselves: by field of Choices and reading, the first column that shows it.
_Shown = Mapping[str, Mapping[str, str]]


def settle(
    drafts: Sequence[Draft], choices: Choices, separator: str
) -> tuple[list[Column], tuple[str, ...], tuple[str, ...]]:
    """The columns, sentences on what was settled and how, and the fields of Choices that are still to be asked.

    What settles a column, in this order: its own cells; the person; other columns of the file, if they agree; the
    training, where the rows are new; the order of its dates; a default, which is told with what the other would give.
    """
    shown = {
        asks: {draft.shows: draft.name for draft in reversed(drafts) if draft.asks == asks and draft.shows}
        for asks in (DECIMAL, DATES)
    }
    sign = _default_sign([draft for draft in drafts if draft.asks == DECIMAL and draft.is_open], separator)
    chosen = {draft.name: _chosen(draft, choices, shown, sign) for draft in drafts}
    columns = [_column(draft, chosen[draft.name]) for draft in drafts]
    groups = defaultdict[tuple[str, _Choice], list[Draft]](list)
    for draft in drafts:
        if (choice := chosen[draft.name]) is not None:
            groups[draft.asks, choice].append(draft)
    notes = tuple(filter(None, (_NOTES[asks](choice, some) for (asks, choice), some in groups.items())))
    asked = {asks for asks, choice in groups if choice.is_asked}
    return columns, notes, tuple(asks for asks in (DECIMAL, DATES) if asks in asked)


def _chosen(draft: Draft, choices: Choices, shown: _Shown, sign: _Choice) -> _Choice | None:
    """The reading of a draft, and why; None where there is nothing to choose and nothing to tell."""
    if not draft.is_open:
        return _Choice(draft.shows, "as only so they are all in the calendar") if draft.asks == DATES else None
    if choice := {DECIMAL: choices.decimal, DATES: choices.dates}[draft.asks]:
        return _Choice(choice, "as you chose")
    if len(shown[draft.asks]) == 1:
        ((found, name),) = shown[draft.asks].items()
        return _Choice(found, f"as “{name}” shows")
    trained = next((key for key, written in WRITTEN.items() if draft.like and draft.like.written == written), "")
    if trained in draft.readings:
        return _Choice(trained, "as in the training")
    return sign if draft.asks == DECIMAL else _default_order(draft, shown)


def _default_sign(drafts: list[Draft], separator: str) -> _Choice:
    """The decimal sign of all columns that are open, if nothing else settles it."""
    if separator == ",":
        return _Choice(".", "")
    marks = {"," if "," in draft.example else "." for draft in drafts}
    bare = [draft for draft in drafts if draft.bare]
    if len(marks) == 1 and bare:  # 850 beside 1.250: were these decimals, it would be 850.000
        return _Choice(_OTHER[marks.pop()], "", True)
    # Semicolons are what Excel writes where the decimal sign is a comma.
    return _Choice("," if separator == ";" and "," in marks else ".", "", True)


def _default_order(draft: Draft, shown: _Shown) -> _Choice:
    in_order = [order for order, column in draft.readings.items() if _is_ordered(column.values)]
    if len(in_order) == 1:
        return _Choice(in_order[0], "as only so they are in order", True)
    if tuple(shown[DECIMAL]) == (",",):
        return _Choice("day", "as is usual beside decimal commas", True)
    if draft.half:
        return _Choice("month", "as is usual beside AM and PM", True)
    return _Choice("", "", True)


def _is_ordered(days: np.ndarray) -> bool:
    """Whether they rise or fall throughout; five days do so by chance in one file of sixty."""
    known = days[~np.isnan(days)]
    steps = np.diff(known)
    return bool(np.unique(known).size >= _LEAST_ORDERED and ((steps >= 0).all() or (steps <= 0).all()))


def _column(draft: Draft, choice: _Choice | None) -> Column:
    if choice is not None and choice.reading in draft.readings:
        return draft.readings[choice.reading]
    return draft.kept or next(iter(draft.readings.values()))


def _note_on_dates(choice: _Choice, drafts: list[Draft]) -> str:
    names = quoted((draft.name for draft in drafts), 5)
    if not choice.reading:
        return (
            f"The dates in {names} may be day first or month first and are kept as words: "
            "choose which, or write them as 2026-01-31."
        )
    more = ": choose the other order if it is meant" if choice.is_asked else ""
    return f"The dates in {names} were read with {_FIRST[choice.reading]}, {choice.why}{more}."


def _note_on_signs(choice: _Choice, drafts: list[Draft]) -> str:
    names, sign, other = quoted((draft.name for draft in drafts), 5), choice.reading, _OTHER[choice.reading]
    example = drafts[0].example
    read = f"{example} is {as_number(example, sign)}"
    if choice.is_asked:
        return (
            f"It is unclear whether “,” or “.” is the decimal sign in {names}. “{sign}” was used, so {read}; "
            f"with “{other}” it would be {as_number(example, other)}. Choose the other if you mean that."
        )
    if choice.why:
        return f"The decimal sign in {names} is “{sign}”, {choice.why}: {read}."
    # Commas between thousands, in quotation marks between commas: not worth a question, but told.
    grouped = [draft.name for draft in drafts if "," in draft.example]
    return f"Commas between thousands were left out in {quoted(grouped, 5)}." if grouped else ""


_NOTES: Mapping[str, Callable[[_Choice, list[Draft]], str]] = MappingProxyType(
    {DECIMAL: _note_on_signs, DATES: _note_on_dates}
)
