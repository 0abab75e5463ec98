"""What a script trains with, returned where it is used: `loss.backward()` says that `loss` is the loss."""

import ast
import re
from collections.abc import Iterator

__all__ = ["with_returns"]

_LOSS = re.compile(r"loss|nll|elbo|cost|objective|criterion", re.IGNORECASE)
_BACKWARD = ("backward", "manual_backward")
_TARGETS = ("y", "target", "targets", "label", "labels", "y_true", "gt", "t", "ys")
_REDUCED = ("mean", "sum", "item", "numpy")


def with_returns(tree: ast.Module) -> ast.Module:
    """The tree, in which a return of the loss follows on each step back through it, and a returned tuple is its loss.

    Nothing is changed where a script goes back through several things.
    """
    found = [(body, at, value) for body in _bodies(tree) for at, line in enumerate(body) if (value := _back(line))]
    if len({ast.dump(value) for *_, value in found}) == 1:
        for body, at, value in found:
            body.insert(at + 1, _placed(ast.Return(value), body[at]))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            _give_target(node)
    for body in _bodies(tree):
        for line in body:
            if isinstance(line, ast.Return) and (loss := _loss_of_tuple(line.value)) is not None:
                line.value = loss
    if tree.body and (printed := _printed(tree.body[-1])) is not None:
        tree.body[-1] = _placed(ast.Return(printed), tree.body[-1])
    return tree


def _bodies(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    """Every list of statements."""
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            body = getattr(node, name, None)
            if isinstance(body, list):
                yield body


def _back(line: ast.stmt) -> ast.expr | None:
    """What a statement goes back through: x of x.backward(), scaler.scale(x).backward(), accelerator.backward(x)."""
    call = line.value if isinstance(line, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.func.attr not in _BACKWARD:
        return None
    if call.args:
        return call.args[0] if not isinstance(call.args[0], ast.Starred) else None
    on = call.func.value
    if isinstance(on, ast.Call) and isinstance(on.func, ast.Attribute) and on.func.attr == "scale" and on.args:
        return on.args[0]
    return on


def _give_target(function: ast.FunctionDef) -> None:
    """A target that may be left out, forward(x, y=None), is given: without it there is no loss."""
    arguments, defaults = function.args.args, function.args.defaults
    for argument, default in zip(arguments[len(arguments) - len(defaults) :], defaults, strict=True):
        if argument.arg in _TARGETS and isinstance(default, ast.Constant) and default.value is None:
            defaults[defaults.index(default)] = ast.copy_location(ast.Name(argument.arg, ast.Load()), default)


def _loss_of_tuple(value: ast.expr | None) -> ast.expr | None:
    """The one item of a tuple that is called a loss."""
    if not isinstance(value, ast.Tuple):
        return None
    named = [item for item in value.elts if _LOSS.search(ast.unparse(item))]
    return named[0] if len(named) == 1 else None


def _printed(line: ast.stmt) -> ast.expr | None:
    """What a last line prints, where that is worked out there: print(-ll.mean())."""
    call = line.value if isinstance(line, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id != "print":
        return None
    value = call.args[0] if len(call.args) == 1 else None
    is_reduced = isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in _REDUCED
    return value if isinstance(value, ast.UnaryOp) or is_reduced else None


def _placed(made: ast.Return, line: ast.stmt) -> ast.Return:
    return ast.fix_missing_locations(ast.copy_location(made, line))
