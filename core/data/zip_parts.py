"""The parts of a zip file from outside, read no further than its directory says.

`ZipFile.read` unpacks a part up to a gigabyte at once, and only then looks at the size in the directory, which may say
anything. bzip2 and lzma unpack whole blocks, however large.
"""

import copy
import zipfile
from collections.abc import Iterator

_BLOCK = 1 << 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def can_be_read(archive: zipfile.ZipFile) -> bool:
    """Whether all parts are stored or deflated, which are the two ways that unpack piece by piece."""
    return all(part.compress_type in _METHODS for part in archive.infolist())


def blocks(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """What is in a part, piece by piece. Raises BadZipFile once it is longer than the directory says."""
    left, longer = part.file_size, copy.copy(part)
    longer.file_size += 1
    with archive.open(longer) as file:
        while block := file.read(_BLOCK):
            left -= len(block)
            if left < 0:
                raise zipfile.BadZipFile("a part is longer than the directory says")
            yield block


def whole(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    """All that is in a part. Raises BadZipFile as `blocks` does."""
    return b"".join(blocks(archive, part))
