"""Writing formulas: one printer with as few brackets as can be, and a table of dialects: text, LaTeX, torch, math.

Each part is written with how tightly it holds together, so that brackets stand only where they are needed.
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from types import MappingProxyType

from .operations import OPS
from .tree import Node, made, number, unsigned

SUM, FACTOR, POWER, ATOM = 1, 2, 3, 4
Written = tuple[str, int]


@dataclass(frozen=True)
class Mark:
    """How an operation is written: % for each operand, how tightly each must hold, and how tightly the whole does."""

    pattern: str
    needs: tuple[int, ...]
    holds: int


@dataclass(frozen=True)
class Dialect:
    """A way of writing formulas. `special` are the operations that need more than a mark."""

    number: Callable[[float], Written]
    names: Mapping[str, Written]
    marks: Mapping[str, Mark]
    special: Mapping[str, Callable[["Dialect", Node], Written]]
    function: Callable[[str], str]
    tall: bool = False
    floats: Collection[str] = ()  # of torch: names of numbers, which are no tensors

    def write(self, node: Node) -> Written:
        """The text of a tree, and how tightly it holds."""
        if node.op == "number":
            return self.number(node.value)
        if not node.of:
            return self.names.get(node.op, (node.op, ATOM))
        if node.op in self.special:
            return self.special[node.op](self, node)
        if (mark := self.marks.get(node.op)) is None:
            return self.filled(self.function(node.op), [self.write(below)[0] for below in node.of]), ATOM
        parts = [self.at_least(below, need) for below, need in zip(node.of, mark.needs, strict=True)]
        return self.filled(mark.pattern, parts), mark.holds

    def at_least(self, node: Node, tightness: int) -> str:
        """The text of a tree, in brackets if it does not hold that tightly."""
        text, holds = self.write(node)
        return text if holds >= tightness else self.filled("(%)", [text])

    def filled(self, pattern: str, parts: Sequence[str]) -> str:
        """The pattern with the parts for its %, over and over; in LaTeX with brackets as tall as these are."""
        if self.tall and any(r"\frac" in part or ("|" in part and pattern == "|%|") for part in parts):
            pattern = pattern.replace("(", r"\left(").replace(")", r"\right)").replace("|%|", r"\left|%\right|")
        pieces = pattern.split("%")
        return pieces[0] + "".join(parts[i % len(parts)] + piece for i, piece in enumerate(pieces[1:]))


def text_of(node: Node) -> str:
    """The tree as ASCII that parse reads as the same tree."""
    return TEXT.write(node)[0]


def latex_of(node: Node, names: Mapping[str, Written] | None = None) -> str:
    """The tree as LaTeX; `names` are written otherwise than by themselves."""
    symbols = {name: symbol(name) for name in node.names}
    return replace(LATEX, names=symbols | dict(names or {})).write(node)[0]


def torch_of(node: Node, names: Mapping[str, Written], floats: Collection[str] = ()) -> Written:
    """The tree as torch code, with `names` as they are called there; those in `floats` are numbers, no tensors."""
    return replace(TORCH, names=names, floats=floats).write(node)


# Text and Python code.


def _number_text(value: float) -> Written:
    """The shortest that is the same number: pi, 3, 0.5, 1/3, 1e-06."""
    if value < 0:
        return "-" + _number_text(-value)[0], SUM
    constant = {math.pi: "pi", math.e: "e"}.get(value)
    plain = f"{value:.0f}" if value.is_integer() else repr(value)
    ratio = Fraction(value).limit_denominator(100)
    if constant is None and len(plain) > 8 and float(ratio) == value and not value.is_integer():
        return str(ratio), FACTOR
    return constant or plain, ATOM


def _number_code(value: float) -> Written:
    text, holds = _number_text(value)
    return {"pi": "math.pi", "-pi": "-math.pi", "e": "math.e", "-e": "-math.e"}.get(
        text, text.replace("/", " / ")
    ), holds


def _power_text(self: Dialect, node: Node) -> Written:
    exponent = self.number(node.value)[0]
    return self.at_least(node.of[0], ATOM) + "**" + (f"({exponent})" if "/" in exponent else exponent), POWER


def _pow_text(self: Dialect, node: Node) -> Written:
    """The exponent may be a power, or have a sign, without brackets."""
    bare, minus = unsigned(node.of[1])
    return f"{self.at_least(node.of[0], ATOM)}**{'-' * minus}{self.at_least(bare, POWER)}", POWER


def _spaced(rule: Callable[[Dialect, Node], Written]) -> Callable[[Dialect, Node], Written]:
    """A power as code: spaces beside ** where its base is more than a name."""

    def spaced(self: Dialect, node: Node) -> Written:
        text, holds = rule(self, node)
        base = self.at_least(node.of[0], ATOM)
        return (text if base.isidentifier() else f"{base} ** {text[len(base) + 2 :]}"), holds

    return spaced


def _is_float(self: Dialect, node: Node) -> bool:
    return all(name in self.floats for name in node.names)


def _torch_function(name: str) -> Callable[[Dialect, Node], Written]:
    """A function of tensors; of numbers alone it is one of Python's math."""

    def write(self: Dialect, node: Node) -> Written:
        if _is_float(self, node):
            return self.filled(OPS[name].math or f"math.{name}(%)", [self.write(below)[0] for below in node.of]), ATOM
        parts = [self.at_least(below, ATOM if name == "stop" else 0) for below in node.of]
        if len(parts) > 1:  # torch's want tensors
            full = zip(node.of, parts, strict=True)
            parts = [f"torch.full_like(y, {part})" if _is_float(self, below) else part for below, part in full]
        return self.filled(OPS[name].torch or f"torch.{name}(%)", parts), ATOM

    return write


_PLAIN_MARKS = MappingProxyType(
    {
        "add": Mark("% + %", (SUM, FACTOR), SUM),
        "sub": Mark("% - %", (SUM, FACTOR), SUM),
        "mul": Mark("%*%", (FACTOR, POWER), FACTOR),
        "div": Mark("%/%", (FACTOR, POWER), FACTOR),
        "neg": Mark("-%", (FACTOR,), SUM),
    }
)
TEXT = Dialect(
    number=_number_text,
    names=MappingProxyType({}),
    marks=_PLAIN_MARKS,
    special=MappingProxyType({"power": _power_text, "pow": _pow_text}),
    function=lambda name: f"{name}({', '.join('%' * OPS[name].arity)})",
)
TORCH = Dialect(
    number=_number_code,
    names=MappingProxyType({}),
    marks=MappingProxyType(
        {**_PLAIN_MARKS, "mul": Mark("% * %", (FACTOR, POWER), FACTOR), "div": Mark("% / %", (FACTOR, POWER), FACTOR)}
    ),
    special=MappingProxyType(
        {"power": _spaced(_power_text), "pow": _spaced(_pow_text)}
        | {name: _torch_function(name) for name, op in OPS.items() if op.latex}
    ),
    function=lambda name: name,
)


# LaTeX.


def _number_latex(value: float) -> Written:
    if value < 0:
        return "-" + _number_latex(-value)[0], SUM
    text, ratio = _number_text(value)[0], Fraction(value).limit_denominator(100)
    if "/" in text or (ratio.denominator in (2, 4, 8) and float(ratio) == value):
        top, bottom = str(ratio.numerator), str(ratio.denominator)
        return rf"\tfrac{top}{bottom}" if len(top + bottom) == 2 else rf"\tfrac{{{top}}}{{{bottom}}}", POWER
    mantissa, _, exponent = text.partition("e")
    if mantissa and exponent:
        size = f"10^{{{int(exponent)}}}"
        return size if mantissa == "1" else rf"{mantissa} \cdot {size}", POWER
    return {"pi": r"\pi"}.get(text, text), ATOM


def _power_latex(self: Dialect, node: Node) -> Written:
    exponent = self.write(node.of[1])[0] if node.op == "pow" else _number_latex(node.value)[0]
    return self.at_least(node.of[0], ATOM) + (f"^{exponent}" if len(exponent) == 1 else f"^{{{exponent}}}"), POWER


def _mul_latex(self: Dialect, node: Node) -> Written:
    left, right = (self.at_least(below, FACTOR) for below in node.of)
    between = r" \cdot " if right[0].isdigit() or right.startswith(r"\tfrac") else " "
    return left + between + right, FACTOR


def _log1p_latex(self: Dialect, node: Node) -> Written:
    # As a sum, for what is added may begin with a minus sign.
    return self.filled(r"\log(%)", [self.write(made("add", number(1.0), *node.of))[0]]), ATOM


_GREEK = {name: rf"\{name}" for name in ("alpha", "beta", "gamma", "kappa", "mu", "nu", "sigma", "tau")} | {
    "omega": r"\Omega",
    "std": r"\sigma",
    "evidence_weight": r"\lambda",
    "excess": r"(\alpha-1)",
}


def symbol(name: str) -> Written:
    """A name as LaTeX: a letter, a Greek one, the log of one, or upright words."""
    if name.startswith("log_"):
        return rf"\log{symbol(name.removeprefix('log_'))[0]}", ATOM
    return _GREEK.get(name, name if len(name) == 1 else rf"\mathrm{{{name.replace('_', ' ')}}}"), ATOM


LATEX = Dialect(
    number=_number_latex,
    names=MappingProxyType({}),
    marks=MappingProxyType(
        {
            "add": Mark("% + %", (0, SUM), SUM),
            "sub": Mark("% - %", (0, FACTOR), SUM),
            "div": Mark(r"\frac{%}{%}", (0, 0), POWER),
            "neg": Mark("-%", (FACTOR,), SUM),
            "exp": Mark(OPS["exp"].latex, (0,), POWER),
        }
    ),
    special=MappingProxyType({"power": _power_latex, "pow": _power_latex, "mul": _mul_latex, "log1p": _log1p_latex}),
    function=lambda name: OPS[name].latex,
    tall=True,
)
