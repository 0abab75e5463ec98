"""Runs as one file, to move them from one library to another: a zip of .npz records and a JSON index; no pickle.

Name and notes go along. The star does not: whoever imports a file would else say what stays longest in the store.

A file from outside may be hostile. Its size, the number of its parts and their unpacked sizes are checked before any
part is unpacked, and again while one is. Its names are never used as paths, a record is not packed in itself and is
read once, and it goes through run_bytes.from_bytes.
"""

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import log
from ..data.zip_parts import can_be_read, whole
from ..experiment.settings import one_line
from ..training.run import Run
from ..training.run_bytes import from_bytes, is_unpacked
from .schema import LONGEST_NAME, LONGEST_NOTES, storable
from .store import Marks

FORMAT = "heteroscope runs"
VERSION = 1
INDEX = "index.json"
MOST_BYTES = 200_000_000  # of the file, and of its unpacked contents
MOST_RUNS = 2_000
MOST_RECORD = 64_000_000  # bytes of one record: the widest nets take 20 MB
MOST_INDEX = 20_000_000  # bytes: 2,000 of the longest notes
MOST_REFUSALS = 10  # sentences: the rest are counted
MOST_ARRAYS = 32  # parts of one record, which has six
_PER_PART = 600  # bytes of one part in the directory of the zip, with a name of usual length

# What zipfile raises on a damaged file.
_DAMAGE = (zipfile.BadZipFile, zlib.error, ValueError, KeyError, EOFError, OSError, RuntimeError, NotImplementedError)


@dataclass(frozen=True)
class Imported:
    """The result of an import: how many runs were added or already there, and a sentence for each refused one."""

    added: int
    already_there: int
    refused: tuple[str, ...] = ()


class _Refused(Exception):
    """Why a file, or a run in it, is refused: one sentence."""


def packed(rows: Iterable[tuple[Any, bytes]]) -> bytes:
    """One file of runs, from rows of the table `entries`, each with its record."""
    index, buffer = [], io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for number, (row, record) in enumerate(rows):
            name = f"runs/{number:04d}-{row.key}-{row.status}.npz"
            index.append({"file": name, "key": row.key, "status": row.status, **vars(Marks.of(row))})
            file.writestr(name, record)
        words = {"format": FORMAT, "version": VERSION, "runs": index}
        file.writestr(INDEX, json.dumps(words, ensure_ascii=False, indent=1))
    return buffer.getvalue()


def unpacked(data: bytes) -> Iterator[tuple[Run, bytes, Marks] | str]:
    """The valid runs of such a file, one by one, with their records and marks; a sentence for each refused one."""
    try:
        file = _opened(data, MOST_RUNS + 1, MOST_BYTES, "The file")
        rows = _index(file)
    except _Refused as error:
        log.event("import refused", bytes=len(data))
        yield f"{error}."
        return
    seen: set[str] = set()
    refused = 0
    for number, row in enumerate(rows, 1):
        try:
            yield _read(file, row, seen)
        except _Refused as error:
            refused += 1
            yield f"Run {number} was left out: {error}."
    if refused:
        log.event("import refused", bytes=len(data), count=refused)


def counted(refused: Sequence[str]) -> tuple[str, ...]:
    """The first MOST_REFUSALS sentences, and one that counts the rest."""
    beyond = len(refused) - MOST_REFUSALS
    return tuple(refused) if beyond <= 0 else (*refused[:MOST_REFUSALS], f"There are {beyond:,} more.")


def _opened(data: bytes, most_parts: int, most_bytes: int, what: str) -> zipfile.ZipFile:
    """The zip file in these bytes. Raises _Refused if its directory exceeds the bounds."""
    if len(data) > most_bytes:
        raise _Refused(f"{what} has {len(data) / 1e6:,.0f} MB: at most {most_bytes / 1e6:.0f} MB are read")
    # The length of the directory is checked before zipfile reads it: the names of millions of parts would fill memory.
    end = data[-22:]
    if len(end) < 22 or end[:4] != b"PK\5\6" or end[-2:] != b"\0\0":
        raise _Refused(f"{what} is not an export of runs, or is incomplete")
    parts, length = struct.unpack("<HL", end[10:16])
    if parts > most_parts or length > _PER_PART * most_parts or data[-42:-38] == b"PK\6\7":
        raise _Refused(f"{what} has more parts than {most_parts:,}")
    try:
        file = zipfile.ZipFile(io.BytesIO(data))
    except _DAMAGE:
        raise _Refused(f"{what} is damaged") from None
    if not can_be_read(file):
        raise _Refused(f"{what} is compressed in a way that cannot be read here")
    if sum(part.file_size for part in file.infolist()) > most_bytes:
        raise _Refused(f"{what} would grow beyond {most_bytes / 1e6:.0f} MB")
    return file


def _index(file: zipfile.ZipFile) -> list[Any]:
    try:
        words = json.loads(_part(file, INDEX, MOST_INDEX))
    except (ValueError, RecursionError):
        raise _Refused("The file is not an export of runs: its index cannot be read") from None
    if not isinstance(words, dict) or words.get("format") != FORMAT or not isinstance(words.get("runs"), list):
        raise _Refused("The file is not an export of runs: its index says something else")
    if words.get("version") != VERSION:
        version = one_line(words.get("version"), 20)
        raise _Refused(f"The file was written by another version ({version}, here {VERSION})")
    if len(words["runs"]) > MOST_RUNS:
        raise _Refused(f"The file has more than {MOST_RUNS:,} runs")
    return words["runs"]


def _read(file: zipfile.ZipFile, row: Any, seen: set[str]) -> tuple[Run, bytes, Marks]:
    if not isinstance(row, dict) or not isinstance(row.get("file"), str):
        raise _Refused("the index does not say where it is")
    if row["file"] in seen:
        raise _Refused("another run of the index has its record")
    seen.add(row["file"])
    record = _part(file, row["file"], MOST_RECORD)
    with _opened(record, MOST_ARRAYS, MOST_RECORD, "its record") as arrays:
        if not is_unpacked(arrays, len(record)):
            raise _Refused("its record is compressed in itself, as no export is")
    try:
        run = from_bytes(record)
    except (ValueError, ArithmeticError):  # a number of 400 digits
        raise _Refused("its record is not a run") from None
    if row.get("key") != run.key:
        raise _Refused("it was trained by another version, which gives different numbers")
    if row.get("status") != run.status:
        raise _Refused(f"the index calls it {one_line(row.get('status'), 20)}, its record {run.status}")
    return run, record, _marks(row)


def _marks(row: Mapping[str, Any]) -> Marks:
    name, notes = row.get("name", ""), row.get("notes", "")
    if not isinstance(name, str) or not isinstance(notes, str) or not isinstance(row.get("starred", False), bool):
        raise _Refused("its name or notes are not text")
    if len(name) > LONGEST_NAME or len(notes) > LONGEST_NOTES:
        raise _Refused(f"its name or notes are longer than {LONGEST_NAME:,} and {LONGEST_NOTES:,} characters")
    return Marks(False, one_line(name, LONGEST_NAME)[:LONGEST_NAME], storable(notes))


def _part(file: zipfile.ZipFile, name: str, most: int) -> bytes:
    try:
        part = file.getinfo(name)
    except KeyError:
        raise _Refused(f"“{one_line(name, 60)}” is not in the file") from None
    if part.file_size > most:
        raise _Refused(f"“{one_line(name, 60)}” would grow beyond {most / 1e6:.0f} MB")
    try:
        return whole(file, part)
    except _DAMAGE:
        raise _Refused(f"“{one_line(name, 60)}” is damaged") from None
