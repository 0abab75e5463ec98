"""Formulas as programs of numbers: written once from their trees, run on numpy and torch arrays, or compiled."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from . import interpreter as code
from .operations import OPS
from .tree import Node

Array = Any  # a torch tensor or a numpy array, whichever `xp` works on

_APPLY = {op.code: op.apply for op in OPS.values()}


def program_of(
    residual: Node | None,
    scale: Node | None = None,
    regulariser: Node | None = None,
    objective: Node | None = None,
    outputs: Sequence[str] = ("mu", "s"),
) -> tuple[float, ...]:
    """The program of up to three terms and of an objective that is not their sum.

    `outputs` are the names of the outputs in their order; "r" is y minus the first. What stands in several trees is
    worked out once.
    """
    given = (*outputs, "r", "y")
    rows: dict[tuple[float, ...], int] = {}  # of each instruction, behind those that are given

    def row(node: Node) -> int:
        if node.op in given:
            return given.index(node.op)
        instruction = line(node)
        return rows.setdefault(instruction, len(given) + len(rows))

    def line(node: Node) -> tuple[float, ...]:
        if node.op == "number":
            return code.NUMBER, -1, -1, node.value
        if (single := _with_number(node)) is not None:
            which, other, constant = single
            return which, row(other), -1, constant
        below = [row(each) for each in node.of]
        return OPS[node.op].code, *(*below, -1)[:2], node.value

    ends = [-1 if tree is None else row(tree) for tree in (residual, scale, regulariser, objective)]
    return tuple(float(value) for numbers in [(len(rows), *ends), *rows] for value in numbers)


def _with_number(node: Node) -> tuple[int, Node, float] | None:
    """An operation with a number as one instruction: its code, the other operand and the constant, to the bit."""
    if node.op in ("add", "mul") and any(below.op == "number" for below in node.of):
        constant, other = sorted(node.of, key=lambda below: below.op != "number")
        return code.PLUS if node.op == "add" else code.TIMES, other, constant.value
    if node.op == "sub" and node.of[1].op == "number":
        return code.PLUS, node.of[0], -node.of[1].value
    if node.op == "div" and node.of[1].op == "number" and abs(math.frexp(node.of[1].value)[0]) == 0.5:
        return code.TIMES, node.of[0], 1 / node.of[1].value
    if node.op == "exp":  # of a multiple
        inner = _with_number(node.of[0])
        return (code.EXP, inner[1], inner[2]) if inner and inner[0] == code.TIMES else (code.EXP, node.of[0], 1.0)
    if node.op == "neg" and (inner := _with_number(node.of[0])) is not None and inner[0] == code.TIMES:
        return code.TIMES, inner[1], -inner[2]
    return (code.TIMES, node.of[0], -1.0) if node.op == "neg" else None


def evaluate(program: Sequence[float], xp: Any, y: Array, outputs: Sequence[Array]) -> tuple[Array, Array, Array]:
    """The three terms per point, on arrays of `xp`, numpy or torch: torch's autograd goes through.

    Where a formula has no value, such as log at a negative r, the terms are NaN and nothing is warned of.
    """
    ends = [int(row) for row in program[1:4]]
    rows = _run(program, max(ends), xp, y, outputs)
    return tuple(xp.zeros_like(y) if row < 0 else _full(xp, y, rows[row]) for row in ends)  # type: ignore[return-value]


def objective(program: Sequence[float], xp: Any, y: Array, outputs: Sequence[Array]) -> Array:
    """What training makes small, per point: the objective of a program that has one, else the sum of its terms."""
    end = int(program[4])
    if end < 0:
        residual, scale, regulariser = evaluate(program, xp, y, outputs)
        return residual + scale + regulariser
    return _full(xp, y, _run(program, end, xp, y, outputs)[end])


def _run(program: Sequence[float], last: int, xp: Any, y: Array, outputs: Sequence[Array]) -> list[Array]:
    """The rows up to the last that is needed; those of a constant alone are floats."""
    rows: list[Array] = [*outputs, y - outputs[0], y]
    count = max(0, last + 1 - len(rows))
    with np.errstate(all="ignore"):
        for at in range(code.HEAD, code.HEAD + code.WIDTH * count, code.WIDTH):
            which, a, b, constant = program[at : at + code.WIDTH]
            if which == code.NUMBER:
                rows.append(constant)
            elif which == code.EXP:
                rows.append(xp.exp(rows[int(a)] if constant == 1 else rows[int(a)] * constant))
            else:
                rows.append(_APPLY[int(which)](xp, rows[int(a)], rows[int(b)], constant))
    return rows


def value(node: Node, xp: Any, given: Mapping[str, Array]) -> Array:
    """A tree worked out where its names stand for these arrays or numbers; a float where it has no array."""
    if not node.of:
        return node.value if node.op == "number" else given[node.op]
    below = [value(each, xp, given) for each in node.of]
    return OPS[node.op].apply(xp, below[0], below[-1], node.value)


def _full(xp: Any, y: Array, row: Array) -> Array:
    return xp.full_like(y, row) if isinstance(row, float) else row
