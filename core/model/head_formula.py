"""A second output in words: the standard deviation as a simple formula in s, where it is one."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..data.noise import Noise
from .formulas import program, read
from .formulas.printing import ATOM, TEXT, torch_of
from .formulas.tree import Node, made, number
from .head_curve import grid_curve
from .losses import Loss
from .losses.trees import trees_of
from .readings import plain

Array = NDArray[np.float64]

SAME = 1e-3  # relative: a formula that comes so near at every s is the one
_POWERS = (1.0, 0.5, -1.0, -0.5, 2.0, 0.25)  # of the part of s that the loss takes, the simplest first
_LEAST = 4  # values of s from which a formula is told
# Factors that have a name.
NAMED_FACTORS = {
    "": 1.0,
    "√2·": np.sqrt(2),
    "√½·": np.sqrt(0.5),
    "√(π/2)·": np.sqrt(np.pi / 2),
    "½√π·": np.sqrt(np.pi) / 2,
    "½·": 0.5,
    "2·": 2.0,
}


@dataclass(frozen=True)
class HeadFormula:
    """The std as a formula in s: `words` for sentences, `code` for Python, `torch` for tensors, and its `tree`."""

    words: str
    code: str
    torch: str
    tree: Node

    def std(self, s: Array) -> Array:
        """The std at each s; NaN where the formula gives none."""
        (symbol,) = self.tree.names
        with np.errstate(all="ignore"):
            found = np.asarray(program.value(self.tree, np, {symbol: s}), dtype=np.float64)
        return np.where(np.isfinite(found) & (found > 0), found, np.nan)


def head_formula(loss: Loss, s: Array, std: Array, flat: Array) -> HeadFormula | None:
    """The formula that gives these std at these s, and one std at those of `flat`; None where no simple one does.

    Tried are powers of exp(s), and of every part of the loss's own formula that has s in it and no data, each with any
    factor in front.
    """
    kept = np.isfinite(std)
    s, std = s[kept], std[kept]
    if len(s) < _LEAST:
        return None
    for base in _bases(loss):
        values, level = (_values(base, loss, each) for each in (s, flat))
        if (level != level[:1]).any():
            continue
        if (values > 0).all() and (found := _power(base, np.log(values), np.log(std))) is not None:
            return _written(base, *found)
    return None


@lru_cache(maxsize=128)
def std_as_formula(loss: Loss, noise: Noise, *, everywhere: bool) -> HeadFormula | None:
    """The std as a formula in s under this noise. `everywhere`: one that holds where s has no gradient too."""
    curve = grid_curve(loss, noise)
    dead = curve.s[~curve.live & curve.defined] if everywhere else curve.s[:0]
    smooth = curve.s != 0  # where relu and |s| have their kink a difference quotient sees both sides
    return head_formula(loss, curve.s[smooth], np.exp(curve.log_std[smooth]), flat=dead)


def _values(base: Node, loss: Loss, s: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.broadcast_to(np.asarray(program.value(base, np, {loss.symbols[1]: s}), float), s.shape)


def _power(base: Node, log_base: Array, log_std: Array) -> tuple[float, float] | None:
    """(power, factor) with std = factor·base**power; None where it is none."""
    span = np.ptp(log_base)
    free = round(4 * (log_std[-1] - log_std[0]) / (log_base[-1] - log_base[0])) / 4 if span and _is_exp(base) else 0.0
    for power in (free,) if free else _POWERS:
        rest = log_std - power * log_base
        if np.ptp(rest) < SAME:
            return power, float(np.exp(np.median(rest)))
    return None


def _is_exp(node: Node) -> bool:
    """Whether it is exp of the output itself, whose power is a multiple of s."""
    return node.op == "exp" and not node.of[0].of


def _bases(loss: Loss) -> Iterator[Node]:
    symbol = loss.symbols[1]
    for text in ("exp({})", "{}", "abs({})"):
        yield read(text.format(symbol), (symbol,))
    if loss.by_hand is None:
        parts = {node for node in trees_of(loss).formula.walk() if node.names == {symbol}}
        yield from sorted(parts, key=lambda node: (sum(1 for _ in node.walk()), TEXT.write(node)[0]))


def _written(base: Node, power: float, factor: float) -> HeadFormula:
    names = [(words, value) for words, value in NAMED_FACTORS.items() if abs(factor / value - 1) < SAME]
    name, value = names[0] if names else ("", float(f"{factor:.6g}"))
    exact = _times(value, base, power)
    words = _times(1.0 if names else float(f"{factor:.3g}"), base, power)
    symbols = {symbol: (symbol, ATOM) for symbol in base.names}
    said = name + plain(TEXT.at_least(words, ATOM if name else 0))
    in_code = _times(float(f"{value:.6g}"), base, power)
    return HeadFormula(said, TEXT.write(in_code)[0], torch_of(in_code, symbols)[0], exact)


def _times(factor: float, base: Node, power: float) -> Node:
    """factor·base**power."""
    size = abs(power)
    if base.op == "exp":
        inner = base.of[0]
        if size != 1:
            inner = made("div", inner, number(1 / size)) if size < 1 else made("mul", number(size), inner)
        raised, divides = made("exp", made("neg", inner) if power < 0 else inner), False
    else:
        raised, divides = base if size == 1 else made("pow", base, number(size)), power < 0
    if divides:
        return made("div", number(factor), raised)
    return raised if factor == 1 else made("mul", number(factor), raised)
