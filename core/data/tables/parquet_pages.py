"""The true sizes of a Parquet file: those in the headers of its pages, for the footer may say anything.

A page is unpacked as a whole, to as many bytes as its own header says. So the headers are read first, and nothing else.
They are structures in Thrift's compact protocol (github.com/apache/thrift, doc/specs/thrift-compact-protocol.md) with
the fields of parquet-format's PageHeader (github.com/apache/parquet-format, src/main/thrift/parquet.thrift, 2.10).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_DEEPEST = 16
_DICTIONARY = 2  # type of a page
# The field of a page's header that tells of data, of a dictionary, or of data in the second version; and in it, that of
# the encoding.
_ENCODINGS = {5: 2, 7: 2, 8: 4}
DELTAS = (6, 7)  # encodings of words that Arrow cannot keep as a dictionary
_GROWS = 7
_MOST_PAGES = 1_000_000


class DamagedPages(ValueError):
    """The pages of a column cannot be followed."""


@dataclass(frozen=True)
class Page:
    """What the header of a page says: its bytes, packed and unpacked, its values, their encoding, if a dictionary."""

    packed: int
    unpacked: int
    values: int
    encoding: int | None
    is_dictionary: bool

    @property
    def longest(self) -> int:
        """How long a word may be that is not in the page as it stands: each begins with a part of the one before it."""
        return self.unpacked if self.encoding == _GROWS else 0


def pages(data: bytes, chunk: Any) -> Iterator[Page]:
    """The pages of a column chunk, given by its metadata as pyarrow reads it. Raises DamagedPages."""
    starts = (chunk.data_page_offset, chunk.dictionary_page_offset if chunk.has_dictionary_page else None)
    place = min(start for start in starts if start is not None and start > 0) if any(starts) else 0
    end = place + chunk.total_compressed_size
    if not 0 < place <= end <= len(data):
        raise DamagedPages("a column lies outside the file")
    for _ in range(_MOST_PAGES):
        if place >= end:
            return
        reader = _Reader(data, place, end)
        fields = reader.structure()
        page = _page(fields)
        place = reader.place + page.packed
        if page.packed < 0 or page.unpacked < 0 or page.values < 0 or place > end:
            raise DamagedPages("a page is longer than its column")
        yield page
    raise DamagedPages(f"a column has more than {_MOST_PAGES:,} pages")


def _page(fields: dict[int, Any]) -> Page:
    field = next((field for field in _ENCODINGS if isinstance(fields.get(field), dict)), 0)
    inner = fields.get(field, {})
    packed, unpacked, values = fields.get(3), fields.get(2), inner.get(1, 0)
    if not (isinstance(packed, int) and isinstance(unpacked, int) and isinstance(values, int)):
        raise DamagedPages("the header of a page has no size")
    encoding = inner.get(_ENCODINGS.get(field, 0))
    return Page(packed, unpacked, values, encoding, fields.get(1) == _DICTIONARY)


class _Reader:
    """Reads Thrift's compact protocol from a place in the data on."""

    def __init__(self, data: bytes, place: int, end: int) -> None:
        self.data, self.place, self.end = data, place, end

    def structure(self, depth: int = 0) -> dict[int, Any]:
        """Fields by number: integers, truth values and structures; None for text and lists, which are passed over."""
        if depth > _DEEPEST:
            raise DamagedPages("the header of a page is nested too deep")
        fields, number = dict[int, Any](), 0
        while (head := self._byte()) != 0:
            step, kind = head >> 4, head & 15
            number = number + step if step else self._signed()
            fields[number] = self._value(kind, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (1, 2):
            return kind == 1
        if kind == 3:
            return self._byte()
        if kind in (4, 5, 6):
            return self._signed()
        if kind == 7:
            return self._skip(8)
        if kind == 8:
            return self._skip(self._unsigned())
        if kind in (9, 10):
            return self._list(depth)
        if kind == 12:
            return self.structure(depth + 1)
        raise DamagedPages("the header of a page has an unknown field")

    def _list(self, depth: int) -> None:
        head = self._byte()
        size, kind = head >> 4, head & 15
        size = self._unsigned() if size == 15 else size
        if size > self.end - self.place:  # each takes a byte at least
            raise DamagedPages("the header of a page has an endless list")
        for _ in range(size):
            self._skip(1) if kind in (1, 2) else self._value(kind, depth + 1)

    def _byte(self) -> int:
        self._skip(1)
        return self.data[self.place - 1]

    def _skip(self, count: int) -> None:
        self.place += count
        if self.place > self.end:
            raise DamagedPages("the header of a page is cut off")

    def _unsigned(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
            if shift > 63:
                raise DamagedPages("the header of a page has an endless number")

    def _signed(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)
