"""From a file to Columns: CSV in its many forms, or Parquet, recognised by content and not by name."""

import re
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from core.data.tables.cells import Repairs, column_of, finite_column, repair_notes
from core.data.tables.columns import (
    FEWEST_COLUMNS,
    FEWEST_ROWS,
    MOST_BYTES,
    MOST_CELLS,
    Column,
    Columns,
    TableError,
    number_column,
    words_column,
)
from core.data.tables.delimited import (
    MISSING,
    as_utf8,
    check_count,
    check_rows,
    first_line,
    read_head,
    read_strings,
    repaired_names,
)

MOST_UNPACKED = 4 * MOST_BYTES  # bytes of a Parquet file, unpacked
_DAY = 86_400.0
_SNIFFED = 65_536  # bytes inspected
_SAVE = "save the table as CSV or Parquet"
_UNPACK = "unpack it and bring the table that is in it"
# Regular expressions for the beginning of a file, what it is, and what to do. The first that fits is reported.
_SIGNATURES = (
    (rb"PK\x03\x04.*xl/", "an Excel workbook", "save the sheet as CSV"),
    (rb"\xd0\xcf\x11\xe0", "an old Excel or Office file", "save the sheet as CSV"),
    (rb"PK\x03\x04|PK\x05\x06", "a zip archive", _UNPACK),
    (rb"\x1f\x8b|BZh|\xfd7zXZ|\x28\xb5\x2f\xfd|7z\xbc\xaf", "a compressed file", _UNPACK),
    (rb"\x80[\x02-\x05]", "a Python pickle, which is never opened as it may run code", _SAVE),
    (rb"%PDF", "a PDF", _SAVE),
    (rb"\x89PNG|\xff\xd8\xff|GIF8", "a picture", _SAVE),
    (rb"\x89HDF|CDF[\x01\x02]", "an HDF5 or netCDF file", _SAVE),
    (rb"\x93NUMPY", "a NumPy array", _SAVE),
    (rb"SQLite format 3", "an SQLite database", _SAVE),
    (rb"ARROW1|FEA1|ORC", "a Feather, Arrow or ORC file", _SAVE),
    (rb"(?i)\s*<(!doctype html|html|head|body|table)", "a web page", "download the table itself, as CSV"),
    (rb"\xff\xfe\x00\x00|\x00\x00\xfe\xff", "text in UTF-32", "save it in UTF-8"),
    (rb"\s*<\?xml", "an XML file", _SAVE),
    (rb'\s*(\{\s*["}]|\[\s*[\[{])', "JSON", _SAVE),
)
_WIDE = (b"\xff\xfe", b"\xfe\xff")  # UTF-16 is text although it has zero bytes


def read_table(
    source: bytes | Path, name: str, fewest_rows: int = FEWEST_ROWS, fewest_columns: int = FEWEST_COLUMNS
) -> Columns:
    """The table in a file, given by its bytes or its path; `name` is what error sentences call it.

    Text is split at commas, semicolons, tabs or bars, whichever fits the first lines, and its first line names the
    columns. `notes` says what was repaired.

    Raises TableError, with row and column where they are known: for a file that is not a table, for more than
    MOST_BYTES, MOST_COLUMNS, MOST_ROWS or MOST_CELLS, for fewer than `fewest_rows` or `fewest_columns`, and for a row
    with another number of cells than the first line.
    """
    data = _bytes(source, name)
    _refuse_other_files(data, name)
    read = _parquet if data.startswith(b"PAR1") else _delimited
    columns, rows, notes = read(data, name, fewest_columns)
    check_rows(rows, name, fewest_rows)
    return Columns(MappingProxyType({column.name: column for column in columns}), rows, notes)


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
            f"The file “{name}” is larger than {MOST_BYTES / 1e6:.0f} MB: bring fewer rows or columns, or Parquet."
        )
    return data


def _refuse_other_files(data: bytes, name: str) -> None:
    """Raise TableError, saying what it is and what to do, if `data` is neither text nor Parquet."""
    head = data[:_SNIFFED]
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise TableError(f"The file “{name}” is empty: bring one with a line of names and at least 10 rows.")
    if head.startswith(b"PAR1"):
        return
    for pattern, is_a, do in _SIGNATURES:
        if re.match(pattern, head, re.DOTALL):
            raise TableError(f"The file “{name}” is {is_a}: {do}.")
    if not head.startswith(_WIDE) and 0 in head:
        raise TableError(f"The file “{name}” is binary, neither text nor Parquet: {_SAVE}.")


def _delimited(data: bytes, name: str, fewest: int) -> tuple[list[Column], int, tuple[str, ...]]:
    data, encoding_notes = as_utf8(data)
    head = read_head(data, name, fewest)
    names, name_notes = repaired_names(head.names)
    table = read_strings(data, head, names, name)
    check_rows(table.num_rows, name)
    del data
    done = Repairs(list)
    columns = []
    for each in names:
        columns.append(column_of(each, table.column(0), done, comma=head.separator != ","))
        table = table.remove_column(0)  # frees its strings
    return columns, len(columns[0].values), (*encoding_notes, *head.notes, *name_notes, *repair_notes(done))


def _parquet(data: bytes, name: str, fewest: int) -> tuple[list[Column], int, tuple[str, ...]]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(pa.BufferReader(data))
        _check_size(file.metadata, name, fewest)
        fields = list(file.schema_arrow)
        # Words stay dictionary-encoded: a small file may repeat one long word millions of times.
        words = [field.name for field in fields if _is_text(field.type)]
        file = parquet.ParquetFile(pa.BufferReader(data), read_dictionary=words)
        names, notes = repaired_names([field.name for field in fields])
        done, columns, left_out = Repairs(list), [], []
        for place, (new, field) in enumerate(zip(names, fields, strict=True)):
            form = next((form for is_type, form in _forms() if is_type(field.type)), None)
            if form is None:
                left_out.append(new)
                continue
            # Two columns may have the same name.
            nth = sum(other.name == field.name and not pa.types.is_nested(other.type) for other in fields[:place])
            columns.append(form(new, file.read(columns=[field.name]).column(nth), done))
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise TableError(f"The Parquet file “{name}” is damaged: {first_line(error)}.") from None
    if not columns:
        raise TableError(f"The file “{name}” has no usable column: numbers, dates or words are due.")
    if len(columns) < fewest:
        raise TableError(f"The file “{name}” has fewer than two usable columns: a target and a feature are due.")
    if left_out:
        notes += (f"Columns of lists, structures or bytes are left out: {', '.join(left_out[:5])}.",)
    return columns, file.metadata.num_rows, (*notes, *repair_notes(done))


def _check_size(metadata: Any, name: str, fewest: int) -> None:
    """Check the sizes in the metadata before anything is unpacked: a small file may unpack to a very large one."""
    check_count(metadata.num_columns, name, fewest)
    check_rows(metadata.num_rows, name)
    cells = metadata.num_rows * metadata.num_columns
    if cells > MOST_CELLS:
        raise TableError(f"The file “{name}” has {cells:,} cells: at most {MOST_CELLS:,} can be read.")
    unpacked = sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
    if unpacked > MOST_UNPACKED:
        raise TableError(f"The file “{name}” unpacks to {unpacked:,} bytes: at most {MOST_UNPACKED:,} can be read.")


def _forms() -> tuple[tuple[Any, Any], ...]:
    """Pairs of a type test and the conversion to a Column; the first test that fits is taken. Others are left out."""
    from pyarrow import types

    return (
        (types.is_boolean, _booleans),
        (lambda kind: types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind), _numbers),
        (lambda kind: types.is_timestamp(kind) or types.is_date(kind), _days),
        (types.is_null, lambda name, cells, done: number_column(name, np.full(len(cells), np.nan))),
        (lambda kind: _is_text(kind) or types.is_time(kind), _texts),
        (lambda kind: types.is_dictionary(kind) and _is_text(kind.value_type), _texts),
    )


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    return types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)


def _numbers(name: str, cells: Any, done: Repairs) -> Column:
    return finite_column(name, cells.cast("float64", safe=False).to_numpy(), done)


def _booleans(name: str, cells: Any, done: Repairs) -> Column:
    return words_column(name, cells.cast("int32").fill_null(-1).to_numpy(), ["False", "True"])


def _days(name: str, cells: Any, done: Repairs) -> Column:
    microseconds = cells.cast("timestamp[us]", safe=False).cast("int64")
    days = microseconds.cast("float64", safe=False).to_numpy() / (1e6 * _DAY)
    return Column(name, "empty" if np.isnan(days).all() else "date", days)


def _texts(name: str, cells: Any, done: Repairs) -> Column:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(cells.type):
        lengths = (pc.take(pc.binary_length(chunk.dictionary), chunk.indices) for chunk in cells.chunks)
        letters = sum(pc.sum(each.cast("int64"), min_count=0).as_py() for each in lengths)
        if letters > MOST_UNPACKED:
            raise TableError(f"Column “{name}” unpacks to {letters:,} letters: at most {MOST_UNPACKED:,} can be read.")
        cells = pc.dictionary_decode(cells)
    text = cells.cast("string")
    text.validate(full=True)  # invalid UTF-8 would crash the process later
    missing = pc.is_in(text, value_set=pa.array(MISSING))
    return column_of(name, pc.if_else(missing, None, text), done, comma=False)
