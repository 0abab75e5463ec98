"""Text with separators (CSV, TSV, …) to columns of strings: encoding, separator, names and ragged rows."""

import codecs
import csv
import io
import re
from dataclasses import dataclass
from itertools import count, islice
from typing import Any

from core.data.tables.columns import FEWEST_COLUMNS, MOST_CELLS, MOST_COLUMNS, MOST_ROWS, TableError

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars (|)"}
MISSING = ("", "NA", "N/A", "n/a", "nan", "NaN", "NAN", "NULL", "null", "None", "#N/A", "?", "-")
LONGEST_NAME = 100  # characters
_HEAD = 1_000_000  # bytes within which the first line must end
_LINES = 20  # for guessing the separator
_BLOCK = 1 << 20
NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
_NUMBER = re.compile(NUMBER.replace(r"\.", "[.,]"))


@dataclass(frozen=True)
class Head:
    """What the first lines show: the separator, the names as written, and where the rows begin."""

    separator: str
    names: list[str]
    offset: int  # bytes before the first row
    notes: tuple[str, ...] = ()


def as_utf8(data: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The text in UTF-8 without a byte order mark, with a note if it was in another encoding.

    UTF-16 is recognised by its mark; anything else that is not UTF-8 is read as Windows-1252 or Latin-1.
    """
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace").encode(), ("The file is in UTF-16, which was understood.",)
    if _is_utf8(data):
        return data, ()
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.encode(), ("The file is not UTF-8: its letters were read as Latin-1.",)


def _is_utf8(data: bytes) -> bool:
    decoder, view = codecs.getincrementaldecoder("utf-8")(), memoryview(data)
    try:
        for start in range(0, len(data), _BLOCK):  # decoding the whole file would take four times its size
            decoder.decode(view[start : start + _BLOCK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def read_head(data: bytes, name: str, fewest: int = FEWEST_COLUMNS) -> Head:
    """Separator and names from the first lines; raises TableError for thousands of columns, or fewer than `fewest`.

    The separator is the one that splits most of the first lines into as many cells as the first line has; a line
    “sep=;” at the top overrides this. If the first line holds only numbers, the columns are named by their number.
    """
    start = len(data) - len(data.lstrip(b"\r\n"))
    head = data[start : start + _HEAD]
    if b"\n" not in head and b"\r" not in head:
        if len(data) <= start + _HEAD:
            raise TableError(f"The file “{name}” is one line: a line of names is due, and rows below it.")
        raise TableError(
            f"The first line of “{name}” is longer than {_HEAD:,} characters: a line of column names is due."
        )
    said = re.match(rb"sep=([,;\t|])\r?\n", head)
    if said:
        start, head = start + said.end(), head[said.end() :]
    text = head.decode("utf-8", errors="ignore")
    separator = said[1].decode() if said else _guess(text)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        first = next(rows, [])
    except csv.Error as error:
        raise TableError(f"The first line cannot be read ({error}): a line of column names is due.") from None
    check_count(len(first), name, fewest)
    if first and all(_NUMBER.fullmatch(cell.strip()) for cell in first):
        note = "The first line holds numbers, so that the columns are named “column 1”, “column 2” and so on."
        return Head(separator, [""] * len(first), start, (note,))
    names = "".join(islice(io.StringIO(text, newline=""), rows.line_num))
    return Head(separator, first, start + len(names.encode()))


def _guess(text: str) -> str:
    lines = [line for line in islice(io.StringIO(text), _LINES + 1) if line.strip()]
    # The last line may be incomplete.
    text = "".join(lines[:-1] if len(lines) > 2 and not lines[-1].endswith("\n") else lines)

    def score(separator: str) -> tuple[float, int]:
        try:
            counts = [len(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator)]
        except csv.Error:
            return 0.0, 0
        return (counts.count(counts[0]) / len(counts), counts[0]) if counts and counts[0] > 1 else (0.0, 0)

    found = max(SEPARATORS, key=score)
    if score(found)[1]:
        return found
    # One column: choose a separator that no cell contains, so that 1,5 is read as one number.
    return next((separator for separator in SEPARATORS if separator not in text), found)


def check_count(count: int, name: str, fewest: int = FEWEST_COLUMNS) -> None:
    """Raise TableError for thousands of columns, or fewer than `fewest`, which is 1 or 2."""
    if count > MOST_COLUMNS:
        raise TableError(f"The file “{name}” has {count:,} columns: at most {MOST_COLUMNS:,} can be read.")
    if not count:
        raise TableError(f"The file “{name}” has no column: a line of names is due, and rows below it.")
    if count < fewest:
        *most, last = SEPARATORS.values()
        between = f"{', '.join(most)} or {last} between the columns of a text"
        raise TableError(f"The file “{name}” has one column: a target and a feature are due, with {between}.")


def repaired_names(names: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """The names made usable (white space trimmed, no empty names, no duplicates), and sentences on what changed.

    An empty name becomes “column 3”, by its position; the second “a” becomes “a.2”.
    """
    plain = [visible(name) for name in names]
    notes = []
    empty = [place for place, name in enumerate(plain, 1) if not name]
    if empty and len(empty) < len(plain):
        which = ", ".join(str(place) for place in empty[:5]) + (", …" if len(empty) > 5 else "")
        notes.append(f"{_count(len(empty), 'column')} had no name: named “column” and its place here ({which}).")
    plain = [name or f"column {place}" for place, name in enumerate(plain, 1)]
    result, again, taken = dict[str, None](), dict[str, str](), set(plain)
    for name in plain:
        new = name
        if name in result:
            new = next(copy for number in count(2) if (copy := f"{name}.{number}") not in taken)
            taken.add(new)
            again.setdefault(name, new)
        result[new] = None
    for name, new in list(again.items())[:5]:
        times = plain.count(name)
        notes.append(f"{times} columns were named “{name}”: all but the first got a number here, as in “{new}”.")
    return list(result), tuple(notes)


def visible(name: str) -> str:
    """The name as one line of printable characters, which settings and links accept."""
    text = "".join(letter if letter.isprintable() else " " for letter in name)
    return " ".join(text.split())[:LONGEST_NAME].strip()


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def read_strings(data: bytes, head: Head, names: list[str], name: str) -> Any:
    """The rows after the head as a pyarrow table: columns of strings, null where a cell is missing.

    Raises TableError if a row has too many or too few cells, naming the row, or if the table is too large.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow

    alone = len(names) == 1
    if alone:  # an empty line is then a row with a missing cell
        data = data.rstrip(b"\r\n") + b"\n"
    cells = (data.count(b"\n") + 1) * len(names)
    if cells > MOST_CELLS:
        raise TableError(f"The file “{name}” has some {cells:,} cells: at most {MOST_CELLS:,} can be read.")
    rows = pa.py_buffer(data).slice(head.offset)
    if not rows.size:
        check_rows(0, name)
    try:
        table = arrow.read_csv(
            pa.BufferReader(rows),
            arrow.ReadOptions(column_names=names, block_size=8 << 20),
            # Allowing line breaks within cells slows the parallel reader: only if there are quotes.
            arrow.ParseOptions(delimiter=head.separator, newlines_in_values=b'"' in data, ignore_empty_lines=not alone),
            arrow.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), null_values=list(MISSING), strings_can_be_null=True
            ),
        )
    except pa.ArrowInvalid as error:
        unread = f"The file “{name}” cannot be read as a table: {first_line(error)}."
        raise TableError(_ragged(data[head.offset :], head, len(names), name) or unread) from None
    last = table.column(-1)[-1].as_py() if table.num_rows else None
    if last and "\n" in last and not data.endswith((b'"', b'"\n', b'"\r\n')):
        raise TableError(
            f"Row {table.num_rows:,} of “{name}” has a quotation mark that is not closed: all after it is one cell."
        )
    return table


def check_rows(rows: int, name: str, fewest: int = 1) -> None:
    """Raise TableError for too few rows, or too many."""
    if rows < fewest:
        due = "at least 1 is due" if fewest == 1 else f"at least {fewest} are due"
        raise TableError(f"The file “{name}” has {_count(rows, 'row')} of data: {due}.")
    if rows > MOST_ROWS:
        raise TableError(f"The file “{name}” has {rows:,} rows: at most {MOST_ROWS:,} can be read.")


def _ragged(data: bytes, head: Head, columns: int, name: str) -> str:
    """A sentence on the first row with another number of cells; empty if there is none."""
    # Read again line by line: the fast reader uses several threads and does not report the row.
    text = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="")
    rows, number = csv.reader(text, delimiter=head.separator), 0
    try:
        for row in rows:
            number += bool(row)
            if row and len(row) != columns:
                hint = " (decimal commas need semicolons or tabs between columns)" if head.separator == "," else ""
                return (
                    f"Row {number} of “{name}” has {_count(len(row), 'cell')} where there are {columns:,} columns: "
                    f"give every row as many, with {SEPARATORS[head.separator]} between them{hint}."
                )
    except csv.Error as error:
        return f"Row {number + 1} of “{name}” cannot be read ({error}): look for a quotation mark that is not closed."
    return ""


def first_line(error: Exception) -> str:
    """The first line of a library's error message, short enough for a sentence."""
    return str(error).partition("\n")[0][:200].rstrip(". ")
