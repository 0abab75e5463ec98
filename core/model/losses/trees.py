"""A row's formulas as trees, and what follows from them: the program that trains, the LaTeX on the pages."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..formulas import read
from ..formulas.printing import LATEX, SUM, latex_of
from ..formulas.program import program_of
from ..formulas.tree import ZERO, Node, number, split

Lossy = Any  # a core.model.losses.row.Loss, whose file needs this one


@dataclass(frozen=True)
class Trees:
    """The formulas of a row, unfolded; None for one that is not there. `where` are the definitions, in their order."""

    formula: Node
    trained: Node | None
    regulariser: Node | None
    where: tuple[tuple[str, Node], ...]

    @property
    def objective(self) -> Node:
        """What training makes small, as it is written."""
        shown = self.trained or self.formula
        return shown if self.regulariser is None else Node("add", (shown, self.regulariser))


@lru_cache(maxsize=256)
def trees_of(loss: Lossy) -> Trees:
    """The trees of a row. Raises FormulaError."""
    names = ["y", *loss.symbols, *(parameter.name for parameter in loss.parameters)]
    names += ["r"] if "mu" in loss.symbols[:1] else []
    where = []
    for name, text in loss.where:
        where.append((name, read(text, tuple(names))))
        names.append(name)
    trained, regulariser = (read(text, tuple(names)) if text else None for text in (loss.trained, loss.regulariser))
    return Trees(read(loss.formula, tuple(names)), trained, regulariser, tuple(where))


@lru_cache(maxsize=1024)
def program(loss: Lossy) -> tuple[float, ...]:
    """The program of a row with the values of its parameters."""
    trees = trees_of(loss)
    known = {parameter.name: number(parameter.value) for parameter in loss.parameters}
    known |= _moved(*(loss.y_unit or (0.0, 1.0)))
    known |= _of_head(loss) if loss.of_raw else {}
    for name, tree in trees.where:
        known[name] = tree.put(known)
    residual, scale = (None if tree == ZERO else tree for tree in split(trees.formula.put(known)))
    regulariser, trained = (None if tree is None else tree.put(known) for tree in (trees.regulariser, trees.trained))
    return program_of(residual, scale, regulariser, trained, loss.symbols)


def _of_head(loss: Lossy) -> dict[str, Node]:
    """The log of the spread, of what the net gives to the head."""
    if loss.head.is_own or loss.spread_at is None:
        return {}
    output = loss.outputs[loss.spread_at]
    return {output.symbol: loss.head.log_spread(output.log_power, output.symbol)}


def _moved(shift: float, scale: float) -> dict[str, Node]:
    """r, y and mu, brought back to the unit in which a formula is worked out."""
    if (shift, scale) == (0.0, 1.0):
        return {}
    names = ("r", "y", "mu")
    scaled = {name: Node(name) if scale == 1 else Node("mul", (_constant(scale), Node(name))) for name in names}
    return {name: Node("add", (_constant(shift), tree)) if name != "r" else tree for name, tree in scaled.items()}


def _constant(value: float) -> Node:
    return Node("number", (), value)  # of any size, for the unit of y is anybody's


def latex_as_typed(loss: Lossy) -> str:
    """The formula in r, as a person typed it."""
    return latex_of(trees_of(loss).formula.put({}))


def latex(loss: Lossy) -> str:
    """The formula as the pages show it, fixed parameters by their values, definitions and a note behind."""
    trees = trees_of(loss)
    names = {each.name: LATEX.number(each.value) for each in loss.parameters if each.name not in loss.settings}
    names["r"] = r"y-\mu", SUM
    shown = latex_of(trees.objective, names)
    where = [f"{latex_of(Node(name), names)} = {latex_of(tree, names)}" for name, tree in trees.where]
    return r", \quad ".join(filter(None, [shown, r", \; ".join(where), loss.note]))
