"""A tree worked out on arrays, with what its mean changes by: numpy alone, for trees of any size, without a compiler.

The last axis of every array holds the nodes of a quadrature, the others are problems of their own. What stands in the
outputs alone is worked out once for all nodes, on the way forward and on the way back.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ...model.formulas.operations import OPS
from ...model.formulas.tree import Node

Array = NDArray[np.float64]
_TWO_OVER_ROOT_PI = 2 / np.sqrt(np.pi)

# What an operation passes back of g, the slope of the whole by it: operands x and z, its own value v, its constant c.
# Conventions at kinks and at 0·∞ are torch's, as those of core.model.formulas.interpreter.
Rule = Callable[[Any, Any, Any, Any, float], tuple[Any, ...]]


def _power(g: Any, x: Any, z: Any, v: Any, c: float) -> tuple[Any, ...]:
    return (g * (2 * x),) if c == 2 else (g * (c * x ** (c - 1)),)


def _pow(g: Any, x: Any, z: Any, v: Any, c: float) -> tuple[Any, ...]:
    base = np.where(z == 0, 0.0, g * (z * x ** (z - 1)))
    return base, np.where((x == 0) & (z >= 0), 0.0, g * v * np.log(x))


def _greater(g: Any, x: Any, z: Any, v: Any, c: float) -> tuple[Any, ...]:
    share = np.where(x > z, 1.0, np.where(x == z, 0.5, 0.0))  # a tie halves the gradient
    return np.where(share > 0, g * share, 0.0), np.where(share < 1, g * (1 - share), 0.0)


def _lesser(g: Any, x: Any, z: Any, v: Any, c: float) -> tuple[Any, ...]:
    return _greater(g, -x, -z, v, c)


def _half_step(g: Any, x: Any, z: Any, v: Any, c: float) -> tuple[Any, ...]:
    return (g * (special.digamma(x + 0.5) - special.digamma(x)),)


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "add": lambda g, x, z, v, c: (g, g),
        "sub": lambda g, x, z, v, c: (g, -g),
        "mul": lambda g, x, z, v, c: (g * z, g * x),
        "div": lambda g, x, z, v, c: (g / z, -g * (v / z)),
        "neg": lambda g, x, z, v, c: (-g,),
        "plus": lambda g, x, z, v, c: (g,),
        "times": lambda g, x, z, v, c: (g * c,),
        "power": _power,
        "pow": _pow,
        "exp": lambda g, x, z, v, c: (g * v,),
        "log": lambda g, x, z, v, c: (g / x,),
        "log1p": lambda g, x, z, v, c: (g / (1 + x),),
        "expm1": lambda g, x, z, v, c: (g * (v + 1),),
        "sqrt": lambda g, x, z, v, c: (g * (0.5 / v),),
        "abs": lambda g, x, z, v, c: (g * np.sign(x),),
        "tanh": lambda g, x, z, v, c: (g * (1 - v * v),),
        "sigmoid": lambda g, x, z, v, c: (g * (v * special.expit(-x)),),
        "softplus": lambda g, x, z, v, c: (g * special.expit(x),),
        "cosh": lambda g, x, z, v, c: (g * np.sinh(x),),
        "erf": lambda g, x, z, v, c: (g * (_TWO_OVER_ROOT_PI * np.exp(-x * x)),),
        "sign": lambda g, x, z, v, c: (None,),
        "relu": lambda g, x, z, v, c: (np.where(x <= 0, 0.0, g),),
        "max": _greater,
        "min": _lesser,
        "stop": lambda g, x, z, v, c: (None,),
        "half_step": _half_step,
        "log_cosh": lambda g, x, z, v, c: (g * np.tanh(x),),
        "lgamma": lambda g, x, z, v, c: (g * special.digamma(x),),
        # Of when(c, a) and unless(c, a) the condition gets nothing.
        "when": lambda g, x, z, v, c: (None, np.where(x > 0, g, 0.0)),
        "unless": lambda g, x, z, v, c: (None, np.where(x > 0, 0.0, g)),
    }
)


# The log of these, without the overflow between: "" is the operand itself.
_STABLE: Mapping[str, str] = MappingProxyType({"exp": "", "cosh": "log_cosh"})


def _apart(node: Node) -> Node | None:
    """The log of a product or ratio with an exp in it as a sum, which does not underflow; None for others."""
    if node.op not in ("mul", "div"):
        return None
    left, right = node.of
    if left.op != "exp" and right.op != "exp":
        return None
    logs = [each.of[0] if each.op == "exp" else Node("log", (each,)) for each in node.of]
    return Node("add" if node.op == "mul" else "sub", (logs[0], logs[1]))


class Program:
    """A tree as rows: names first, then each operation once, after what it works on."""

    def __init__(self, tree: Node):
        self.rows: list[tuple[str, tuple[int, ...], float]] = []
        self._known: dict[tuple[Any, ...], int] = {}
        self._seen: dict[int, int] = {}  # a tree of a name that is used often stands in many places
        self._made: list[Node] = []
        self.end = self._row(tree)
        del self._known, self._seen, self._made

    def _row(self, node: Node) -> int:
        if (known := self._seen.get(id(node))) is not None:
            return known
        if node.op == "log" and (apart := _apart(node.of[0])) is not None:
            self._made.append(apart)  # an id is a node's own only as long as it lives
            row = self._row(apart)
        elif node.op == "log" and node.of[0].op in _STABLE:
            op, inner = _STABLE[node.of[0].op], node.of[0].of[0]
            row = self._row(inner) if not op else self._placed(op, (self._row(inner),), 0.0)
        elif node.op == "r":
            row = self._placed("sub", (self._placed("y", (), 0.0), self._placed("mu", (), 0.0)), 0.0)
        else:
            row = self._placed(node.op, tuple(self._row(below) for below in node.of), node.value)
        self._seen[id(node)] = row
        return row

    def _placed(self, op: str, of: tuple[int, ...], value: float) -> int:
        key = (op, of, value)
        if key not in self._known:
            self._known[key] = len(self.rows)
            self.rows.append(key)
        return self._known[key]

    def values(self, given: Mapping[str, Any]) -> list[Any]:
        """The value of each row; numbers stay floats."""
        found: list[Any] = []
        with np.errstate(all="ignore"):
            for op, of, constant in self.rows:
                if of:
                    below = [found[i] for i in of]
                    found.append(_applied(op, below, constant))
                else:
                    found.append(np.float64(constant) if op == "number" else given[op])
        return found

    def value(self, given: Mapping[str, Any]) -> Any:
        """The value of the tree where its names stand for these arrays."""
        return self.values(given)[self.end]

    def slopes(self, given: Mapping[str, Any], weights: Any, names: tuple[str, ...]) -> tuple[Any, dict[str, Any]]:
        """Σ weights·value over the last axis, and what it changes by with each of `names`, shapes that end in 1.

        A name whose last axis is as long as the weights keeps it: its slopes are then per node. With `weights` of 1.0
        nothing is summed.
        """
        found = self.values(given)
        back: list[Any] = [None] * len(found)
        whole = found[self.end]
        back[self.end] = weights if _length(whole) > 1 else np.float64(1.0)
        with np.errstate(all="ignore"):
            for i in range(self.end, -1, -1):
                op, of, constant = self.rows[i]
                if back[i] is None or not of:
                    continue
                below = [found[k] for k in of]
                passed = RULES[op](back[i], below[0], below[-1], found[i], constant)
                for k, slope in zip(of, passed, strict=False):
                    if slope is not None and self.rows[k][0] != "number":
                        slope = _summed(slope, _length(found[k]))
                        back[k] = slope if back[k] is None else back[k] + slope
            mean = np.sum(whole * weights, axis=-1, keepdims=True) if _length(whole) > 1 else whole
        places = {op: i for i, (op, of, _) in enumerate(self.rows) if not of and op != "number"}
        slopes = {name: back[places[name]] if name in places else None for name in names}
        return mean, {name: np.float64(0.0) if slope is None else slope for name, slope in slopes.items()}


def _applied(op: str, below: list[Any], constant: float) -> Any:
    if op in ("max", "min"):  # those of OPS want arrays of one shape
        return np.maximum(*below) if op == "max" else np.minimum(*below)
    if op == "log_cosh":
        return np.abs(below[0]) + np.log1p(np.exp(-2 * np.abs(below[0]))) - np.log(2)
    return OPS[op].apply(np, below[0], below[-1], constant)


def _length(value: Any) -> int:
    return int(np.shape(value)[-1]) if np.ndim(value) else 1


def _summed(slope: Any, length: int) -> Any:
    return np.sum(slope, axis=-1, keepdims=True) if length == 1 < _length(slope) else slope


def is_known(tree: Node) -> bool:
    """Whether all its operations have a row in RULES, so that it can be worked out."""
    return all(node.op in RULES for node in tree.walk() if node.of)


@lru_cache(maxsize=256)
def program_of(tree: Node) -> Program:
    """The program of a tree, kept."""
    return Program(tree)
