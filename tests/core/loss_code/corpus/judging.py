"""Whether a reading of a piece is right: its value per point, its reduction, and what a quantity of it stands for."""

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from core.loss_code.loss_code import CodeError, LossCode, Quantity
from core.model.formulas.operations import OPS
from core.model.formulas.printing import text_of
from core.model.formulas.tree import Node
from tests.core.loss_code.corpus.piece import Piece

# Targets and outputs at which trees and oracles are compared; where the oracle has no value, nothing is asked.
_RNG = np.random.default_rng(7)
TARGETS = np.concatenate([_RNG.normal(0.0, 1.5, 40), _RNG.uniform(0.2, 3.0, 20)])
OUTPUTS = np.concatenate([_RNG.normal(0.0, 1.0, (40, 8)), _RNG.uniform(0.3, 2.5, (20, 8))])
MEANINGS: Mapping[str, Callable[[float], float]] = {
    "σ": lambda std: std,
    "σ²": lambda std: std**2,
    "½σ²": lambda std: std**2 / 2,
    "2σ²": lambda std: 2 * std**2,
    "1/σ²": lambda std: std**-2,
    "E|r|": lambda std: std * math.sqrt(2 / math.pi),
    "log σ": math.log,
    "log σ²": lambda std: 2 * math.log(std),
    "log E|r|": lambda std: math.log(std * math.sqrt(2 / math.pi)),
}
SIGMAS = (0.2, 0.9)
# A normal's quadrature that sees the corner of |r|: the trapezium rule on a fine grid.
_NODES = np.linspace(-8, 8, 321)
_WEIGHTS = np.exp(-(_NODES**2) / 2) / np.exp(-(_NODES**2) / 2).sum()


def value_of(tree: Node, names: Mapping[str, np.ndarray]) -> np.ndarray:
    """What a tree is worth, by its operations on numpy."""
    if tree.op == "number":
        return np.full_like(next(iter(names.values())), tree.value)
    if not tree.of:
        return names["y"] - names["mu"] if tree.op == "r" else names[tree.op]
    below = [value_of(node, names) for node in tree.of]
    return np.asarray(OPS[tree.op].apply(np, below[0], below[-1], tree.value), dtype=float)


def constants(piece: Piece, code: LossCode) -> dict[str, float]:
    """The constants of the oracle, as the reading takes them."""
    names = [name for name in inspect.signature(piece.value).parameters if name not in ("y", "m", "s", "t", "u", "o")]
    if piece.value.__name__ != "<lambda>" or len(names) > 2:
        return {}
    values = {role.name: role.value for role in code.roles if role.value is not None}
    defaults = inspect.signature(piece.value).parameters
    return {name: values.get(name, defaults[name].default) for name in names}


def oracle(piece: Piece, code: LossCode) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """The piece's value of targets and outputs (rows, outputs)."""
    parameters = inspect.signature(piece.value).parameters
    given = constants(piece, code)

    def value(y: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        columns = list(outputs.T)
        if "o" in parameters:
            return np.asarray(piece.value(y, *columns[:5]))
        count = sum(name in ("m", "s", "t", "u") for name in parameters)
        return np.asarray(piece.value(*([y] if "y" in parameters else []), *columns[:count], **given))

    return value


def problem(piece: Piece, read: Callable[[str], LossCode]) -> tuple[str, str]:
    """("", "") for a right reading, else whether it was "unread" or "wrong", and why."""
    try:
        code = read(piece.code)
    except CodeError as error:
        return "unread", str(error)
    try:
        wrong = _value(piece, code) or _reduction(piece, code) or _remark(piece, code) or _quantity(piece, code)
    except (KeyError, IndexError) as error:
        wrong = f"{type(error).__name__}: {error}, roles {[(role.name, role.kind, role.value) for role in code.roles]}"
    return ("wrong", wrong) if wrong else ("", "")


def _value(piece: Piece, code: LossCode) -> str:
    outputs = OUTPUTS[:, : max(len(code.outputs), 6)]
    names = {"y": TARGETS} | {name: outputs[:, i] for i, name in enumerate(code.outputs)}
    if "mu" not in names and "r" in code.tree.names:
        return f"r without a mean: {text_of(code.tree)}"
    with np.errstate(all="ignore"):
        expected = oracle(piece, code)(TARGETS, outputs)
        got = value_of(code.tree, names)
    asked = np.isfinite(expected)
    assert asked.sum() >= 10, piece.code
    if not np.allclose(got[asked], expected[asked], rtol=1e-6, atol=1e-9):
        return f"reads {text_of(code.tree)}, roles {[(role.name, role.kind, role.value) for role in code.roles]}"
    return ""


def _reduction(piece: Piece, code: LossCode) -> str:
    if piece.points and code.reduction.points != piece.points:
        return f"is reduced by {piece.points} over points and read as {code.reduction}"
    return ""


def _remark(piece: Piece, code: LossCode) -> str:
    names = [remark.name for remark in code.remarks]
    return f"no remark {piece.remark}, but {names}" if piece.remark and piece.remark not in names else ""


def _quantity(piece: Piece, code: LossCode) -> str:
    if not piece.stands_for:
        return ""
    wanted = "".join(piece.quantity.split())
    found = [one for one in code.quantities if wanted in ("".join(one.name.split()), "".join(one.text.split()))]
    if any(wanted == "".join(role.name.split()) and role.kind == "second" for role in code.roles):
        found.append(Quantity(piece.quantity, piece.quantity, Node("s")))
    if not found:
        return f"no quantity {piece.quantity}, but {[(one.name, one.text) for one in code.quantities]}"
    value = oracle(replace(piece, value=piece.trained or piece.value), code)
    for std in SIGMAS:
        s = _optimum(value, std)
        got = [float(value_of(one.tree, {code.outputs[1]: np.array([s])})[0]) for one in found]
        meant = MEANINGS[piece.stands_for](std)
        if not any(abs(one - meant) <= 0.01 * max(abs(meant), 0.05) for one in got):
            return f"{piece.quantity} is {got} at σ = {std} and should be {piece.stands_for} = {meant:.4g}"
    return ""


def _optimum(value: Callable[[np.ndarray, np.ndarray], np.ndarray], std: float) -> float:
    """The second output at which the expected loss is lowest on Gaussian noise, with the mean right."""

    def expected(s: np.ndarray) -> np.ndarray:
        outputs = np.zeros((len(s) * len(_NODES), 8))
        outputs[:, 1] = np.repeat(s, len(_NODES))
        with np.errstate(all="ignore"):
            values = value(np.tile(std * _NODES, len(s)), outputs).reshape(len(s), -1)
        means = values @ _WEIGHTS
        return np.where(np.isfinite(means), means, np.inf)

    grid = np.concatenate([-np.geomspace(9, 120, 20)[::-1], np.linspace(-9, 3, 49), np.geomspace(0.002, 80, 70)])
    for _ in range(5):  # each time between the neighbours of the lowest
        grid = np.sort(grid)
        values = expected(grid)
        best = len(grid) - 1 - int(np.argmin(values[::-1]))  # of two that are equal, the one above zero
        low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
        lowest = float(grid[best])
        grid = np.linspace(low, high, 17)
    return lowest
