"""What kind of file it is by its first bytes, not its name, and what to do with one that is not a table."""

import re
from dataclasses import dataclass

from core.data.tables.columns import TableError

SNIFFED = 65_536  # bytes inspected
SAVE = "save the table as CSV or Parquet"


@dataclass(frozen=True)
class Signature:
    """The first bytes of a kind of file, its name, and what the user should do."""

    pattern: bytes  # a regular expression for the beginning of the file
    is_a: str
    do: str

    def fits(self, head: bytes) -> bool:
        """Whether a file with these first bytes is of this kind."""
        return re.match(self.pattern, head, re.DOTALL) is not None


PARQUET = rb"PAR1"
_UNPACK = "unpack it and bring the table that is in it"
# The order matters: the first that fits is reported.
_SIGNATURES = (
    Signature(rb"PK\x03\x04.*xl/", "an Excel workbook", "save the sheet as CSV"),
    Signature(rb"\xd0\xcf\x11\xe0", "an old Excel or Office file", "save the sheet as CSV"),
    Signature(rb"PK\x03\x04|PK\x05\x06", "a zip archive", _UNPACK),
    Signature(rb"\x1f\x8b|BZh|\xfd7zXZ|\x28\xb5\x2f\xfd|7z\xbc\xaf", "a compressed file", _UNPACK),
    Signature(rb"\x80[\x02-\x05]", "a Python pickle, which is never opened as it may run code", SAVE),
    Signature(rb"%PDF", "a PDF", SAVE),
    Signature(rb"\x89PNG|\xff\xd8\xff|GIF8", "a picture", SAVE),
    Signature(rb"\x89HDF|CDF[\x01\x02]", "an HDF5 or netCDF file", SAVE),
    Signature(rb"\x93NUMPY", "a NumPy array", SAVE),
    Signature(rb"SQLite format 3", "an SQLite database", SAVE),
    Signature(rb"ARROW1|FEA1|ORC", "a Feather, Arrow or ORC file", SAVE),
    Signature(rb"(?i)\s*<(!doctype html|html|head|body|table)", "a web page", "download the table itself, as CSV"),
    Signature(rb"\xff\xfe\x00\x00|\x00\x00\xfe\xff", "text in UTF-32", "save it in UTF-8"),
    Signature(rb"\s*<\?xml", "an XML file", SAVE),
    Signature(rb'\s*(\{\s*["}]|\[\s*[\[{])', "JSON", SAVE),
)
_WIDE = (b"\xff\xfe", b"\xfe\xff")  # UTF-16 is text although it has zero bytes


def refuse_other_files(data: bytes, name: str) -> None:
    """Raise TableError, saying what it is and what to do, if `data` is neither text nor Parquet."""
    head = data[:SNIFFED]
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise TableError(f"The file “{name}” is empty: bring one with a line of names and at least 10 rows.")
    if re.match(PARQUET, head):
        return
    for signature in _SIGNATURES:
        if signature.fits(head):
            raise TableError(f"The file “{name}” is {signature.is_a}: {signature.do}.")
    if not head.startswith(_WIDE) and 0 in head:
        raise TableError(f"The file “{name}” is binary, neither text nor Parquet: {SAVE}.")
