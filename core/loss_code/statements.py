"""Statements of the code, one after another: names are bound, branches chosen, short loops unrolled."""

import ast
from contextlib import suppress
from typing import Any

from ..model.formulas.tree import Node
from .array_functions import chosen, size_of, stopped
from .calls import Calls
from .expressions import MOST_ROUNDS
from .leaves import FREE
from .reader_state import TROUBLES, Seen
from .values import LEAF, Class, Function, Instance, Library, Sequence, Sizes, Tensor

_IN_PLACE = frozenset(["clamp_", "clip_", "clamp_min_", "clamp_max_"])


class Returned(Exception):
    """A return: what is given back."""

    def __init__(self, value: Any, node: ast.AST):
        super().__init__()
        self.value, self.node = value, node


class Statements(Calls):
    """Runs statements."""

    def body(self, node: Any) -> Any:
        """What the body of a function gives back."""
        if isinstance(node, ast.Lambda):
            return self.value(node.body)
        try:
            self.block(node.body)
        except Returned as returned:
            return returned.value
        return None

    def block(self, lines: list[ast.stmt]) -> None:
        """Run lines. Raises Returned."""
        for line in lines:
            self.statement(line)

    def statement(self, line: ast.stmt) -> None:
        """Run one. What cannot be run is passed over: it is told of where the loss needs it."""
        self.step()
        method = getattr(self, f"_{type(line).__name__}", None)
        if method is None:
            return
        before, self.node = self.node, line
        with suppress(*TROUBLES):  # it is told of where the loss needs it
            method(line)
        self.node = before

    def _Expr(self, line: ast.Expr) -> None:
        value = self.value(line.value)
        call = line.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in _IN_PLACE:
            self._changed(call.func.value, value)

    def _changed(self, target: ast.AST, value: Any) -> None:
        """A method such as clamp_ changes the array itself; within no_grad its gradient stays what it was."""
        if not isinstance(target, ast.Name) or not isinstance(value, Tensor):
            return
        before = self.scope.names.get(target.id)
        if self.stops and isinstance(before, Tensor):
            value = value.made(Node("#through", (value.tree, before.tree)))
            self.kept.add(target.id)
        self.scope.names[target.id] = value

    def _Return(self, line: ast.Return) -> None:
        raise Returned(None if line.value is None else self.value(line.value), line.value or line)

    def _FunctionDef(self, line: ast.FunctionDef) -> None:
        self.scope.names[line.name] = Function(line.name, line, self.scope)

    def _AsyncFunctionDef(self, line: ast.AsyncFunctionDef) -> None:
        self.scope.names[line.name] = Function(line.name, line, self.scope)

    def _ClassDef(self, line: ast.ClassDef) -> None:
        self.scope.names[line.name] = Class(line.name, line, self.scope)

    def _Import(self, line: ast.Import) -> None:
        for alias in line.names:
            self.libraries.add(alias.name)
            name = alias.asname or alias.name.partition(".")[0]
            self.scope.names[name] = Library(alias.name if alias.asname else name)

    def _ImportFrom(self, line: ast.ImportFrom) -> None:
        for alias in line.names:
            if line.module:
                self.libraries.add(line.module)
            self.scope.names[alias.asname or alias.name] = Library(f"{line.module or ''}.{alias.name}".strip("."))

    def _Assign(self, line: ast.Assign) -> None:
        value = self.value(line.value)
        for target in line.targets:
            self.assign(target, value, line.value)

    def _AnnAssign(self, line: ast.AnnAssign) -> None:
        if line.value is not None:
            self.assign(line.target, self.value(line.value), line.value)

    def _AugAssign(self, line: ast.AugAssign) -> None:
        before = self.value(line.target)
        self.assign(line.target, self.binary(type(line.op).__name__, before, self.value(line.value)), line)

    def assign(self, target: ast.AST, value: Any, source: ast.AST) -> None:
        if isinstance(target, ast.Tuple | ast.List):
            self._unpack(target, value, source)
        elif isinstance(target, ast.Name):
            self._bind_name(target.id, value, source)
        elif isinstance(target, ast.Attribute):
            of = self.value(target.value)
            if isinstance(value, Tensor):
                if value.fresh and value.leaf is not None:
                    value = self.leaves.renamed(value, self.text(target))
                self.assigned.append(Seen(target.attr, source, value))
            if isinstance(of, Instance):
                of.attributes[target.attr] = value
            elif isinstance(of, Tensor) and of.leaf is not None:
                self.attributes[f"{of.leaf}.{target.attr}"] = value
        elif isinstance(target, ast.Subscript):
            self.remark("in_place", "note")

    def _bind_name(self, name: str, value: Any, source: ast.AST) -> None:
        if name in self.given and isinstance(value, Tensor):
            value = self.tensor(self.found(name, source)) if name not in self.scope.names else value
        if isinstance(value, Tensor):
            if value.fresh and value.leaf is not None:
                value = self.leaves.renamed(value, name)
            elif value.leaf is not None and value.leaf != name:
                self.leaves.by_name[value.leaf].aliases.append(name)
            elif len(names := [each for each in value.tree.names if each.startswith(LEAF)]) == 1 and value.leaf is None:
                self.leaves.by_name[names[0].removeprefix(LEAF)].lent.append(name)
            self.assigned.append(Seen(name, source, value))
        self.scope.names[name] = value

    def _unpack(self, target: Any, value: Any, source: ast.AST) -> None:
        names = target.elts
        if isinstance(value, Sequence):
            items = list(value.items)
            at = next((i for i, name in enumerate(names) if isinstance(name, ast.Starred)), None)
            if at is not None:
                rest = len(items) - len(names) + 1
                items[at : at + rest] = [Sequence(tuple(items[at : at + rest]))]
                names = [name.value if isinstance(name, ast.Starred) else name for name in names]
        elif isinstance(value, Sizes):
            items = [size_of(value, at) for at in range(len(names))]
        elif isinstance(value, Tensor):
            columns = value if value.columns else Tensor(value.tree, value.shape, columns="any", fresh=value.fresh)
            items = [self._column_for(columns, at, name, source) for at, name in enumerate(names)]
        else:
            items = [self.opaque(source) for _ in names]
        for name, item in zip(names, items, strict=False):
            self.assign(name, item, source)

    def _column_for(self, columns: Tensor, at: int, name: ast.AST, source: ast.AST) -> Tensor:
        label = name.id if isinstance(name, ast.Name) else ""
        label = "" if label in self.leaves.by_name else label
        found = self.column(columns, at, source, label)
        return Tensor(found.tree, None, sure=False) if columns.columns == "any" else found

    # Branches and loops.

    def _If(self, line: ast.If) -> None:
        test = self.value(line.test)
        truth = self.truth(test)
        if truth is None and isinstance(test, Tensor) and test.leaf is None and line.orelse:
            self._both(test, line)
            return
        if truth is False:
            self.block(line.orelse)
        else:
            self.block(line.body)

    def _both(self, test: Tensor, line: ast.If) -> None:
        """Both branches, where the test is about values: what they assign is chosen by it."""
        before = dict(self.scope.names)
        found = []
        for branch in (line.body, line.orelse):
            self.scope.names = dict(before)
            returned = None
            try:
                self.block(branch)
            except Returned as end:
                returned = end
            found.append((self.scope.names, returned))
        (then, one), (other, two) = found
        if one is not None and two is not None:
            raise Returned(chosen(test, self.tensor(one.value), self.tensor(two.value)), line)
        self.scope.names = before
        for name in {*then, *other}:
            a, b = then.get(name), other.get(name)
            both = a is not b and isinstance(a, Tensor) and isinstance(b, Tensor)
            self.scope.names[name] = chosen(test, a, b) if both else a if a is not None else b  # type: ignore[arg-type]

    def _For(self, line: ast.For) -> None:
        items = self.value(line.iter)
        trains = any(
            isinstance(inner, ast.Attribute) and inner.attr in ("backward", "step", "zero_grad", "gradient", "minimize")
            for inner in ast.walk(line)
        )
        if isinstance(items, Sequence) and len(items.items) <= MOST_ROUNDS and not trains:
            for item in items.items:
                self.assign(line.target, item, line.iter)
                self.block(line.body)
            return
        if (
            isinstance(items, Sequence)
            and not trains
            and any(isinstance(each, ast.AugAssign) for each in ast.walk(line))
        ):
            self.remark("loop_read_once", "warning", rounds=len(items.items))
        if isinstance(line.target, ast.Name):
            self.scope.names[line.target.id] = self.leaves.named(line.target.id, FREE, line.target)
        else:
            for name in ast.walk(line.target):
                if isinstance(name, ast.Name):
                    self.scope.names[name.id] = self.leaves.named(name.id, FREE, name)
        self.block(line.body)

    def _While(self, line: ast.While) -> None:
        self.block(line.body)

    def _With(self, line: ast.With) -> None:
        stops = any(
            "no_grad" in ast.unparse(item.context_expr) or "inference_mode" in ast.unparse(item.context_expr)
            for item in line.items
        )
        for item in line.items:
            if item.optional_vars is not None:
                self.assign(item.optional_vars, self.value(item.context_expr), item.context_expr)
        if not stops:
            self.block(line.body)
            return
        before, self.kept = dict(self.scope.names), set()
        self.stops += 1
        self.block(line.body)
        self.stops -= 1
        for name, value in list(self.scope.names.items()):
            if before.get(name) is not value and isinstance(value, Tensor) and name not in self.kept:
                self.scope.names[name] = stopped(value)
                if (held := self.scope.names[name].tree).op == "stop":
                    self.stopped.append((held, line))

    def _Try(self, line: ast.Try) -> None:
        self.block(line.body)
        self.block(line.orelse)
        self.block(line.finalbody)
