"""Parts of a zip file are read piece by piece, and no further than its directory says."""

import io
import zipfile

import pytest

from core.data.zip_parts import blocks, can_be_read, whole


def packed(content: bytes, method: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipFile:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        file.writestr("a", content)
    return zipfile.ZipFile(buffer)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("content", [b"", b"x", bytes(range(256)) * 10_000])
def test_an_honest_part_is_read(content: bytes, method: int) -> None:
    archive = packed(content, method)
    assert can_be_read(archive)
    assert whole(archive, archive.getinfo("a")) == content
    assert archive.read("a") == content, "the directory is as before"


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("said", [0, 1, 1_048_575, 1_048_576, 2_559_999, 2_560_001, 2**31])
def test_a_part_of_another_length_than_it_says_is_refused(said: int, method: int) -> None:
    archive = packed(bytes(range(256)) * 10_000, method)
    part = archive.getinfo("a")
    part.file_size = said
    if said > 2_560_000:
        assert sum(map(len, blocks(archive, part))) == 2_560_000, "shorter is no danger"
    else:
        with pytest.raises(zipfile.BadZipFile, match=r"longer than the directory says|Bad CRC"):
            whole(archive, part)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_unpacks_whole_blocks_is_not_read(method: int) -> None:
    assert not can_be_read(packed(b"x", method))
