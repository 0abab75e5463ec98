"""What a name of the code may stand for while the code is read: arrays as trees, and what is no array.

A leaf of a tree is a name of the code behind "@", such as "@y_pred[:, 1:2]", so that it is mistaken for no symbol of
ours. Operations beside those of `core.model.formulas` stand for what is worked out at the end, when roles are known:
"#through" has the value of its first operand and the gradient of its second; "#logsumexp", "#softmax" and "#total" go
over the components of a mixture.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..model.formulas.tree import Node, number

LEAF = "@"
ONE, ZERO = number(1.0), number(0.0)
Dim = str | int
Shape = tuple[Dim, ...] | None  # None: not known. "N" are the points, "H" the outputs of a net, other words unknown


@dataclass(frozen=True)
class Tensor:
    """An array or a number: its value per point as a tree.

    The value in the code is that times Nᵃ·Kᵇ, `sizes` = (a, b), with N points and K outputs: a sum over points has
    a = 1 and is in `reduced`, a mean has a = 0 and is there too. `sure`: the shape is known, not taken for granted.
    `columns`: "keep" or "drop" for a list of the columns of an array, as (N, 1) or (N,).
    `fresh`: a call's result that has no name yet.
    """

    tree: Node
    shape: Shape = None
    sizes: tuple[int, int] = (0, 0)
    reduced: frozenset[str] = frozenset()
    sure: bool = True
    columns: str = ""
    fresh: bool = False
    norm_of: "Tensor | None" = None  # of a norm: what its square is
    count: int | None = None  # over how many points was summed, where the code says it

    @property
    def number(self) -> float | None:
        """Its value, where that is a plain number."""
        return self.tree.value if self.tree.op == "number" and self.sizes == (0, 0) else None

    @property
    def leaf(self) -> str | None:
        """The name of the code that it is; None for anything worked out."""
        return self.tree.op.removeprefix(LEAF) if self.tree.op.startswith(LEAF) else None

    def made(self, tree: Node) -> "Tensor":
        """The same with another tree."""
        return replace(self, tree=tree, columns="", fresh=False, norm_of=None)


def constant(value: float) -> Tensor:
    """A number."""
    return Tensor(number(float(value)), ())


@dataclass(eq=False)
class Sequence:
    """A tuple or list: a list may be appended to."""

    items: tuple[Any, ...]


@dataclass(frozen=True)
class Table:
    """A dict with words for keys."""

    items: Mapping[Any, Any]


@dataclass(frozen=True)
class Sizes:
    """The shape of an array."""

    of: Tensor


@dataclass(frozen=True)
class Library:
    """A module or something in one: "torch.nn.functional.softplus"."""

    path: str

    @property
    def last(self) -> str:
        """The name without what stands before its last dot."""
        return self.path.rpartition(".")[2]


@dataclass(frozen=True)
class Distribution:
    """A distribution: a row of DENSITIES with its parameters, or a mixture of one over components."""

    name: str
    parameters: Mapping[str, Tensor]
    weights: Tensor | None = None  # log weights of a mixture
    summed: bool = False  # over the outputs: Independent, MultivariateNormal


@dataclass(frozen=True)
class Function:
    """A function or lambda of the code, or a class's method with its object."""

    name: str
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    scope: "Scope"
    owner: Any = None


@dataclass(frozen=True)
class Partial:
    """A function some of whose arguments are given."""

    function: Any
    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]


@dataclass(frozen=True)
class Layer:
    """A module that was made and is to be called: a row of a table, with the settings it was made with."""

    name: str
    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Class:
    """A class of the code."""

    name: str
    node: ast.ClassDef
    scope: "Scope"

    @property
    def methods(self) -> dict[str, ast.FunctionDef]:
        """Its methods by their names."""
        return {each.name: each for each in self.node.body if isinstance(each, ast.FunctionDef)}


@dataclass(frozen=True, eq=False)
class Instance:
    """An object of a class of the code, with what was assigned to its attributes."""

    of: Class
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Method:
    """A method of an array, a distribution, a list …, to be called."""

    of: Any
    name: str


@dataclass(eq=False)
class Scope:
    """Names and what they stand for, within the scope around it."""

    names: dict[str, Any] = field(default_factory=dict)
    around: "Scope | None" = None

    def find(self, name: str) -> Any:
        """What a name stands for; raises KeyError."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.around
        raise KeyError(name)
