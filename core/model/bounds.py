"""BOUNDS: ways to keep a predicted spread from running away, chosen in the experiment.

An NLL whose scale is free has no lowest value on points it can hit exactly; people therefore clamp the log variance,
bend it softly, or add an ε inside the square. Each is a function of y and the outputs that comes before the loss.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from ..source import check_source

Array = Any  # a torch tensor or a numpy array, whichever `xp` works on


@dataclass(frozen=True)
class Limits:
    """The bound that is chosen, the range of each output (infinite where it has none), and ε (squared unit of y)."""

    bound: str = "none"
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    epsilon: float = 0.0

    @classmethod
    def of(cls, bound: str, powers: Sequence[float], least_std: float, most_std: float) -> "Limits":
        """Limits for outputs that stand for `power`·log of a spread; 0 for one that is no spread."""
        logs = float(np.log(least_std)), float(np.log(most_std))
        ranges = [sorted(power * end for end in logs) if power else (-np.inf, np.inf) for power in powers]
        low, high = zip(*ranges, strict=True)
        return cls(bound, low, high, least_std**2)

    def scaled(self, powers: Sequence[float], factor: float) -> "Limits":
        """The same limits where y, and every spread, is `factor` times as large a number."""
        if self.bound == "none":
            return self
        moves = [power * np.log(factor) for power in powers]
        return Limits(
            self.bound,
            tuple(float(low + move) for low, move in zip(self.low, moves, strict=True)),
            tuple(float(high + move) for high, move in zip(self.high, moves, strict=True)),
            self.epsilon * factor**2,
        )


UNBOUNDED = Limits()


@dataclass(frozen=True)
class Bound:
    """A bound: what is done to y and to the outputs before the loss sees them.

    `code` is its number for the compiled stepper. `within(xp, output, low, high)` keeps one output within its limits,
    `observed(xp, y, mean, epsilon)` changes y; either may be missing, and exported scripts carry their source.

    Raises ValueError where a script could not carry one of them.
    """

    name: str
    label: str
    help: str
    code: int
    within: Callable[[Any, Array, float, float], Array] | None = None
    observed: Callable[[Any, Array, Array, float], Array] | None = None

    def __post_init__(self) -> None:
        for function in filter(None, (self.within, self.observed)):
            check_source(function, f"bound {self.name}")

    @property
    def moves_outputs(self) -> bool:
        """Whether the outputs themselves are kept within the limits."""
        return self.within is not None

    def apply(self, xp: Any, y: Array, outputs: Sequence[Array], limits: Limits) -> tuple[Array, Sequence[Array]]:
        """y and the outputs as the loss is to see them."""
        if self.observed is not None:
            y = self.observed(xp, y, outputs[0], limits.epsilon)
        if self.within is None:
            return y, outputs
        ranges = zip(outputs, limits.low, limits.high, strict=True)
        return y, [self.within(xp, output, low, high) if np.isfinite(low) else output for output, low, high in ranges]


def _clamp(xp: Any, output: Array, low: float, high: float) -> Array:
    return xp.clip(output, low, high)


def _soft(xp: Any, output: Array, low: float, high: float) -> Array:
    # Chua et al. 2018, arXiv:1805.12114, who learn the limits; here they are fixed.
    below = high - xp.logaddexp(high - output, xp.zeros_like(output))
    return low + xp.logaddexp(below - low, xp.zeros_like(output))


def _epsilon(xp: Any, y: Array, mean: Array, epsilon: float) -> Array:
    # r² + ε for r², in every loss: |r| becomes √(r² + ε), which has a derivative at 0.
    residual = y - mean
    size = xp.sqrt(residual**2 + epsilon)
    return mean + xp.where(residual < 0, -size, size)


_ROWS = (
    Bound("none", "none", "The std has no lower or upper limit.", 0),
    Bound(
        "clamp",
        "hard clamp",
        "Outside the limits the std is constant, with no gradient to bring it back.",
        1,
        _clamp,
    ),
    Bound(
        "soft",
        "soft limits",
        "The std approaches the limits smoothly and keeps a gradient (Chua et al. 2018).",
        2,
        _soft,
    ),
    Bound(
        "epsilon",
        "ε inside the square",
        "r² + ε instead of r²: the loss cannot fall below ½ + ½ log ε.",
        3,
        observed=_epsilon,
    ),
)
BOUNDS: Mapping[str, Bound] = MappingProxyType({row.name: row for row in _ROWS})


def bounded(outputs: np.ndarray, limits: Limits) -> np.ndarray:
    """Outputs (…, H) as the limits leave them."""
    if not BOUNDS[limits.bound].moves_outputs:
        return outputs
    each = [outputs[..., i] for i in range(outputs.shape[-1])]
    with np.errstate(invalid="ignore"):  # of a net that diverged
        return np.stack(BOUNDS[limits.bound].apply(np, each[0], each, limits)[1], axis=-1)
