"""The bytes of a text file as UTF-8."""

import codecs

_BLOCK = 1 << 20


def as_utf8(data: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The text in UTF-8 without a byte order mark, with a note if it was in another encoding.

    UTF-16 is recognised by its mark; anything else that is not UTF-8 is read as Windows-1252 or Latin-1.
    """
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace").encode(), ("The file is in UTF-16 and was read as such.",)
    if _is_utf8(data):
        return data, ()
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.encode(), ("The file is not UTF-8: its letters were read as Latin-1.",)


def _is_utf8(data: bytes) -> bool:
    decoder, view = codecs.getincrementaldecoder("utf-8")(), memoryview(data)
    try:
        for start in range(0, len(data), _BLOCK):  # decoding the whole file would take four times its size
            decoder.decode(view[start : start + _BLOCK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
