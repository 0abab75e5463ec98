"""Cells of new rows that are written as in a file: numbers and dates in any dress."""

import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .cells import Repairs, draft_of, repair_notes
from .columns import FOUND, Like
from .same_words import word_of
from .settled import settle


def numbers_of_words(name: str, cells: list[Any], like: Like) -> tuple[NDArray[np.float64] | None, tuple[str, ...]]:
    """Words and times of day as a file of them would be read: numbers, or days of dates, (n,), NaN where missing.

    `like` says how training's were written. With them come sentences on what was left out, such as units. It is None
    where the words are no numbers or dates, or where their decimal sign or order of dates is not that of training.
    """
    import pyarrow as pa

    if not all(isinstance(cell, str | datetime.time) or word_of(cell) is None for cell in cells):
        return None, ()
    words = [None if word_of(cell) is None else str(cell) for cell in cells]
    done = Repairs(list)
    draft = draft_of(name, pa.chunked_array([pa.array(words, pa.string())]), done, like)
    (column,), notes, _ = settle([draft], FOUND, ",")
    if column.coded or column.written not in ("", like.written):
        return None, ()
    return column.values, (*repair_notes(done), *notes)
