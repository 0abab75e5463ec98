"""NOISES and PROFILES: the shape of the scatter, and how wide it is at each x.

y = f(x) + σ(x)·Z, with Z from a family of mean 0 and variance 1, so that σ(x) is the standard deviation of y at x for
every family, and σ(x) = scale · shape(u), u = (x − x_min)/(x_max − x_min).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ..distributions.law import Law
from ..distributions.laws import Gamma, Gaussian, Laplace, LocationScale, StudentT
from ..distributions.mixture import GaussianMixture
from ..source import check_source

Array = NDArray[np.float64]
Size = int | tuple[int, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Noise(LocationScale):
    """The law of Z: a law moved and scaled to mean 0 and variance 1, so that it says what shape the scatter has only.

    `sample(rng, n)` draws n values of Z (or an array of the shape n); exported scripts carry its source. `formula` is
    the law in LaTeX.

    Raises ValueError where a text is empty, the law states no density or has another mean or variance, or a script
    could not carry `sample`.
    """

    name: str
    label: str
    help: str
    formula: str
    reference: str
    # A family's own source, which scripts carry: it takes the generator first, unlike the method of other laws.
    sample: Callable[[np.random.Generator, Size], Array]  # type: ignore[assignment]

    def __post_init__(self) -> None:
        for piece in ("label", "help", "formula", "reference"):
            if not getattr(self, piece):
                raise ValueError(f"noise {self.name}: {piece} is empty")
        check_source(self.sample, f"noise {self.name}")
        if type(self.law).log_density is Law.log_density:
            raise ValueError(f"noise {self.name}: {type(self.law).__name__} states no log_density")
        total, mean, var = self.moments()
        for moment, found, expected in (("total probability", total, 1), ("mean", mean, 0), ("variance", var, 1)):
            if not abs(found - expected) < 1e-6:
                raise ValueError(f"noise {self.name}: its {moment} is {found:.6g} and must be {expected}")


def _gaussian(rng: np.random.Generator, n: Size) -> Array:
    return rng.standard_normal(n)


def _laplace(rng: np.random.Generator, n: Size) -> Array:
    return rng.laplace(0.0, math.sqrt(0.5), n)


def _student_t(rng: np.random.Generator, n: Size) -> Array:
    return math.sqrt(3 / 5) * rng.standard_t(5.0, n)


def _skewed(rng: np.random.Generator, n: Size) -> Array:
    return (rng.standard_gamma(4.0, n) - 4.0) / 2.0


def _outliers(rng: np.random.Generator, n: Size) -> Array:
    narrow = 1 / math.sqrt(0.9 + 0.1 * 5**2)
    return rng.standard_normal(n) * np.where(rng.random(n) < 0.1, 5 * narrow, narrow)


_NOISES: tuple[Noise, ...] = (
    Noise(
        law=Gaussian(),
        name="gaussian",
        label="Gaussian",
        help="The bell curve: what a Gaussian NLL assumes.",
        formula=r"Z \sim \mathcal{N}(0, 1)",
        reference="Gauss 1809",
        sample=_gaussian,
    ),
    Noise(
        law=Laplace(),
        scale=math.sqrt(0.5),
        name="laplace",
        label="Laplace",
        help="A sharp peak and longer tails: what absolute errors assume.",
        formula=r"Z \sim \mathrm{Laplace}\left(0, \tfrac{1}{\sqrt 2}\right)",
        reference="Laplace 1774",
        sample=_laplace,
    ),
    Noise(
        law=StudentT(5.0),
        scale=math.sqrt(3 / 5),
        name="student_t",
        label="Student-t (ν = 5)",
        help="Long tails: some points are far out. Rescaled to the others' standard deviation.",
        formula=r"Z = \sqrt{\tfrac{3}{5}}\, T, \quad T \sim t_5",
        reference="Student 1908, doi:10.1093/biomet/6.1.1",
        sample=_student_t,
    ),
    Noise(
        law=Gamma(4.0),
        centre=4.0,
        scale=0.5,
        name="skewed",
        label="Skewed (Gamma)",
        help="A long tail upwards only: the median is below the mean, so squared and absolute errors differ.",
        formula=r"Z = \tfrac{G - 4}{2}, \quad G \sim \mathrm{Gamma}(4, 1)",
        reference="Johnson, Kotz & Balakrishnan 1994, Continuous Univariate Distributions 1, chapter 17",
        sample=_skewed,
    ),
    Noise(
        law=GaussianMixture(np.array([0.9, 0.1]), np.zeros(2), np.array([1.0, 5.0])),
        scale=1 / math.sqrt(3.4),
        name="outliers",
        label="Gaussian with outliers",
        help="One point in ten scatters five times as far. Rescaled to the others' standard deviation.",
        formula=r"Z \sim 0.9\,\mathcal{N}(0, s^2) + 0.1\,\mathcal{N}(0, (5s)^2), \quad s^2 = \tfrac{1}{3.4}",
        reference="Tukey 1960, A survey of sampling from contaminated distributions",
        sample=_outliers,
    ),
)

NOISES: Mapping[str, Noise] = MappingProxyType({row.name: row for row in _NOISES})


@dataclass(frozen=True)
class Profile:
    """How the standard deviation of the noise changes along x.

    `shape` takes u in [0, 1], the place in the range of x (float64, any shape), and returns σ relative to the noise's
    scale: positive, with mean 1 over u, so that the scale is the mean of σ(x) for every profile (not its root mean
    square, nor the geometric mean that a loss's floor depends on). Exported scripts carry its source. `formula` is
    the same in LaTeX.

    Raises ValueError where a script could not carry the function.
    """

    name: str
    label: str
    help: str
    formula: str
    shape: Callable[[Array], Array]

    def __post_init__(self) -> None:
        check_source(self.shape, f"profile {self.name}")


def _constant(u: Array) -> Array:
    return np.ones_like(u)


def _linear(u: Array) -> Array:
    return 0.2 + 1.6 * u


def _steep(u: Array) -> Array:
    return (0.1 + 5 * u) / 2.6


def _bump(u: Array) -> Array:
    # The floor of ½ leaves an area of ½ to the bump; without the height it is width·√(2π)·erf(½/(√2·width)).
    width = 0.08
    height = 0.5 / (width * math.sqrt(2 * math.pi) * math.erf(0.5 / (math.sqrt(2) * width)))
    return 0.5 + height * np.exp(-0.5 * ((u - 0.5) / width) ** 2)


def _sine(u: Array) -> Array:
    return 1 + 0.75 * np.sin(2 * np.pi * u)


def _step(u: Array) -> Array:
    return np.where(u < 0.5, 0.5, 1.5)


_PROFILES = (
    Profile("constant", "Constant", "The same scatter everywhere.", r"1", _constant),
    Profile("linear", "Linear", "Scatter that grows ninefold from left to right.", r"0.2 + 1.6\,u", _linear),
    Profile(
        "steep",
        "Steep",
        "Scatter that grows fiftyfold from left to right: on x from 0 to 10 and at scale 2.6 it is 0.1 + 0.5·x.",
        r"\tfrac{1}{2.6} \left(0.1 + 5\,u\right)",
        _steep,
    ),
    Profile(
        "bump",
        "Bump",
        "A narrow burst of scatter in the middle, six times the rest: hard to see for a smooth network.",
        r"0.5 + 2.493 \exp\left(-\tfrac12 \left((u - 0.5)/0.08\right)^2\right)",
        _bump,
    ),
    Profile("sine", "Sine", "One wave: wide on the left, narrow on the right.", r"1 + 0.75 \sin(2 \pi u)", _sine),
    Profile(
        "step",
        "Step",
        "Scatter that triples at once in the middle.",
        r"0.5 \text{ for } u < 0.5, \quad 1.5 \text{ from there on}",
        _step,
    ),
)

PROFILES: Mapping[str, Profile] = MappingProxyType({row.name: row for row in _PROFILES})
