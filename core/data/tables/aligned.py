"""Tables whose columns are aligned by blanks, made into tables with tabs between the columns."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from itertools import islice
from types import MappingProxyType

from .table_limits import COMMENTS, about_comments

_LINES = 200  # that are looked at
_WIDEST = 10_000  # letters of a line whose columns are found by place
_AGREE = 0.95  # the share of lines that must have the usual number of cells


def separated(data: bytes, fewest: int, known: Collection[str]) -> tuple[bytes, tuple[str, ...]]:
    """The text with a tab between columns that blanks separate, and a note; unchanged if they separate none.

    Of files that may have one column (`fewest` is 1) those alone whose first line then has a name that is `known`.
    """
    text = data.decode("utf-8", errors="replace").lstrip("\r\n")
    sample = [
        line for line in islice(io.StringIO(text), _LINES) if line.strip() and not line.lstrip().startswith(COMMENTS)
    ]
    if len(sample) < 2:
        return data, ()
    for way in _WAYS.values():
        split = way(sample)
        if split is None:
            continue
        first = split(sample[0])
        if fewest < 2 and not set(first) & set(known):
            continue
        comments = sum(line.lstrip().startswith(COMMENTS) for line in io.StringIO(text))
        return _with_tabs(text, split), (
            "The columns are separated by blanks and were read as such.",
            *about_comments(comments),
        )
    return data, ()


Split = Callable[[str], list[str]]


def _with_tabs(text: str, split: Split) -> bytes:
    out = io.BytesIO()
    stream = io.TextIOWrapper(out, encoding="utf-8", newline="")
    writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
    lines = (line for line in io.StringIO(text) if line.strip() and not line.lstrip().startswith(COMMENTS))
    names, first = split(next(lines)), split(next(lines))
    # R writes no name above the names of its rows.
    writer.writerows((["row", *names] if len(names) + 1 == len(first) else names, first))
    writer.writerows(map(split, lines))
    stream.flush()
    return out.getvalue()


def _agree(split: Split, sample: list[str]) -> bool:
    """Whether the split gives most lines as many cells, two at least, the first line too."""
    first, *counts = [len(split(line)) for line in sample]
    (usual, times), *_ = Counter(counts).most_common(1)
    return usual > 1 and first > 1 and times >= _AGREE * len(counts) and first in (usual, usual - 1)


def _wide_gaps(sample: list[str]) -> Split | None:
    def split(line: str) -> list[str]:
        cells = re.split(r"[ \t]{2,}|\t", line.strip())
        return [cell[1:-1] if re.fullmatch(r'"[^"]*"', cell) else cell for cell in cells]

    return split if _agree(split, sample) else None


def _gaps(sample: list[str]) -> Split | None:
    def split(line: str) -> list[str]:
        return next(csv.reader([line.strip()], delimiter=" ", skipinitialspace=True), [])

    try:
        return split if _agree(split, sample) else None
    except csv.Error:
        return None


def _places(sample: list[str]) -> Split | None:
    """Columns by place: between them every line has blanks, though a cell may be empty."""
    width = max(map(len, sample))
    if width > _WIDEST:
        return None
    lines = [line.rstrip("\r\n").ljust(width) for line in sample]
    filled = [any(line[place] != " " for line in lines) for place in range(width)]
    starts = [place for place in range(width) if filled[place] and (place == 0 or not filled[place - 1])]
    if len(starts) < 2 or len(sample) < 5:
        return None
    ends = [*starts[1:], None]

    def split(line: str) -> list[str]:
        return [line[start:end].strip() for start, end in zip(starts, ends, strict=True)]

    return split if all(split(sample[0])) else None


_WAYS: Mapping[str, Callable[[list[str]], Split | None]] = MappingProxyType(
    {"wide gaps": _wide_gaps, "gaps": _gaps, "places": _places}
)
