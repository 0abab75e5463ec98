"""Tables in Parquet: columns of numbers, dates and words, checked for their sizes before anything is unpacked."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from .calendar_cells import DAY_US
from .cells import Draft, Repairs, draft_of, draft_of_numbers, repair_notes
from .column_names import repaired_names
from .columns import (
    MOST_BYTES,
    MOST_CELLS,
    MOST_LETTERS,
    Column,
    Like,
    TableError,
    number_column,
    words_column,
)
from .missing_cells import MISSING
from .parquet_pages import DELTAS, DamagedPages, pages
from .table_limits import check_count, check_rows, first_line

_MOST_BATCH = 64_000_000  # bytes of the words in a batch, at worst
MOST_UNPACKED = 4 * MOST_BYTES  # bytes of a Parquet file, unpacked


def read_parquet(
    data: bytes, name: str, fewest: int, like: Mapping[str, Like]
) -> tuple[list[Draft], int, tuple[str, ...]]:
    """Drafts of the columns, the number of rows, and notes. Raises TableError, which calls the file `name`."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(pa.BufferReader(data))
        _check_size(file.metadata, name, fewest)
        deltas = _check_pages(data, file.metadata, name)
        fields = list(file.schema_arrow)
        # Words stay dictionary-encoded: a small file may repeat one long word millions of times.
        words = [field.name for field in fields if _is_text(field.type) and field.name not in deltas]
        file = parquet.ParquetFile(pa.BufferReader(data), read_dictionary=words)
        names, notes = repaired_names([field.name for field in fields])
        done, columns, left_out = Repairs(list), list[Draft](), list[str]()
        for place, (new, field) in enumerate(zip(names, fields, strict=True)):
            form = next((form for is_type, form in _forms() if is_type(field.type)), None)
            if form is None:
                left_out.append(new)
                continue
            # Two columns may have the same name.
            nth = sum(other.name == field.name and not pa.types.is_nested(other.type) for other in fields[:place])
            cells = _cells(file, field.name, nth, deltas.get(field.name, 0), name)
            columns.append(form(new, cells, done, like.get(new)))
    except (DamagedPages, pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise TableError(f"The Parquet file “{name}” is damaged: {first_line(error)}.") from None
    if not columns:
        raise TableError(f"The file “{name}” has no usable column: numbers, dates or words are needed.")
    if len(columns) < fewest:
        raise TableError(f"The file “{name}” has fewer than two usable columns: a target and a feature are needed.")
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


def _check_pages(data: bytes, metadata: Any, name: str) -> dict[str, int]:
    """Check what the pages themselves say of their sizes, as the metadata may say anything.

    Columns whose words are written as differences, with how long a word may be that is not in the file as it stands.
    """
    deltas, unpacked = dict[str, int](), 0
    groups = [metadata.row_group(group) for group in range(metadata.num_row_groups)]
    if sum(group.num_rows for group in groups) != metadata.num_rows or any(group.num_rows < 0 for group in groups):
        raise DamagedPages("its parts have other numbers of rows than the whole")
    for group in groups:
        for chunk in map(group.column, range(group.num_columns)):
            column, values = chunk.path_in_schema, 0
            for page in pages(data, chunk):
                unpacked += page.unpacked
                values += 0 if page.is_dictionary else page.values
                if page.encoding in DELTAS:
                    deltas[column] = max(deltas.get(column, 0), page.longest)
                if unpacked > MOST_UNPACKED:
                    raise TableError(f"The file “{name}” unpacks to more than {MOST_UNPACKED:,} bytes: bring less.")
            if "." not in column and values > group.num_rows:
                raise DamagedPages("a column has more values than rows")
    return deltas


def _cells(file: Any, column: str, nth: int, longest: int, name: str) -> Any:
    """The cells of a column; in batches where each word may be as long as `longest`, which may be more than is here."""
    import pyarrow as pa

    if not longest:
        return file.read(columns=[column]).column(nth)
    batches, taken = [], 0
    for batch in file.iter_batches(batch_size=max(1, _MOST_BATCH // longest), columns=[column], use_threads=False):
        taken += batch.nbytes
        if taken > MOST_UNPACKED:
            most = f"{MOST_UNPACKED:,} letters"
            raise TableError(f"Column “{column}” of “{name}” unpacks to more than {most}: bring less.")
        batches.append(pa.RecordBatch.from_arrays([*map(_cut, batch.columns)], batch.schema.names))
    return pa.Table.from_batches(batches).column(nth)


def _cut(cells: Any) -> Any:
    """The words, cut where they are anyway: a small file may hold one long word thousands of times."""
    import pyarrow.compute as pc

    if not _is_text(cells.type):
        return cells
    text = cells.cast("large_string")
    text.validate(full=True)  # invalid UTF-8 would crash the process
    return pc.utf8_slice_codeunits(text, 0, MOST_LETTERS + 1)


def _forms() -> tuple[tuple[Any, Any], ...]:
    """Pairs of a type test and the conversion to a Column; the first test that fits is taken. Others are left out."""
    from pyarrow import types

    return (
        (types.is_boolean, _booleans),
        (lambda kind: types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind), _numbers),
        (lambda kind: types.is_timestamp(kind) or types.is_date(kind), _days),
        (types.is_null, _nothing),
        (lambda kind: _is_text(kind) or types.is_time(kind), _texts),
        (lambda kind: types.is_dictionary(kind) and _is_text(kind.value_type), _texts),
    )


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    return types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)


def _nothing(name: str, cells: Any, done: Repairs, like: Like | None) -> Draft:
    return Draft(name, {"": number_column(name, np.full(len(cells), np.nan))})


def _numbers(name: str, cells: Any, done: Repairs, like: Like | None) -> Draft:
    import pyarrow.compute as pc

    if like is not None and like.kind == "category":
        values = cells.cast("float64", safe=False)
        is_whole = pc.all(pc.equal(pc.floor(values), values), min_count=0).as_py()
        return draft_of(name, (values.cast("int64") if is_whole else values).cast("string"), done, like)
    return draft_of_numbers(name, cells.cast("float64", safe=False).to_numpy(), done, like)


def _booleans(name: str, cells: Any, done: Repairs, like: Like | None) -> Draft:
    codes = cells.cast("int32").fill_null(-1).to_numpy()
    return Draft(name, {"": words_column(name, codes, ["False", "True"])})


def _days(name: str, cells: Any, done: Repairs, like: Like | None) -> Draft:
    microseconds = cells.cast("timestamp[us]", safe=False).cast("int64")
    days = microseconds.cast("float64", safe=False).to_numpy() / DAY_US
    return Draft(name, {"": Column(name, "empty" if np.isnan(days).all() else "date", days)})


def _texts(name: str, cells: Any, done: Repairs, like: Like | None) -> Draft:
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
    return draft_of(name, pc.if_else(missing, None, text), done, like)
