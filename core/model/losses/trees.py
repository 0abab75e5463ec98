"""A row's formulas as trees, and what follows from them: the program that trains, the LaTeX on the pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from core.model.formulas import read
from core.model.formulas.printing import LATEX, SUM, latex_of
from core.model.formulas.program import program_of
from core.model.formulas.tree import ZERO, Node, number, split


@dataclass(frozen=True)
class Texts:
    """The formulas of a row, as they are written there, and the names that may stand in them."""

    formula: str
    trained: str
    regulariser: str
    where: tuple[tuple[str, str], ...]
    symbols: tuple[str, ...]
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class Trees:
    """The same as trees, unfolded; None for one that is not there. `where` are the definitions, in their order."""

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
def trees_of(texts: Texts) -> Trees:
    """Raises FormulaError, its sentence after the name of the piece."""
    names = ["y", *texts.symbols, *texts.parameters]
    names += ["r"] if "mu" in texts.symbols[:1] else []
    where = []
    for name, text in texts.where:
        where.append((name, read(text, tuple(names))))
        names.append(name)
    trained, regulariser = (read(text, tuple(names)) if text else None for text in (texts.trained, texts.regulariser))
    return Trees(read(texts.formula, tuple(names)), trained, regulariser, tuple(where))


@lru_cache(maxsize=1024)
def program(texts: Texts, values: tuple[float, ...], y_unit: tuple[float, float] = (0.0, 1.0)) -> tuple[float, ...]:
    """The program of a row with these values of its parameters.

    `y_unit`: shift and scale with which r, y and mu come back to the unit in which the formula is worked out.
    """
    trees = trees_of(texts)
    known = dict(zip(texts.parameters, map(number, values), strict=True)) | _moved(*y_unit)
    for name, tree in trees.where:
        known[name] = tree.put(known)
    residual, scale = (None if tree == ZERO else tree for tree in split(trees.formula.put(known)))
    regulariser, trained = (None if tree is None else tree.put(known) for tree in (trees.regulariser, trees.trained))
    return program_of(residual, scale, regulariser, trained, texts.symbols)


def _moved(shift: float, scale: float) -> dict[str, Node]:
    if (shift, scale) == (0.0, 1.0):
        return {}
    names = ("r", "y", "mu")
    scaled = {name: Node(name) if scale == 1 else Node("mul", (_constant(scale), Node(name))) for name in names}
    return {name: Node("add", (_constant(shift), tree)) if name != "r" else tree for name, tree in scaled.items()}


def _constant(value: float) -> Node:
    return Node("number", (), value)  # of any size, for the unit of y is anybody's


def latex(texts: Texts, note: str, fixed: Mapping[str, float]) -> str:
    """The formula as the pages show it, `fixed` parameters by their values, its definitions and a note behind it."""
    trees = trees_of(texts)
    names = {name: LATEX.number(value) for name, value in fixed.items()}
    names["r"] = r"y-\mu", SUM
    shown = latex_of(trees.objective, names)
    where = [f"{latex_of(Node(name), names)} = {latex_of(tree, names)}" for name, tree in trees.where]
    return r", \quad ".join(filter(None, [shown, r", \; ".join(where), note]))
