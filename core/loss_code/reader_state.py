"""What is kept while code is read: names, leaves, remarks, quantities, and how many steps were taken."""

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ..model.formulas.tree import Node
from .arguments import CannotRead
from .leaves import CALL, FREE, PARAMETER, Leaves
from .loss_code import CodeError, CodeRemark, Place
from .sources import Source
from .values import Library, Method, Scope, Tensor, constant
from .values import Sequence as Items

_KERAS = re.compile(r"\b(tf|keras|K|tfp|tfd|tfk)\.")
MOST_STEPS = 30_000  # expressions worked out
MOST_RUNS = 500  # of functions of the code
DEEPEST_CALLS = 12  # functions within one another


@dataclass(frozen=True)
class Seen:
    """An expression that was worked out: the name it was assigned to, "" for none, its text, value and place."""

    name: str
    node: ast.AST
    value: Tensor


class ReaderState:
    """The state of one reading."""

    def __init__(self, source: Source, given: Mapping[str, float] = MappingProxyType({})):
        self.source, self.given = source, given
        self.is_keras = bool(_KERAS.search(source.text))
        self.lines = source.text.split("\n")
        self.leaves = Leaves()
        self.globals = Scope()
        self.scope = self.globals
        self.remarks: dict[tuple[str, str], CodeRemark] = {}
        self.seen: dict[int, Seen] = {}
        self.assigned: list[Seen] = []
        self.calls: list[Any] = []
        self.runs_taken = 0
        self.ran: set[int] = set()  # functions, by their nodes
        self.attributes: dict[str, Any] = {}  # of what was not made here, by their text
        self.ends: list[Tensor] = []  # what .backward() was called on
        self.printed: list[Tensor] = []
        self.laws: list[Any] = []  # distributions that a layer makes of a net's output
        self.node: ast.AST = ast.Pass()
        self.steps = 0
        self.libraries: set[str] = set()
        self.defaults: dict[str, float] = {}
        self.kept: set[str] = set()  # names changed in place, whose gradient stays
        self.stopped: list[tuple[Node, ast.AST]] = []  # what no_grad blocks make, with the block
        self.stops = 0  # how many no_grad blocks stand around

    def step(self) -> None:
        """Count a step. Raises CodeError."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise CodeError("The code takes too many steps to be read: paste the loss function alone.")

    def text(self, node: ast.AST) -> str:
        """The code of a node, as it is written, on one line."""
        at: Any = node
        if getattr(node, "end_lineno", None) is None:
            return " ".join(ast.unparse(node).split())
        rows = [row.encode() for row in self.lines[at.lineno - 1 : at.end_lineno]]
        rows[-1] = rows[-1][: at.end_col_offset]
        rows[0] = rows[0][at.col_offset :]
        return " ".join(b"\n".join(rows).decode(errors="ignore").split())

    def place(self, node: ast.AST) -> Place | None:
        """Where a node stands in what was pasted."""
        line, end = getattr(node, "lineno", None), getattr(node, "end_lineno", None)
        if line is None or end is None:
            return None
        at: Any = node
        return self.source.place(
            line,
            self._column(line, at.col_offset),
            end,
            self._column(end, at.end_col_offset or 0),
        )

    def _column(self, line: int, offset: int) -> int:
        """A column in characters, from 1: Python counts bytes."""
        row = self.lines[line - 1] if line <= len(self.lines) else ""
        return len(row.encode()[:offset].decode(errors="ignore")) + 1

    def remark(self, name: str, severity: str, **facts: object) -> None:
        """Note something about the expression that is being read."""
        text = self.text(self.node)
        remark = CodeRemark(name, text, severity, MappingProxyType(facts), self.place(self.node))
        self.remarks.setdefault((name, text), remark)

    def remark_at(self, value: Tensor, name: str, severity: str, **facts: object) -> None:
        """Note something about the expression that has this value."""
        nodes = [seen.node for seen in self.seen.values() if seen.value.tree == value.tree]
        before, self.node = self.node, nodes[0] if nodes else self.node
        self.remark(name, severity, **facts)
        self.node = before

    def hint(self, value: Any, kind: str, why: str) -> None:
        """Say what a leaf is, by its place in a known function."""
        if isinstance(value, Tensor) and value.leaf in self.leaves.by_name:
            self.leaves.by_name[value.leaf or ""].hints.append((kind, why))

    def statistic(self, node: ast.AST) -> Tensor:
        """A variance or the like of a batch, which stands here."""
        made = self.leaves.named(self.text(node)[:200], PARAMETER, node)
        self.hint(made, "second", "a statistic of the batch")
        return made

    def mask(self, node: ast.AST) -> Tensor:
        """A mask of points, made by what stands here."""
        made = self.leaves.named(self.text(node)[:200], PARAMETER, node)
        self.hint(made, "mask", "which points count")
        return made

    def tensor(self, value: Any) -> Tensor:
        """A value as an array. Raises CannotRead."""
        if isinstance(value, Tensor):
            return value
        if isinstance(value, bool):
            return constant(float(value))
        if isinstance(value, Items) and len(value.items) == 1:
            return self.tensor(value.items[0])
        if isinstance(value, Method) and isinstance(value.of, Tensor) and value.of.leaf is not None:
            return self.leaves.named(f"{value.of.leaf}.{value.name}", FREE, self.node)
        if isinstance(value, Library):
            return self.leaves.trouble(value.path, self.node, "does not mean a number here")
        raise CannotRead("this is not a number or an array")

    def opaque(self, node: ast.AST) -> Tensor:
        """The result of something unknown."""
        return self.leaves.named(self.text(node)[:200], CALL, node)

    def trouble(self, node: ast.AST, why: str) -> Tensor:
        """A leaf for what cannot be read: told of only if the loss needs it."""
        return self.leaves.trouble(self.text(node)[:200], node, why)

    # Of the classes below.

    def value(self, node: ast.AST) -> Any:
        """What an expression stands for."""
        raise NotImplementedError

    def call(self, function: Any, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
        """Call a value."""
        raise NotImplementedError


TROUBLES = (CannotRead, ArithmeticError)
