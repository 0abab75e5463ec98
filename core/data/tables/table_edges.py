"""What stands around the rows of a table and is none: units below the names, a total or remarks at the end."""

import csv
import io
import re
from typing import Any

import numpy as np

from .decimal_sign import signs
from .missing_cells import is_word_for_missing
from .numerals import is_unit, numerals

_MOST_STRAY = 50  # rows of another width that may be comments or remarks
_MOST_TOTALS = 3
_MOST_EMPTY = 200_000  # rows at the end
_MOST_LINES = 2_100_000  # that are looked through for remarks
_TOTAL = re.compile(
    r"(grand |sub-?|overall |column |zwischen|gesamt)?(totals?|sum|summe|gesamt|insgesamt|somme|suma|totale|totaal|"
    r"average|avg|mean|mittelwert|durchschnitt|moyenne|media|promedio|ø|σ|∑)(\s*\(.*\))?\s*([:=]\s*[\d.,]*|\.)?",
    re.IGNORECASE,
)
_TYPE = re.compile(
    r"(?i)text|string|str|float|double|int|integer|number|num|numeric|date|bool|zahl|datum|category|-|–|n/a"
)
_LONGEST_UNIT = 24  # letters
_CHECKED = 1000  # rows below the units


def is_total(cell: str) -> bool:
    """Whether a cell is a word for a total or a mean."""
    return bool(_TOTAL.fullmatch(cell.strip()))


def without_remarks(rows: bytes, separator: str, width: int) -> tuple[bytes, tuple[str, ...]] | None:
    """The rows without comments between them, and without remarks or totals below, where these have another width.

    With a note. None if another row has another width than `width` cells.
    """
    if rows.count(b"\n") > _MOST_LINES:
        return None
    lines = list(io.TextIOWrapper(io.BytesIO(rows), encoding="utf-8", newline=""))
    reader = csv.reader(lines, delimiter=separator)
    stray, end, last = list[tuple[int, int, list[str]]](), 0, -1
    try:
        for row in reader:
            start, end = end, reader.line_num
            if len(row) == width:
                last = start
            elif row:
                stray.append((start, end, row))
            if len(stray) > _MOST_STRAY:
                return None
    except csv.Error:
        return None
    comments = sum(lines[start].lstrip().startswith("#") for start, _, _ in stray)
    below = [row for start, _, row in stray if not lines[start].lstrip().startswith("#")]
    whole = all(start > last or lines[start].lstrip().startswith("#") for start, _, _ in stray)
    if not stray or not whole or not all(map(_is_remark, below)):
        return None
    out = {number for start, end, _ in stray for number in range(start, end)}
    notes = ()
    if comments:
        notes += (f"Lines that begin with # between the rows were left out: {comments:,}.",)
    if below:
        some = ", ".join(f"“{' '.join(filter(None, row))[:60]}”" for row in below[:2])
        notes += (f"Lines below the rows were left out: {some}{' …' if len(below) > 2 else ''}.",)
    return "".join(line for number, line in enumerate(lines) if number not in out).encode(), notes


def _is_remark(row: list[str]) -> bool:
    cells = [cell.strip() for cell in row if cell.strip()]
    if not cells:
        return True
    return is_total(cells[0]) or (len(cells) == 1 and not re.fullmatch(r"[\d.,\s+-]*", cells[0]))


def without_edges(table: Any, named: list[bool]) -> tuple[Any, list[int], tuple[str, ...]]:
    """The table of strings without what is no row or column of it; the places of the columns that stay; and notes.

    Left out are columns without a name and without a cell (`named`: which have a name), empty rows at the end, a row of
    totals at the end, and a row of units at the top.
    """
    columns = [place for place in range(table.num_columns) if named[place] or not _is_empty(table.column(place))]
    columns = columns or list(range(table.num_columns))
    notes = []
    if out := table.num_columns - len(columns):
        notes.append(f"Empty columns without a name were left out: {out:,}.")
        table = table.select(columns)
    if table.num_columns > 1 and table.num_rows > 1:
        for without in (_without_empty_rows, _without_totals, _without_units):
            table, more = without(table)
            notes += more
    return table, columns, tuple(notes)


def _is_empty(cells: Any) -> bool:
    return bool(cells.null_count == len(cells))


def _row(table: Any, place: int) -> list[str | None]:
    """A row's cells, stripped, None where one is missing."""
    cells = (column[place].as_py() for column in table.columns)
    return [None if cell is None or not cell.strip() else cell.strip() for cell in cells]


def _without_empty_rows(table: Any) -> tuple[Any, list[str]]:
    if any(_row(table, table.num_rows - 1)):
        return table, []
    last = table.slice(max(1, table.num_rows - _MOST_EMPTY))
    held = np.zeros(last.num_rows, dtype=bool)
    for column in last.columns:
        held |= column.is_valid().to_numpy()
    empty = int(np.argmax(held[::-1])) if held.any() else last.num_rows
    if not empty:  # the last row has blanks
        return table, []
    return table.slice(0, table.num_rows - empty), [f"Empty rows at the end were left out: {empty:,}."]


def _without_totals(table: Any) -> tuple[Any, list[str]]:
    notes = list[str]()
    while table.num_rows > 2 and len(notes) < _MOST_TOTALS:
        row = _row(table, table.num_rows - 1)
        place = next((place for place, cell in enumerate(row) if cell is not None), 0)
        label = row[place] or ""
        others = [cell for cell in row[place + 1 :] if cell is not None]
        if is_total(label) and others and _times(table.column(place), label) == 1:
            notes.append(f"The last row is “{label}” and was left out.")
        elif _is_sum(table, row):
            notes.append("The last row holds the sums of the others and was left out.")
        else:
            break
        table = table.slice(0, table.num_rows - 1)
    return table, notes


def _times(cells: Any, text: str) -> int:
    import pyarrow.compute as pc

    return int(pc.sum(pc.equal(pc.utf8_trim_whitespace(cells), text)).as_py())


def _is_sum(table: Any, row: list[str | None]) -> bool:
    """Whether a row without its own first cell holds the sums of the rows above it, and nothing else."""
    if row[0] is not None or table.column(0).null_count > 1:
        return False
    held = [place for place, cell in enumerate(row) if cell is not None]
    for place in held:
        numbers = _numbers(table.column(place))
        if numbers is None:
            return False
        total = float(np.nansum(numbers[:-1]))
        if not abs(numbers[-1] - total) <= 1e-6 * abs(total) or np.count_nonzero(numbers[:-1]) < 2:
            return False
    return bool(held)


def _numbers(cells: Any) -> np.ndarray | None:
    plain = numerals(cells)
    found = None if plain is None or plain.cells.null_count > cells.null_count else signs(plain.cells)
    return None if found is None else next(iter(found.readings.values()))


def _has_numbers(cells: Any) -> bool:
    return not _is_empty(cells) and _numbers(cells) is not None


def _without_units(table: Any) -> tuple[Any, list[str]]:
    row = _row(table, 0)
    held = {place: cell for place, cell in enumerate(row) if cell is not None}
    if held and all(re.fullmatch(r":?[-=_]{2,}:?", cell) for cell in held.values()):
        return table.slice(1), ["The line of dashes below the names was left out."]
    if not held or any(re.match(r"[^\w]{0,3}\d", cell) or len(cell) > _LONGEST_UNIT for cell in held.values()):
        return table, []
    if any(is_word_for_missing(cell) and not _TYPE.fullmatch(cell) for cell in held.values()):
        return table, []
    below = table.slice(1, _CHECKED)
    numeric = {place: _has_numbers(below.column(place)) for place in held}
    if not any(numeric.values()):
        return table, []
    if not all(numeric[place] or is_unit(cell) or _TYPE.fullmatch(cell) for place, cell in held.items()):
        return table, []
    some = ", ".join(f"“{cell}”" for cell in list(held.values())[:5])
    return table.slice(1), [f"The line below the names holds no values but {some}, and was left out."]
