"""CORPUS: loss code as people write it, with what it means by independent oracles; a name for each piece."""

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

from tests.core.loss_code.corpus import (
    array_pieces,
    keras_pieces,
    late_pieces,
    library_pieces,
    text_pieces,
    torch_pieces,
)
from tests.core.loss_code.corpus.piece import Piece

_ALL = (
    *torch_pieces.PIECES,
    *library_pieces.PIECES,
    *keras_pieces.PIECES,
    *array_pieces.PIECES,
    *text_pieces.PIECES,
    *late_pieces.PIECES,
)


def _named() -> dict[str, Piece]:
    counted: Counter[str] = Counter()
    named = {}
    for piece in _ALL:
        counted[piece.kind] += 1
        named[f"{piece.kind} {counted[piece.kind]}"] = piece
    return named


CORPUS: Mapping[str, Piece] = MappingProxyType(_named())
