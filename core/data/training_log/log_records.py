"""The values of a log as they were found, one after another, and how they become series."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from .log_names import Meaning, words_of
from .training_log import Series, TrainingLog

MOST_POINTS = 1_000_000
Key = tuple[str, str, str]  # part of the data, metric, words of the name
_SPLIT_ORDER = ("validation", "test")


@dataclass(slots=True)
class Record:
    """One value of a log: its name there and what that means, and where it stands.

    `epoch` and `step` are None where the log does not say. `total` is of how many steps an epoch has. `bar` counts the
    progress bars: values of one bar are one value, its last; None for a value that is not from one.
    """

    name: str
    meaning: Meaning
    value: float
    epoch: float | None = None
    step: float | None = None
    total: float | None = None
    bar: float | None = None
    order: int = 0


def as_log(records: Sequence[Record], form: str, notes: Iterable[str] = (), x_name: str = "") -> TrainingLog | None:
    """The log of these records; None if no value in them is a loss. `x_name` "step" says what bare positions are."""
    found, more = _last_run(records)
    notes = [*notes, *more]
    groups: dict[Key, list[Record]] = {}
    for record in found:
        if record.meaning.kind == "loss":
            key = record.meaning.split, record.meaning.metric, " ".join(words_of(record.name))
            groups.setdefault(key, []).append(record)
    groups = {key: _last_of_bars(group) for key, group in groups.items()}
    training, validation = _chosen(groups)
    if training is None and validation is None:
        return None
    if validation is not None and len(validation) > 1 and not any(record.value for record in validation):
        notes.append(f"“{validation[0].name}” is zero throughout, so it was taken for not measured.")
        validation = None
    chosen = [group for group in (training, validation) if group]
    if not chosen:
        return None
    notes += _told(training, validation, groups)
    name, at = _positions(chosen, found)
    rates = _last_of_bars([record for record in found if record.meaning.kind == "rate"])
    series = [None if not group else _series(group, at) for group in (training, validation)]
    rate = _series(rates, at) if rates and all(at(one) is not None for one in rates) else None
    return TrainingLog(form, x_name or name, series[0], series[1], rate, tuple(dict.fromkeys(notes)))


def _last_run(records: Sequence[Record]) -> tuple[list[Record], list[str]]:
    """The records of the last run, where the epochs, or without them the steps, begin again."""
    starts, highest, first = [0], -np.inf, np.inf
    for i, record in enumerate(records):
        at = record.epoch
        if at is None or record.meaning.kind != "loss":
            continue
        if at <= first and highest > at:
            starts.append(i)
            highest = at
        first, highest = min(first, at), max(highest, at)
    runs = [list(records[low:high]) for low, high in pairwise([*starts, len(records)])]
    runs = [run for run in runs if any(record.meaning.kind == "loss" for record in run)]
    if len(runs) < 2:
        return list(records), []
    return runs[-1], [f"The epochs begin again: of {len(runs):,} runs in it the last is shown."]


def _last_of_bars(group: list[Record]) -> list[Record]:
    """Of values of one progress bar the last; a bar that counts all the training is a row of steps."""
    bars = {record.bar for record in group}
    if bars == {None}:
        return group
    if len(bars) == 1 and len(group) > 1 and group[0].epoch is None:
        return group
    kept = {(record.bar if record.bar is not None else ("row", record.order)): record for record in group}
    return [replace(record, step=None) if record.bar is not None else record for record in kept.values()]


def _chosen(
    groups: dict[Key, list[Record]],
) -> tuple[list[Record] | None, list[Record] | None]:
    """The likeliest training and validation loss: of one metric if there is one for both."""
    trained = [key for key in groups if key[0] in ("training", "")]
    tested = [key for key in groups if key[0] in _SPLIT_ORDER]

    def likely(key: Key) -> tuple[int, int, bool]:
        return groups[key][0].meaning.rank, -len(groups[key]), key[0] == ""

    training = min(trained, key=likely) if trained else None
    firsts = [key for key in tested if "0" in key[2].split()]
    if training is None and len(firsts) == 1 and any("1" in key[2].split() for key in tested):
        (training,) = firsts  # validation_0 and validation_1, of which the first is what a booster was fitted to
        tested.remove(training)

    def fitting(key: Key) -> tuple[bool, int, int]:
        same = training is None or key[1] == training[1]
        return not same, groups[key][0].meaning.rank, _SPLIT_ORDER.index(key[0])

    validation = min(tested, key=fitting) if tested else None
    if training is not None and validation is not None and not _comparable(groups, training, validation):
        validation = None
    return (None if training is None else groups[training]), (None if validation is None else groups[validation])


def _comparable(groups: dict[Key, list[Record]], one: Key, other: Key) -> bool:
    """Whether two losses may be held against each other: the same metric, or one of them without a name."""
    return (
        one[1] == other[1] or "" in (one[1], other[1]) or max(groups[key][0].meaning.rank for key in (one, other)) < 4
    )


def _told(training: list[Record] | None, validation: list[Record] | None, groups: dict[Key, list[Record]]) -> list[str]:
    names = [
        f"“{group[0].name}” is the {split} loss"
        for split, group in (("training", training), ("validation", validation))
        if group and group[0].name
    ]
    used = [id(group[0]) for group in (training, validation) if group]
    rest = [group[0].name for group in groups.values() if id(group[0]) not in used and group[0].name]
    told = [f"{', '.join(names)}."] if names else []
    if rest:
        shown = ", ".join(f"“{name}”" for name in dict.fromkeys(rest[:4]))
        told.append(f"Left out: {shown}{' and others' if len(rest) > 4 else ''}.")
    return told


Position = Callable[[Record], float | None]


def _positions(chosen: list[list[Record]], found: Sequence[Record]) -> tuple[str, Position]:
    """What the positions are, and where a record stands."""
    if all(_rises([record.epoch for record in group]) for group in chosen):
        return "epoch", lambda record: record.epoch
    steps = [record.step for record in chosen[0]]
    if _rises(steps, strictly=False):
        return "step", _after(found, lambda record: record.step)
    if None not in steps and None not in [record.epoch for record in chosen[0]]:
        first = min(record.epoch or 0.0 for record in chosen[0])
        length = max(max(record.step or 0.0, record.total or 0.0) for record in chosen[0]) or 1.0

        def at(record: Record) -> float | None:
            if record.epoch is None:
                return None
            return (record.epoch - first + (record.step is None)) * length + (record.step or 0.0)

        return "step", at
    counts = {id(record): float(i) for i, record in enumerate(chosen[0], 1)}
    if len(chosen) == 2 and len(chosen[0]) == len(chosen[1]):
        counts |= {id(record): float(i) for i, record in enumerate(chosen[1], 1)}
        return "row", lambda record: counts.get(id(record))
    return "row", _after(found, lambda record: counts.get(id(record)), {r.order: counts[id(r)] for r in chosen[0]})


def _rises(values: Sequence[float | None], strictly: bool = True) -> bool:
    if not values or None in values:
        return False
    steps = np.diff(np.array(values, dtype=float))
    return bool((steps > 0).all() if strictly else (steps >= 0).all() and (steps.size == 0 or steps.any()))


def _after(found: Sequence[Record], of: Position, known: dict[int, float] | None = None) -> Position:
    """The position of a record, and of one without any that of the last record before it."""
    at, last = {}, None
    for record in found:
        own = of(record) if known is None else known.get(record.order)
        last = own if own is not None else last
        at[id(record)] = last
        at.setdefault(record.order, last)
    first = next((value for value in at.values() if value is not None), None)

    def position(record: Record) -> float | None:
        value = at.get(id(record), at.get(record.order))
        return first if value is None else value

    return position


def _series(group: list[Record], at: Position) -> Series:
    """The group by position; of values at one position the last."""
    by_x: dict[float, float] = {}
    for record in group:
        x = at(record)
        if x is not None and np.isfinite(x):
            by_x[x] = record.value
    ordered = sorted(by_x)
    x, values = np.array(ordered, dtype=float), np.array([by_x[each] for each in ordered], dtype=float)
    if x.size > MOST_POINTS:
        kept = np.linspace(0, x.size - 1, MOST_POINTS).round().astype(int)
        x, values = x[kept], values[kept]
    return Series(group[0].name, x, values)
