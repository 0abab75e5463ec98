"""The line that makes the standard deviation, in the names and the framework of the code itself."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from ...loss_code.loss_code import LossCode
from ...model.formulas.tree import Node
from .likelihood_shape import Shape, is_single, named_trees
from .own_spelling import OwnSpelling
from .own_words import OwnStd

Spell = Callable[[str, str], str]
_LONGEST = 60  # characters of an expression that is repeated in the line

# The std of a quantity, by what the quantity is; a Gaussian's from σ, a Laplace one's from b = E|r|.
_FROM: Mapping[str, Callable[[str, Spell], str]] = MappingProxyType(
    {
        "σ": lambda it, spell: it,
        "σ²": lambda it, spell: spell("sqrt", it),
        "log σ²": lambda it, spell: spell("exp", f"0.5 * {_factor(it)}"),
        "log σ": lambda it, spell: spell("exp", it),
        "1/σ²": lambda it, spell: f"1 / {spell('sqrt', it)}",
        "1/σ": lambda it, spell: f"1 / {_factor(it)}",
        "E|r|": lambda it, spell: f"2**0.5 * {_factor(it)}",
        "log E|r|": lambda it, spell: f"2**0.5 * {spell('exp', it)}",
        "1/E|r|": lambda it, spell: f"2**0.5 / {_factor(it)}",
    }
)
_DIRECT = {"σ", "σ²"}
_WANTED = {
    "gaussian": ("σ", "σ²", "log σ", "log σ²", "1/σ²", "1/σ"),
    "laplace": ("σ", "E|r|", "log E|r|", "1/E|r|"),
}


def std_line(code: LossCode, shape: Shape, spell: OwnSpelling, *, to_the_digit: bool = False) -> str:
    """The line "std = …" of a Gaussian or Laplace likelihood; "" where no quantity of the code makes it by a power.

    `to_the_digit`: only quantities that are it exactly, and of those without a name the std and the variance alone.
    """
    wanted = _WANTED[shape.family]
    candidates = [(name, tree, wanted) for name, tree in named_trees(code)]
    if to_the_digit:
        direct = tuple(quantity for quantity in wanted if quantity in _DIRECT)
        written = [each for each in code.quantities if not each.name and len(each.text) < _LONGEST]
        candidates += [(each.text, each.tree, direct) for each in written]
    for name, tree, quantities in candidates:
        for quantity in quantities:
            if shape.is_quantity(tree, quantity, to_the_digit=to_the_digit):
                return _line(_FROM[quantity](name, spell))
        if shape.is_quantity(Node("abs", (tree,)), "σ", to_the_digit=to_the_digit):
            return _line(spell("abs", name))
    return ""


def _line(text: str) -> str:
    """The line that makes it; a name std alone where it is that."""
    return text if text == "std" else f"std = {text}"


def line_of_meaning(std: OwnStd, spell: OwnSpelling) -> str:
    """The line of a std that was found by its law: factor·base**power, or factor·exp(power·base)."""
    if not re.fullmatch(r"[\w.\[\]:, ()*/+-]+", std.base):
        return ""
    size = abs(std.power)
    if std.of_exp:
        exponent = std.base if std.power == 1 else f"{std.power:g} * {_factor(std.base)}"
        text = spell("exp", exponent)
    else:
        text = {1.0: std.base, 0.5: spell("sqrt", std.base)}.get(size, f"{_factor(std.base)}**{size:g}")
        text = text if std.power > 0 else f"1 / {_factor(text)}"
    if abs(std.factor - 1) < 1e-6:
        return _line(text)
    factor = {1.4142: "2**0.5", 0.7071: "0.5**0.5"}.get(round(std.factor, 4), f"{std.factor:.4g}")
    return f"std = {factor} * {text if std.of_exp else _factor(text)}"


def _factor(text: str) -> str:
    """An expression as a factor: in brackets where it is a sum, a product or a quotient."""
    return text if is_single(text) and not text.startswith("-") else f"({text})"
