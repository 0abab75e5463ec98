"""What one point asks for: its loss as a curve in s, the second output, and where that is lowest."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core.evaluation.loss_parts import lowest
from core.model.losses import Loss
from core.words import number, quantity

Array = NDArray[np.float64]
Domain = tuple[float, float]
GRID = 241
LARGEST = 4.0  # of the residuals that are asked for, in σ
_REACH = (0.03, 8.0)  # of exp(s)^(1/power), in σ


@dataclass(frozen=True)
class OnePoint:
    """The loss of one point at each s of a grid, its two terms, and its minimum (s, loss), None where there is none.

    `meaning` says what exp(s) is there, or where s runs to; `sentence` what that tells.
    """

    s: Array
    loss: Array
    residual: Array
    scale: Array
    minimum: tuple[float, float] | None
    meaning: str
    sentence: str

    @property
    def domain(self) -> Domain:
        """An axis for this curve alone: most of it is in the picture, with room for names above."""
        finite = self.loss[np.isfinite(self.loss)]
        low, high = float(finite.min()), float(np.quantile(finite, 0.7))
        return low - 0.2 * (high - low), high + 0.7 * (high - low)


def why_no_curve(loss: Loss) -> str:
    """Why the loss of one point is no curve in s; "" where it is one."""
    if loss.fits_constant:
        return "Here every target meets every prediction: no point has a loss of its own."
    if not loss.has_scale:
        return "The network of this loss predicts a mean alone: a residual has one loss, and there is no s to turn."
    if len(loss.outputs) > 2:
        return f"The network of this loss has {len(loss.outputs)} outputs: no single curve tells what a point asks for."
    if not loss.has_mean_head:
        return "The first output of this loss is no mean: with s alone the residual would move too."
    if not _power(loss):
        return "The second output of this loss is no logarithm: the curve in s is drawn for those that are."
    return ""


def _power(loss: Loss) -> float:
    """Of the std, what exp(s) is; a typed s is drawn as if it were a log variance."""
    second = loss.outputs[1]
    return second.log_power or (2.0 if second.name == "s" else 0.0)


@lru_cache(maxsize=64)
def domains(loss: Loss, std: float) -> tuple[Domain, Domain]:
    """s and the loss, for residuals of up to 4 σ: the axes that all of them share."""
    ends = sorted(_power(loss) * np.log(std * np.array(_REACH)))
    s_domain = float(np.floor(ends[0])), float(np.ceil(ends[1]))
    curves = [_terms(loss, share * std, _grid(s_domain))[0] for share in (0.1, 1.0, LARGEST)]
    levels = [level for curve in curves for level in _shown_levels(_grid(s_domain), curve)]
    low, high = min(levels), max(levels)
    span = high - low or 1.0
    return s_domain, (low - 0.15 * span, high + 0.5 * span)


def _shown_levels(s: Array, curve: Array) -> list[float]:
    """What of a curve is to be in the picture: its minimum; of one that has none, the lower half."""
    minimum, finite = lowest(s, curve), curve[np.isfinite(curve)]
    return [minimum[1]] if minimum is not None else [float(finite.min()), float(np.median(finite))]


def _grid(s_domain: Domain) -> Array:
    return np.linspace(*s_domain, GRID)


def _terms(loss: Loss, residual: float, s: Array) -> tuple[Array, Array, Array]:
    """Loss, residual term and scale term of a point with this residual."""
    with np.errstate(all="ignore"):
        terms = loss.evaluate(np, np.full_like(s, residual), [np.zeros_like(s), s])
    return sum(terms), terms[0], terms[1]  # type: ignore[return-value]


def one_point(loss: Loss, std: float, share: float) -> OnePoint:
    """The loss of a point whose residual is `share` times σ = `std`. Raises ValueError where it is no curve in s."""
    if reason := why_no_curve(loss):
        raise ValueError(reason)
    residual, s = share * std, _grid(domains(loss, std)[0])
    value, of_residual, of_scale = _terms(loss, residual, s)
    minimum = lowest(s, value)
    meaning = _ends(s, value) if minimum is None else _meaning(float(np.exp(minimum[0])), residual, loss)
    told = f"For a residual of **{share:g} σ = {quantity(residual)}** "
    if minimum is None:
        told += f"this loss has no lowest place: {meaning}."
    else:
        told += f"this loss is lowest at s = **{number(minimum[0])}**, where {_bold(meaning)}. {_together(loss)}"
    return OnePoint(s, value, of_residual, of_scale, minimum, meaning, told.strip())


def _ends(s: Array, value: Array) -> str:
    """Where s runs to, there being no minimum between the ends."""
    finite = np.where(np.isfinite(value), value, np.inf)
    if finite.max() == finite.min():
        return "it is the same for every s"
    return "the smaller s, the lower the loss" if np.argmin(finite) == 0 else "the larger s, the lower the loss"


def _meaning(estimate: float, residual: float, loss: Loss) -> str:
    """exp(s) at the minimum, as a multiple of r² or of its size."""
    of = {"r²": residual**2, "|r|": abs(residual)}
    power = {2.0: "r²", 1.0: "|r|"}.get(abs(loss.outputs[1].log_power))
    words = f"exp(s) = {quantity(estimate)}"
    for name in [power] if power else [name for name, value in of.items() if np.isclose(estimate, value, rtol=0.02)]:
        ratio = estimate / of[name]
        return f"{words} = {'' if np.isclose(ratio, 1, rtol=0.02) else f'{ratio:.2f}·'}{name}"
    return words


def _bold(meaning: str) -> str:
    """In a table of Markdown an upright bar would end a cell; in a sentence it stands."""
    return f"**{meaning}**"


def _together(loss: Loss) -> str:
    """What all points of one x agree on, for a loss exp(−s)·g(r) + c·s."""
    what = {2: "r²", 1: "|r|"}.get(loss.weighted_power)
    return f"Points that share an x settle on the mean of their {what}." if what else ""
