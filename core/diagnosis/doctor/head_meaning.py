"""WHAT A SECOND OUTPUT MEANS: the standard deviation that a value of s stands for, whatever the loss makes of s.

A loss in mean and s is lowest at some s for noise of standard deviation σ. Turned round, a value of s stands for the σ
on whose noise that s is the best. So exp(s), softplus(s), s itself and any other head are read alike, by numbers.
`head_meaning` also says where an s goes that has no best value, and whether it starts where it cannot learn: where s
has no gradient ("dead") or the loss no value ("undefined").
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ...data.noise import Noise
from ...model.head_curve import GRID, HeadCurve, curve_at, grid_curve, slope_of
from ...model.head_formula import HeadFormula, std_as_formula
from ...model.losses import Loss

Array = NDArray[np.float64]

_NODES = 65  # of many s: between them log σ is a straight line
_SHARES = np.linspace(0, 1, _NODES)
_LEVEL = 1e-3  # in log σ, or of the loss: what no longer changes has come to its end
_NEIGHBOURS = 3  # that may lie beyond a gap
_STARTS = np.array([0.02, 0.1, 0.3])  # around the start: where the first weights put s
_RESIDUALS = np.array([-3.0, -1.0, -0.3, 0.3, 1.0, 3.0])  # in σ


@dataclass(frozen=True)
class HeadMeaning:
    """What the second output s of a loss means, and what becomes of it on noise of one standard deviation.

    `at_std` is that standard deviation.
    `status`: "found", s has one best value, `best`, or two of opposite sign that mean one std; "level", every s from
    `level[0]` to `level[1]` is as good (infinite at an open end); "escapes", the loss is lowest as s nears `goes_to`;
    "unbounded", it falls for ever as s goes there; "undefined", it has no value on this noise.
    `goes_to` is −∞, ∞ or 0; None where s stays, or is not what runs away.
    `std_used` is the standard deviation that the loss takes the noise to have, in the unit of y: at `best`, in `level`,
    or as s nears `goes_to` (0, a number, or ∞); NaN where there is none. The variance used is its square.
    `formula` is the std as a formula in s; None where s has no simple one: `std` works for every head.
    `start` is "live", "dead" or "undefined": the worst that holds where training begins, for the s on `start_side`:
    "everywhere", or "below" or "above" `start_at`; "" where it is live.
    """

    loss: Loss
    noise: Noise
    at_std: float
    status: str
    best: float | None
    level: tuple[float, float] | None
    goes_to: float | None
    std_used: float
    formula: HeadFormula | None
    start: str
    start_side: str
    start_at: float

    def std(self, s: Array) -> Array:
        """The standard deviation that each s stands for, any shape, unit of y.

        Of an s without a gradient that of the nearest s with one; NaN where the loss has no value, or no σ has this s
        for its best.
        """
        return _std(self.loss, self.noise, np.asarray(s, dtype=np.float64))


def has_head(loss: Loss) -> bool:
    """Whether a loss has a mean and one more output, so that `head_meaning` can be asked."""
    places = [output.is_location for output in loss.outputs]
    return places == [True, False] and not loss.fits_constant


@lru_cache(maxsize=256)
def head_meaning(loss: Loss, noise: Noise, std: float) -> HeadMeaning:
    """What the second output of `loss` means under `noise` of standard deviation `std` (unit of y).

    A fifth of a second for a formula that was not asked before, then none. Raises ValueError for a loss without a mean
    and one more output: see `has_head`.
    """
    if not has_head(loss):
        raise ValueError(f"loss {loss.name}: it has no mean and one more output")
    at = loss.optimum(noise, std)
    best = at.outputs[1] if at.status in ("found", "not unique") else None
    level = None if best is None or at.status == "found" else _level(loss, noise, std, best)
    goes_to = _goes_to(loss, noise, std) if at.status in ("escapes", "unbounded") else None
    if best is not None:
        used = float(_std(loss, noise, np.array([best]))[0])
    else:
        used = np.nan if goes_to is None else _std_at_end(loss, noise, std, goes_to)
    start, side = _start(loss, std)
    return HeadMeaning(
        loss=loss,
        noise=noise,
        at_std=std,
        status={"not unique": "found" if level is None else "level"}.get(at.status, at.status),
        best=best,
        level=level,
        goes_to=goes_to,
        std_used=used,
        formula=std_as_formula(loss, noise, everywhere=True) or std_as_formula(loss, noise, everywhere=False),
        start=start,
        start_side=side,
        start_at=loss.outputs[1].start,
    )


def _std(loss: Loss, noise: Noise, s: Array) -> Array:
    formula = std_as_formula(loss, noise, everywhere=True)
    return _by_numbers(loss, noise, s) if formula is None else formula.std(s)


def _by_numbers(loss: Loss, noise: Noise, s: Array) -> Array:
    finite = np.unique(s[np.isfinite(s)])
    if not len(finite):
        return np.full(s.shape, np.nan)
    nodes = finite
    if len(finite) > _NODES:
        spread = np.quantile(finite, _SHARES, method="nearest")
        nodes = np.unique([*spread, *finite[finite < 0][-1:], *finite[finite > 0][:1]])  # no line across a pole at 0
    logs = _filled(curve_at(loss, noise, nodes), grid_curve(loss, noise))
    found = np.exp(np.interp(s.ravel(), nodes, logs)).reshape(s.shape)
    return np.where(np.isfinite(s), found, np.nan)


def _filled(at: HeadCurve, curve: HeadCurve) -> Array:
    """log σ of `at`; of an s without a gradient that of the nearest s of `curve`, none undefined between them."""
    logs, known = at.log_std.copy(), np.flatnonzero(np.isfinite(curve.log_std))
    for i in np.flatnonzero(~at.live & at.defined):
        for k in known[np.argsort(np.abs(curve.s[known] - at.s[i]))][:_NEIGHBOURS]:
            if curve.defined[(curve.s - at.s[i]) * (curve.s - curve.s[k]) <= 0].all():
                logs[i] = curve.log_std[k]
                break
    return logs


def _level(loss: Loss, noise: Noise, std: float, best: float) -> tuple[float, float] | None:
    """The s that are as good as `best`, as one stretch around it; None where it is a place of its own."""
    values = slope_of(loss, noise).value(np.append(GRID, best), std)
    as_good = np.abs(values[:-1] - values[-1]) <= 1e-9 * (1 + np.abs(values[-1]))
    after = int(np.searchsorted(GRID, best))
    high, low = after, after - 1
    while high < len(GRID) and as_good[high]:
        high += 1
    while low >= 0 and as_good[low]:
        low -= 1
    if high - low <= 2:
        return None
    return (-np.inf if low < 0 else float(GRID[low + 1])), (np.inf if high == len(GRID) else float(GRID[high - 1]))


def _goes_to(loss: Loss, noise: Noise, std: float) -> float | None:
    """Where along s the loss is lowest: −∞, ∞, or 0; None where s does not matter."""
    values = slope_of(loss, noise).value(GRID, std)
    finite = np.isfinite(values)
    if not finite.any() or np.ptp(values[finite]) <= 1e-12 * (1 + np.abs(values[finite]).max()):
        return None
    at = int(np.where(finite, values, np.inf).argmin())
    lowest = GRID[finite & (values <= values[at] + 1e-12 * abs(values[at]))]
    if abs(GRID[at]) <= 1e-3:
        return 0.0
    return float(np.copysign(np.inf, lowest[np.abs(lowest).argmax()]))


def _std_at_end(loss: Loss, noise: Noise, std: float, goes_to: float) -> float:
    """The std that the loss takes the noise to have as s nears `goes_to`."""
    curve, inwards = grid_curve(loss, noise), np.abs(GRID) if goes_to == 0 else -np.sign(goes_to) * GRID
    order = np.argsort(inwards)
    known = order[np.isfinite(curve.log_std[order])][:3]
    if len(known) == 3:
        logs = curve.log_std[known]
        if np.ptp(logs) < _LEVEL:
            return float(np.exp(logs[0]))
        return np.inf if logs[0] > logs[-1] else 0.0
    # No σ has an s so far out for its best: told by how heavily residuals count there.
    heavy = slope_of(loss, noise).deviation(GRID[order], std)
    heavy = heavy[np.isfinite(heavy)]
    if len(heavy) < 3 or heavy[0] == heavy[2]:
        return np.nan
    return np.inf if heavy[0] < heavy[2] else 0.0


def _start(loss: Loss, std: float) -> tuple[str, str]:
    """Whether s can learn where training begins, and on which side of the start it cannot."""
    begins = loss.outputs[1].start
    worst = [_worst(loss, std, begins + sign * _STARTS) for sign in (-1, 1)]
    for bad in ("undefined", "dead"):
        if bad in worst:
            sides = ("below", "above")
            return bad, "everywhere" if worst == [bad, bad] else sides[worst.index(bad)]
    return "live", ""


def _worst(loss: Loss, std: float, s: Array) -> str:
    residuals = np.tile(std * _RESIDUALS, len(s))
    s = np.repeat(s, len(_RESIDUALS))
    with np.errstate(all="ignore"):
        low, high = (loss.value(residuals, [np.zeros_like(s), s + move]) for move in (-1e-6, 1e-6))
    if not np.isfinite([low, high]).all():
        return "undefined"
    return "dead" if (low == high).all() else "live"
