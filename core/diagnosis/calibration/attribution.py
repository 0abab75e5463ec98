"""What is wrong with a predicted distribution, cause by cause: exact tests say whether, repairs say what.

A right model is warned of in at most 5 of 100 samples: `ALARMS` shares that out among the tests. What set them off is
then attributed by forward selection: of the repairs whose own test rejects what stands so far, the one that gains most
log score on points that did not fit it comes first; then the tests are asked again of the repaired prediction.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ...evaluation import right_model as right
from ...evaluation.repairs import Repair, Repairable, constant, fitted, no_column
from .axes import Axis

Array = NDArray[np.float64]

# The probability of each alarm if the model is right: 3.8 % together if they were apart.
ALARMS: Mapping[str, float] = MappingProxyType(
    {
        "bias": 0.007,
        "width": 0.008,
        "width_along": 0.007,  # a trend along the first axis
        "width_elsewhere": 0.0025,  # curves, and the other axes, together
        "bias_along": 0.0025,
        "shape": 0.005,
        "farthest": 0.0015,
        "dependence": 0.004,  # of all orders together
    }
)
AGAIN = 0.005  # of each test once there is an alarm
_MOST_CAUSES = 4
_MOST_OF_IT = 0.5
_VARIES = 0.05  # standard deviation of log σ̂ from which on an offset of y is another shift than one of σ̂


@dataclass(frozen=True, eq=False)
class Blame:
    """A cause: its name, what its repair gains on points that did not fit it (nats), and where along."""

    cause: str
    gain: float
    error: float
    p: float
    axis: Axis | None = None
    repair: Repair | None = None
    columns: Array | None = None  # of its repair, (n, k)

    @property
    def cause_in_table(self) -> str:
        """Its name in CAUSES, which knows one axis."""
        return "width_along_x" if self.cause.startswith("width_along") else self.cause


@dataclass(frozen=True, eq=False)
class Suspect:
    """A cause under test: its p-value, the level of its alarm, its axis, and the columns of its repair."""

    cause: str
    p: float
    level: float
    columns: Array
    axis: Axis | None = None


@dataclass(frozen=True, eq=False)
class Stage:
    """A prediction with repairs so far: what moves it, what widens it, and its normal scores."""

    points: Repairable
    shifts: Array
    factors: Array
    scores: Array
    repair: Repair
    causes: tuple[str, ...] = ()
    correlation: float = 0.0  # of neighbours, by which a sample tells less of mean and width
    bent: bool = False  # neighbours along an axis depend on each other, and so bend along it by themselves
    in_unit: Array | None = None  # (n, 1): a shift of one size in the unit of y, counted in σ̂

    @classmethod
    def bare(cls, points: Repairable, scores: Array, log_std: Array) -> "Stage":
        """The prediction as it stands."""
        none, nothing = no_column(points.n), np.zeros(points.n)
        varies = float(np.std(log_std)) > _VARIES
        in_unit = np.exp(log_std.mean() - log_std)[:, None] if varies else None
        return cls(points, none, none, scores, Repair(nothing, nothing, nothing), in_unit=in_unit)

    def repaired(self, suspect: Suspect) -> "Stage":
        """With the repair of one more cause."""
        moves = suspect.cause.startswith("bias")
        shifts = _joined(self.shifts, suspect.columns) if moves else self.shifts
        factors = self.factors if moves else _joined(self.factors, suspect.columns)
        repair = fitted(self.points, shifts, factors)
        scores = self.points.scores(repair.shift, repair.log_factor)
        return replace(
            self, shifts=shifts, factors=factors, scores=scores, repair=repair, causes=(*self.causes, suspect.cause)
        )

    def with_repair(self, repair: Repair) -> "Stage":
        """With another repair in place of all."""
        return replace(self, repair=repair, scores=self.points.scores(repair.shift, repair.log_factor))


def _joined(columns: Array, more: Array) -> Array:
    """Columns that contain the others replace them; a constant is kept once."""
    if columns.shape[1] <= 1:
        return more
    return np.column_stack([columns, more[:, 1:]]) if more.shape[1] > 1 else columns


def suspects(stage: Stage, axes: tuple[Axis, ...], *, first: bool) -> Iterator[Suspect]:
    """Every cause of mean and width that has a test here."""
    z, n, known = stage.scores, stage.scores.size, stage.causes
    widened = bool(stage.factors.shape[1])
    moved = bool(stage.shifts.shape[1])
    if not moved:
        p = _thinned_t(z, stage.correlation) if widened else _thinned_mean(z, stage.correlation)
        level = ALARMS["bias"] if first else AGAIN
        yield Suspect("bias", p, level, constant(n))
        if stage.in_unit is not None:  # one offset of y may gain more than one multiple of σ̂
            yield Suspect("bias", p, level, stage.in_unit)
    if not widened:
        p = _thinned_width(z - z.mean() if moved else z, int(moved), stage.correlation)
        yield Suspect("width", p, ALARMS["width"] if first else AGAIN, constant(n))
    if stage.bent:
        return
    squares = right.squared_scores(z - z.mean() if moved else z)
    ranks = right.rank_scores(z)
    for k, axis in enumerate(axes):
        if f"width_along_{axis.name}" not in known:
            yield from _of_width(axis, squares, k, len(axes), first=first)
        if k == 0 and "bias_along_x" not in known:
            yield from _of_mean(axis, ranks, first=first)


def _of_width(axis: Axis, squares: Array, k: int, count: int, *, first: bool) -> Iterator[Suspect]:
    one, elsewhere = constant(squares.size), ALARMS["width_elsewhere"] / (2 * count - 1)
    levels = ((ALARMS["width_along"] if k == 0 else elsewhere), elsewhere)
    for columns, alarm in zip((axis.line, axis.curve), levels, strict=True):
        p = right.follows_p(squares, columns)
        yield Suspect(
            f"width_along_{axis.name}", p, alarm if first else AGAIN / count, np.column_stack([one, columns]), axis
        )


def _of_mean(axis: Axis, ranks: Array, *, first: bool) -> Iterator[Suspect]:
    one, level = constant(ranks.size), (ALARMS["bias_along"] if first else AGAIN) / 2
    for columns in (axis.line, axis.curve):
        p = right.follows_p(ranks, columns)
        yield Suspect("bias_along_x", p, level, np.column_stack([one, columns]), axis)


def select(stage: Stage, axes: tuple[Axis, ...]) -> tuple[Stage, tuple[Blame, ...]]:
    """Forward selection among mean and width: the prediction with all repairs, and the causes in their order."""
    blames: list[Blame] = []
    most = _MOST_CAUSES if stage.points.n >= right.LEAST_ALONG else 1  # so few points tell of one fault at most
    while len(blames) < most:
        alarmed = [each for each in suspects(stage, axes, first=not blames) if each.p < each.level]
        tried = [(each, stage.repaired(each)) for each in alarmed]
        if not tried:
            break
        best, after = _simplest(tried, stage.repair.gain)
        gains = after.repair.gains - stage.repair.gains
        error = float(np.std(gains, ddof=1) / np.sqrt(gains.size)) if gains.size > 1 else 0.0
        blames.append(Blame(best.cause, float(np.mean(gains)), error, best.p, best.axis, after.repair, best.columns))
        stage = after
    return stage, tuple(blames)


def _simplest(tried: list[tuple[Suspect, Stage]], so_far: float) -> tuple[Suspect, Stage]:
    """The repair that gains most, or the constant within it where that alone gains half as much or more."""
    best, after = max(tried, key=lambda pair: pair[1].repair.gain)
    for suspect, stage in tried:
        within = best.cause.startswith(f"{suspect.cause}_along")
        if within and stage.repair.gain - so_far >= _MOST_OF_IT * (after.repair.gain - so_far):
            return suspect, stage
    return best, after


def _thinned_mean(z: Array, correlation: float) -> float:
    thin = np.sqrt((1 - correlation) / (1 + correlation))
    return float(2 * special.ndtr(-abs(np.mean(z)) * np.sqrt(z.size) * thin))


def _thinned_t(z: Array, correlation: float) -> float:
    if correlation == 0:
        return right.t_p(z)
    return _thinned_mean(z / max(float(np.std(z)), 1e-300), correlation)


def _thinned_width(z: Array, lost: int, correlation: float) -> float:
    """The χ² law with as many degrees of freedom as independent squares tell alike: n(1 − ρ²)/(1 + ρ²)."""
    freedom = (z.size - lost) * (1 - correlation**2) / (1 + correlation**2)
    total = float(np.mean(z**2)) * z.size / max(z.size - lost, 1) * freedom
    return right.chi2_p(total, freedom) if freedom > 0 else 1.0
