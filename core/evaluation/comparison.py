"""COMPARED: the scores that rank two runs whatever their losses, and which of two values is better.

A raw loss is not one of them: losses of different families have different floors and units, so that the lower value
need not be the better fit.
"""

from collections.abc import Mapping
from types import MappingProxyType

from core.evaluation.scores import SCORES, Score

_NAMES = ("nll", "crps", "rmse", "coverage_95", "gap")
COMPARED: Mapping[str, Score] = MappingProxyType({name: SCORES[name] for name in _NAMES})


def better(name: str, one: float | None, other: float | None) -> int:
    """-1 if the first value of this score is better, 1 if the second is, 0 if they are shown alike.

    Values with the same text count as equal: a reader who sees 0.201 twice should see no winner.
    """
    row = COMPARED[name]
    if one is None or other is None or row.words(one) == row.words(other):
        return 0
    return -1 if row.miss(one) < row.miss(other) else 1 if row.miss(other) < row.miss(one) else 0
