"""Typed formulas as programs."""

from typing import Any

from core.model.formulas import Formula
from core.model.formulas.program import evaluate, program_of


def program(formula: Formula) -> tuple[float, ...]:
    """Of its residual and its scale term."""
    return program_of(formula.residual, formula.scale)


def terms(formula: Formula, xp: Any, y: Any, mean: Any, s: Any) -> tuple[Any, Any]:
    """Its residual and its scale term, of numpy or torch."""
    return evaluate(program(formula), xp, y, [mean, s])[:2]
