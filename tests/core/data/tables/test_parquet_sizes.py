"""Parquet in every encoding is one table; a file whose footer lies about its size is refused before it is unpacked."""

import io
import resource

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from benchmarks.bomb_files import lying
from core.data.tables.columns import TableError
from core.data.tables.parquet_pages import pages
from core.data.tables.reading import read_table

N = 3000
TABLE = pa.table(
    {
        "i": np.arange(N),
        "f": np.random.default_rng(0).normal(size=N),
        "few": [f"w{i % 40}" for i in range(N)],
        "many": [f"some/long/prefix/{i}" for i in range(N)],
        "flag": [None if i % 7 == 0 else bool(i % 2) for i in range(N)],
        "list": [[i] for i in range(N)],
    }
)
DELTA = {
    "many": "DELTA_BYTE_ARRAY",
    "few": "DELTA_LENGTH_BYTE_ARRAY",
    "i": "DELTA_BINARY_PACKED",
    "f": "BYTE_STREAM_SPLIT",
}
ENCODINGS = (
    {"use_dictionary": True},
    {"use_dictionary": False},
    {"use_dictionary": False, "column_encoding": DELTA},
)


def written(table, **options):
    file = io.BytesIO()
    parquet.write_table(table, file, **options)
    return file.getvalue()


def test_one_table_in_every_encoding():
    forms = [
        {"compression": packed, "data_page_version": version, "row_group_size": 1000, "data_page_size": size, **more}
        for packed, version, size in (("snappy", "1.0", None), ("zstd", "2.0", 500), ("none", "2.0", None))
        for more in ENCODINGS
    ]
    assert len({read_table(written(TABLE, **form), "brought.parquet").key for form in forms}) == 1


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_the_pages_say_what_an_honest_footer_says(version):
    data = written(TABLE, data_page_version=version, data_page_size=2000, row_group_size=1000)
    metadata = parquet.ParquetFile(io.BytesIO(data)).metadata
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        for chunk in map(group.column, range(group.num_columns)):
            found = list(pages(data, chunk))
            assert sum(page.values for page in found if not page.is_dictionary) == chunk.num_values
            assert sum(page.unpacked for page in found) <= chunk.total_uncompressed_size


@pytest.mark.long
@pytest.mark.parametrize("encoding", ["PLAIN", "DELTA_BYTE_ARRAY"])
def test_a_footer_that_lies_about_its_size_does_not_fill_the_memory(encoding):
    file = io.BytesIO()
    schema = pa.schema({"a": pa.float64(), "s": pa.string()})
    options = {"compression": "zstd", "use_dictionary": False, "column_encoding": {"a": "PLAIN", "s": encoding}}
    with parquet.ParquetWriter(file, schema, **options) as writer:
        for _ in range(7):
            words = ["x" * 30_000] * 5_000
            writer.write_table(pa.table({"a": np.arange(5_000.0), "s": words}))
    data = lying(file.getvalue())
    footer = parquet.ParquetFile(io.BytesIO(data)).metadata
    assert sum(footer.row_group(group).total_byte_size for group in range(footer.num_row_groups)) == 7_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(TableError, match="unpacks to more than 1,000,000,000"):
        read_table(data, "lying.parquet")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400_000  # kilobytes


@pytest.mark.parametrize("place", [5, 8, 20, 60])
def test_pages_that_are_damaged_are_refused(place):
    data = bytearray(written(TABLE))
    data[place : place + 3] = b"\xff\xff\xff"
    with pytest.raises(TableError, match=r"The Parquet file “bad\.parquet” is damaged"):
        read_table(bytes(data), "bad.parquet")
