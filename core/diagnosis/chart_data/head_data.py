"""How a residual pulls at the second output of a net, through its head: at several spreads, with a sentence."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ...model.losses import Loss
from ...words import number, quantity

Array = NDArray[np.float64]

SCALES = (0.05, 0.2, 1.0, 5.0)  # that are predicted, in training units
LARGEST = 4.0  # |r|, in scales
NAMED = 3.0  # the |r| whose pull the sentence tells
ALIKE = 1.05  # ratio of the strongest to the weakest pull, up to which they are called alike
_GRID = np.linspace(0.0, LARGEST, 161)


@dataclass(frozen=True)
class HeadPull:
    """What pulls at s: −∂loss/∂s, (scales, residuals), where each of `scales` is predicted and r lies that many away.

    Above 0 a point makes s larger. Training units; a scale that no s gives has no row.
    """

    residuals: Array
    scales: Array
    pulls: Array
    sentence: str

    @property
    def domain(self) -> tuple[float, float]:
        """An axis range: it shows the pull of |r| up to NAMED at every scale."""
        shown = self.pulls[:, self.residuals <= NAMED]
        low, high = float(shown.min()), float(shown.max())
        return low - 0.15 * (high - low), high + 0.15 * (high - low)


def why_no_head(loss: Loss) -> str:
    """Why a loss takes no head; empty if it does."""
    return (
        ""
        if len(loss.heads) > 1
        else "This loss has no output that is the log of a standard deviation, so it has no head."
    )


@lru_cache(maxsize=64)
def head_pull(loss: Loss) -> HeadPull:
    """How residuals pull at the second output of the nets of a loss. Raises ValueError for one that takes no head."""
    at = loss.spread_at
    if reason := why_no_head(loss):
        raise ValueError(reason)
    assert at is not None
    power = loss.outputs[at].log_power
    places = {scale: loss.head.at_scale(scale, power) for scale in SCALES}
    scales = np.array([scale for scale, s in places.items() if np.isfinite(s)])
    pulls = np.stack([_pull(loss, at, scale * _GRID, places[scale]) for scale in scales])
    return HeadPull(_GRID, scales, pulls, _sentence(loss, scales, pulls, "σ" if power == 2 else "the scale"))


def _pull(loss: Loss, at: int, residuals: Array, s: float) -> Array:
    of_raw = loss.in_training_units(0.0, 1.0)
    outputs = np.tile(np.array(loss.starts)[:, None], (1, len(residuals)))
    outputs[0], outputs[at] = 0.0, s
    return -of_raw.gradient(residuals, outputs)[at]


def _sentence(loss: Loss, scales: Array, pulls: Array, name: str) -> str:
    named = pulls[:, int(np.argmin(np.abs(_GRID - NAMED)))]
    words = f"A point {NAMED:g} {'σ' if name == 'σ' else 'scales'} from the mean pushes s with"
    strongest, weakest = int(np.argmax(named)), int(np.argmin(named))
    if named[strongest] <= ALIKE * named[weakest]:
        return " ".join([f"{words} **{number(float(named.mean()), 2)}**, for every {name}.", *_ends(loss, name)])
    each = (f"**{quantity(float(named[i]))}** where {name} is {scales[i]:g}" for i in (strongest, weakest))
    return " ".join([f"{words} {', and with '.join(each)}, in training units.", *_ends(loss, name)])


def _ends(loss: Loss, name: str) -> list[str]:
    """Where the head stops working, in words."""
    reach = loss.head.reach
    parts = ["s and −s mean the same, and the loss has a pole between them."] if reach.is_even else []
    if reach.no_value_below is not None:
        parts.append(f"Below s = {_s(reach.no_value_below)} the loss has no value.")
    dead = [_place(loss, name, edge, side) for edge, side in ((reach.dead_below, "below"), (reach.dead_above, "above"))]
    fades = [
        None if reach.dead_below is not None or _ends_at_zero(loss) else reach.fades_below,
        None if reach.dead_above is not None else reach.fades_above,
    ]
    faded = [_place(loss, name, edge, side) for edge, side in zip(fades, ("below", "above"), strict=True)]
    for words, places in (
        ("s has no gradient", dead),
        ("For the same misfit the push falls to a hundredth of its value at the start", faded),
    ):
        if any(places):
            parts.append(f"{words} {', and '.join(filter(None, places))}.")
    if reach.underflows_below is not None and not loss.head.is_own:
        parts.append(f"In float32 {name} is 0 below s = {_s(reach.underflows_below)}.")
    return parts


def _ends_at_zero(loss: Loss) -> bool:
    """Whether s does not come below 0: there is another optimum, or no value."""
    return loss.head.reach.is_even or loss.head.reach.no_value_below is not None


def _place(loss: Loss, name: str, edge: float | None, side: str) -> str:
    if edge is None:
        return ""
    scale = float(loss.head.spread(np.array(edge))) ** (1 / (loss.head.power or 1))
    return f"{side} s = {_s(edge)}, where {name} is {quantity(scale)}"


def _s(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")
