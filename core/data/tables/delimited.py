"""Text with separators (CSV, TSV, …) to columns of strings, with what is no row of it left out."""

import csv
import io
from typing import Any

from .columns import MOST_CELLS, TableError
from .missing_cells import MISSING
from .table_edges import without_remarks
from .table_head import Head
from .table_limits import SEPARATORS, check_rows, first_line, how_many


def read_strings(data: bytes, head: Head, names: list[str], name: str) -> tuple[Any, tuple[str, ...]]:
    """The rows after the head as a pyarrow table of strings, null where a cell is missing; and notes.

    Comments between the rows, and remarks or a total below them, are left out where they have another width. Raises
    TableError if a row has too many or too few cells, naming the row, or if the table is too large.
    """
    alone = len(names) == 1
    if alone:  # an empty line is then a row with a missing cell
        data = data.rstrip(b"\r\n") + b"\n"
    cells = (data.count(b"\n") + 1) * len(names)
    if cells > MOST_CELLS:
        raise TableError(f"The file “{name}” has some {cells:,} cells: at most {MOST_CELLS:,} can be read.")
    if len(data) <= head.offset:
        check_rows(0, name)
    notes = ()
    table = _table(data, head.offset, head, names)
    if isinstance(table, str):
        rows = data[head.offset :]
        less = without_remarks(rows, head.separator, len(names))
        if less is None:
            unread = f"The file “{name}” cannot be read as a table: {table}."
            raise TableError(_ragged(rows, head, len(names), name) or unread)
        data, notes = less
        table = _table(data, 0, head, names)
    if isinstance(table, str):
        raise TableError(f"The file “{name}” cannot be read as a table: {table}.")
    last = table.column(-1)[-1].as_py() if table.num_rows else None
    if last and "\n" in last and not data.endswith((b'"', b'"\n', b'"\r\n')):
        raise TableError(
            f"Row {table.num_rows:,} of “{name}” has a quotation mark that is not closed: all after it is one cell."
        )
    return table, notes


def _table(data: bytes, offset: int, head: Head, names: list[str]) -> Any:
    """The rows as a pyarrow table, or why they are none."""
    import pyarrow as pa
    from pyarrow import csv as arrow

    try:
        return arrow.read_csv(
            pa.BufferReader(pa.py_buffer(data).slice(offset)),
            arrow.ReadOptions(column_names=names, block_size=8 << 20),
            # Allowing line breaks within cells slows the parallel reader: only if there are quotes.
            arrow.ParseOptions(
                delimiter=head.separator, newlines_in_values=b'"' in data, ignore_empty_lines=len(names) > 1
            ),
            arrow.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), null_values=list(MISSING), strings_can_be_null=True
            ),
        )
    except pa.ArrowInvalid as error:
        return first_line(error)


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
                    f"Row {number} of “{name}” has {how_many(len(row), 'cell')} where there are {columns:,} columns: "
                    f"give every row as many, with {SEPARATORS[head.separator]} between them{hint}."
                )
    except csv.Error as error:
        return f"Row {number + 1} of “{name}” cannot be read ({error}): look for a quotation mark that is not closed."
    return ""
