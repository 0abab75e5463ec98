"""The entry: a text is read into a LossCode, whatever it was pasted from."""

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from .algebra import has_leaf
from .assembly import assembled
from .finding_loss import Candidate, candidates, chosen, functions_of
from .latex import read_latex
from .leaves import PROBLEM
from .loss_code import CodeError, LossCode
from .python_syntax import python_tree
from .sources import Source, source_of
from .statements import Returned, Statements
from .syntax_trees import parsed
from .values import LEAF, Class, Function, Instance, Sequence, Table, Tensor

__all__ = ["read_code"]

_LOSS_WORDS = ("loss", "nll", "cost", "objective", "total", "elbo", "criterion")


def read_code(text: str, roles: Mapping[str, str | float] = MappingProxyType({}), function: str = "") -> LossCode:
    """What a piece of loss code says. `roles` maps a name as written to a key of ROLES, or to a number for a constant.

    `function` is the function to read, where there are several. Nothing is run. Raises CodeError.
    """
    return _read(text, tuple(sorted(roles.items(), key=lambda item: item[0])), function)


@lru_cache(maxsize=128)
def _read(text: str, roles: tuple[tuple[str, str | float], ...], function: str) -> LossCode:
    try:
        return _read_as(source_of(text), roles, function)
    except RecursionError:
        raise CodeError("The code is nested too deeply to be read: paste the loss function alone.") from None


def _read_as(source: Source, roles: tuple[tuple[str, str | float], ...], function: str) -> LossCode:
    if source.kind == "latex":
        return read_latex(source, dict(roles))
    if source.kind == "python":
        return _of_python(source, roles, function)
    try:  # plain math text may be Python too: sum_i[…] is no subscript
        return read_latex(source, dict(roles))
    except CodeError:
        if parsed(source.text) is None:
            raise
        return _of_python(source, roles, function)


def _of_python(source: Source, roles: tuple[tuple[str, str | float], ...], function: str) -> LossCode:
    tree = python_tree(source)
    reader = Statements(source, {name: float(value) for name, value in roles if not isinstance(value, str)})
    returned: Any = None
    try:
        reader.block(tree.body)
    except Returned as end:
        returned = end.value
    candidate = _candidate(reader, tree, function)
    result, name = _result(reader, tree, candidate, returned, bool(function))
    return assembled(reader, name, functions_of(tree), result, dict(roles))


def _candidate(reader: Statements, tree: ast.Module, function: str) -> Candidate:
    """What is the loss. Where several pieces are as likely: the lines, if they work it out, else what none calls."""
    lines = Candidate("", tree, 1, 0.0, ())
    if not function and not candidates(tree):
        return lines
    try:
        return chosen(tree, function)
    except CodeError as error:
        if function or not error.functions:
            raise
        near = [each for each in candidates(tree) if each.name in error.functions]
        if len(near) < len(error.functions) and _of_lines(reader, tree) is not None:
            return lines
        called = {name for each in near for name in _called(each.node)}
        left = [each for each in near if each.name.rpartition(".")[2] not in called] or near
        if len(left) > 1:
            raise
        return left[0]


def _called(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call):
            yield ast.unparse(inner.func).rpartition(".")[2]


def _result(
    reader: Statements, tree: ast.Module, candidate: Candidate, returned: Any, is_chosen: bool
) -> tuple[Tensor, str]:
    """The value that is the loss, and the function it is of. Raises CodeError."""
    if candidate.name and not is_chosen and reader.runs(candidate.node):  # the lines say what is made of it
        used = _worked_out(reader)
        if used is not None:
            return used, ""
    if candidate.name:
        found = _entered(reader, candidate)
    else:
        found = returned if returned is not None else _of_lines(reader, tree)
    return _as_tensor(reader, found), candidate.name


def _worked_out(reader: Statements) -> Tensor | None:
    """What the lines train with, or assign to the name of a loss; None for neither."""
    ends = [value for value in reader.ends if _is_known(reader, value)]
    named = [seen.value for seen in reader.assigned if _is_loss(seen.name) and _is_known(reader, seen.value)]
    return next(iter([*ends[-1:], *named[-1:]]), None)


def _is_loss(name: str) -> bool:
    return any(word in name.lower() for word in _LOSS_WORDS)


def _is_known(reader: Statements, value: Tensor) -> bool:
    """Whether a value has names in it, and none that cannot be read."""
    names = [name for name in value.tree.names if name.startswith(LEAF)]
    leaves = [reader.leaves.by_name[name.removeprefix(LEAF)] for name in names]
    return value.leaf is None and bool(leaves) and all(leaf.kind != PROBLEM for leaf in leaves)


def _entered(reader: Statements, candidate: Candidate) -> Any:
    """What the function gives back for arguments that are leaves."""
    node: Any = candidate.node
    owner = None
    if candidate.owner is not None:
        made = Class(candidate.owner.name, candidate.owner, reader.globals)
        owner = Instance(made)
        if (initial := made.methods.get("__init__")) is not None and initial is not node:
            reader.run(Function(made.name, initial, reader.globals, owner), [], {})
    return reader.run(Function(candidate.name, node, reader.globals, owner), [], {})


def _of_lines(reader: Statements, tree: ast.Module) -> Any:
    """Of bare lines: the last expression, or what was assigned last to a name of a loss."""
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr):
        value = reader.value(last.value)
        if isinstance(value, Function):
            return value
        if isinstance(value, Tensor) and has_leaf(value.tree) and not value.fresh:
            return value
    printed = [value for value in reader.printed if _is_known(reader, value)]
    return next(iter([*filter(None, [_worked_out(reader)]), *printed[-1:]]), None)


def _is_made(value: Tensor) -> bool:
    return value.leaf is None and len([name for name in value.tree.names if name.startswith(LEAF)]) > 1


def _as_tensor(reader: Statements, found: Any, depth: int = 0) -> Tensor:
    if isinstance(found, Tensor):
        return found
    if isinstance(found, Function) and depth < 3:  # a function that makes the loss function
        return _as_tensor(reader, reader.run(found, [], {}), depth + 1)
    if isinstance(found, Sequence) and found.items:  # return mu, sigma, loss
        losses = [each for each in found.items if isinstance(each, Tensor) and _is_made(each)]
        return _as_tensor(reader, (losses or list(found.items))[0], depth + 1)
    if isinstance(found, Table) and found.items:
        return _as_tensor(reader, found.items.get("loss", next(iter(found.items.values()))), depth + 1)
    named = [seen for seen in reader.assigned if _is_loss(seen.name)] or reader.assigned
    if named:
        return named[-1].value
    raise CodeError("No line here computes a loss. Paste the loss function or its lines.")
