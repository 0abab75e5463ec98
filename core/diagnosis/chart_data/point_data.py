"""The loss of a single point as a curve in s, the second output, and its minimum."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ...evaluation.loss_parts import lowest
from ...model.losses import Loss
from ...words import number, quantity

Array = NDArray[np.float64]
Domain = tuple[float, float]
GRID = 241
LARGEST = 4.0  # the largest residual that can be chosen, in σ
_REACH = (0.03, 8.0)  # range of exp(s)^(1/power), in σ


@dataclass(frozen=True)
class OnePoint:
    """The loss of one point at each s of a grid, its two terms, and its minimum (s, loss), if it has one."""

    s: Array
    loss: Array
    residual: Array
    scale: Array
    minimum: tuple[float, float] | None
    meaning: str  # what exp(s) is at the minimum, or where s goes without one
    sentence: str

    @property
    def domain(self) -> Domain:
        """An axis range for this curve: it shows most of it, with room for labels above."""
        finite = self.loss[np.isfinite(self.loss)]
        low, high = float(finite.min()), float(np.quantile(finite, 0.7))
        return low - 0.2 * (high - low), high + 0.7 * (high - low)


def why_no_curve(loss: Loss) -> str:
    """Why the loss of one point is not a curve in s; empty if it is."""
    if loss.fits_constant:
        return "Here every target is compared with every prediction: no point has a loss of its own."
    if not loss.has_scale:
        return "With this loss the network predicts only a mean: a residual has one loss, and there is no s to change."
    if len(loss.outputs) > 2:
        return (
            f"With this loss the network has {len(loss.outputs)} outputs: one curve cannot show what a point asks for."
        )
    if not loss.has_mean_head:
        return "The first output of this loss is not a mean: changing s would change the residual too."
    if not _power(loss):
        return "The second output of this loss is not a logarithm: the curve in s is shown only for those that are."
    return ""


def _power(loss: Loss) -> float:
    """The power p in exp(s) ~ std^p; a typed s is treated as a log variance."""
    second = loss.outputs[1]
    return second.log_power or (2.0 if second.name == "s" else 0.0)


@lru_cache(maxsize=64)
def domains(loss: Loss, std: float) -> tuple[Domain, Domain]:
    """The axis ranges of s and the loss, shared by residuals up to 4 σ."""
    ends = sorted(_power(loss) * np.log(std * np.array(_REACH)))
    s_domain = float(np.floor(ends[0])), float(np.ceil(ends[1]))
    curves = [_terms(loss, share * std, _grid(s_domain))[0] for share in (0.1, 1.0, LARGEST)]
    levels = [level for curve in curves for level in _shown_levels(_grid(s_domain), curve)]
    low, high = min(levels), max(levels)
    span = high - low or 1.0
    return s_domain, (low - 0.15 * span, high + 0.5 * span)


def _shown_levels(s: Array, curve: Array) -> list[float]:
    """Which values of a curve the chart must show: its minimum, or its lower half if it has none."""
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
    """The loss of a point with residual `share`·σ, σ = `std`. Raises ValueError if it is not a curve in s."""
    if reason := why_no_curve(loss):
        raise ValueError(reason)
    residual, s = share * std, _grid(domains(loss, std)[0])
    value, residual_term, scale_term = _terms(loss, residual, s)
    minimum = lowest(s, value)
    if minimum is None:
        meaning = _ends(s, value)
        words = f"has no minimum: {meaning}."
    else:
        meaning = _meaning(float(np.exp(minimum[0])), residual, loss)
        words = f"is lowest at s = **{number(minimum[0])}**, where **{meaning}**.{_together(loss)}"
    sentence = f"For a residual of **{share:g} σ = {quantity(residual)}** this loss {words}"
    if not loss.head.is_own:
        sentence += f" Here s is the {loss.outputs[1].label} that the head makes from the network's output."
    return OnePoint(s, value, residual_term, scale_term, minimum, meaning, sentence)


def curve_seen(found: OnePoint, name: str) -> str:
    """What is seen of a loss as a curve in its second output: where it is lowest, or which way it falls."""
    ends = f"{number(float(found.loss[0]))} at {name} = {quantity(float(found.s[0]))}"
    if found.minimum is None:
        return f"It has no lowest place: {found.meaning}. It is {ends}."
    at, least = found.minimum
    return f"It is lowest, {number(least)}, at {name} = {number(at)}, where {found.meaning}. It is {ends}."


def _ends(s: Array, value: Array) -> str:
    """Where s goes if there is no minimum inside the grid."""
    finite = np.where(np.isfinite(value), value, np.inf)
    if finite.max() == finite.min():
        return "it is the same for every s"
    return "the smaller s is, the lower the loss" if np.argmin(finite) == 0 else "the larger s is, the lower the loss"


def _meaning(estimate: float, residual: float, loss: Loss) -> str:
    """exp(s) at the minimum, as a multiple of r² or |r|."""
    of = {"r²": residual**2, "|r|": abs(residual)}
    power = {2.0: "r²", 1.0: "|r|"}.get(abs(loss.outputs[1].log_power))
    words = f"exp(s) = {quantity(estimate)}"
    for name in [power] if power else [name for name, value in of.items() if np.isclose(estimate, value, rtol=0.02)]:
        ratio = estimate / of[name]
        return f"{words} = {'' if np.isclose(ratio, 1, rtol=0.02) else f'{ratio:.2f}·'}{name}"
    return words


def _together(loss: Loss) -> str:
    """What all points at one x agree on, for a loss exp(−s)·g(r) + c·s."""
    what = {2: "r²", 1: "|r|"}.get(loss.weighted_power)
    return f" Points with the same x settle on the mean of their {what}." if what else ""
