"""A table as the laboratory reads it: columns of numbers, dates, categories and text, with notes on repairs."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from ...once import cached_property

MOST_BYTES = 250_000_000
MOST_ROWS = 2_000_000
FEWEST_ROWS = 10
FEWEST_COLUMNS = 2  # a target and a feature
MOST_COLUMNS = 1_000
MOST_CELLS = 50_000_000  # rows × columns: 400 MB as numbers
MOST_CATEGORIES = 50  # a column with more distinct words is text
MOST_TEXTS = 10_000  # distinct texts kept of a column
MOST_LETTERS = 200  # of a word: a column with a longer word is text, cut at this length
OTHER_TEXTS = "(other text)"


class TableError(ValueError):
    """A table that cannot be read or used as asked; the message is one sentence."""


class AbsentTable(TableError):
    """There is no table with this key here, or none that the visitor may read."""


@dataclass(frozen=True)
class Choices:
    """What a person says about a file where its cells leave two readings.

    `decimal` is "," or ".", the sign before the decimals; `dates` is "day" or "month", which of the two stands first.
    Empty: what the file itself shows. A column that can be read in one way only is read so, whatever is chosen.
    """

    decimal: str = ""
    dates: str = ""


FOUND = Choices()


@dataclass(frozen=True)
class Like:
    """How a column was read before, so that new rows are read alike.

    `kind` is "number", "date" or "category", and `written` is that of the column.
    """

    kind: str
    written: str = ""


@dataclass(frozen=True, eq=False)
class Column:
    """One column.

    `kind` is "number", "date", "category", "text" or "empty". `values`, shape (rows,), are float64 for a number, days
    since 1970-01-01 (float64) for a date, and int32 codes into `categories` for a category or a text; NaN or −1 where
    a cell is missing. A column of more than MOST_CATEGORIES words is a text; its first MOST_TEXTS words are kept, and
    the others share the last code. `trouble` is a sentence on a column in which nearly all cells, but not all, are
    numbers. `written` says how the file writes its numbers or dates, such as "decimal comma" or "month first"; empty
    where there is one way only. `codes` are the words or numbers that stood for a missing value here.
    """

    name: str
    kind: str
    values: np.ndarray
    categories: tuple[str, ...] = ()
    trouble: str = ""
    written: str = ""
    codes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # Sessions share one table: no reader may write to it.
        values = self.values.view()
        values.flags.writeable = False
        object.__setattr__(self, "values", values)

    @cached_property
    def is_missing(self) -> np.ndarray:
        """Where a cell is missing, bool of shape (rows,)."""
        return self.values < 0 if self.coded else np.isnan(self.values)

    @cached_property
    def missing(self) -> int:
        """How many cells are missing."""
        return int(np.count_nonzero(self.is_missing))

    @property
    def coded(self) -> bool:
        """Whether `values` are codes into `categories`."""
        return self.kind in ("category", "text")


@dataclass(frozen=True, eq=False)
class Columns:
    """A table: its columns by name, in the order of the file, and sentences on the repairs made in reading it.

    `asks` names the fields of Choices that would change the table, as the file leaves two readings.
    """

    columns: Mapping[str, Column]
    rows: int
    notes: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Column:
        """The column of this name; raises TableError if there is none."""
        if name not in self.columns:
            few = ", ".join(f"“{known}”" for known in list(self.columns)[:8])
            more = " …" if len(self.columns) > 8 else ""
            raise TableError(f"The table has no column “{name[:60]}”: it has {few}{more}.")
        return self.columns[name]

    @cached_property
    def key(self) -> str:
        """16 hex digits of a hash of names, kinds and values: the same content has the same key in any file format."""
        digest = hashlib.sha256(str(self.rows).encode())
        for column in self.columns.values():
            for text in (column.name, column.kind, *column.categories):
                encoded = text.encode()
                digest.update(b"%d:" % len(encoded) + encoded)
            # Little-endian, with one NaN and one zero.
            values = column.values if column.coded else np.where(column.is_missing, np.nan, column.values + 0.0)
            digest.update(values.astype("<i4" if column.coded else "<f8").tobytes())
        return digest.hexdigest()[:16]


def quoted(names: Iterable[str], most: int = 10) -> str:
    """Names in quotation marks, the first `most` of them."""
    every = [f"“{name}”" for name in names]
    return ", ".join(every[:most]) + (f" and {len(every) - most:,} more" if len(every) > most else "")


def words_column(name: str, codes: np.ndarray, words: list[str], trouble: str = "") -> Column:
    """A column of category or text from codes (n,) into any list of words, −1 where missing.

    Categories are sorted, and only those that occur are kept; a text keeps the first MOST_TEXTS in sorted order.
    """
    used = np.unique(codes[codes >= 0])
    order = sorted(used.tolist(), key=lambda code: words[code])
    short = all(len(words[code]) <= MOST_LETTERS for code in order)
    kind = "category" if short and len(order) <= MOST_CATEGORIES else "text"
    kept = order[:MOST_TEXTS]
    new = np.full(len(words) + 1, -1, dtype=np.int32)  # the last element is for −1, a missing cell
    new[order] = np.minimum(np.arange(len(order)), len(kept))
    categories = tuple(words[code][:MOST_LETTERS] for code in kept)
    if len(order) > len(kept):
        categories += (OTHER_TEXTS,)
    return Column(name, kind, new[codes], categories, trouble)


def number_column(name: str, values: np.ndarray, written: str = "") -> Column:
    """A column of numbers, NaN where missing or infinite; of kind "empty" if all are."""
    values = np.where(np.isfinite(values), values, np.nan)
    return Column(name, "empty" if np.isnan(values).all() else "number", values, written=written)
