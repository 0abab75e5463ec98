"""What a head is: how a net's second output s becomes a positive spread, and where that stops working, by numbers."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from ..once import cached_property
from .formulas import program as programs
from .formulas import read
from .formulas.interpreter import gradient
from .formulas.tree import Node, made, number

Array = Any  # a torch tensor or a numpy array, whichever `xp` works on

SCALE, VARIANCE = 1, 2  # powers of the scale
S = "s"
FADED = 0.01  # of the pull at the start: less is called faded
FARTHEST = 600.0  # how far out in s a head is examined
_GRID = np.unique(np.concatenate([np.linspace(-FARTHEST, FARTHEST, 4801), np.linspace(-2, 2, 401)]))
_HALVINGS = 60


@dataclass(frozen=True)
class Head:
    """g(s), from the net's output to a spread.

    `formula` is g in s. `power` is 1 where g is a scale, 2 where it is its square, 0 where it is whatever the loss
    takes the log of. `start` is the s at which training begins, in training units: there the scale is 1. `low` and
    `high` are the ends of its range.
    """

    name: str
    label: str
    help: str
    formula: str
    power: int
    reference: str
    start: float = 0.0
    low: float = 0.0
    high: float = np.inf

    @property
    def is_own(self) -> bool:
        """Whether it leaves the loss as it is: s is the log that the loss asks for."""
        return self.power == 0

    @property
    def gives(self) -> str:
        """What g is, in words."""
        return {0: "what the loss takes the log of", SCALE: "a scale: σ, b or τ", VARIANCE: "a variance"}[self.power]

    @property
    def tree(self) -> Node:
        """g as a tree in s."""
        return read(self.formula, (S,)).put({})

    def log_spread(self, log_power: float, symbol: str = S) -> Node:
        """The output that a loss asks for, log_power·log(scale), as a tree in the net's own, called `symbol`."""
        tree = self.tree.put({S: Node(symbol)})
        log = tree.of[0] if tree.op == "exp" else made("log", tree)  # exp(s) may be too large for a float, s is not
        factor = log_power / self.power if self.power else 1.0
        return log if factor == 1 else made("mul", number(factor), log)

    def applied(self, xp: Any, s: Array, log_power: float) -> Array:
        """The output that a loss asks for, of the net's own, any shape; NaN where g has no value or is negative."""
        if self.is_own:
            return s
        with np.errstate(all="ignore"):
            return programs.value(self.log_spread(log_power), xp, {S: s})

    def spread(self, s: np.ndarray) -> np.ndarray:
        """g(s), in the precision of s."""
        with np.errstate(all="ignore"):
            return np.asarray(programs.value(self.tree, np, {S: s}))

    def pull(self, s: np.ndarray) -> np.ndarray:
        """∂ log(scale)/∂s at each s (n,): how hard a given misfit pulls at s. 0 where s no longer learns."""
        s = np.asarray(s, dtype=np.float64)
        program = np.array(programs.program_of(None, self.log_spread(self.power or 1)))
        outputs, terms, slopes = np.stack([np.zeros_like(s), s]), np.zeros((3, s.size)), np.empty((2, s.size))
        with np.errstate(all="ignore"):
            gradient(np.zeros_like(s), outputs, program, terms, slopes)
        return slopes[1] / (self.power or 1)

    def at_scale(self, scale: float, log_power: float) -> float:
        """The s at which the scale is this, the positive one of two; NaN where no s gives it. Training units."""
        if self.is_own:
            return log_power * float(np.log(scale))
        reach, expected = self.reach, scale**self.power
        ends = (reach.dead_below, reach.no_value_below, reach.pole)
        low = max([-FARTHEST, *(end for end in ends if end is not None)])
        high = FARTHEST if reach.dead_above is None else reach.dead_above
        at_low, at_high = self.spread(np.array([low, high]))
        if not at_low <= expected <= at_high:
            return np.nan
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if self.spread(np.array(middle)) < expected else (low, middle)
        return high

    @cached_property
    def reach(self) -> "Reach":
        """Where it stops working, by numbers."""
        return _reach(self)


@dataclass(frozen=True)
class Reach:
    """Where a head stops working, between s = ±FARTHEST; None where it does not.

    `underflows_below` is the s under which g is 0 in float32, and `overflows_above` the one above which it is infinite.
    `fades_below` and `fades_above` are where the pull on s has fallen to FADED of that at the start. `dead_below` and
    `dead_above` are where s has no gradient at all; `no_value_below` where g is negative or has no value, so that its
    log has none. `pole` is an s where g is 0. `is_even`: s and −s mean the same, so there are two optima.
    """

    underflows_below: float | None
    overflows_above: float | None
    fades_below: float | None
    fades_above: float | None
    dead_below: float | None
    dead_above: float | None
    no_value_below: float | None
    pole: float | None
    is_even: bool

    @property
    def words(self) -> str:
        """Where it stops working, for a table."""
        ends = {
            "0 in float32": (self.underflows_below, None),
            "infinite in float32": (None, self.overflows_above),
            "no gradient": (self.dead_below, self.dead_above),
            "no value": (self.no_value_below, None),
            "a hundredth of the pull at the start": (
                None if self.dead_below is not None else self.fades_below,
                None if self.dead_above is not None else self.fades_above,
            ),
        }
        parts = ["two optima, s and −s"] if self.is_even else []
        parts += [] if self.pole is None else [f"a pole at s = {self.pole:g}"]
        for words, (below, above) in ends.items():
            places = [] if below is None else [f"below {below:.3g}"]
            places += [] if above is None else [f"above {above:.3g}"]
            parts += [f"{words} {' and '.join(places)}"] if places else []
        return "; ".join(parts).replace("-", "−") or "nowhere"


@lru_cache(maxsize=64)
def _reach(head: Head) -> Reach:
    start = head.start
    at_start = abs(float(head.pull(np.array([start]))[0]))

    def underflows(s: np.ndarray) -> np.ndarray:
        return head.spread(s.astype(np.float32)) == 0

    def overflows(s: np.ndarray) -> np.ndarray:
        return np.isinf(head.spread(s.astype(np.float32)))

    def faded(s: np.ndarray) -> np.ndarray:
        return np.abs(head.pull(s)) < FADED * at_start

    def dead(s: np.ndarray) -> np.ndarray:
        return head.pull(s) == 0

    def no_value(s: np.ndarray) -> np.ndarray:
        return ~(head.spread(s) >= 0)

    zero = np.array([0.0])
    return Reach(
        underflows_below=_edge(underflows, start, -1),
        overflows_above=_edge(overflows, start, 1),
        fades_below=_edge(faded, start, -1),
        fades_above=_edge(faded, start, 1),
        dead_below=_edge(dead, start, -1),
        dead_above=_edge(dead, start, 1),
        no_value_below=_edge(no_value, start, -1),
        pole=0.0 if head.spread(zero)[0] == 0 else None,
        is_even=bool((head.spread(_GRID) == head.spread(-_GRID)).all()),
    )


def _edge(happens: Any, start: float, side: int) -> float | None:
    """Where something begins to happen for good, going out from `start` to one side; None where it does not."""
    outwards = _GRID[start > _GRID][::-1] if side < 0 else _GRID[start < _GRID]
    found = happens(outwards)
    if not found[-1]:
        return None
    first = len(found) - int(np.argmin(found[::-1])) if not found.all() else 0
    inner, outer = (float(outwards[first - 1]) if first else start), float(outwards[first])
    for _ in range(_HALVINGS):
        middle = 0.5 * (inner + outer)
        inner, outer = (inner, middle) if happens(np.array([middle]))[0] else (middle, outer)
    return round(outer, 6) + 0.0  # −0 is 0
