"""Compressed files unpacked, no further than the limits of a table: a small file may unpack to a very large one."""

import bz2
import gzip
import io
import zlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from .columns import MOST_BYTES, TableError

_BLOCK = 1 << 20
_MOST_PARTS = 100_000  # files packed one after another: each takes time, even if nothing is in it

# How each kind begins, and its decoder, which gives as many bytes as it is asked for. xz is not here: its header may
# ask for gigabytes.
_DECODERS: Mapping[bytes, Callable[[io.BytesIO], Any]] = MappingProxyType(
    {b"\x1f\x8b\x08": lambda file: gzip.GzipFile(fileobj=file), b"BZh": bz2.BZ2File}
)


def unpacked(data: bytes, name: str) -> tuple[bytes, tuple[str, ...]]:
    """The file in a gz or bz2 file, with a note; other bytes as they are.

    Raises TableError for a damaged file, and where more than MOST_BYTES come out, before they are all in memory.
    """
    mark = next((mark for mark in _DECODERS if data.startswith(mark)), None)
    if mark is None:
        return data, ()
    if data.count(mark) > _MOST_PARTS:
        raise TableError(f"The compressed file “{name}” has more than {_MOST_PARTS:,} parts: pack it as one.")
    found = bytearray()
    try:
        with _DECODERS[mark](io.BytesIO(data)) as file:
            while block := file.read(_BLOCK):
                found += block
                if len(found) > MOST_BYTES:
                    most = f"{MOST_BYTES / 1e6:.0f} MB"
                    raise TableError(
                        f"The file “{name}” unpacks to more than {most}: use fewer rows or columns, or Parquet."
                    )
    except (zlib.error, OSError, EOFError) as error:
        raise TableError(f"The compressed file “{name}” is damaged or cut off ({error}): pack it again.") from None
    return bytes(found), ("The file was compressed and has been unpacked.",)
