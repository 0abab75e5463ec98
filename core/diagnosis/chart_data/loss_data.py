"""The loss of a run in numbers and words: its terms, its floor against σ, its unit, a subtracted constant."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ...data.noise import NOISES
from ...evaluation.levels import levels
from ...evaluation.loss_parts import final_loss, floor_band, geometric_mean, in_unit, points_behind
from ...experiment.build import dataset_of, read
from ...experiment.data_settings import NO_TABLE
from ...experiment.experiment import Experiment
from ...experiment.loss_settings import loss_of
from ...model.losses import Loss
from ...training.run import Run
from ...words import number, quantity

Array = NDArray[np.float64]
Domain = tuple[float, float]
CONSTANT_NAMES: Mapping[str, float] = MappingProxyType(
    {"½ log 2π": 0.5 * math.log(2 * math.pi), "log 2": math.log(2), "½ log 2": 0.5 * math.log(2)}
)
NO_STEP = "No step of this run has a finite loss."


def own_std(experiment: Experiment, run: Run | None) -> Array:
    """σ(x) in the unit of what is fitted; of a table as the run predicts it, or the std of all y without a run."""
    data = dataset_of(experiment)
    if data.truth is not None and not loss_of(experiment.loss).fits_constant:
        return data.truth.std(data.x)
    if data.truth is None and run is not None and run.has_curve:
        std = read(experiment, run.outputs(data.x)).std
        if (kept := std[np.isfinite(std) & (std > 0)]).size:
            return kept
    return np.array([data.y.std()])


def typical_std(experiment: Experiment, run: Run | None = None) -> float:
    """The geometric mean of σ(x), which decides the sign of an NLL."""
    return geometric_mean(own_std(experiment, run))


def constant_of(loss: Loss) -> tuple[str, float] | None:
    """The constant that this loss leaves out of the full NLL, (name, value); None if there is none."""
    if not loss.constant:
        return None
    names = (name for name, value in CONSTANT_NAMES.items() if math.isclose(value, loss.constant))
    return next(names, number(loss.constant)), loss.constant


def with_constant(history: pd.DataFrame, constant: float) -> pd.DataFrame:
    """The history with a constant added to loss and scale term: ½ log 2πσ² in place of ½ log σ²."""
    return history.assign(loss=history["loss"] + constant, scale=history["scale"] + constant)


def band(experiment: Experiment, constant: float = 0.0) -> Domain | None:
    """The range of the loss of a perfect model, averaged over as many points as one drawn value."""
    loss = loss_of(experiment.loss)
    known = levels(loss, dataset_of(experiment))
    if known.floor is None or known.deviation is None:
        return None
    return floor_band(known.floor + constant, known.deviation, _points_behind(experiment), loss.least)


def _points_behind(experiment: Experiment) -> int:
    training = experiment.training
    return points_behind(training.steps, training.batch_size, len(dataset_of(experiment).x))


def terms_sentence(run: Run, constant: float = 0.0) -> str:
    """The terms over the last tenth of the steps, and the floor, in words."""
    loss, final = loss_of(run.experiment.loss), final_loss(run.history["loss"])
    if final is None:
        return NO_STEP
    ends = [final_loss(run.history[name]) or 0.0 for name in ("residual", "scale", "regulariser")]
    values = [value + added for value, added in zip(ends, (0.0, constant, loss.offset), strict=True)]
    shown = _shown(loss)
    words = f"The final loss is **{shown(final + constant)}**"
    if len(loss.term_names) > 1:
        parts = zip(loss.term_names, values, strict=False)
        words += ": " + ", ".join(f"{name} **{shown(value)}**" for name, value in parts)
    if loss.offset:
        words += f", less {number(loss.offset, 1)}"
    return f"{words}. {_floor_words(run.experiment, constant)}"


def term_names(loss: Loss) -> dict[str, str]:
    """The labels of the columns of a history for this loss; terms that it does not have keep a general name."""
    general = {"residual": "residual term", "scale": "scale term", "regulariser": "the rest", "loss": "loss"}
    own = dict(zip(("residual", "scale", "regulariser"), loss.term_names, strict=False))
    return general | own | ({"regulariser": "constant"} if loss.offset else {})


def _shown(loss: Loss) -> Callable[[float], str]:
    """How a value of this loss is written: in the unit of y it may have any size."""
    return quantity if loss.unit_power else number


def _floor_words(experiment: Experiment, constant: float) -> str:
    edges, shown = band(experiment, constant), _shown(loss_of(experiment.loss))
    if edges is None and experiment.data.table == NO_TABLE:
        return "This loss has no floor."
    if edges is None:
        return "The truth is not known here, so there is no floor to compare with."
    points = _points_behind(experiment)
    return (
        f"Its floor at the x of the training points is **{shown(sum(edges) / 2)}**. The grey band is "
        f"± {shown((edges[1] - edges[0]) / 2)}: sampling error, as 2 standard errors. Each plotted value averages "
        f"{points:,} points."
    )


@dataclass(frozen=True)
class FloorCurve:
    """The floor of a loss over σ (grid,), and the σ where it is zero, without and with the constant."""

    sigma: Array
    floor: Array
    crossings: tuple[float | None, float | None]
    sigma_domain: Domain
    loss_range: Domain  # from the lowest floor, or zero, to the highest with the constant


@lru_cache(maxsize=64)
def floor_curve(experiment: Experiment) -> FloorCurve | None:
    """The floor against σ under the noise of the experiment; None if the loss has no floor."""
    loss, truth, std = loss_of(experiment.loss), dataset_of(experiment).truth, typical_std(experiment)
    noise = NOISES["gaussian"] if truth is None else truth.noise
    sigma_domain = _sigma_domain(loss, std)
    sigma = np.geomspace(*sigma_domain, 200)
    floor = np.asarray(loss.floor(noise, sigma), dtype=float) * np.ones(200)
    if not np.isfinite(floor).all():
        return None
    constant = loss.constant or 0.0
    zeros = [loss.negative_below(noise, added) or _zero(sigma, floor + added) for added in (0.0, constant)]
    crossings = zeros[0], zeros[1] if constant else None
    loss_range = min(0.0, float(floor.min())), max(0.0, float(floor.max() + constant))
    return FloorCurve(sigma, floor, crossings, sigma_domain, loss_range)


def _zero(sigma: Array, floor: Array) -> float | None:
    """Where a rising floor crosses zero, by interpolation; None if it does not."""
    if not floor[0] < 0 < floor[-1]:
        return None
    return float(np.exp(np.interp(0.0, np.maximum.accumulate(floor), np.log(sigma))))


def _sigma_domain(loss: Loss, std: float) -> Domain:
    """Decades around σ and the zero crossings; for a loss that grows with σ, a range close to σ."""
    if loss.unit_power:
        return std / 20, 3 * std
    return min(0.01, 10.0 ** math.floor(math.log10(std / 2))), max(10.0, 10.0 ** math.ceil(math.log10(2 * std)))


def floor_sentence(experiment: Experiment, run: Run | None = None, *, with_constant: bool = False) -> str:
    """Where the floor is zero, and on which side σ is: that of the data, or for a table that of the run."""
    loss, std, curve = loss_of(experiment.loss), typical_std(experiment, run), floor_curve(experiment)
    if curve is None:
        return "This loss falls without end, whatever σ is: it has no floor."
    if loss.unit_power:
        grows = {1: "in proportion to σ", 2: "with σ²"}[loss.unit_power]
        return f"The floor of this loss grows {grows}" + ("." if loss.offset else " and is never negative.")
    limit = curve.crossings[with_constant]
    if limit is None:
        return "The floor of this loss has the same sign for every σ shown here."
    side, sign = ("below", "negative") if std < limit else ("above", "positive")
    return (
        f"The floor is zero at σ = **{f'{limit:.3f}' if 0.01 < limit < 100 else quantity(limit)}**. Your σ of "
        f"**{quantity(std)}** is {side} it: a perfect model's loss is **{sign}** here."
    )


def why_no_unit(experiment: Experiment) -> str:
    """Why another unit of y cannot be shown; empty if it can."""
    if not follows_unit(loss_of(experiment.loss)):
        return NO_LAW
    if experiment.data.table != NO_TABLE and experiment.data.log_y:
        return "The network is fitted to log y: another unit shifts all logs equally, so this loss does not change."
    return ""


def follows_unit(loss: Loss) -> bool:
    """Whether the loss changes by a known law when y is in another unit."""
    return loss.has_unit_law and loss.limits.bound == "none"


def loss_in_unit(loss: Loss, values: ArrayLike, k: float) -> Array:
    """Values of a loss with y in a unit k times larger; a subtracted constant stays the same."""
    return in_unit(np.asarray(values) + loss.offset, loss.unit_power, loss.unit_shift, k) - loss.offset


def unit_sentence(run: Run, k: float) -> str:
    """How another unit of y changes the loss of a run and its floor, in words."""
    loss, final = loss_of(run.experiment.loss), final_loss(run.history["loss"])
    if not follows_unit(loss):
        return NO_LAW
    if final is None:
        return NO_STEP
    floor = levels(loss, run.dataset).floor
    values = [value for value in (final, floor) if value is not None]
    reads, *of_floor = (_shown(loss)(float(value)) for value in loss_in_unit(loss, values, k))
    words = f"{_law(loss, k)} The loss is now **{reads}**" + "".join(f", its floor **{each}**" for each in of_floor)
    return f"{words}." if k == 1 else f"{words}. Nothing was retrained."


NO_LAW = "This loss has no simple rule for units: in another unit of y it would learn something else."
_SHIFTS = MappingProxyType({1.0: "−log k", 0.5: "−½ log k", 2.0: "−2 log k", -1.0: "+log k"})


def _law(loss: Loss, k: float) -> str:
    if loss.unit_power:
        power, factor = {1: "k", 2: "k²"}[loss.unit_power], k**loss.unit_power
        return f"With y in a unit k = {k:g} times larger, this loss is divided by {power} = {quantity(factor)}."
    if not loss.unit_shift:
        return "With y in another unit this loss does not change."
    by, law = -loss.unit_shift * math.log(k), _SHIFTS.get(loss.unit_shift, f"{-loss.unit_shift:g} log k")
    return f"With y in a unit k = {k:g} times larger, this loss changes by {law} = {number(by)}."


def offset_sentence(run: Run, twin: Run) -> str:
    """What a constant subtracted from the loss changed: the value, but none of the parameters."""
    before, after = (final_loss(one.history["loss"]) for one in (run, twin))
    if before is None or after is None or run.steps_done != twin.steps_done:
        return "The two runs did not take the same steps, so they cannot be compared."
    n = run.weights.size
    differ = int(np.sum(run.weights.view(np.uint32) != twin.weights.view(np.uint32)))
    same = "all identical to the bit" if not differ else f"{differ:,} of them different"
    return f"**{n:,} parameters, {same}**; the loss changed from **{number(before)}** to **{number(after)}**."
