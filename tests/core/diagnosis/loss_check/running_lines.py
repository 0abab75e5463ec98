"""Corrected lines are run, on tensors of torch or arrays of numpy that go by the names of other libraries.

Only tests run what a person wrote. Each text is run with a mean and a second output that are the same at all points,
and both are moved until the loss is lowest.
"""

import ast
import math
import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from scipy import optimize, special

from core.loss_code.loss_code import LossCode

_ROOT = re.compile(r"[A-Za-z_]\w*")


def _softplus(x: Any) -> Any:
    return np.logaddexp(0, x)


def _reduced(how: Any) -> Any:
    """np.mean or np.sum with the keywords of other libraries."""

    def call(x: Any, axis: Any = None, keepdims: bool = False, **_: Any) -> Any:
        return how(np.asarray(x), axis=axis, keepdims=keepdims)

    return call


class _Normal:
    """The Gaussian of TensorFlow Probability, as far as a loss asks for it."""

    def __init__(self, loc: Any, scale: Any):
        self.loc, self.scale = loc, scale

    def log_prob(self, y: Any) -> Any:
        return -0.5 * ((y - self.loc) / self.scale) ** 2 - np.log(self.scale) - 0.5 * math.log(2 * math.pi)


class _Laplace(_Normal):
    def log_prob(self, y: Any) -> Any:
        return -np.abs(y - self.loc) / self.scale - np.log(2 * self.scale)


def _library() -> SimpleNamespace:
    """numpy by the names that TensorFlow, Keras and JAX give its functions."""
    elementwise = {
        name: getattr(np, name) for name in ("exp", "log", "sqrt", "square", "abs", "maximum", "minimum", "where")
    }
    more = {
        "softplus": _softplus,
        "relu": lambda x: np.maximum(x, 0),
        "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
        "sigmoid": special.expit,
        "log1p": np.log1p,
        "pow": np.power,
        "clip": np.clip,
        "clip_by_value": np.clip,
        "mean": _reduced(np.mean),
        "sum": _reduced(np.sum),
        "reduce_mean": _reduced(np.mean),
        "reduce_sum": _reduced(np.sum),
        "logaddexp": np.logaddexp,
        "expand_dims": np.expand_dims,
        "squeeze": np.squeeze,
        "pi": math.pi,
    }
    return SimpleNamespace(**elementwise, **more)


def libraries(framework: str) -> dict[str, Any]:
    """The names of the libraries that a text of this framework uses."""
    if framework == "torch":
        nn, distributions = torch.nn, torch.distributions
        return {
            "torch": torch,
            "F": nn.functional,
            "nn": nn,
            "Normal": distributions.Normal,
            "Laplace": distributions.Laplace,
            "math": math,
            "np": np,
            "exp": torch.exp,
            "log": torch.log,
            "sqrt": torch.sqrt,
        }
    own = _library()
    own.math, own.nn, own.ops = _library(), _library(), _library()
    tfd = SimpleNamespace(Normal=_Normal, Laplace=_Laplace)
    jax = SimpleNamespace(nn=own.nn, numpy=own)
    keras = SimpleNamespace(ops=own.ops, backend=own)
    return {
        "tf": own,
        "K": own,
        "jnp": own,
        "jax": jax,
        "ops": own,
        "keras": keras,
        "np": np,
        "math": math,
        "tfd": tfd,
    } | {name: getattr(own, name) for name in ("exp", "log", "sqrt")}


def run(text: str, std_line: str, code: LossCode, given: dict[str, Any]) -> tuple[Any, Any]:
    """The loss that the text comes to, and the std of its line, where its names are `given`."""
    names = {**libraries(code.framework or "torch"), **given}
    tree = ast.parse(text)
    *_, name = code.function.split(".")
    if any(isinstance(node, ast.FunctionDef) and node.name == name for node in ast.walk(tree)):
        return _of_function(tree, std_line, code, names, given)
    if isinstance(last := tree.body[-1], ast.Expr):
        value = last.value.body if isinstance(last.value, ast.Lambda) else last.value
        tree.body[-1] = ast.fix_missing_locations(ast.copy_location(_assign("loss", value), last))
    elif isinstance(last, ast.Return):
        tree.body[-1] = ast.fix_missing_locations(ast.copy_location(_assign("loss", last.value), last))
    if isinstance(last, ast.Assign) and isinstance(last.value, ast.Lambda):
        tree.body[-1] = ast.fix_missing_locations(ast.copy_location(_assign("loss", last.value.body), last))
    exec(compile(tree, "corrected", "exec"), names)  # noqa: S102
    exec(std_line, names)  # noqa: S102
    loss = next(names[name] for name in ("loss", "nll", "cost", "l", "total_loss") if name in names)
    return loss, names["std"]


def _assign(name: str, value: Any) -> ast.Assign:
    return ast.Assign(targets=[ast.Name(id=name, ctx=ast.Store())], value=value, lineno=1, col_offset=0)


def _of_function(
    tree: ast.Module, std_line: str, code: LossCode, names: dict[str, Any], given: dict[str, Any]
) -> tuple[Any, Any]:
    """The same of a function: its line of the std stands before each return."""
    line = ast.parse(std_line).body
    *owner, last = code.function.split(".")
    function = next(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == last)

    class Both(ast.NodeTransformer):
        def visit_Return(self, node: ast.Return) -> Any:
            pair = ast.Tuple(elts=[node.value, ast.Name(id="std", ctx=ast.Load())], ctx=ast.Load())  # type: ignore[list-item]
            return [*line, ast.Return(value=pair)]

    Both().visit(function)
    exec(compile(ast.fix_missing_locations(tree), "corrected", "exec"), names)  # noqa: S102
    arguments = [given[each.arg] for each in function.args.args if each.arg in given]
    if owner:
        return getattr(names[owner[0]](), last)(*arguments)
    return names[last](*arguments)


def given_names(code: LossCode, y: Any, mean: Any, second: Any, xp: Any) -> dict[str, Any]:
    """Arrays by the names of the code: mean and second output alone (n,), or together (n, 2) where they are columns."""
    roots: dict[str, list[str]] = {}
    for role in code.roles:
        root = _ROOT.match(role.name)
        if root is not None:
            roots.setdefault(root[0], []).append(role.name)
    kinds = {role.name: role.kind for role in code.roles}
    values = {"target": y, "mean": mean, "second": second, "residual": y - mean, "minus_residual": mean - y}
    columns = "chunk" in code.source or any(
        "0:1" in role.name or "[:, :1]" in role.name or "[..., :1]" in role.name or "None" in role.name
        for role in code.roles
    )
    # A net that is called, as in model(x).chunk(2, dim=-1), gives both as columns.
    both = xp.stack([mean, second], 1 if xp is torch else -1)
    given: dict[str, Any] = {"x": None, **dict.fromkeys(("model", "net"), lambda x: both)}
    for root, own in roots.items():
        of = {kinds[name] for name in own}
        if root in ("model", "net") or root == "pi":
            continue
        if own == [root]:
            given[root] = values[kinds[root]]
            if kinds[root] == "target" and columns:
                given[root] = y[:, None]
        elif of == {"mean", "second"}:
            given[root] = both
        elif of == {"second"} and "[0]" in own[0]:
            given[root] = [second]
    return given


def minimised(text: str, std_line: str, code: LossCode, y: np.ndarray) -> float:
    """The std that the line gives where the loss is lowest."""
    if (code.framework or "torch") == "torch":
        return _by_torch(text, std_line, code, y)
    ones = np.ones(y.size)

    def both(at: np.ndarray) -> tuple[float, float]:
        with np.errstate(all="ignore"):
            loss, std = run(text, std_line, code, given_names(code, y, at[0] * ones, at[1] * ones, np))
        value = float(np.mean(loss))
        return (value if np.isfinite(value) else 1e9), float(np.mean(std))

    start = np.array([float(np.mean(y)) + 0.1, 0.4])
    found = optimize.minimize(
        lambda at: both(at)[0], start, method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-9, "maxiter": 2000}
    )
    return both(found.x)[1]


def _by_torch(text: str, std_line: str, code: LossCode, y: np.ndarray) -> float:
    target = torch.tensor(y)
    at = torch.tensor([float(y.mean()) + 0.1, 0.4], dtype=torch.float64, requires_grad=True)
    step = torch.optim.LBFGS(
        [at], lr=0.5, max_iter=200, line_search_fn="strong_wolfe", tolerance_grad=1e-9, tolerance_change=1e-12
    )
    kept: list[float] = []

    def closure() -> torch.Tensor:
        step.zero_grad()
        ones = torch.ones_like(target)
        loss, std = run(text, std_line, code, given_names(code, target, at[0] * ones, at[1] * ones, torch))
        whole = loss.mean()
        whole.backward()
        kept.append(float(torch.as_tensor(std).detach().mean()))
        return whole

    step.step(closure)
    closure()
    return kept[-1]
