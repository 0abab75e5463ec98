"""What a file is, by how it begins and not by its name: one that can be read, or one that is refused with a reason."""

import re

from .columns import TableError

_SNIFFED = 65_536  # bytes inspected
_SAVE = "save the table as CSV or Parquet"
_SHEET = "save the sheet as .xlsx or CSV"
_UNPACK = "unpack it and upload the table in it"
# Regular expressions for the beginning of a file, the kind that a reader takes, in the order of trial.
_READ = ((rb"PAR1", "parquet"), (rb"PK\x03\x04.*xl/", "workbook"))
# The same for what no reader takes: what it is, and what to do. The first that fits is reported.
_REFUSED = (
    (rb"PK\x03\x04.*opendocument\.spreadsheet", "an OpenDocument sheet", _SHEET),
    (rb"PK\x03\x04.*(word|ppt)/", "an Office document without a sheet", _SHEET),
    (rb"\xd0\xcf\x11\xe0", "an old Excel file (.xls), or one with a password", f"{_SHEET}, without a password"),
    (rb"PK\x03\x04|PK\x05\x06", "a zip archive", _UNPACK),
    (rb"\x1f\x8b|BZh|\xfd7zXZ|\x28\xb5\x2f\xfd|7z\xbc\xaf|Rar!|\x04\x22\x4d\x18", "a compressed file", _UNPACK),
    (rb"\x80[\x02-\x05]", "a Python pickle, which is never opened as it may run code", _SAVE),
    (rb"RD[XAB][23]\n|X\n\x00\x00\x00", "an R data file", _SAVE),
    (rb"<stata_dta>|[\x71-\x73][\x01\x02]\x01\x00", "a Stata file", _SAVE),
    (rb"\$FL[23]", "an SPSS file", _SAVE),
    (rb"\x00{12}\xc2\xea\x81\x60|HEADER RECORD\*{7}", "a SAS file", _SAVE),
    (rb"MATLAB 5\.0", "a MATLAB file", _SAVE),
    (rb"%PDF", "a PDF", _SAVE),
    (rb"\x89PNG|\xff\xd8\xff|GIF8", "a picture", _SAVE),
    (rb"\x89HDF|CDF[\x01\x02]", "an HDF5 or netCDF file", _SAVE),
    (rb"\x93NUMPY", "a NumPy array", _SAVE),
    (rb"SQLite format 3", "an SQLite database", _SAVE),
    (rb"ARROW1|FEA1|ORC|Obj\x01", "a Feather, Arrow, ORC or Avro file", _SAVE),
    (
        rb"(?i)(\xef\xbb\xbf)?\s*<(!doctype html|html|head|body|table)",
        "a web page",
        "download the table itself, as CSV",
    ),
    (rb"\xff\xfe\x00\x00|\x00\x00\xfe\xff", "text in UTF-32", "save it in UTF-8"),
    (rb"(\xef\xbb\xbf)?\s*<\?xml", "an XML file", _SAVE),
    (rb'(\xef\xbb\xbf)?\s*(\{\s*["}]|\[\s*[\[{])', "JSON", _SAVE),
    (rb"\{\\rtf", "an RTF document", _SAVE),
    (rb"(?i)(%[^\n]*\n|\s)*@relation", "an ARFF file", _SAVE),
)
_WIDE = (b"\xff\xfe", b"\xfe\xff")  # UTF-16 is text although it has zero bytes


def kind_of(data: bytes, name: str) -> str:
    """“parquet”, “workbook” or “text”. Raises TableError, saying what it is and what to do, for anything else."""
    head = data[:_SNIFFED]
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise TableError(f"The file “{name}” is empty: upload one with a line of names and at least 10 rows.")
    for pattern, kind in _READ:
        if re.match(pattern, head, re.DOTALL):
            return kind
    for pattern, is_a, do in _REFUSED:
        if re.match(pattern, head, re.DOTALL):
            raise TableError(f"The file “{name}” is {is_a}: {do}.")
    if not head.startswith(_WIDE) and 0 in head:
        raise TableError(f"The file “{name}” is binary, neither text nor Parquet: {_SAVE}.")
    return "text"
