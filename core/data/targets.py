"""TARGETS: mean functions f of y = f(x) + σ(x)·Z, one row each.

All rows but the step and the line are toy problems of papers (or of the question), each with its range, so that the
published picture can be drawn again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ..source import check_source

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Target:
    """A mean function, with the range and the noise at which it is usually shown.

    `function` takes a float64 array of any shape and returns f(x), float64, of the same shape; exported scripts carry
    its source. `formula` is f(x) in LaTeX. `x_min`, `x_max` and `noise_scale` (a standard deviation, in the unit of y)
    are where an experiment starts, not limits: f is defined for every real x.

    Raises ValueError where a script could not carry the function.
    """

    name: str
    label: str
    help: str
    formula: str
    function: Callable[[Array], Array]
    x_min: float
    x_max: float
    noise_scale: float
    reference: str

    def __post_init__(self) -> None:
        check_source(self.function, f"target {self.name}")


def _two_sines(x: Array) -> Array:
    return np.sin(x / 15 - 4) + 2 + np.sin(x / 10 - 5)


def _seitzer_sine(x: Array) -> Array:
    return 0.4 * np.sin(2 * np.pi * x)


def _x_sin_x(x: Array) -> Array:
    return x * np.sin(x)


def _step(x: Array) -> Array:
    return np.where(x < 0, 0.0, 1.0)


def _cubic(x: Array) -> Array:
    return x**3


def _line(x: Array) -> Array:
    return 1 + 2 * x


_ROWS = (
    Target(
        name="two_sines",
        label="Two sines (the question)",
        help="Two slow waves on x from 50 to 150: the curve of the question this laboratory answers.",
        formula=r"\sin\left(\tfrac{x}{15} - 4\right) + 2 + \sin\left(\tfrac{x}{10} - 5\right)",
        function=_two_sines,
        x_min=50.0,
        x_max=150.0,
        noise_scale=0.2,
        reference="the question: a network trained with Kendall & Gal's loss, arXiv:1703.04977",
    ),
    Target(
        name="seitzer_sine",
        label="Seitzer's sine",
        help="Twelve periods, almost no noise: a network may call the wave noise before its mean finds it.",
        formula=r"0.4 \sin(2 \pi x)",
        function=_seitzer_sine,
        x_min=0.0,
        x_max=12.0,
        noise_scale=0.01,
        reference="Seitzer et al. 2022, arXiv:2203.09168",
    ),
    Target(
        name="x_sin_x",
        label="x·sin x",
        help="A wave that grows with x; with the linear profile its noise grows too.",
        formula=r"x \sin x",
        function=_x_sin_x,
        x_min=0.0,
        x_max=10.0,
        noise_scale=1.0,
        reference="Detlefsen et al. 2019, arXiv:1906.03260; Stirn et al. 2023, arXiv:2212.09184",
    ),
    Target(
        name="step",
        label="Step",
        help="A jump at x = 0 that a smooth network cannot make: it predicts a large std around the jump.",
        formula=r"\mathbf{1}[x \ge 0]",
        function=_step,
        x_min=-1.0,
        x_max=1.0,
        noise_scale=0.1,
        reference="a plain case, without a paper",
    ),
    Target(
        name="cubic",
        label="Cubic",
        help="A gentle cubic in noise as wide as its middle: the usual example for uncertainty outside the data.",
        formula=r"x^3",
        function=_cubic,
        x_min=-4.0,
        x_max=4.0,
        noise_scale=3.0,
        reference="Hernández-Lobato & Adams 2015, arXiv:1502.05336",
    ),
    Target(
        name="line",
        label="Line",
        help="The mean is easy here, so any fault is in the std.",
        formula=r"1 + 2x",
        function=_line,
        x_min=0.0,
        x_max=1.0,
        noise_scale=0.2,
        reference="a plain case, without a paper",
    ),
)

TARGETS: Mapping[str, Target] = MappingProxyType({row.name: row for row in _ROWS})
