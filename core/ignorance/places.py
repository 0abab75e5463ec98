"""Where ignorance is looked at: among the points, in their gap, and outside their range."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ..data.dataset import DESIGNS
from ..experiment.data_settings import NO_TABLE
from ..experiment.experiment import Experiment
from ..experiment.presets import presets

BEYOND = 0.2  # "outside" is this share of the range of x beyond each end
POINTS = 281  # 200 of them within the range
INSIDE, GAP, OUTSIDE = "inside", "gap", "outside"
WORDS: Mapping[str, str] = MappingProxyType(
    {INSIDE: "among the points", GAP: "in the gap", OUTSIDE: "outside their range"}
)

Array = NDArray[np.float64]


def has_gap(experiment: Experiment) -> bool:
    """Whether its points are drawn and leave a gap."""
    return experiment.data.table == NO_TABLE and DESIGNS[experiment.data.design].gap is not None


def with_gap(experiment: Experiment) -> Experiment:
    """The experiment if its points leave a gap, else the preset of one with its seeds."""
    if has_gap(experiment):
        return experiment
    return presets["gap"].with_settings({path: experiment.value(path) for path in ("data.seed", "training.seed")})


@dataclass(frozen=True, eq=False)
class Places:
    """x (n,), evenly spaced over the range and beyond both ends; the ends of the gap; and which x lie where, (n,) bool.

    `gap` is (low, high), in the unit of x.
    """

    x: Array
    gap: tuple[float, float]
    where: Mapping[str, NDArray[np.bool_]]

    @classmethod
    def of(cls, experiment: Experiment) -> "Places":
        """Those of an experiment whose points leave a gap; raises ValueError for any other."""
        data = experiment.data
        share = DESIGNS[data.design].gap if has_gap(experiment) else None
        if share is None:
            raise ValueError(f"data.design is {data.design}: its points leave no gap")
        span = data.x_max - data.x_min
        x = np.linspace(data.x_min - BEYOND * span, data.x_max + BEYOND * span, POINTS)
        low, high = (data.x_min + end * span for end in share)
        gap, outside = (x > low) & (x < high), (x < data.x_min) | (x > data.x_max)
        return cls(x, (low, high), MappingProxyType({INSIDE: ~gap & ~outside, GAP: gap, OUTSIDE: outside}))
