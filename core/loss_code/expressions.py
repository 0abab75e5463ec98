"""Expressions of the code, worked out on trees."""

import ast
import re
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from ..model.formulas.tree import Node
from .algebra import apply, has_leaf, pairs_up
from .arguments import CannotRead
from .array_functions import chosen, compared, inverted, reduced, stopped
from .leaves import FREE
from .libraries import BARE, CONSTANTS, ROOTS, SOFT_ROOTS, is_count
from .reader_state import TROUBLES, ReaderState, Seen
from .spellings import spelled
from .values import (
    LEAF,
    ONE,
    Function,
    Instance,
    Library,
    Method,
    Sequence,
    Shape,
    Sizes,
    Table,
    Tensor,
    constant,
)

LONGEST_LIST = 256
MOST_ROUNDS = 16  # of a loop that is unrolled
_BINARY = MappingProxyType({"Add": "add", "Sub": "sub", "Mult": "mul", "Div": "div", "Pow": "pow"})
_COMPARE = MappingProxyType({"Gt": "gt", "Lt": "lt", "GtE": "ge", "LtE": "le"})
_PARAMETERS = re.compile(r"parameters\(|weights|variables|losses")
_OF_ARRAYS = frozenset(["log_prob", "shape", "rsample", "sample", "unsqueeze", "squeeze", "view", "reshape", "item"])
_SAME_ARRAY = frozenset(["T", "data", "real", "values", "mT", "H", "np", "value", "grad_fn", "at"])


class Expressions(ReaderState):
    """Works out expressions."""

    def value(self, node: ast.AST) -> Any:
        self.step()
        method = getattr(self, f"_{type(node).__name__}", None)
        if method is None:
            return self.trouble(node, "is not part of a formula")
        before, self.node = self.node, node
        try:
            found = method(node)
        except TROUBLES as error:
            found = self.trouble(node, str(error) or "cannot be worked out")
        self.node = before
        if isinstance(found, Tensor) and not isinstance(node, ast.Name | ast.Constant):
            self.seen[id(node)] = Seen("", node, found)
        return found

    def number_at(self, node: ast.AST) -> int | None:
        """A whole number that is written here; None where there is none."""
        value = self.value(node)
        found = value.number if isinstance(value, Tensor) else None
        return int(found) if found is not None and found == int(found) else None

    def _Constant(self, node: ast.Constant) -> Any:
        if isinstance(node.value, int | float) and not isinstance(node.value, bool):
            if isinstance(node.value, int) and abs(node.value) > 10**12:
                raise CannotRead("a constant is at most 1e12 in size")
            return Tensor(Node("number", (), float(node.value) + 0.0), ())
        return node.value

    def _Name(self, node: ast.Name) -> Any:
        return self.found(node.id, node)

    def found(self, name: str, node: ast.AST) -> Any:
        """What a name stands for: a variable, a library, a constant, or a leaf."""
        if name in self.given:
            return constant(self.given[name])
        try:
            return self.scope.find(name)
        except KeyError:
            return self._outside(name, node)

    def _outside(self, name: str, node: ast.AST) -> Any:
        """What a name stands for that the code does not define."""
        if name in ROOTS:
            return Library(ROOTS[name])
        if name in ("pi", "PI", "π"):  # a number, or the weights of a mixture
            return self.leaves.named("pi", FREE, node)
        if name in BARE:
            return Tensor(Node("number", (), CONSTANTS[name]), ())
        if is_count(name):
            return Tensor(ONE, (), (1, 0))
        return self.leaves.named(name, FREE, node)

    def _Attribute(self, node: ast.Attribute) -> Any:
        of = self._root(node) or self.value(node.value)
        name = node.attr
        if isinstance(of, Library):
            return (
                Tensor(Node("number", (), CONSTANTS[name]), ()) if name in CONSTANTS else Library(f"{of.path}.{name}")
            )
        if isinstance(of, Instance):
            return self._of_instance(of, name, node)
        if isinstance(of, Table) and name in of.items:
            return of.items[name]
        if isinstance(of, Tensor):
            if of.leaf is not None and f"{of.leaf}.{name}" in self.attributes:
                return self.attributes[f"{of.leaf}.{name}"]
            if name == "shape":
                return Sizes(of)
            if name in _SAME_ARRAY:
                return stopped(of) if name == "data" else of
            if of.leaf is not None and f"{of.leaf}.{name}" in self.leaves.by_name:
                return self.leaves.named(f"{of.leaf}.{name}", FREE, node)
        return Method(of, name)

    def _root(self, node: ast.Attribute) -> Library | None:
        """The library that K is in K.exp, where K is no variable."""
        if not isinstance(node.value, ast.Name) or node.value.id not in SOFT_ROOTS or node.attr in _OF_ARRAYS:
            return None
        try:
            self.scope.find(node.value.id)
        except KeyError:
            return Library(SOFT_ROOTS[node.value.id]) if node.value.id not in self.leaves.by_name else None
        return None

    def _of_instance(self, of: Instance, name: str, node: ast.AST) -> Any:
        if name in of.attributes:
            return of.attributes[name]
        if name in of.of.methods:
            return Function(f"{of.of.name}.{name}", of.of.methods[name], of.of.scope, of)
        for line in of.of.node.body:  # an attribute of the class
            if isinstance(line, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in line.targets):
                return self.value(line.value)
        if f"self.{name}" in self.given:
            return constant(self.given[f"self.{name}"])
        return Method(of, name)

    def _BinOp(self, node: ast.BinOp) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        return self.binary(type(node.op).__name__, left, right)

    def binary(self, op: str, left: Any, right: Any) -> Any:
        """An operation between two values. Raises CannotRead."""
        if op == "Add" and isinstance(left, Sequence) and isinstance(right, Sequence):
            if len(left.items) + len(right.items) > LONGEST_LIST:
                raise CannotRead("this list is too long")
            return Sequence(left.items + right.items)
        if op == "Mult" and isinstance(left, Sequence) and isinstance(right, Tensor) and right.number is not None:
            return Sequence(left.items * min(int(right.number), 16))
        if op == "Mod" and isinstance(left, str):
            return left
        a, b = self.tensor(left), self.tensor(right)
        if op in ("Div", "FloorDiv") and b.number == 2 and a.sizes == (0, 1) and a.tree == ONE:
            return a  # half the columns of a net's output are as many as it predicts
        if op in _BINARY:
            self.check_shapes(a, b)
            self.check_sums(_BINARY[op], a, b)
            return apply(_BINARY[op], a, b)
        if op in ("BitAnd", "BitOr"):
            return apply("mul" if op == "BitAnd" else "max", a, b)
        if op in ("FloorDiv", "Mod") and a.number is not None and b.number:
            return constant(a.number // b.number if op == "FloorDiv" else a.number % b.number)
        if op == "MatMult":
            return self.matrix_product(a, b)
        raise CannotRead(f"{op} is not an operation of a loss")

    def matrix_product(self, a: Tensor, b: Tensor) -> Any:
        """r @ r: the sum of products. Of a net's input and its weights it is something new."""
        if a.leaf is not None and b.leaf is not None and a.leaf != b.leaf:
            return self.opaque(self.node)
        return reduced(apply("mul", a, b), None, False, 1)

    def check_shapes(self, a: Tensor, b: Tensor) -> None:
        """Remark on (N,) against (N, 1)."""
        if pairs_up(a.shape, b.shape):
            facts = {"shapes": f"{_shape_text(a.shape)} against {_shape_text(b.shape)}"}
            self.remark("broadcast", "mistake" if a.sure and b.sure else "warning", **facts)
        for target, other in ((a, b), (b, a)):
            if other.shape == ("N",) and target.shape is None and _is_target(target):
                self.remark("shapes_may_differ", "note", shapes="(N,) against a target of any shape")

    def check_sums(self, op: str, a: Tensor, b: Tensor) -> None:
        """Remark on what is summed or averaged before it meets what is not."""
        if not (has_leaf(a.tree) and has_leaf(b.tree)):
            return
        if op in ("add", "sub"):
            summed, other = (a, b) if a.sizes[1] > b.sizes[1] else (b, a)
            if summed.sizes[1] - other.sizes[1] == 1 and "outputs" in summed.reduced - other.reduced:
                self.remark("shared_scale", "mistake", outputs=None)
                return
            summed, other = (a, b) if a.sizes[0] > b.sizes[0] else (b, a)
            if {a.sizes[0], b.sizes[0]} == {0, 1} and is_mean_of_data(a) and is_mean_of_data(b):
                self.remark("mixed_reduction", "warning")
            elif {a.sizes[0], b.sizes[0]} == {0, 1} and is_mean_of_data(summed) and "points" in other.reduced:
                self.remark("mixed_reduction", "mistake")  # the log of a spread, averaged beside a sum of residuals
            return
        for one, other in ((a, b), (b, a)):
            if op in ("mul", "div") and self._is_one_spread(one) and not other.reduced and "sub" in _ops(other):
                self.remark("batch_statistic", "mistake", function="mean")
        if op == "mul" and any(is_mean_of_data(one) and not other.reduced for one, other in ((a, b), (b, a))):
            self.remark("mean_before_weight", "note")

    def _is_one_spread(self, value: Tensor) -> bool:
        """Whether it is a mean or sum over all points of names that are clearly spreads, so one for the batch."""
        if "points" not in value.reduced or value.shape != ():
            return False
        names = [self.leaves.by_name[name.removeprefix(LEAF)] for name in value.tree.names if name.startswith(LEAF)]
        says = [spelled((leaf.aliases or [leaf.name])[0].rpartition(".")[2]) for leaf in names]
        kinds = [max(each, key=lambda kind: each[kind], default="") for each in says]
        return bool(kinds) and all(
            kind == "second" or (leaf.column not in (None, 0) and kind not in ("target", "weight", "mask"))
            for kind, leaf in zip(kinds, names, strict=True)
        )

    def _UnaryOp(self, node: ast.UnaryOp) -> Any:
        value = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            return not value if isinstance(value, bool) else inverted(self.tensor(value))
        tensor = self.tensor(value)
        if isinstance(node.op, ast.Invert):
            return inverted(tensor)
        if isinstance(node.op, ast.UAdd):
            return tensor
        if tensor.tree.op == "number":
            return tensor.made(Node("number", (), 0.0 - tensor.tree.value))
        return apply("neg", tensor)

    def _BoolOp(self, node: ast.BoolOp) -> Any:
        values = [self.value(each) for each in node.values]
        if isinstance(node.op, ast.Or):
            return next((each for each in values if each not in (None, False)), values[-1])
        return next((each for each in values if each in (None, False)), values[-1])

    def _Compare(self, node: ast.Compare) -> Any:
        left, result = self.value(node.left), None  # type: Any, Any
        for op, right_node in zip(node.ops, node.comparators, strict=True):
            right = self.value(right_node)
            this = self._compared(type(op).__name__, left, right)
            result = (
                this if result is None else this and result if isinstance(this, bool) else apply("mul", this, result)
            )
            left = right
        return result

    def _compared(self, op: str, left: Any, right: Any) -> Any:
        plain = [each.number if isinstance(each, Tensor) else each for each in (left, right)]
        known = all(
            isinstance(each, str | bool | float) or (each is None and not isinstance(value, Tensor))
            for each, value in zip(plain, (left, right), strict=True)
        )
        if op in ("Eq", "Is"):
            return plain[0] == plain[1] if known else _unknown_test(plain)
        if op in ("NotEq", "IsNot"):
            return plain[0] != plain[1] if known else not _unknown_test(plain)
        if op in _COMPARE and not any(isinstance(each, Sizes | str) for each in (left, right)):
            return compared(_COMPARE[op], self.tensor(left), self.tensor(right))
        if op in ("In", "NotIn") and isinstance(left, str) and isinstance(right, Sequence):
            return (left in right.items) == (op == "In")
        raise CannotRead("this comparison is not known")

    def _IfExp(self, node: ast.IfExp) -> Any:
        test = self.value(node.test)
        truth = self.truth(test)
        if truth is None and isinstance(test, Tensor) and test.leaf is None:
            return chosen(test, self.tensor(self.value(node.body)), self.tensor(self.value(node.orelse)))
        return self.value(node.orelse if truth is False else node.body)

    def truth(self, value: Any) -> bool | None:
        """Whether a test holds; None where that is not known."""
        if isinstance(value, Tensor):
            return None if value.number is None else bool(value.number)
        if isinstance(value, Sequence):
            return bool(value.items)
        if isinstance(value, Method):
            return True if value.name == "training" else None
        return None if isinstance(value, Library) else bool(value)

    def _Tuple(self, node: ast.Tuple) -> Sequence:
        return self._List(node)

    def _List(self, node: Any) -> Sequence:
        items: list[Any] = []
        for each in node.elts:
            if isinstance(each, ast.Starred):
                inner = self.value(each.value)
                items += inner.items if isinstance(inner, Sequence) else [inner]
            else:
                items.append(self.value(each))
        return Sequence(tuple(items))

    def _Dict(self, node: ast.Dict) -> Table:
        keys = [None if key is None else self.value(key) for key in node.keys]
        return Table({k: self.value(v) for k, v in zip(keys, node.values, strict=True) if isinstance(k, str | float)})

    def _JoinedStr(self, node: ast.AST) -> str:
        return ""

    def _ListComp(self, node: Any) -> Any:
        """A comprehension over one short list."""
        if len(node.generators) != 1:
            return self.opaque(node)
        items = self.value(node.generators[0].iter)
        if _PARAMETERS.search(self.text(node.generators[0].iter)):
            return self.leaves.named(self.text(node.generators[0].iter), FREE, node)
        if isinstance(items, Tensor) and items.leaf is not None:  # of unknown length: one stands for all
            items = Sequence((replace(items, columns="", fresh=False),))
        if not isinstance(items, Sequence) or len(items.items) > MOST_ROUNDS:
            raise CannotRead("the length of this list is not known")
        before, made = dict(self.scope.names), []
        for item in items.items:
            self.assign(node.generators[0].target, item, node.generators[0].iter)
            made.append(self.value(node.elt))
        self.scope.names = before
        return Sequence(tuple(made))

    _GeneratorExp = _ListComp

    def _Lambda(self, node: ast.Lambda) -> Function:
        return Function("lambda", node, self.scope)

    def _NamedExpr(self, node: ast.NamedExpr) -> Any:
        value = self.value(node.value)
        self.assign(node.target, value, node.value)
        return self.scope.names.get(node.target.id, value)

    def _Await(self, node: ast.Await) -> Any:
        return self.value(node.value)

    def _Slice(self, node: ast.Slice) -> Any:
        return node

    def assign(self, target: ast.AST, value: Any, source: ast.AST) -> None:
        """Bind a target. (Of the class below.)"""
        raise NotImplementedError


def _ops(value: Tensor) -> set[str]:
    return {node.op for node in value.tree.walk()}


def _unknown_test(plain: list[Any]) -> bool:
    """A test of something unknown against None or a word: nothing is None, and no flag is set."""
    return False


def _is_target(value: Tensor) -> bool:
    says = spelled((value.leaf or "").rpartition(".")[2])
    return value.leaf is not None and max(says, key=lambda kind: says[kind], default="") == "target"


def is_mean_of_data(value: Tensor) -> bool:
    """Whether it is a mean or sum over points with a difference of two names in it."""
    if "points" not in value.reduced:
        return False
    return any(node.op == "sub" and all(each.op.startswith(LEAF) for each in node.of) for node in value.tree.walk())


def _shape_text(shape: Shape) -> str:
    return "(" + ", ".join(map(str, shape or ())) + ("," if shape and len(shape) == 1 else "") + ")"
