"""The diagnosis of a case: alarms of exact tests, and the causes that explain them, the one that costs most first."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ...evaluation import right_model as right
from ...evaluation.judged import Judged
from ...evaluation.kept import kept
from ...evaluation.level_map import gains_of_levels, gains_of_tails
from ...evaluation.repairs import Repairable, repairable
from .attribution import AGAIN, ALARMS, Blame, Stage, select
from .axes import Axis, Order, axes_of, orders_of
from .case import Case
from .mixed_up import mixed_up

Array = NDArray[np.float64]

MATTERS = 0.003  # nats per point: what less than this is worth is more than luck, and too little to matter
_MOST = 5_000  # points for repairs; the tests take all
_BETTER = 2.0  # nats of all points together


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The correlation of neighbouring points in an order, and its p-value."""

    order: Order
    correlation: float
    p: float


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """What the points say: normal scores (n,), causes with the largest cost first, and what neighbours share.

    `points` are those that repairs were fitted to.

    `causes` is empty if no test sounds an alarm. `small` says that they are more than luck, but too little to matter.
    `dependent` is the order in which neighbours are alike, None if there is none.
    """

    z: Array
    points: Repairable
    causes: tuple[Blame, ...]
    dependent: Neighbours | None
    small: bool

    @property
    def inflation(self) -> float:
        """By how much bands of sampling error widen: √((1 + ρ)/(1 − ρ)), at least 1."""
        if self.dependent is None:
            return 1.0
        correlation = min(max(self.dependent.correlation, 0.0), 0.99)
        return float(np.sqrt((1 + correlation) / (1 - correlation)))


@kept
def diagnosed(case: Case) -> Diagnosis:
    """The diagnosis of a case. Raises CannotScore if the predictions cannot be judged."""
    with np.errstate(all="ignore"):  # z of 1e118 and such: what is not finite is never the best repair
        return _diagnosed(case.tested() if case.tested is not None else case)


def _diagnosed(case: Case) -> Diagnosis:
    z = right.normal_scores(case.judged)
    chosen = _chosen(z.size)
    axes = tuple(Axis(axis.name, axis.words, axis.values[chosen]) for axis in axes_of(case))
    bare = Stage.bare(repairable(_at(case, chosen)), z[chosen], np.log(case.judged.std[chosen]))
    stage, blames = _mean_and_width(case, bare, axes, chosen)
    dependent = _dependent(case, z, chosen, stage, blames)
    if dependent is not None:
        bent = not dependent.order.of_file or dependent.order.along_x
        bare = replace(bare, correlation=max(0.0, dependent.correlation), bent=bent)
        stage, blames = _mean_and_width(case, bare, axes, chosen)
    blames = _with_shape(bare, stage, blames)
    if dependent is not None:
        blames = (*blames, Blame("dependence", _of_neighbours(dependent.correlation), 0.0, dependent.p))
    return Diagnosis(z, bare.points, _ordered(blames), dependent, small=_small(blames))


def _mean_and_width(
    case: Case, bare: Stage, axes: tuple[Axis, ...], chosen: NDArray[np.intp]
) -> tuple[Stage, tuple[Blame, ...]]:
    """The causes in mean and width, or in a file the mix-up of its columns that explains the width."""
    stage, blames = select(bare, axes)
    if not case.of_file or _of_tails(bare, stage):
        return stage, blames
    along = next((axis for axis in axes if axis.name == "x"), None)
    fault = mixed_up(stage, blames, np.log(case.judged.std[chosen]), along)
    if fault is None or fault.repair is None:
        return stage, blames
    kept = tuple(blame for blame in blames if not blame.cause.startswith("width"))
    return stage.with_repair(fault.repair), (*kept, fault)


def _ordered(blames: tuple[Blame, ...]) -> tuple[Blame, ...]:
    """The largest cost first; those that are worth too little to matter only where no other is there."""
    ordered = tuple(sorted(blames, key=lambda blame: -blame.gain))
    return tuple(blame for blame in ordered if blame.gain + 2 * blame.error >= MATTERS) or ordered[:1]


def _small(blames: tuple[Blame, ...]) -> bool:
    """Whether all causes together are worth less than what matters, sampling error allowed for."""
    gain = sum(blame.gain for blame in blames)
    error = float(np.sqrt(sum(blame.error**2 for blame in blames)))
    return bool(blames) and bool(gain + 2 * error < MATTERS)


def _chosen(n: int) -> NDArray[np.intp]:
    """The points that repairs are fitted to: all, or 5,000 drawn from a seed, in their order."""
    if n <= _MOST:
        return np.arange(n)
    return np.sort(np.random.default_rng(np.random.SeedSequence([8, n])).choice(n, _MOST, replace=False))


def _at(case: Case, chosen: NDArray[np.intp]) -> Judged:
    """The predictions at some of the points."""
    if chosen.size == case.judged.y.size:
        return case.judged
    if case.at is not None:
        return Judged(case.at(chosen), case.judged.y[chosen])
    points = case.to_recalibrate()
    return Judged(points.predictive_of(points.validation + chosen), case.judged.y[chosen])


def _dependent(
    case: Case, z: Array, chosen: NDArray[np.intp], stage: Stage, blames: tuple[Blame, ...]
) -> Neighbours | None:
    """The order in which neighbours are most alike beyond luck, after what was found of mean and width is put right."""
    orders = orders_of(case)
    alarmed = []
    for order in orders:
        correlation, p = right.lag_one(z, order.indices)
        if p < ALARMS["dependence"] / len(orders):
            alarmed.append(Neighbours(order, correlation, p))
    if not alarmed:
        return None
    left = stage.scores if chosen.size == z.size else _repaired(case, z, chosen, blames)
    still = [each for each in alarmed if right.lag_one(left, each.order.indices)[1] < AGAIN]
    along = [each for each in still if each.order.along_x]
    return max(along or still, key=lambda each: abs(each.correlation), default=None)


def _repaired(case: Case, z: Array, chosen: NDArray[np.intp], blames: tuple[Blame, ...]) -> Array:
    """The normal scores of all points after the repairs that some of them were chosen for."""
    moving = [blame for blame in blames if blame.cause.startswith("bias")]
    widening = [blame for blame in blames if not blame.cause.startswith("bias")]
    shift = _everywhere(case, chosen, moving[-1], "shift") if moving else 0.0
    log_factor = _everywhere(case, chosen, widening[-1], "log_factor") if widening else 0.0
    return np.asarray((z - shift) * np.exp(-log_factor))


def _everywhere(case: Case, chosen: NDArray[np.intp], blame: Blame, part: str) -> Array:
    """The shift or the log factor of a repair at every point: along its axis, or along σ̂."""
    values = np.log(case.judged.std)
    if blame.axis is not None:
        values = next((axis.values for axis in axes_of(case) if axis.name == blame.axis.name), values)
    order = np.argsort(values[chosen], kind="stable")
    return np.interp(values, values[chosen][order], getattr(blame.repair, part)[order])


def _of_neighbours(correlation: float) -> float:
    """What knowing the point before is worth, −½·log(1 − ρ²) nats per point."""
    return float(-0.5 * np.log1p(-min(correlation**2, 1 - 1e-9)))


def _with_shape(bare: Stage, stage: Stage, blames: tuple[Blame, ...]) -> tuple[Blame, ...]:
    """The causes with the shape among them if what is left over has another one than predicted.

    Heavy tails move mean z² by themselves: a width that they explain better is none.
    """
    if any(blame.cause == "std_not_with_points" for blame in blames):
        return blames  # what is left is a mixture of many widths
    kept = tuple(blame for blame in blames if blame.cause != "width" or not _of_tails(bare, stage))
    left = bare.scores if len(kept) < len(blames) and not kept else stage.scores
    told = (1 - bare.correlation) / (1 + bare.correlation)
    p, far = right.shape_p(left, told), right.farthest_p(left)
    levels = (AGAIN, AGAIN / 2) if blames or bare.correlation else (ALARMS["shape"], ALARMS["farthest"])
    if len(kept) == len(blames) and p >= levels[0] and far >= levels[1]:
        return blames
    gains = max(_gains_of_levels(left), gains_of_tails(left), key=np.mean)
    error = float(np.std(gains, ddof=1) / np.sqrt(gains.size)) if gains.size > 1 else 0.0
    return (*kept, Blame("shape", float(np.mean(gains)), error, min(p, far)))


def _of_tails(bare: Stage, stage: Stage) -> bool:
    """Whether heavier tails of the predicted width gain more than all repairs of mean and width."""
    tails = float(np.sum(gains_of_tails(bare.scores)))
    n = bare.points.n
    return bool(n >= right.LEAST_ALONG and tails > max(n * stage.repair.gain, 0.0) + _BETTER)


def _gains_of_levels(z: Array) -> Array:
    """What a map of levels gains; nothing for few points, or where no probability is left to map."""
    if z.size < 20:
        return np.zeros(z.size)
    try:
        return gains_of_levels(special.ndtr(z))
    except ValueError:
        return np.zeros(z.size)
