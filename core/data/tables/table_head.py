"""The first lines of a text: what separates its columns, what stands above the names, and the names."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from .columns import FEWEST_COLUMNS, TableError
from .table_limits import COMMENTS, SEPARATORS, about_comments, check_count

_HEAD = 1_000_000  # bytes within which the names must end
_LINES = 60  # that are looked at
_MOST_ABOVE = 20  # lines above the names
_NUMBER = re.compile(r"[+\-−]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?")
_YEAR = re.compile(r"(19|20)\d{2}")
_NUMBER_LIKE = re.compile(r"[^\w]{0,3}\d[\d.,\s'’/:TZ+-]*[^\w]{0,3}")  # or a date, or with a sign of a currency


@dataclass(frozen=True)
class Head:
    """What the first lines show: the separator, the names as written, and where the rows begin."""

    separator: str
    names: list[str]
    offset: int  # bytes before the first row
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Line:
    """A row of cells, and how many lines there are to its end."""

    cells: list[str]
    end: int

    @property
    def filled(self) -> int:
        """How many cells hold something."""
        return sum(bool(cell.strip()) for cell in self.cells)

    @property
    def has_number(self) -> bool:
        """Whether a cell is a number or a date."""
        return any(_NUMBER_LIKE.fullmatch(cell.strip()) for cell in self.cells)

    @property
    def may_be_names(self) -> bool:
        """Whether no cell is a number, but for years beside words."""
        words = [cell.strip() for cell in self.cells if not _YEAR.fullmatch(cell.strip())]
        return any(words) and not any(_NUMBER_LIKE.fullmatch(cell) for cell in words)


def read_head(data: bytes, name: str, fewest: int = FEWEST_COLUMNS, separator: str = "") -> Head:
    """Separator and names from the first lines; raises TableError for thousands of columns, or fewer than `fewest`.

    The separator is the one that splits most lines into the same number of cells; a line “sep=;” at the top overrides
    this. Comments and titles above the names are left out, and told. If the first line holds only numbers, or words
    that its own columns repeat, it is a row: the columns are named by their number.
    """
    start = len(data) - len(data.lstrip(b"\r\n"))
    head = data[start : start + _HEAD]
    if b"\n" not in head and b"\r" not in head:
        if len(data) <= start + _HEAD:
            raise TableError(f"The file “{name}” is one line: a line of column names is needed, and rows below it.")
        raise TableError(
            f"The first line of “{name}” is longer than {_HEAD:,} characters: a line of column names is needed."
        )
    said = re.match(rb"sep=([,;\t|])\r?\n", head)
    if said:
        start, head = start + said.end(), head[said.end() :]
        separator = said[1].decode()
    text = head.decode("utf-8", errors="ignore")
    comments, notes = _comments(text)
    below = "".join(_lines(text)[comments:])
    separator = separator or _guess(below)
    rows, place = _rows(below, separator), 0
    if rows:
        place = _place_of_names(rows)
    if not rows or not (rows[0].cells or place):
        check_count(0, name, fewest)
    if above := [line for line in rows[:place] if line.filled]:
        some = ", ".join(f"“{' '.join(line.cells).strip()[:60]}”" for line in above[:2])
        notes += (f"Lines above the names were left out: {some}{' …' if len(above) > 2 else ''}.",)
    first = rows[place]
    check_count(len(first.cells), name, 1)
    names = list(first.cells)
    if re.match(r"\s*#\s*\w", names[0]):
        names[0] = names[0].lstrip("# ")
        notes += ("The sign # before the first name was left out.",)
    if all(re.fullmatch("'.+'", each.strip()) for each in names):
        names = [each.strip()[1:-1] for each in names]
    names = _as_wide(names, [line for line in rows[place + 1 :] if line.cells], separator)
    check_count(len(names), name, fewest)
    lines = comments + first.end
    if _is_row(names, rows[place + 1 :]):
        numbers = all(_NUMBER.fullmatch(cell.strip()) for cell in names)
        told = "numbers" if numbers else "a row and no names"
        notes += (f"The first line holds {told}, so that the columns are named “column 1”, “column 2” and so on.",)
        lines, names = comments + (rows[place - 1].end if place else 0), [""] * len(names)
    before = "".join(islice(_stream(text), lines))
    return Head(separator, names, start + len(before.encode()), notes)


def _stream(text: str) -> io.StringIO:
    return io.StringIO(text, newline="")


def _lines(text: str) -> list[str]:
    """The first lines with their ends; the last one of a text that goes on may be incomplete and is left out."""
    lines = list(islice(_stream(text), _LINES + _MOST_ABOVE))
    return lines[:-1] if len(lines) > 2 and not lines[-1].endswith(("\n", "\r")) and len(text) > _HEAD // 2 else lines


def _comments(text: str) -> tuple[int, tuple[str, ...]]:
    """How many lines of comments stand at the top, with a note. A last one that names the columns is none of them."""
    lines = list(islice(_stream(text), 1000))
    count = 0
    while count < len(lines) and (lines[count].lstrip().startswith(COMMENTS) or (count and not lines[count].strip())):
        count += 1
    if count and count < len(lines) and lines[count - 1].startswith("#"):
        cells, below = lines[count - 1].lstrip("# ").rstrip("\r\n"), lines[count].rstrip("\r\n")
        for separator in SEPARATORS:
            row = below.split(separator)
            fits = 1 < len(row) == len(cells.split(separator))
            if fits and any(_NUMBER_LIKE.fullmatch(cell.strip()) for cell in row):
                count -= 1
                break
    told = sum(line.lstrip().startswith(COMMENTS) for line in lines[:count])
    return count, about_comments(told)


def _rows(text: str, separator: str) -> list[_Line]:
    reader = csv.reader(_stream(text), delimiter=separator)
    rows = []
    try:
        for cells in islice(reader, _LINES + _MOST_ABOVE):
            rows.append(_Line(cells, reader.line_num))
    except csv.Error as error:
        if not rows:
            raise TableError(f"The first line cannot be read ({error}): a line of column names is needed.") from None
    return rows


def _usual(rows: Sequence[_Line]) -> int:
    """How many cells most rows have; of two as frequent ones, the first row's."""
    counts = Counter(len(line.cells) for line in rows if line.cells)
    return counts.most_common(1)[0][0] if counts else 0


def _place_of_names(rows: list[_Line]) -> int:
    """The first row as wide as the others whose cells are names; 0 where the rows above it are no titles."""
    usual = _usual(rows)
    ends = {place for place, below in enumerate(rows[1:]) if not below.cells}  # an empty line is below it: no names
    if usual < 2 or (0 not in ends and len(rows[0].cells) == usual and (rows[0].filled > 1 or usual < 3)):
        return 0
    for place, line in enumerate(rows[1:_MOST_ABOVE], 1):
        if len(line.cells) == usual and line.filled > 1 and place not in ends:
            numbers_follow = any(below.has_number for below in rows[place + 1 :])
            parted = any(not above.cells for above in rows[:place])
            narrow = all(len(above.cells) < usual or above.filled <= 1 for above in rows[:place])
            return place if (parted or narrow) and numbers_follow and line.may_be_names else 0
    return 0


def _guess(text: str) -> str:
    lines = [line for line in _lines(text)[:_LINES] if line.strip()]

    def score(separator: str) -> tuple[float, int]:
        try:
            rows = _rows("".join(lines), separator)
        except TableError:
            return 0.0, 0
        counts = [len(line.cells) for line in rows]
        place = _place_of_names(rows) if rows else 0
        counts = counts[place:]
        return (counts.count(counts[0]) / len(counts), counts[0]) if counts and counts[0] > 1 else (0.0, 0)

    found = max(SEPARATORS, key=score)
    if score(found)[1]:
        return found
    # One column: choose a separator that no cell contains, so that 1,5 is read as one number.
    return next((separator for separator in SEPARATORS if separator not in text), found)


def is_separated(data: bytes) -> bool:
    """Whether a separator splits the first lines into several columns."""
    text = data[:_HEAD].decode("utf-8", errors="ignore").lstrip("\r\n")
    if re.match(r"sep=[,;\t|]\r?\n", text):
        return True
    below = "".join(_lines(text)[_comments(text)[0] :])
    try:
        rows = _rows(below, _guess(below))
    except TableError:
        return True
    # Blanks between numbers and a tab before the words: the tab is one gap of many.
    if rows and any(len(re.split(" {2,}", cell.strip())) > 2 for cell in rows[0].cells):
        return False
    return bool(rows) and (len(rows[0].cells) > 1 or _place_of_names(rows) > 0)


def _as_wide(names: list[str], below: Sequence[_Line], separator: str) -> list[str]:
    """The names, as many as the rows have cells, where one of the two ends in separators and the other does not."""
    usual = _usual(below)
    if usual > len(names) and all(not any(line.cells[len(names) :]) for line in below):
        return names + [""] * (usual - len(names))
    if separator == "\t" and usual == len(names) + 1 and len({line.cells[0] for line in below}) == len(below):
        return ["row", *names]  # R writes no name above the names of its rows
    if 0 < usual < len(names) and not any(name.strip() for name in names[usual:]):
        return names[:usual]
    return names


def _is_row(names: list[str], below: Sequence[_Line]) -> bool:
    """Whether the first line is a row: numbers, or numbers beside words that their columns repeat."""
    cells = [cell.strip() for cell in names]
    if cells and all(_NUMBER.fullmatch(cell) for cell in cells):
        return True
    words = [place for place, cell in enumerate(cells) if cell and not _NUMBER_LIKE.fullmatch(cell)]
    numbers = [place for place, cell in enumerate(cells) if _NUMBER_LIKE.fullmatch(cell)]
    if not words:  # dates and numbers; dates and years alone may be names
        return any(_NUMBER.fullmatch(cells[place]) and not _YEAR.fullmatch(cells[place]) for place in numbers)
    if len(numbers) > 2 and len(numbers) >= 0.6 * len(cells) and _is_no_scale([cells[place] for place in numbers]):
        return True
    whole = [line.cells for line in below if len(line.cells) == len(cells)]
    return bool(numbers) and all(any(cells[place] == row[place].strip() for row in whole) for place in words)


def _is_no_scale(cells: list[str]) -> bool:
    """Whether numbers are no names such as years or wavelengths: some have decimals, and they are in no order."""
    try:
        numbers = [float(cell.replace(",", ".")) for cell in cells]
    except ValueError:
        return False
    return any("." in cell or "," in cell for cell in cells) and numbers != sorted(numbers)
