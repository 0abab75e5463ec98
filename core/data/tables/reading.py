"""From a file to Columns: CSV in its many forms, a sheet of Excel or Parquet, recognised by content, not by name."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from ... import log
from .aligned import separated
from .cells import Draft, Repairs, draft_of, repair_notes
from .column_names import repaired_names, visible
from .columns import (
    FEWEST_COLUMNS,
    FEWEST_ROWS,
    FOUND,
    MOST_BYTES,
    Choices,
    Columns,
    Like,
    TableError,
)
from .delimited import read_strings
from .file_kinds import kind_of
from .parquet_file import read_parquet
from .settled import settle
from .table_edges import without_edges
from .table_head import is_separated, read_head
from .table_limits import check_rows
from .text_encoding import as_utf8
from .unpacked import unpacked
from .workbook import as_text


def read_table(
    source: bytes | Path,
    name: str,
    fewest_rows: int = FEWEST_ROWS,
    fewest_columns: int = FEWEST_COLUMNS,
    choices: Choices = FOUND,
    like: Mapping[str, Like] | None = None,
) -> Columns:
    """The table in a file, given by its bytes or its path; `name` is what error sentences call it.

    Text is split at commas, semicolons, tabs, bars or blanks, whichever fits the first lines, and its first line names
    the columns. `notes` says what was repaired or left out, and `asks` what the file leaves open: `choices` settles it.
    With `like`, by name of column, new rows are read with the kinds and the writing of the table before them.

    Raises TableError, with row and column where they are known: for a file that is not a table, for more than
    MOST_BYTES, MOST_COLUMNS, MOST_ROWS or MOST_CELLS, for fewer than `fewest_rows` or `fewest_columns`, and for a row
    with another number of cells than the first line.
    """
    kind, data = "file", b""
    try:
        data, packed = unpacked(_bytes(source, name), name)
        kind = kind_of(data, name)
        return _read(data, packed, kind, name, (fewest_rows, fewest_columns), choices, like or {})
    except TableError:
        log.event("table refused", kind=kind, bytes=len(data))
        raise


def _read(
    data: bytes,
    packed: tuple[str, ...],
    kind: str,
    name: str,
    fewest: tuple[int, int],
    choices: Choices,
    like: Mapping[str, Like],
) -> Columns:
    """The table in an unpacked file of this kind."""
    fewest_rows, fewest_columns = fewest
    separator = ","
    if kind == "workbook":
        data, told = as_text(data, name)
        packed += told
    if kind == "parquet":
        drafts, rows, notes = read_parquet(data, name, fewest_columns, like)
    else:
        drafts, rows, notes, separator = _delimited(data, name, fewest_columns, like)
    check_rows(rows, name, fewest_rows)
    columns, settled, asks = settle(drafts, choices, separator)
    by_name = MappingProxyType({column.name: column for column in columns})
    return Columns(by_name, rows, (*packed, *notes, *settled), asks)


def _bytes(source: bytes | Path, name: str) -> bytes:
    if not isinstance(source, Path):
        data = source
    else:
        if source.is_dir():
            raise TableError(f"“{name}” is a folder: give the path of a CSV or Parquet file.")
        if not source.is_file():  # reading a device or a pipe might never end
            raise TableError(f"There is no file “{name}”: give the path of a CSV or Parquet file.")
        try:
            with source.open("rb") as file:
                data = file.read(MOST_BYTES + 1)
        except OSError as error:
            raise TableError(f"The file “{name}” cannot be opened: {error.strerror}.") from None
    if len(data) > MOST_BYTES:
        raise TableError(
            f"The file “{name}” is larger than {MOST_BYTES / 1e6:.0f} MB: use fewer rows or columns, or Parquet."
        )
    return data


def _delimited(
    data: bytes, name: str, fewest: int, like: Mapping[str, Like]
) -> tuple[list[Draft], int, tuple[str, ...], str]:
    data, notes = as_utf8(data)
    if not is_separated(data):
        data, more = separated(data, fewest, like)
        notes += more
    head = read_head(data, name, fewest)
    table, more = read_strings(data, head, list(map(str, range(len(head.names)))), name)
    check_rows(table.num_rows, name)
    del data
    table, places, edges = without_edges(table, [bool(visible(each)) for each in head.names])
    names, named = repaired_names([head.names[place] for place in places])
    rows = table.num_rows
    done, drafts = Repairs(list), []
    for each in names:
        drafts.append(draft_of(each, table.column(0), done, like.get(each)))
        table = table.remove_column(0)  # frees its strings
    return drafts, rows, (*notes, *head.notes, *named, *more, *edges, *repair_notes(done)), head.separator
