"""COMPARED: the scores by which two runs may be ranked, whatever their losses, and which of two is the better one.

A raw loss is not among them: losses of different families have different floors and different units, so that the lower
one need not be the better fit.
"""

from collections.abc import Mapping
from types import MappingProxyType

from core.evaluation.scores import SCORES, Score

_NAMES = ("nll", "crps", "rmse", "coverage_95", "gap")
COMPARED: Mapping[str, Score] = MappingProxyType({name: SCORES[name] for name in _NAMES})


def better(name: str, one: float | None, other: float | None) -> int:
    """-1 where the first is the better value of this score, 1 where the second is, 0 where they read the same.

    Values that are written alike count as equal: who reads 0.201 twice is to see no winner.
    """
    row = COMPARED[name]
    if one is None or other is None or row.words(one) == row.words(other):
        return 0
    return -1 if row.miss(one) < row.miss(other) else 1 if row.miss(other) < row.miss(one) else 0
