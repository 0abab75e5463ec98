"""What stands in brackets behind an array: its columns are outputs of a net, its rows points."""

import ast
import re
from typing import Any

from .algebra import put
from .arguments import CannotRead
from .array_functions import size_of
from .expressions import Expressions
from .spellings import spelled
from .values import LEAF, ONE, Sequence, Shape, Sizes, Table, Tensor


class Subscripts(Expressions):
    """Works out what stands in brackets."""

    def _Subscript(self, node: ast.Subscript) -> Any:
        of = self.value(node.value)
        if isinstance(of, Sizes):
            at = self.number_at(node.slice)
            return size_of(of, at if at is not None else 0)
        if isinstance(of, Table):
            key = self.value(node.slice)
            if key in of.items:
                return of.items[key]
            raise CannotRead("no such entry")
        if isinstance(of, Sequence) and isinstance(node.slice, ast.Tuple):
            return self._of_columns(of, node.slice.elts[-1])
        if isinstance(of, Sequence):
            if isinstance(node.slice, ast.Slice):
                low, high = (self.number_at(each) if each else None for each in (node.slice.lower, node.slice.upper))
                return Sequence(of.items[low:high])
            at = self.number_at(node.slice)
            if at is None or not -len(of.items) <= at < len(of.items):
                raise CannotRead("which element is meant is not known")
            return of.items[at]
        tensor = self.tensor(of)
        if tensor.columns:
            at = self.number_at(node.slice)
            return self.column(tensor, at if at is not None else self.text(node.slice), node)
        return self._indexed(tensor, node)

    def _of_columns(self, of: Sequence, last: ast.AST) -> Any:
        """A column of arrays that were put side by side, each of one column."""
        at = self.number_at(last) if not isinstance(last, ast.Slice) else None
        if isinstance(last, ast.Slice):
            low = self.number_at(last.lower) if last.lower else 0
            high = self.number_at(last.upper) if last.upper else len(of.items)
            at = low if low is not None and high is not None and high - low == 1 else None
        if at is None or not -len(of.items) <= at < len(of.items):
            raise CannotRead("which column is meant is not known")
        return of.items[at]

    def _indexed(self, tensor: Tensor, node: ast.Subscript) -> Tensor:
        """An array with an index: points are passed over, a column is a leaf of its own."""
        parts = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
        if len(parts) == 1:
            return self._first_axis(tensor, parts[0], node)
        rest = parts[1:] if not _is_dots(parts[0]) or len(parts) > 1 else parts
        last = rest[-1]
        new = [part for part in parts if _is_none(part)]
        if new:
            shape: Shape = ("N", 1) if tensor.shape is None and len(parts) == 2 and _is_whole(parts[0]) else None
            if tensor.shape is not None and len(parts) == len(tensor.shape) + len(new):
                dims = iter(tensor.shape)
                shape = tuple(1 if _is_none(part) else next(dims) for part in parts)
            elif tensor.shape is not None and _is_dots(parts[0]) and len(parts) == 2:
                shape = (*tensor.shape, 1)
            return Tensor(tensor.tree, shape, tensor.sizes, tensor.reduced, tensor.sure and tensor.shape is not None)
        if _is_whole(last):
            return tensor
        if isinstance(last, ast.Slice):
            low = self.number_at(last.lower) if last.lower else 0
            high = self.number_at(last.upper) if last.upper else None
            for bound in (last.lower, last.upper):
                if isinstance(bound, ast.Name) and bound.id not in self.given and self.number_at(bound) is None:
                    self.scope.names[bound.id] = Tensor(ONE, (), (0, 1))  # as many as there are outputs
            if not low and last.upper is not None and high is None:  # [:, :n]: the first of two halves
                return self.picked(tensor, 0, self.text(node.slice), node, ("N", "k"), True)
            if low is None and last.upper is None:
                return self.picked(tensor, 1, self.text(node.slice), node, ("N", "k"), True)
            if low is None or (last.upper is not None and high is None):
                return self.picked(tensor, f"{self.text(last)}", self.text(node.slice), node, None, True)
            one = (high is not None and high - low == 1) or (low == -1 and last.upper is None)
            key = low if one else f"{low}:{'' if high is None else high}"
            if low and last.upper is None and low > 0:
                key, one = low, True  # all from the second on: one output where there are two
            return self.picked(tensor, key, self.text(node.slice), node, ("N", 1) if one else ("N", "k"), one)
        at = self.number_at(last)
        index = at if at is not None else self.text(last)
        return self.picked(tensor, index, self.text(node.slice), node, ("N",) if at is not None else None, True)

    def _first_axis(self, tensor: Tensor, part: ast.AST, node: ast.Subscript) -> Tensor:
        """One index: an element of a list of outputs, or some of the points."""
        if isinstance(part, ast.Slice) and (half := self._half(part, node)) is not None:
            return self.picked(tensor, half, self.text(part), node, None, True)
        if isinstance(part, ast.Slice) or _is_dots(part):
            return tensor
        if _is_none(part):
            return Tensor(tensor.tree, None, tensor.sizes, tensor.reduced)
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            return self.picked(tensor, part.value, self.text(part), node, None, True)
        at = self.number_at(part)
        if at is not None and tensor.shape is None:
            return self.picked(tensor, at, self.text(part), node, None, True)
        index = self.value(part)
        if isinstance(index, Tensor) and index.number is None:
            self.remark("masked_mean", "note")
        return Tensor(tensor.tree, tensor.shape, tensor.sizes, tensor.reduced, tensor.sure)

    def _half(self, part: ast.Slice, node: ast.Subscript) -> int | None:
        """Which half of an array a slice is, [:n] or [n:], where the code takes both; None where it is neither."""
        bound = part.upper if part.lower is None else part.lower if part.upper is None else None
        if bound is None or part.step is not None or not isinstance(node.value, ast.Name):
            return None
        says = spelled(node.value.id)
        if says and max(says, key=lambda kind: says[kind]) == "target":
            return None
        base, at = node.value.id, "".join(ast.unparse(bound).split())
        text = "".join(self.source.text.split())
        both = all(re.search(rf"(?<![\w.]){re.escape(each)}", text) for each in (f"{base}[:{at}]", f"{base}[{at}:]"))
        return int(part.upper is None) if both else None

    def picked(self, tensor: Tensor, index: int | str, text: str, node: ast.AST, shape: Shape, sure: bool) -> Tensor:
        """A column of every leaf in it."""
        if isinstance(index, str) and tensor.leaf is None and index not in self.leaves.by_name:
            index = index[:60]
        columns = {}
        for name in sorted(name for name in tensor.tree.names if name.startswith(LEAF)):
            base = name.removeprefix(LEAF)
            columns[name] = self.leaves.column(base, index, f"{base}[{text}]", node, shape, sure).tree
        return Tensor(put(tensor.tree, columns), shape, tensor.sizes, tensor.reduced, sure and shape is not None)

    def column(self, tensor: Tensor, index: int | str, node: ast.AST, name: str = "") -> Tensor:
        """An element of what was split into columns."""
        shape: Shape = ("N", 1) if tensor.columns == "keep" else ("N",)
        if tensor.leaf is not None and name:
            return self.leaves.column(tensor.leaf, index, name, node, shape, True)
        text = f":, {index}" if isinstance(index, int) else str(index)
        return self.picked(Tensor(tensor.tree), index, text, node, shape, True)


def _is_dots(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is Ellipsis


def _is_none(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "newaxis"
    return isinstance(node, ast.Constant) and node.value is None


def _is_whole(node: ast.AST) -> bool:
    return (isinstance(node, ast.Slice) and node.lower is node.upper is None) or _is_dots(node)
