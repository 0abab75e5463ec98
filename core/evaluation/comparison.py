"""COMPARED: the scores by which two runs may be ranked, whatever their losses, and which of two is the better one.

A raw loss is not among them: losses of different families have different floors and different units, so that the lower
one need not be the better fit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core.words import number


@dataclass(frozen=True)
class Compared:
    """A score of `core.evaluation.scores`: its words, and the value it should have, None where lower is better."""

    label: str
    help: str
    decimals: int = 3
    aim: float | None = None

    def words(self, value: float | None) -> str:
        """The value as it is shown; a dash where there is none."""
        if value is None:
            return "–"
        return number(value, self.decimals) if self.aim is None else f"{100 * value:.1f} %"

    def miss(self, value: float) -> float:
        """How bad a value is: the lower, the better."""
        return value if self.aim is None else abs(value - self.aim)


COMPARED: Mapping[str, Compared] = MappingProxyType(
    {
        "nll": Compared("NLL, full", "−log density of held-out points, constants included, nats. Lower is better."),
        "crps": Compared("CRPS", "Distance of the predicted distribution from the point, unit of y. Lower is better."),
        "rmse": Compared("RMSE", "Root mean squared error on held-out points, unit of y. Lower is better."),
        "coverage_95": Compared("95 % covers", "Share of held-out points inside the 95 % band.", aim=0.95),
        "gap": Compared("Gap to truth", "Mean KL divergence from the true distribution, nats. 0 is perfect.", 4),
    }
)


def better(name: str, one: float | None, other: float | None) -> int:
    """-1 where the first is the better value of this score, 1 where the second is, 0 where they read the same.

    Values that are written alike count as equal: who reads 0.201 twice is to see no winner.
    """
    row = COMPARED[name]
    if one is None or other is None or row.words(one) == row.words(other):
        return 0
    return -1 if row.miss(one) < row.miss(other) else 1 if row.miss(other) < row.miss(one) else 0
