"""BOMBS: small inputs that would take far more memory or time than they should, and what happens to each.

    python -m benchmarks.bomb_files [NAME …]

Each is read in a process of its own, whose largest memory and seconds of a processor are printed beside their bounds.
Exit status 1 if a bound is exceeded, or if anything but one sentence comes out. `make test-host` checks the same.
"""

import argparse
import io
import json
import resource
import struct
import subprocess
import sys
import tempfile
import time
import warnings
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

ROOT = Path(__file__).parents[1]
LONGEST_S = 120.0


@dataclass(frozen=True)
class Bomb:
    """One input: how its bytes are made, what reads it, and the memory (MB) and seconds that it may take beside that.

    Memory is what the process takes more than before it was read. `is_light`: the usual tests try it too.
    """

    name: str
    make: Callable[[], bytes]
    reader: str
    most_mb: float
    most_s: float
    is_light: bool = False


def _zipped(parts: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return buffer.getvalue()


def _index(names: list[str]) -> bytes:
    rows = [{"file": name, "key": "0" * 16, "status": "done"} for name in names]
    return json.dumps({"format": "heteroscope runs", "version": 1, "runs": rows}).encode()


def _import_of_zeros() -> bytes:
    """40 runs of 60 MB of zeros each, packed twice: 3 MB."""
    record = _zipped({"weights.npy": bytes(60_000_000)})
    parts = {f"{i}.npz": record for i in range(40)}
    return _zipped({**parts, "index.json": _index([*parts])})


def _lying(part: bytes, says: int, name: str) -> bytes:
    """A zip whose directory says that a part has `says` bytes."""
    data = bytearray(_zipped({name: part, "index.json": _index([name])}))
    place = data.index(struct.pack("<L", len(part)), data.index(b"PK\1\2"))
    data[place : place + 4] = struct.pack("<L", says)
    return bytes(data)


def _import_that_lies() -> bytes:
    return _lying(bytes(900_000_000), 1000, "a.npz")


def _import_again_and_again() -> bytes:
    """2,000 lines of the index name the same 60 MB."""
    return _zipped({"a.npz": bytes(60_000_000), "index.json": _index(["a.npz"] * 2000)})


def _nested_zips() -> bytes:
    inner = bytes(10_000_000)
    for depth in range(20):
        inner = _zipped({f"{depth}.npz": inner, "index.json": _index([f"{depth}.npz"])})
    return inner


def _npz_claims() -> bytes:
    """A run whose weights claim a petabyte."""
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,), }"
    array = b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + header.ljust(117) + b"\n"
    record = _zipped({"weights.npy": array, "words.npy": array}, zipfile.ZIP_STORED)
    return _zipped({"a.npz": record, "index.json": _index(["a.npz"])})


def _paths_and_links() -> bytes:
    """Names that lead out of the folder, the same name twice, and a symbolic link."""
    buffer = io.BytesIO()
    names = ["../../etc/passwd", "/etc/passwd", "a.npz", "C:\\\\x", "link"]
    with zipfile.ZipFile(buffer, "w") as file:
        with warnings.catch_warnings(action="ignore"):
            for name in [*names, *names]:
                part = zipfile.ZipInfo(name)
                part.external_attr = 0o120777 << 16
                file.writestr(part, b"/etc/passwd")
        file.writestr("index.json", _index(names))
    return buffer.getvalue()


def _gzip_of_zeros() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join([*(packer.compress(b"1,2\n" * 2_500_000) for _ in range(300)), packer.flush()])


def lying(data: bytes) -> bytes:
    """The Parquet file with a footer that says that each part unpacks to 1,000 bytes."""
    from pyarrow import parquet

    metadata = parquet.ParquetFile(io.BytesIO(data)).metadata
    groups = [metadata.row_group(group) for group in range(metadata.num_row_groups)]
    sizes = {group.total_byte_size for group in groups}
    sizes |= {group.column(1).total_uncompressed_size for group in groups}
    for size in sizes:
        data = data.replace(_varint(size), _varint(1000, len(_varint(size))))
    return data


def _varint(number: int, length: int = 0) -> bytes:
    """Thrift's integer, with idle bytes up to a length."""
    number, out = 2 * number, list[int]()
    while number > 127 or len(out) + 1 < length:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def _parquet_of_one_word() -> bytes:
    """A word of 30 kB that stands 35,000 times, and a footer that says 1,000 bytes."""
    import numpy as np
    import pyarrow as pa
    from pyarrow import parquet

    file = io.BytesIO()
    encoding = {"a": "PLAIN", "s": "DELTA_BYTE_ARRAY"}
    schema = pa.schema({"a": pa.float64(), "s": pa.string()})
    with parquet.ParquetWriter(file, schema, compression="zstd", use_dictionary=False, column_encoding=encoding) as out:
        for _ in range(7):
            out.write_table(pa.table({"a": np.arange(5_000.0), "s": ["x" * 30_000] * 5_000}))
    return lying(file.getvalue())


def _sheet(part: str, content: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    return _zipped({"xl/worksheets/sheet1.xml": b"<worksheet/>", part: content, "xl/workbook.xml": b"<w/>"}, method)


def _sheet_that_lies() -> bytes:
    return _lying(bytes(900_000_000), 1000, "xl/sharedStrings.xml").replace(b"index.json", b"xl/workboo")


def _deep_json() -> bytes:
    return b"[" * 100_000 + b"]" * 100_000


def _one_line() -> bytes:
    return b"x,y\n" + b"1" * 200_000_000


def _many_columns() -> bytes:
    line = ",".join(map(str, range(100_000))).encode()
    return b"\n".join([line.replace(b"1", b"a"), *[line] * 12])


def _many_cells() -> bytes:
    return b"x,y\n" + b"1,2\n" * 50_000_000


_MB = 1_000_000
_ROWS = (
    Bomb("import: 40 runs of 60 MB of zeros", _import_of_zeros, "import", 100, 5),
    Bomb("import: a part that lies about its size", _import_that_lies, "import", 100, 5),
    Bomb("import: one record, named 2,000 times", _import_again_and_again, "import", 200, 5),
    Bomb("import: zips in zips", _nested_zips, "import", 100, 5),
    Bomb("import: an array of a petabyte", _npz_claims, "import", 50, 3, is_light=True),
    Bomb("import: paths, links and duplicates", _paths_and_links, "import", 50, 3, is_light=True),
    Bomb("table: gzip of 3 GB", _gzip_of_zeros, "table", 800, 10),
    Bomb("table: Parquet that lies about its size", _parquet_of_one_word, "table", 400, 20),
    Bomb("table: an Excel part that lies about its size", _sheet_that_lies, "table", 100, 5),
    Bomb("table: an Excel part in bzip2", lambda: _sheet("a", bytes(300 * _MB), zipfile.ZIP_BZIP2), "table", 100, 5),
    Bomb("table: one line of 200 MB", _one_line, "table", 1000, 20),
    Bomb("table: 100,000 columns", _many_columns, "table", 200, 5),
    Bomb("table: 50 million rows", _many_cells, "table", 1000, 20),
    Bomb("table: JSON, nested 100,000 deep", _deep_json, "table", 50, 3, is_light=True),
    Bomb("log: JSON, nested 100,000 deep", _deep_json, "log", 100, 5, is_light=True),
    Bomb("link: a value of 10 MB", lambda: b"loss.formula=" + b"1+" * 5 * _MB + b"1&v=2", "link", 200, 5),
    Bomb("link: 200,000 settings", lambda: b"&".join(b"a%d.b=1" % i for i in range(200_000)), "link", 400, 10),
    Bomb("formula: powers of powers", lambda: b"9" + b"**9" * 60, "formula", 50, 3, is_light=True),
    Bomb("formula: a power with a long exponent", lambda: b"s**" + b"9" * 5000, "formula", 50, 3, is_light=True),
    Bomb("formula: nested 100,000 deep", lambda: b"(" * 100_000 + b"s" + b")" * 100_000, "formula", 50, 3, True),
    Bomb("formula: a million signs", lambda: b"-" * _MB + b"s", "formula", 100, 3, is_light=True),
    Bomb("formula: exponents of exponents", lambda: b"exp(" * 200 + b"s" + b")" * 200, "formula", 50, 3, True),
    Bomb("code: a list of 10 million", lambda: b"loss = sum([0] * 10000000)**9**9**9", "code", 100, 5, is_light=True),
    Bomb("code: nested 99,000 deep", lambda: b"loss = " + b"(" * 99_000, "code", 100, 5, is_light=True),
)
BOMBS: Mapping[str, Bomb] = MappingProxyType({row.name: row for row in _ROWS})


def read(reader: str, data: bytes) -> str:
    """Read it as the app does; what a visitor is told, or what came out."""
    return _READERS[reader](data)


def _import(data: bytes) -> str:
    from core.runs.library import Library
    from core.runs.store import Store

    with tempfile.TemporaryDirectory() as folder:
        library = Library(Store(f"sqlite:///{folder}/runs.sqlite"))
        found = library.import_file(data)
        library.store.close()
    return f"{found.added} added: {' '.join(found.refused)}"


def _table(data: bytes) -> str:
    from core.data.tables.columns import TableError
    from core.data.tables.reading import read_table

    try:
        return f"{read_table(data, 'a file').rows:,} rows"
    except TableError as error:
        return str(error)


def _log(data: bytes) -> str:
    from core.data.training_log.log_reading import read_log
    from core.data.training_log.training_log import LogError

    try:
        return type(read_log(data, "a log")).__name__
    except LogError as error:
        return str(error)


def _link(data: bytes) -> str:
    from urllib.parse import parse_qsl

    from core.experiment.link import read_link

    pairs = dict(parse_qsl(data.decode(), keep_blank_values=True))
    return " ".join(str(read_link(pairs)).split())[:200]


def _formula(data: bytes) -> str:
    from core.experiment.experiment import Experiment
    from core.experiment.settings import InvalidExperiment

    try:
        text = Experiment.from_settings({"loss.name": "typed", "loss.formula": data.decode()}).loss.formula
        return f"read: {text[:50]}"
    except InvalidExperiment as error:
        return error.named


def _code(data: bytes) -> str:
    from core import check
    from core.experiment.settings import InvalidExperiment
    from core.loss_code.loss_code import CodeError

    try:
        return str(check(data.decode()))[:200]
    except (CodeError, InvalidExperiment) as error:
        return str(error)


_READERS: Mapping[str, Callable[[bytes], str]] = MappingProxyType(
    {"import": _import, "table": _table, "log": _log, "link": _link, "formula": _formula, "code": _code}
)
_HARMLESS = MappingProxyType(
    {
        "import": b"x",
        "table": b"x,y\n" + b"1,2\n" * 20,
        "log": b"loss 1\nloss 2\n",
        "link": b"v=2",
        "formula": b"s",
        "code": b"loss = 1",
    }
)


@dataclass(frozen=True)
class Burst:
    """What became of a bomb: the memory it took (MB), the seconds of a processor, and what was said."""

    mb: float
    seconds: float
    said: str


def burst(bomb: Bomb) -> Burst:
    """Read a bomb in a process of its own. Raises subprocess.TimeoutExpired and subprocess.CalledProcessError."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(bomb.make())
        file.flush()
        command = [sys.executable, "-m", "benchmarks.bomb_files", "--read", bomb.reader, file.name]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=LONGEST_S)
    return Burst(**json.loads(done.stdout.splitlines()[-1]))


def _read_here(reader: str, path: str) -> None:
    """In the new process: load all that a harmless input needs, then read the bomb and print what it took."""
    read(reader, _HARMLESS[reader])
    data = Path(path).read_bytes()
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    said = read(reader, data)
    seconds = time.process_time() - began
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(json.dumps({"mb": grown / 1000, "seconds": seconds, "said": said}))


def main() -> int:
    """Print the table. Returns 1 if a bound is exceeded."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="parts of their names; all if none is given")
    parser.add_argument("--read", nargs=2, metavar=("READER", "FILE"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.read:
        _read_here(*asked.read)
        return 0
    bad = 0
    print(f"{'bomb':50} {'MB':>7} {'bound':>7} {'s':>7} {'bound':>6}")
    for name, bomb in BOMBS.items():
        if asked.names and not any(part in name for part in asked.names):
            continue
        found = burst(bomb)
        exceeds = found.mb > bomb.most_mb or found.seconds > bomb.most_s
        bad += exceeds
        print(f"{name:50} {found.mb:7.0f} {bomb.most_mb:7.0f} {found.seconds:7.2f} {bomb.most_s:6.0f}", flush=True)
        print(f"    {'EXCEEDED ' if exceeds else ''}{found.said[:160]}", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
