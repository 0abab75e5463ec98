"""The table of losses, built of whole rows: a missing or wrong piece is refused, with row and piece named."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

import numpy as np

from ..bounds import BOUNDS
from ..formulas import FormulaError, read
from ..readings import READINGS
from .row import Loss
from .trees import trees_of

_TERMS = ("residual term", "scale term", "regulariser")
_Y, _MOVED, _SHIFT, _SCALE = np.array([0.3, -1.2, 2.1, 0.7]), np.array([-0.2, 0.4, 0.9, -0.5]), 1.7, 3.0
_SAME = 1e-8  # relative: what rounding leaves of the unit law


class RowError(ValueError):
    """A row of LOSSES without a piece, or has a wrong one: one sentence that names both."""


def table_of(*rows: Loss) -> Mapping[str, Loss]:
    """The rows by their names; raises RowError."""
    names, table = [row.name for row in rows], {row.name: row for row in rows}
    for twice in (name for name in names if names.count(name) > 1):
        raise RowError(f"The loss {twice!r} stands in the table twice.")
    for row in rows:
        for check in _CHECKS:
            for wrong in check(row, table):
                raise RowError(f"The loss {row.name!r} {wrong}.")
    return MappingProxyType(table)


def _pieces(row: Loss, table: Mapping[str, Loss]) -> Iterator[str]:
    """A formula, or terms, gradient, LaTeX and code by hand."""
    if not row.outputs:
        yield "has no outputs"
    if row.formula and row.by_hand is not None:
        yield "has a formula and pieces by hand: one of them is enough"
    if not row.formula and row.by_hand is None:
        yield "has no formula, and no terms, gradient and code by hand"
    if row.by_hand is not None:
        for piece in ("terms", "gradient", "latex", "code"):
            if not getattr(row.by_hand, piece):
                yield f"has no {piece}, and no formula to take it from"


def _formulas(row: Loss, table: Mapping[str, Loss]) -> Iterator[str]:
    """Each formula can be read, and uses every output and parameter."""
    names = (*row.symbols, "shift", "scale")
    try:
        for output in row.outputs:
            if output.in_unit:
                read(output.in_unit, names)
        if row.by_hand is not None:
            return
        trees = trees_of(row)
        unused = {*row.symbols, *_parameters(row)} - {"mu"}
        for tree in (trees.objective, trees.formula, *(tree for _, tree in trees.where)):
            unused -= tree.names
        if unused:
            yield f"does not use {sorted(unused)[0]!r} in its formula"
        _ = row.numbers
    except (FormulaError, ArithmeticError) as error:
        yield f"has a formula that cannot be used: {str(error).rstrip('.')}"


def _names(row: Loss, table: Mapping[str, Loss]) -> Iterator[str]:
    """What it names exists: readings and their outputs, bounds, settings, what was meant."""
    if not row.readings:
        yield "has no reading"
    for name in row.readings:
        if name not in READINGS:
            yield f"names the reading {name!r}, which does not exist"
        elif (asks := READINGS[name].outputs) and asks not in (row.symbols, (*row.symbols, "s")):
            yield f"has the outputs {listed(row.symbols)}, and its reading {name!r} reads {listed(asks)}"
    for name in row.bounds:
        if name not in BOUNDS:
            yield f"names the bound {name!r}, which does not exist"
    for name in row.settings:
        if row.resolve is None and name not in _parameters(row):
            yield f"takes the setting {name!r}, and has no parameter of this name"
    if row.mistake and (row.meant not in table or table[row.meant].mistake):
        yield f"is a mistake and was meant as {row.meant!r}, which is no sound loss of the table"
    if row.meant and not row.mistake:
        yield f"is sound and says that {row.meant!r} was meant: only a mistake does"


def _terms(row: Loss, table: Mapping[str, Loss]) -> Iterator[str]:
    """Every term is an array with a value at each point."""
    outputs = _outputs(row)
    try:
        terms = row.evaluate(np, _Y, list(outputs))
    except (TypeError, ValueError, IndexError) as error:
        yield f"cannot be worked out: {str(error).rstrip('.')}"
        return
    for name, term in zip(_TERMS, terms, strict=False):
        if not isinstance(term, np.ndarray) or term.shape != _Y.shape:
            yield f"has a {name} that is no array with one value for each point"


def _unit_law(row: Loss, table: Mapping[str, Loss]) -> Iterator[str]:
    """With y → k·y all terms are multiplied by k**unit_power, and the scale term grows by unit_shift·log k."""
    if not row.has_unit_law:
        return
    outputs = _outputs(row)
    moved = row.in_unit_of_y(outputs.T, _SHIFT, _SCALE).T
    found = row.evaluate(np, _SHIFT + _SCALE * _Y, list(moved))
    expected = [_SCALE**row.unit_power * term for term in row.evaluate(np, _Y, list(outputs))]
    expected[1] = expected[1] + row.unit_shift * np.log(_SCALE)
    for name, one, other in zip(_TERMS, found, expected, strict=True):
        if not np.allclose(one, other, rtol=_SAME, atol=_SAME):
            law = f"unit_power {row.unit_power}, unit_shift {row.unit_shift:g}"
            yield f"has a {name} that does not follow its unit law ({law})"


def _outputs(row: Loss) -> np.ndarray:
    """Outputs (H, n) near where training begins."""
    return np.stack([output.start + 0.1 * _MOVED[::-1] * (i + 1) for i, output in enumerate(row.outputs)])


def _parameters(row: Loss) -> list[str]:
    return [parameter.name for parameter in row.parameters]


def listed(names: tuple[str, ...]) -> str:
    """Names in a sentence."""
    return ", ".join(names) or "of no name"


_CHECKS: tuple[Callable[[Loss, Mapping[str, Loss]], Iterator[str]], ...] = (
    _pieces,
    _formulas,
    _names,
    _terms,
    _unit_law,
)
