"""Dataset: the points a network is fitted to, the points it is judged on, and what is true of them.

A dataset is drawn from a target, a noise and a profile (then its truth is known), or is a real table, split (then it
is not: see core.data.tables.split). The seed rules all of it: the same arguments give the same arrays, to the bit.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from numbers import Integral
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..once import cached_property
from ..source import check_source
from .noise import Noise, Profile
from .tables.encoding import Encoding
from .targets import Target

Array = NDArray[np.float64]

HELD_OUT = 5000  # fresh points beside every synthetic training set
VALIDATION = 1000  # fresh points for early stopping
GRID = 200  # points of a curve in a chart
EVALUATION = 1000  # points on which a fit is compared with the truth

STREAMS_KEY = int.from_bytes(b"data", "big")
VALIDATION_KEY = int.from_bytes(b"part", "big")


@dataclass(frozen=True)
class Truth:
    """What is true of synthetic data: y = mean(x) + std(x)·Z, Z ~ noise. Defined for every real x.

    Each method takes x of any shape and gives float64 of that shape, in the unit of y (var: its square).
    """

    mean_function: Callable[[Array], Array]
    std_function: Callable[[Array], Array]
    noise: Noise

    def mean(self, x: ArrayLike) -> Array:
        """E[y | x]."""
        return self.mean_function(np.asarray(x, dtype=np.float64))

    def std(self, x: ArrayLike) -> Array:
        """Standard deviation of y given x."""
        return self.std_function(np.asarray(x, dtype=np.float64))

    def var(self, x: ArrayLike) -> Array:
        """Variance of y given x."""
        return self.std(x) ** 2


@dataclass(frozen=True, eq=False)
class Dataset:
    """Training, validation and held-out points (x, y), and the x at which a fit is drawn and evaluated.

    Arrays are float64, copied in and read-only. y is (n,), what a network is fitted to; x is (n,) for one input, (n, k)
    for many, whose names are `x_labels`. With one input `x_grid` (200,) reaches both ends of the range of x, and
    `x_evaluation` (1000,) is x_min + k·(x_max − x_min)/1000, k = 0 … 999, and leaves out x_max; with many both are
    held-out rows, evenly taken, (200, k) and (1000, k). There may be no validation points. `truth` is None where
    nobody knows it, `encoding` where points are drawn; `y_grid` (200,) are the y of the rows of `x_grid`, if they are
    rows; `notes` are sentences on what was left out of a table. `groups` (n,) and `groups_validation` number the
    groups of rows that stay on one side of the split; empty where there are none. `weights` (n,) and
    `weights_validation` say how much each point counts in training; empty where all count the same.

    Raises ValueError where x and y differ in length, parts differ in their inputs, or a value is not finite.
    """

    x: Array
    y: Array
    x_held_out: Array
    y_held_out: Array
    x_grid: Array
    x_evaluation: Array
    truth: Truth | None
    x_label: str
    y_label: str
    x_validation: Array = field(default_factory=lambda: np.empty(0))
    y_validation: Array = field(default_factory=lambda: np.empty(0))
    x_labels: tuple[str, ...] = ()
    encoding: Encoding | None = None
    notes: tuple[str, ...] = ()
    y_grid: Array = field(default_factory=lambda: np.empty(0))
    groups: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    groups_validation: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    weights: Array = field(default_factory=lambda: np.empty(0))
    weights_validation: Array = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        inputs = np.shape(self.x)[1:]
        for name in ("x", "x_held_out", "x_grid", "x_evaluation", "x_validation"):
            # Sessions share one dataset: no reader may write to it.
            object.__setattr__(self, name, _read_only(name, getattr(self, name), inputs))
        for name in ("y", "y_held_out", "y_validation", "y_grid"):
            object.__setattr__(self, name, _read_only(name, getattr(self, name), ()))
        for part in ("", "_held_out", "_validation"):
            n, n_y = len(getattr(self, f"x{part}")), len(getattr(self, f"y{part}"))
            if n != n_y:
                raise ValueError(f"y{part} has {n_y} values: it must have as many as x{part}, {n}")
        if not self.x_labels:
            object.__setattr__(self, "x_labels", (self.x_label,))

    @property
    def x_is_date(self) -> bool:
        """Whether the one input is a date, in days since 1970-01-01."""
        return self.inputs == 1 and self.encoding is not None and self.encoding.features[0].is_date

    @property
    def distinct_on_grid(self) -> NDArray[np.intp]:
        """With many inputs: the indices of distinct rows on `x_grid`, (m,); few rows are repeated there."""
        return np.unique(evenly(len(self.x_held_out), GRID), return_index=True)[1]

    @property
    def inputs(self) -> int:
        """The number of inputs."""
        return 1 if self.x.ndim == 1 else self.x.shape[1]

    @cached_property
    def held_out_are_trained(self) -> bool:
        """Whether each held-out point is a training point too, value for value."""
        points = zip(self.x_held_out, self.y_held_out, strict=True)
        return bool(len(self.y_held_out)) and all(_is_among(x, y, self.x, self.y) for x, y in points)


def _is_among(x: Array, y: float, every_x: Array, every_y: Array) -> bool:
    alike = every_x[every_y == y]
    return bool((alike == x).all(axis=tuple(range(1, alike.ndim))).any())


@dataclass(frozen=True)
class Design:
    """How n points lie along x: `draw(rng, n, x_min, x_max)` returns x of shape (n,), all within the range.

    Exported scripts carry the source of `draw`. `isolated` are the places, as shares of the range, of single training
    points without noise: the last of the n. Held-out points are all drawn, and all have noise. `gap` are the ends, as
    shares of the range, of a piece in its middle without any point.

    Raises ValueError where a script could not carry `draw`.
    """

    name: str
    label: str
    help: str
    draw: Callable[[np.random.Generator, int, float, float], Array]
    isolated: tuple[float, ...] = ()
    gap: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        check_source(self.draw, f"design {self.name}")


# As in the question: i + randint(0, 100)/100 with both ends drawn, so that neighbouring cells share an edge. In this
# order of operations, the question's range gives the question's own floating-point numbers.
def _stratified(rng: np.random.Generator, n: int, x_min: float, x_max: float) -> Array:
    cell = np.repeat(np.arange(100), np.diff(np.arange(101) * n // 100))  # 100 equal cells
    hundredths = rng.integers(0, 100, n, endpoint=True)
    span = x_max - x_min
    return np.minimum(x_min + cell * span / 100 + hundredths / 100 * (span / 100), x_max)


def _uniform(rng: np.random.Generator, n: int, x_min: float, x_max: float) -> Array:
    return rng.uniform(x_min, x_max, n)


def _grid(rng: np.random.Generator, n: int, x_min: float, x_max: float) -> Array:
    return np.linspace(x_min, x_max, n)


def _middle_half(rng: np.random.Generator, n: int, x_min: float, x_max: float) -> Array:
    quarter = (x_max - x_min) / 4
    return rng.uniform(x_min + quarter, x_max - quarter, n)


def _two_sides(rng: np.random.Generator, n: int, x_min: float, x_max: float) -> Array:
    share = 0.7 * rng.uniform(0, 1, n)
    return x_min + np.where(share < 0.35, share, share + 0.3) * (x_max - x_min)


_DESIGNS = (
    Design(
        "stratified",
        "Stratified (the question)",
        "The range cut into 100 equal cells, as many points in each, on hundredths of a cell.",
        _stratified,
    ),
    Design("uniform", "Uniform", "Anywhere in the range, each point independently.", _uniform),
    Design("grid", "Grid", "Equal steps from end to end.", _grid),
    Design(
        "isolated",
        "Middle half, and two alone",
        "Anywhere in the middle half of the range; and one point without noise near each end, far from all others.",
        _middle_half,
        isolated=(0.05, 0.95),
    ),
    Design(
        "gap",
        "With a gap",
        "Anywhere in the range but its middle, from 35 to 65 % of it, where there is no point at all.",
        _two_sides,
        gap=(0.35, 0.65),
    ),
)

DESIGNS: Mapping[str, Design] = MappingProxyType({row.name: row for row in _DESIGNS})


def synthetic(
    target: Target,
    n: int,
    x_min: float,
    x_max: float,
    design: str,
    noise: Noise,
    profile: Profile,
    scale: float,
    seed: int,
) -> Dataset:
    """n points y = f(x) + σ(x)·Z, and HELD_OUT fresh ones of the same design and noise.

    σ(x) = scale · shape(u), u = (x − x_min)/(x_max − x_min) clipped to [0, 1], so that outside the range σ
    stays what it is at the edge. `design` is a key of DESIGNS; `scale` is in the unit of y.

    x and Z, of training, held-out and validation points, come from six separate streams of the seed: neither n nor the
    number of held-out points changes another part, and another noise, profile or scale leaves every x where it is.

    Raises ValueError naming the argument, its value and what is allowed.
    """
    _check(-np.inf < x_min < np.inf, "x_min", x_min, "a finite number")
    _check(x_min < x_max < np.inf, "x_max", x_max, f"a finite number above x_min, here {x_min}")
    _check(isinstance(n, Integral) and n >= 1, "n", n, "a whole number, at least 1")
    _check(design in DESIGNS, "design", design, "one of " + ", ".join(DESIGNS))
    _check(0 < scale < np.inf, "scale", scale, "a finite number above 0")
    truth = Truth(target.function, partial(_std, profile.shape, float(scale), float(x_min), float(x_max)), noise)
    x_rng, z_rng, x_held_out_rng, z_held_out_rng, x_validation_rng, z_validation_rng = streams(seed, 6)
    row = DESIGNS[design]
    alone = x_min + np.array(row.isolated[:n]) * (x_max - x_min)
    x = row.draw(x_rng, n - len(alone), x_min, x_max)
    x_held_out = row.draw(x_held_out_rng, HELD_OUT, x_min, x_max)
    x_validation = row.draw(x_validation_rng, VALIDATION, x_min, x_max)
    return Dataset(
        x=np.append(x, alone),
        y=np.append(_observe(truth, x, z_rng), truth.mean(alone)),
        x_held_out=x_held_out,
        y_held_out=_observe(truth, x_held_out, z_held_out_rng),
        x_grid=np.linspace(x_min, x_max, GRID),
        x_evaluation=evaluation(x_min, x_max),
        truth=truth,
        x_label="x",
        y_label="y",
        x_validation=x_validation,
        y_validation=_observe(truth, x_validation, z_validation_rng),
    )


def with_other_validation(dataset: Dataset, seed: int, member: int, count: int | None = None) -> Dataset:
    """The same points with another validation part of `count` points, drawn from the training and validation points.

    As many as before if `count` is None. Each part keeps the order in which the points came, training before
    validation; `set_aside` says which points they are.
    """
    aside = set_aside(dataset, seed, member, count)
    groups = np.concatenate([dataset.groups, dataset.groups_validation])
    weights = np.concatenate([dataset.weights, dataset.weights_validation])
    x, y = np.concatenate([dataset.x, dataset.x_validation]), np.concatenate([dataset.y, dataset.y_validation])
    return replace(
        dataset,
        x=x[~aside],
        y=y[~aside],
        x_validation=x[aside],
        y_validation=y[aside],
        groups=groups[~aside] if groups.size else groups,
        groups_validation=groups[aside] if groups.size else groups,
        weights=weights[~aside] if weights.size else weights,
        weights_validation=weights[aside] if weights.size else weights,
    )


def set_aside(dataset: Dataset, seed: int, member: int, count: int | None = None) -> NDArray[np.bool_]:
    """Which of the training points and then the validation points a member sets aside for validation.

    The seed and the number of the member rule it. Whole groups are drawn where the points have groups, as many as come
    nearest to `count`.
    """
    total = len(dataset.x) + len(dataset.x_validation)
    count = len(dataset.x_validation) if count is None else count
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(STREAMS_KEY, VALIDATION_KEY, member)))
    groups = np.concatenate([dataset.groups, dataset.groups_validation])
    if groups.size:
        return _whole_groups(groups, count, rng)
    aside = np.zeros(total, dtype=bool)
    aside[rng.permutation(total)[:count]] = True
    return aside


def _whole_groups(groups: NDArray[np.int64], count: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Random groups that together have nearest to `count` points; not all of them."""
    _, places, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    order = rng.permutation(len(sizes))
    ends = np.append(0, np.cumsum(sizes[order]))[:-1]
    chosen = order[: int(np.argmin(np.abs(ends - count)))]
    return np.asarray(np.isin(places, chosen))


def streams(seed: int, count: int) -> list[np.random.Generator]:
    """Independent generators."""
    _check(isinstance(seed, Integral) and seed >= 0, "seed", seed, "a whole number, at least 0")
    # Other parts of a program may split the same seed into streams, for a network's first weights, say: without the
    # key, both would get the same numbers.
    root = np.random.SeedSequence(seed, spawn_key=(STREAMS_KEY,))
    return [np.random.default_rng(stream) for stream in root.spawn(count)]


def _observe(truth: Truth, x: Array, rng: np.random.Generator) -> Array:
    return truth.mean(x) + truth.std(x) * truth.noise.sample(rng, x.shape)


def _std(shape: Callable[[Array], Array], scale: float, x_min: float, x_max: float, x: Array) -> Array:
    return scale * shape(np.clip((x - x_min) / (x_max - x_min), 0.0, 1.0))


def evaluation(x_min: float, x_max: float) -> Array:
    """The x (1000,) at which a fit of one input is evaluated."""
    return x_min + np.arange(EVALUATION) * (x_max - x_min) / EVALUATION


def evenly(n: int, count: int) -> NDArray[np.intp]:
    """The indices (count,) of that many of n rows, evenly spaced; if there are fewer, some are repeated."""
    return np.linspace(0, n - 1, count).round().astype(int)


def _read_only(name: str, values: ArrayLike, inputs: tuple[int, ...]) -> Array:
    array = np.array(values, dtype=np.float64)
    if array.size == 0:
        array = array.reshape(0, *inputs)
    allowed = f"(n, {inputs[0]})" if inputs else "one-dimensional"
    _check(array.shape[1:] == inputs and array.ndim == 1 + len(inputs), name, f"of shape {array.shape}", allowed)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} has {np.sum(~np.isfinite(array))} values that are not finite: all must be finite")
    array.flags.writeable = False
    return array


def _check(holds: bool, name: str, value: object, allowed: str) -> None:
    if not holds:
        raise ValueError(f"{name} is {value}: it must be {allowed}")
