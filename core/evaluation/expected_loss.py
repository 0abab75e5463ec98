"""The expected loss at each x where the truth is known, and the outputs that no net can better: without sampling."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..data.dataset import Truth
from ..data.noise import Noise
from ..model.bounds import bounded
from ..model.losses import Loss
from ..model.over_std import LOG_STEP, over_std
from .truth import gap

Array = NDArray[np.float64]
_SCANNED = 2  # outputs, of which the optimum is scanned for
_ENDLESS = 1e6  # nats: outputs that ran away have no gap worth a number
_BETWEEN = 200  # x at which the floor of a bounded loss is taken
_BLOCK = 2**18  # losses at a time: two megabytes


def best_outputs(loss: Loss, truth: Truth, x: Array) -> Array | None:
    """The outputs (n, H) with the lowest expected loss at each x (n,), as the bound of the loss leaves them.

    None if the loss fits one constant for all x, or has no finite optimum. A loss with a unit law has the optimum of
    σ = 1, scaled to each σ, and a clamp or a soft limit cuts the second of two outputs off at its ends. Any other is
    searched for at some σ: of two outputs with a cubic in log σ between them; more outputs are not all identified, so
    that those of the nearest σ are scaled.
    """
    if loss.fits_constant:
        return None
    with np.errstate(all="ignore"):
        scaled = _for_every_std(loss, truth.noise, truth.std(x))
        outputs = loss.in_unit_of_y(scaled, truth.mean(x), 1.0)
    return outputs if np.isfinite(outputs).all() else None


def is_identified(loss: Loss) -> bool:
    """Whether the best outputs are one place for each σ, which moves smoothly with it or is cut off by a bound."""
    # A clamp inside the formula has a kink, and many outputs that are as good beyond it.
    kinked = loss.closed_floor is not None and not loss.has_unit_law
    return loss.follows_unit or (len(loss.outputs) <= _SCANNED and not kinked)


def _for_every_std(loss: Loss, noise: Noise, std: Array) -> Array:
    """The best outputs (n, H) around 0 for each σ (n,), within the bound."""
    cut = loss.limits_outputs and len(loss.outputs) <= _SCANNED
    free = loss.without_limits() if cut else loss
    if free.follows_unit:
        outputs = free.in_unit_of_y(np.tile(_optimum(free, noise, 1.0), (len(std), 1)), 0.0, std)
    elif is_identified(free):
        outputs = over_std(std, lambda one: _optimum(free, noise, one))
    else:
        nodes, place = np.unique(np.round(np.log(std) / LOG_STEP), return_inverse=True)
        stds = np.exp(LOG_STEP * nodes)
        nearest = np.array([_optimum(free, noise, float(one)) for one in stds])[place]
        outputs = free.in_unit_of_y(nearest, 0.0, std / stds[place])
    return np.clip(outputs, loss.limits.low, loss.limits.high) if loss.limits_outputs else outputs


def _optimum(loss: Loss, noise: Noise, std: float) -> Array:
    """The best outputs (H,) around 0 as the bound leaves them: found, or (of a likelihood) so far out that its
    predictions have converged.
    """
    if loss.limits_outputs:
        free = _optimum(loss.without_limits(), noise, std)
        if ((free > loss.limits.low) & (free < loss.limits.high)).all():
            return free  # the bound is nowhere in the way, which saves a search
    found = loss.optimum(noise, std)
    usable = found.status in ("found", "not unique") or (found.status == "escapes" and loss.constant is not None)
    return bounded(np.array(found.outputs), loss.limits) if usable else np.full(len(loss.outputs), np.nan)


def expected_loss(loss: Loss, truth: Truth, x: Array, outputs: Array) -> tuple[Array, Array]:
    """Mean and standard deviation of the loss of one new point at each x, both (n,), for outputs (n, H) of a run.

    E[loss(Y)] for Y = f(x) + σ(x)·Z by the noise's quadrature, in the unit of the loss. `outputs` are as the bound left
    them, as those of a run are; outputs beyond those of the loss are ignored.
    """
    nodes, weights = truth.noise.quadrature
    mean, std = truth.mean(x)[:, None], truth.std(x)[:, None]
    outputs = outputs[:, : len(loss.outputs)]
    expected, deviation = np.empty(len(x)), np.empty(len(x))
    at_once = max(1, _BLOCK // len(nodes))
    for start in range(0, len(x), at_once):
        part = slice(start, start + at_once)
        y = mean[part] + std[part] * nodes
        columns = [np.broadcast_to(column[:, None], y.shape) for column in outputs[part].T]
        values = np.broadcast_to(loss.value(y, columns, bounded=True), y.shape)
        with np.errstate(over="ignore", invalid="ignore"):
            expected[part] = values @ weights
            deviation[part] = np.sqrt(np.maximum((values - expected[part, None]) ** 2 @ weights, 0))
    return expected, deviation


def floors(loss: Loss, truth: Truth, x: Array) -> Array:
    """The lowest expected loss at each x (n,), in the unit of the loss; not finite where there is none.

    With a bound on the outputs it is taken at some σ of the range and read between them: it has a kink at each end of
    the bound, so that no smooth curve goes through it.
    """
    std = truth.std(x)
    if not (loss.limits_outputs and is_identified(loss)):
        return np.asarray(loss.floor(truth.noise, std), dtype=np.float64)
    order = np.argsort(std)
    some = np.unique(order[np.linspace(0, len(order) - 1, _BETWEEN).round().astype(int)])
    some = some[np.argsort(std[some], kind="stable")]
    best = best_outputs(loss, truth, x[some])
    if best is None:
        return np.full(len(x), np.nan)
    return np.interp(np.log(std), np.log(std[some]), expected_loss(loss, truth, x[some], best)[0])


def own_optimum(loss: Loss, truth: Truth, x: Array) -> Array | None:
    """The outputs of `best_outputs` as a reading takes them: a loss without a second output gets the one log variance
    that its residuals have over all x.
    """
    best = best_outputs(loss, truth, x)
    if best is None or loss.has_scale:
        return best
    variance = np.mean(truth.std(x) ** 2 + (best[:, 0] - truth.mean(x)) ** 2)
    return np.column_stack([best, np.full(len(x), np.log(variance))])


def gaps_at_optimum(loss: Loss, truth: Truth, x: Array) -> dict[str, float] | None:
    """By reading, the gap to the truth at the lowest loss, nats per point, averaged over x; None without a lowest one.

    Only what training makes of the loss is in it: no net can come nearer to the truth by this loss and this reading.
    """
    if is_identified(loss):
        outputs = own_optimum(loss, truth, x)
        if outputs is None:
            return None
        with np.errstate(all="ignore"):
            read = {name: loss.reading(name).predictive(outputs, loss.values) for name in loss.readings}
            found = {name: float(np.mean(gap(predictive, x, truth))) for name, predictive in read.items()}
    else:
        std = truth.std(x)
        found = {name: _mean_over(std, loss, name, truth.noise) for name in loss.readings}
    return found if max(found.values()) < _ENDLESS else None


def _mean_over(std: Array, loss: Loss, reading: str, noise: Noise) -> float:
    return float(np.mean(over_std(std, lambda one: gap_at_optimum(loss, reading, noise, one))))


@lru_cache(maxsize=512)
def gap_at_optimum(loss: Loss, reading: str, noise: Noise, std: float) -> float:
    """The gap at the lowest loss for one σ: also of outputs that are not identified it is one number."""
    with np.errstate(all="ignore"):
        predictive = loss.reading(reading).predictive(_optimum(loss, noise, std)[None], loss.values)
        cross_entropy = predictive.cross_entropy(np.zeros(1), np.full(1, std), noise)
    return float(cross_entropy[0] - noise.entropy - np.log(std))
