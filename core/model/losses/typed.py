"""The row of a loss that a person types: what formula.py reads and program.py runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.model.formula import Formula, parse
from core.model.losses.row import MEAN, Array, Loss, Output, Outputs, Terms
from core.model.program import Node, evaluate, gradient, numbers_of

DEFAULT_FORMULA = "0.5*exp(-s)*r**2 + 0.5*s"
# A typed s follows no unit by itself: the formula is worked out in the unit of y, whatever the network trains in.
_S = Output("s", "s")


def _terms(xp: Any, y: Array, outputs: Outputs, numbers: Sequence[float]) -> Terms:
    residual, scale = evaluate(tuple(numbers), xp, y, outputs[0], outputs[-1])
    return residual, scale, xp.zeros_like(y)


@dataclass(frozen=True)
class _InUnits:
    """The program of a formula whose r, y and mu are worked out from standardised ones."""

    formula: Formula

    def __call__(self, numbers: tuple[float, ...], shift: float, scale: float) -> tuple[float, ...]:
        moved = [_moved(node, shift, scale) for node in (self.formula.residual, self.formula.scale)]
        return numbers_of(*moved)


def _moved(node: Node, shift: float, scale: float) -> Node:
    if node.op == "r":
        return _times(scale, node)
    if node.op in ("y", "mu"):
        return Node("add", (Node("number", (), shift), _times(scale, node)))
    return Node(node.op, tuple(_moved(below, shift, scale) for below in node.of), node.value)


def _times(factor: float, node: Node) -> Node:
    return node if factor == 1 else Node("mul", (Node("number", (), factor), node))


def _with_formula(row: Loss, values: Mapping[str, Any]) -> Loss:
    formula = parse(values.get("formula", DEFAULT_FORMULA))
    return replace(
        row,
        latex=formula.latex,
        numbers=formula.numbers,
        numbers_in=_InUnits(formula),
        outputs=(MEAN, _S) if formula.uses_s else (MEAN,),
        readings=_TWO if formula.uses_s else ("constant_variance",),
        term_names=row.term_names if formula.uses_s else ("loss",),
    )


_TWO = (
    "log_variance", "laplace_scale", "mean_absolute", "log_std", "log_precision", "twice_variance", "half_variance",
)  # fmt: skip

ROWS = (
    _with_formula(
        Loss(
            name="typed",
            label="Your own formula",
            help="A loss per point that you type, in r = y − mu and the second output s.",
            latex="",
            outputs=(MEAN, _S),
            terms=_terms,
            gradient=gradient,
            readings=_TWO,
            reference="typed by you",
            parameters=("formula",),
            resolve=_with_formula,
            has_unit_law=False,
        ),
        {},
    ),
)
