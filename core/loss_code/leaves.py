"""The names of the code that formulas are made of: where each stands, what it is called, and columns of one array."""

import ast
from dataclasses import dataclass, field

from ..model.formulas.tree import Node
from .algebra import LARGE
from .values import LEAF, Shape, Tensor

# What a leaf comes from.
FREE, PARAMETER, CALL, PROBLEM = "free", "parameter", "call", "problem"


@dataclass
class Leaf:
    """A name of the code, or a column of one. `aliases` are the variables that it was assigned to, `lent` those
    that hold something made of it alone.

    `hints` are what it may be by its place in a known function, with why. `trouble` is why it means nothing.
    """

    name: str
    kind: str
    node: ast.AST | None
    order: int
    base: str = ""
    column: int | str | None = None
    shape: Shape = None
    sure: bool = True
    aliases: list[str] = field(default_factory=list)
    lent: list[str] = field(default_factory=list)
    hints: list[tuple[str, str]] = field(default_factory=list)
    trouble: str = ""
    of_net: bool = False  # a column of what a call gave
    initial: float | None = None  # of a parameter that is trained


class Leaves:
    """All leaves by their names."""

    def __init__(self) -> None:
        self.by_name: dict[str, Leaf] = {LARGE: Leaf(LARGE, PROBLEM, None, 0)}
        self.count = 0
        self.by_column: dict[tuple[str, int | str], str] = {}

    def named(self, name: str, kind: str, node: ast.AST | None, shape: Shape = None, sure: bool = True) -> Tensor:
        """The leaf of this name: a new one if there is none."""
        leaf = self.by_name.get(name)
        if leaf is None:
            self.count += 1
            leaf = self.by_name[name] = Leaf(name, kind, node, self.count, shape=shape, sure=sure)
        return Tensor(Node(LEAF + name), leaf.shape, sure=leaf.sure, fresh=kind == CALL)

    def trouble(self, name: str, node: ast.AST, why: str) -> Tensor:
        """A leaf for what cannot be read."""
        tensor = self.named(name, PROBLEM, node)
        self.by_name[name].trouble = self.by_name[name].trouble or why
        return tensor

    def column(self, base: str, index: int | str, name: str, node: ast.AST | None, shape: Shape, sure: bool) -> Tensor:
        """A column of a leaf; the same one, however it is written."""
        key = base, index
        if key not in self.by_column and name in self.by_name:  # a loop's index
            name = f"{base}[:, {index}]" if "," in name else f"{base}[{index}]"
        found = self.by_column.setdefault(key, name)
        kind = self.by_name[base].kind if base in self.by_name else FREE
        tensor = self.named(found, PARAMETER if kind == CALL else kind, node)
        leaf = self.by_name[found]
        leaf.base, leaf.column = base, index
        leaf.of_net = kind == CALL or (base in self.by_name and self.by_name[base].of_net)
        return Tensor(tensor.tree, shape, sure=sure)

    def renamed(self, tensor: Tensor, name: str) -> Tensor:
        """A result without a name gets that of the variable that it is assigned to."""
        old = self.by_name[tensor.leaf or ""]
        if name in self.by_name and self.by_name[name].node is not old.node:
            return self.renamed(tensor, name + "′")
        self.count += 1
        leaf = self.by_name.setdefault(name, Leaf(name, old.kind, old.node, self.count, shape=old.shape))
        leaf.trouble, leaf.sure, leaf.initial = old.trouble, old.sure, old.initial
        leaf.hints += old.hints
        return Tensor(Node(LEAF + name), tensor.shape, sure=tensor.sure, columns=tensor.columns)
