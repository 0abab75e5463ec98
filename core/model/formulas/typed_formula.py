"""A loss per point that a person types, such as 0.5*exp(-s)*abs(r) + 0.5*s: read and checked.

r is y − mu, mu the network's first output and s its second.
"""

from dataclasses import dataclass
from functools import lru_cache

from .parser import DEEPEST, FormulaError, Parser
from .printing import latex_of, text_of
from .tree import DATA, Node, split

LONGEST = 300  # characters of a formula, as typed and as written out
MOST_NODES = 150


@dataclass(frozen=True)
class Formula:
    """A typed loss per point.

    `text` is its one spelling in ASCII: formulas that are read alike have the same, and it reads as the same formula.
    `residual` and `scale` are the two sums that its terms fall into: with r, y or mu, and without (which may be zero).
    A factor that is a number goes to both.
    """

    text: str
    latex: str
    uses_s: bool
    residual: Node
    scale: Node


@lru_cache(maxsize=256)
def parse(text: str) -> Formula:
    """The formula that `text` means; raises FormulaError."""
    if len(text) > LONGEST:
        raise FormulaError(f"A formula has at most {LONGEST} characters, and this has {len(text):,}.")
    if not text.strip():
        raise FormulaError("There is no formula: write one in r, y, mu and s, such as 0.5*exp(-s)*r**2 + 0.5*s.")
    tree = Parser(text).whole()
    count = sum(1 for _ in tree.walk())
    _check_names(tree.names)
    if count > MOST_NODES:
        raise FormulaError(f"A formula has at most {MOST_NODES} operations, names and numbers, and this has {count}.")
    written = text_of(tree)
    _check_written(written)
    try:
        residual, scale = split(tree)
    except ArithmeticError as error:  # a number before a bracket, times one within
        raise FormulaError(f"The formula cannot be used when its brackets are multiplied out: {error}.") from None
    return Formula(written, latex_of(tree), "s" in tree.names, residual, scale)


def _check_written(text: str) -> None:
    # Brackets for bars, or a sign that moved out of a factor, may make it longer and deeper than what was typed.
    if len(text) > LONGEST:
        raise FormulaError(f"A formula written out has at most {LONGEST} characters, and this has {len(text)}.")
    try:
        Parser(text).whole()
    except FormulaError:
        raise FormulaError(
            f"A formula written out has at most {DEEPEST} nested brackets, signs and powers; this one has more."
        ) from None


def _check_names(names: set[str]) -> None:
    if not names:
        raise FormulaError("The formula is a constant, with nothing to fit: it needs r, as in exp(-s)*r**2 + s.")
    if not names & DATA:
        raise FormulaError("The formula has no r, y or mu, so nothing to fit: it needs r, as in exp(-s)*r**2 + s.")
    if names == {"y"}:
        raise FormulaError("The formula has y alone, so nothing to fit: it needs r, mu or s, as in exp(-s)*r**2 + s.")
