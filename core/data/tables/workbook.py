"""Sheets of Excel (.xlsx) as text with tabs, which is then read like any other.

openpyxl reads them row by row, in Python. A reader in Rust (calamine) is ten times as fast, but takes memory for every
cell between the first and the last, which a small file may put billions of cells apart.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from xml.etree.ElementTree import ParseError

from ..zip_parts import blocks, can_be_read, whole
from .columns import TableError
from .table_limits import first_line

MOST_SHEET_CELLS = 2_000_000  # empty ones between others too; some 17 s
_MOST_SHEET = 300_000_000  # bytes of all sheets, unpacked
_MOST_OTHERS = 60_000_000  # bytes of all else: the words that sheets share, pictures
_MOST_PART = 5_000_000  # bytes of a part that becomes objects
_OBJECTS = re.compile(r"(^|/)(workbook|styles|\[Content_Types\]|core|custom|theme\d*)\.xml$|\.rels$")
_MOST_PARTS = 2_000
_MOST_ROW = 4_000_000  # bytes of one row, which becomes objects at once
_ROW = re.compile(rb"<(?:\w+:)?row(?:\s[^<>]*)?>|</(?:\w+:)?row\s*>")
_FORBIDDEN = re.compile(rb"<!|\x00")  # entities that multiply, and what could hide a tag
_ABOVE = 20  # rows that may be titles
_SAVE = "save the sheet as CSV"
_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    ParseError,
    RuntimeError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
)


def as_text(data: bytes, name: str) -> tuple[bytes, tuple[str, ...]]:
    """The first visible sheet with a table, as lines of cells with tabs between them, and notes.

    Values stand for formulas, dates are ISO dates, and empty rows are left out. Raises TableError for a damaged file,
    and for one that is larger than a sheet may be, before it is unpacked.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            has_formulas = _check(archive, name)
        return _sheet(data, name, has_formulas)
    except TableError:
        raise
    except _ERRORS as error:
        raise TableError(f"The Excel file “{name}” cannot be read ({first_line(error)}): {_SAVE}.") from None


def _check(archive: zipfile.ZipFile, name: str) -> bool:
    """Refuse what would take too much memory; whether there are formulas. Sizes in the directory are upper bounds."""
    if not can_be_read(archive):
        raise TableError(f"The Excel file “{name}” is packed in a way that no sheet is: {_SAVE}.")
    parts = archive.infolist()
    sheets = [part for part in parts if "worksheets/" in part.filename and part.filename.endswith(".xml")]
    objects = [part for part in parts if _OBJECTS.search(part.filename)]
    words = [part for part in parts if part.filename.endswith("sharedStrings.xml")]
    if any(part.filename.endswith(".bin") and "/sheet" in part.filename for part in parts):
        raise TableError(f"The file “{name}” is a binary Excel workbook (.xlsb): {_SAVE}.")
    large = (
        len(parts) > _MOST_PARTS
        or sum(part.file_size for part in sheets) > _MOST_SHEET
        or sum(part.file_size for part in parts if part not in sheets) > _MOST_OTHERS
        or any(part.file_size > _MOST_PART for part in objects)
    )
    if large:
        raise TableError(f"The Excel file “{name}” unpacks to more than can be read of a sheet: {_SAVE}.")
    for part in (part for part in parts if part not in sheets):
        content = whole(archive, part)
        if part not in words and part not in objects:
            continue  # it was only to be seen that it is no longer than it says
        if re.search(rb"<!(DOCTYPE|ENTITY)", content) or content.count(b"<si") > MOST_SHEET_CELLS:
            raise TableError(f"The Excel file “{name}” holds what no sheet should: {_SAVE}.")
    has_formulas = False
    for part in sheets:
        has_formulas |= _check_rows(archive, part, name)
    return has_formulas


def _check_rows(archive: zipfile.ZipFile, part: zipfile.ZipInfo, name: str) -> bool:
    """Refuse a sheet with an endless row, which the reader takes as a whole; whether it has formulas."""
    since, rest, is_open, has_formulas = 0, b"", False, False
    for block in blocks(archive, part):
        text, start = rest + block, 0
        if _FORBIDDEN.search(text):
            raise TableError(f"The Excel file “{name}” holds what no sheet should: {_SAVE}.")
        has_formulas |= b"<f" in text
        for tag in _ROW.finditer(text):
            since, start = 0, tag.end()
            closes = tag[0].startswith(b"</")
            if closes != is_open:
                raise TableError(f"The Excel file “{name}” has a row within a row: {_SAVE}.")
            is_open = not closes and not tag[0].endswith(b"/>")
        cut = max(start, len(text) - 1000)  # a tag may go on in the next block
        since += cut - start
        rest = text[cut:]
        if since > _MOST_ROW:
            raise TableError(f"The Excel file “{name}” has a row of more than {_MOST_ROW:,} bytes: {_SAVE}.")
    return has_formulas


def _sheet(data: bytes, name: str, has_formulas: bool) -> tuple[bytes, tuple[str, ...]]:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    try:
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        for sheet in sheets:
            text, empty = _lines(sheet, name)
            if text.count(b"\n") < 2:
                continue
            notes = ()
            if len(sheets) > 1:
                notes += (f"The sheet “{sheet.title}” was read, and none of the other {len(sheets) - 1:,}.",)
            if has_formulas and empty:
                notes += (
                    "Formulas without a value count as missing: save the file in Excel, which puts the values in.",
                )
            return text, notes
    finally:
        book.close()
    raise TableError(f"The Excel file “{name}” has no sheet with a line of names and rows below it.")


def _lines(sheet: Any, name: str) -> tuple[bytes, bool]:
    """The rows as lines of text, and whether a column has no cell below its first."""
    sheet.reset_dimensions()  # what the file says of its size may be wrong
    rows, widths, taken = list[str](), list[int](), 0
    filled = dict[int, int]()
    for cells in _written(sheet):
        taken += max(1, len(cells))
        if taken > MOST_SHEET_CELLS:
            raise TableError(
                f"The sheet “{sheet.title}” of “{name}” has more than {MOST_SHEET_CELLS:,} cells: {_SAVE}."
            )
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        for place, cell in enumerate(cells):
            if cell:
                filled[place] = filled.get(place, 0) + 1
        rows.append(_line(cells))
        # A title is not made as wide as the table, so that it is seen to be one.
        is_title = sum(map(bool, cells)) == 1 and len(rows) <= _ABOVE and all(width == 0 for width in widths)
        widths.append(0 if is_title else len(cells))
    width = max(widths, default=0)
    text = "".join(row + "\t" * (width - own if own else 0) + "\n" for row, own in zip(rows, widths, strict=True))
    return text.encode("utf-8", errors="replace"), any(count == 1 for count in filled.values())


def _line(cells: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line, delimiter="\t", lineterminator="").writerow(cells)
    return line.getvalue()


def _written(sheet: Any) -> Iterator[list[str]]:
    for row in sheet.iter_rows(values_only=True):
        yield [_cell(value) for value in row]


def _cell(value: Any) -> str:
    """A value as text that is read as the same value."""
    if value is None:
        return ""
    if isinstance(value, float):
        text = repr(value)
        # 1.125 as text might be a thousand: one more decimal, and it is not.
        return f"{text}0" if re.fullmatch(r"-?\d{1,3}\.\d{3}", text) else text.removesuffix(".0")
    if isinstance(value, datetime):
        return value.isoformat(" ") if value.time() != time() else value.date().isoformat()
    if isinstance(value, timedelta):
        return repr(value.total_seconds() / 86_400)
    return value.isoformat() if isinstance(value, date | time) else str(value)
