"""Operations on the arrays of the code: the tree, the shape and what was summed, together."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from ..model.formulas import read
from ..model.formulas.tree import Node, made, number
from .values import LEAF, ONE, ZERO, Shape, Tensor

DEEPEST = 150  # operations within one another
MOST_NODES = 4000  # of a tree, each name that stands there twice counted twice
LARGE = "a formula that grows too large"
_LARGE = Node(LEAF + LARGE)


def join(op: str, *of: Node) -> Node:
    """`made`, without factors 1 and terms times 0. Raises ArithmeticError. A tree that grows too large is a leaf."""
    if _LARGE in of:
        return _LARGE
    if any(node.op == "number" and not math.isfinite(node.value) for node in of):
        raise ArithmeticError("a constant is at most 1e12 in size")
    simple = _SIMPLE.get(op)
    node = simple(*of) if simple is not None else None
    if node is None:
        node = Node(op, of) if op.startswith("#") else made(op, *of)
    return node if node.size <= MOST_NODES and node.depth <= DEEPEST else _LARGE


def _mul(x: Node, z: Node) -> Node | None:
    if ZERO in (x, z):
        return ZERO
    return z if x == ONE else x if z == ONE else None


def _div(x: Node, z: Node) -> Node | None:
    return x if z == ONE else ZERO if x == ZERO and z != ZERO else None


_SIMPLE: Mapping[str, Callable[..., Node | None]] = MappingProxyType({"mul": _mul, "div": _div})


def put(node: Node, trees: Mapping[str, Node]) -> Node:
    """The tree with other trees in the place of some names, simplified."""
    if not node.of:
        return trees.get(node.op, node)
    below = [put(each, trees) for each in node.of]
    return join("pow", *below, number(node.value)) if node.op == "power" else join(node.op, *below)


def replaced(node: Node, old: Node, new: Node) -> Node:
    """The tree with another one in the place of a part."""
    if node == old or not node.of:
        return new if node == old else node
    below = [replaced(each, old, new) for each in node.of]
    return join("pow", *below, number(node.value)) if node.op == "power" else join(node.op, *below)


def is_mask(node: Node) -> bool:
    """Whether a tree is 1 where a condition holds, and else 0."""
    return node.op in ("when", "unless") and node.of[1] == ONE


def without_stops(node: Node) -> Node:
    """The tree without its marks for what no gradient goes through."""
    if not node.of:
        return node
    if node.op in ("stop", "#through"):
        return without_stops(node.of[0])
    below = [without_stops(each) for each in node.of]
    return join("pow", *below, number(node.value)) if node.op == "power" else join(node.op, *below)


def has_leaf(node: Node) -> bool:
    """Whether a name of the code stands in it."""
    return any(name.startswith(LEAF) for name in node.names)


def formula(text: str, given: Mapping[str, Tensor]) -> Tensor:
    """A formula of ours in the names of `given`, worked out on arrays."""
    names = tuple(sorted(given))
    tree = put(read(text, names), {name: each.tree for name, each in given.items()})
    used = [given[name] for name in names if name in read(text, names).names]
    return combined(tree, used)


def apply(op: str, *of: Tensor) -> Tensor:
    """One operation, element by element."""
    if op == "pow" and of[1].number == 2 and of[0].norm_of is not None:
        return of[0].norm_of
    tree = join(op, *(each.tree for each in of))
    if op in ("mul", "div") and len(of) == 2:
        sign = 1 if op == "mul" else -1
        a, b = of
        if op == "div" and is_mask(b.tree) and "points" in b.reduced:  # by how many points count
            tree = replaced(a.tree, b.tree, ONE)
        sizes = a.sizes[0] + sign * b.sizes[0], a.sizes[1] + sign * b.sizes[1]
        return replace(combined(tree, of), sizes=sizes)
    if op in ("add", "sub"):
        with_data = [each for each in of if has_leaf(each.tree)] or list(of)
        return replace(combined(tree, of), sizes=with_data[0].sizes)
    return combined(tree, of)


def combined(tree: Node, of: "list[Tensor] | tuple[Tensor, ...]") -> Tensor:
    """An array worked out of others, element by element."""
    shape, sure = broadcast([(each.shape, each.sure) for each in of])
    reduced = frozenset().union(*(each.reduced for each in of)) if of else frozenset()
    sizes = next((each.sizes for each in of if each.sizes != (0, 0)), (0, 0))
    count = next((each.count for each in of if each.count is not None), None)
    return Tensor(tree, shape, sizes, reduced, sure, count=count)


def broadcast(shapes: list[tuple[Shape, bool]]) -> tuple[Shape, bool]:
    """The shape of what arrays of these shapes make together, and whether that is sure."""
    if any(shape is None for shape, _ in shapes):
        return None, False
    rank = max((len(shape) for shape, _ in shapes if shape is not None), default=0)
    dims = []
    for at in range(rank):
        here = [shape[at - rank + len(shape)] for shape, _ in shapes if shape and len(shape) >= rank - at]
        wide = [dim for dim in here if dim != 1]
        dims.append(wide[0] if wide else 1)
    if dims.count("N") > 1:  # a slip that is told of where it happens
        return None, False
    return tuple(dims), all(sure for _, sure in shapes)


def pairs_up(a: Shape, b: Shape) -> bool:
    """Whether each value of one meets every value of the other: (N,) against (N, 1)."""
    if a is None or b is None:
        return False
    short, long = sorted((a, b), key=len)
    return len(short) == 1 and len(long) == 2 and short[0] == "N" == long[0] and long[1] == 1


def sized(of: Tensor, axis: str, power: int) -> Tensor:
    """An array times a power of the number of points or outputs."""
    at = ("points", "outputs").index(axis)
    sizes = list(of.sizes)
    sizes[at] += power
    return replace(of, sizes=(sizes[0], sizes[1]))
