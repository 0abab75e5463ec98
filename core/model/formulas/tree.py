"""Formulas as trees: `made` folds constants and brings a tree into a form that is written and read alike."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from ...once import cached_property
from .operations import OPS

LARGEST = 1e12  # size of a constant
STEEPEST = 20  # size of a constant exponent
DATA = frozenset({"r", "y", "mu"})


@dataclass(frozen=True)
class Node:
    """An operation of OPS on what stands below it; a leaf is "number" or a name: "r", "y", "mu", "s" …

    `value` is the number of a "number", and the exponent of a "power".
    """

    op: str
    of: tuple["Node", ...] = ()
    value: float = 0.0

    @cached_property
    def size(self) -> int:
        """How many nodes it has, one that stands there twice counted twice."""
        return 1 + sum(node.size for node in self.of)

    @cached_property
    def depth(self) -> int:
        """How many operations stand within one another."""
        return 1 + max((node.depth for node in self.of), default=0)

    def walk(self) -> Iterator["Node"]:
        """This node and all below it."""
        yield self
        for node in self.of:
            yield from node.walk()

    @property
    def names(self) -> set[str]:
        """The names that stand in it."""
        return set(self._names)

    @cached_property
    def _names(self) -> frozenset[str]:
        if not self.of:
            return frozenset() if self.op == "number" else frozenset([self.op])
        return frozenset().union(*(node._names for node in self.of))

    def put(self, trees: Mapping[str, "Node"]) -> "Node":
        """The tree with other trees in the place of some names, simplified again."""
        if not self.of:
            return trees.get(self.op, self)
        below = [node.put(trees) for node in self.of]
        if self.op == "power":
            return made("pow", *below, number(self.value))
        return made(self.op, *below)


def number(value: float) -> Node:
    """A constant; raises ArithmeticError for one that no formula may have."""
    if not math.isfinite(value):
        raise ArithmeticError("these constants do not give a finite number")
    if abs(value) > LARGEST:
        raise ArithmeticError("a constant is at most 1e12 in size")
    return Node("number", (), float(value) + 0.0)  # −0 is 0


def made(op: str, *of: Node) -> Node:
    """An operation on subtrees, simplified where neither a value nor a gradient changes by more than rounding.

    sqrt(r**2) stays what it is: abs(r) has another gradient at 0. Raises ArithmeticError for constants with no value.
    """
    if op in _POWERS:
        return _POWERS[op](*of)
    if op == "div" and of[1] == ZERO:
        raise ArithmeticError("nothing can be divided by zero")
    if all(node.op == "number" for node in of):
        x, z = (np.float64(node.value) for node in (of[0], of[-1]))
        with np.errstate(all="ignore"):
            return number(float(OPS[op].apply(np, x, z, 0.0)))
    return _RULES[op](*of) if op in _RULES else Node(op, of)


def unsigned(node: Node) -> tuple[Node, bool]:
    """The node without the minus sign before it, and whether it had one."""
    if node.op == "number" and node.value < 0:
        return number(-node.value), True
    return (node.of[0], True) if node.op == "neg" else (node, False)


def split(node: Node) -> tuple[Node, Node]:
    """A sum as its terms with data (r, y or mu) and those without, through brackets that a number multiplies."""
    if not node.names & DATA:
        return ZERO, node
    numbers = [below.op == "number" for below in node.of]
    if node.op in ("add", "sub", "neg"):
        residuals, scales = zip(*map(split, node.of), strict=True)
    elif (node.op == "mul" and any(numbers)) or (node.op == "div" and numbers[1]):
        parts = [(below, below) if below.op == "number" else split(below) for below in node.of]
        residuals, scales = zip(*parts, strict=True)
    else:
        return node, ZERO
    return made(node.op, *residuals), made(node.op, *scales)


def _neg(x: Node) -> Node:
    return x.of[0] if x.op == "neg" else Node("neg", (x,))


def _add(x: Node, z: Node) -> Node:
    (bare_x, minus_x), (bare_z, minus_z) = unsigned(x), unsigned(z)
    if minus_z:
        return made("sub", x, bare_z)
    if minus_x:
        return made("sub", z, bare_x)
    return z if x == ZERO else x if z == ZERO else Node("add", (x, z))


def _sub(x: Node, z: Node) -> Node:
    bare_z, minus_z = unsigned(z)
    if minus_z:
        return made("add", x, bare_z)
    if {x.op, z.op} == {"y", "mu"}:
        return Node("r") if x.op == "y" else made("neg", Node("r"))
    return made("neg", z) if x == ZERO else x if z == ZERO else Node("sub", (x, z))


def _product(op: str) -> Callable[[Node, Node], Node]:
    def product(x: Node, z: Node) -> Node:
        (bare_x, minus_x), (bare_z, minus_z) = unsigned(x), unsigned(z)
        bare = Node(op, (bare_x, bare_z))
        return made("neg", bare) if minus_x != minus_z else bare

    return product


def _pow(x: Node, z: Node) -> Node:
    if x == Node("number", (), math.e):
        return made("exp", z)
    if z.op != "number":
        return Node("pow", (x, z))
    if abs(z.value) > STEEPEST:
        raise ArithmeticError(f"a constant exponent must be between -{STEEPEST} and {STEEPEST}")
    if x.op == "number":
        with np.errstate(all="ignore"):
            return number(float(np.float64(x.value) ** z.value))
    if z.value == 0.5:
        return Node("sqrt", (x,))  # numpy and torch work it out so
    return number(1.0) if z.value == 0 else x if z.value == 1 else Node("power", (x,), z.value)


def _branch(op: str) -> Callable[[Node, Node], Node]:
    def branch(x: Node, z: Node) -> Node:
        if x.op != "number":
            return ZERO if z == ZERO else Node(op, (x, z))
        return z if (x.value > 0) == (op == "when") else ZERO

    return branch


ZERO = number(0.0)
_BRANCHES = {op: _branch(op) for op in ("when", "unless")}
_POWERS: Mapping[str, Callable[..., Node]] = MappingProxyType(
    {"pow": _pow, "square": lambda x: _pow(x, number(2.0))},
)
_RULES: Mapping[str, Callable[..., Node]] = MappingProxyType(
    {"neg": _neg, "add": _add, "sub": _sub, "mul": _product("mul"), "div": _product("div"), **_BRANCHES},
)
