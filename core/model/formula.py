"""A loss per point that a person types, such as 0.5*exp(-s)*abs(r) + 0.5*s: read, checked, made a program.

Nothing that is typed is ever run: words are looked up in tables, and what stands in none of them is refused with one
sentence that says where, and what is allowed. r is y − mu, mu the network's first output and s its second.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from core.model.program import LEAVES, OPS, Array, Node, evaluate, numbers_of

LONGEST = 300  # characters of a formula, as typed and as written out
DEEPEST = 40  # brackets, signs and exponents within one another
MOST_NODES = 150
LARGEST = 1e12  # size of a constant
STEEPEST = 20  # size of a constant exponent
DATA = frozenset({"r", "y", "mu"})


class FormulaError(ValueError):
    """What makes a text no loss: one sentence on one line, with the place and what is allowed."""


@dataclass(frozen=True)
class Formula:
    """A typed loss per point.

    `text` is its one spelling in ASCII: formulas that are read alike have the same, and it reads as the same formula.
    `residual` and `scale` are the two sums that its terms fall into: with r, y or mu, and without (which may be zero).
    A factor that is a number goes to both. `uses_only_r`: y and mu stand in it nowhere but as r.
    `numbers` is the program that `core.model.program.gradient` runs.
    """

    text: str
    latex: str
    uses_s: bool
    uses_only_r: bool
    residual: Node
    scale: Node
    numbers: tuple[float, ...]

    def evaluate(self, xp: Any, y: Array, mean: Array, s: Array) -> tuple[Array, Array]:
        """Residual and scale term per point; all arrays of y's shape, of `xp`, which is numpy or torch."""
        return evaluate(self.numbers, xp, y, mean, s)


@lru_cache(maxsize=256)
def parse(text: str) -> Formula:
    """The formula that `text` means; raises FormulaError."""
    if len(text) > LONGEST:
        raise FormulaError(f"A formula has at most {LONGEST} characters, and this has {len(text):,}.")
    if not text.strip():
        raise FormulaError("There is no formula: write one in r, y, mu and s, such as 0.5*exp(-s)*r**2 + 0.5*s.")
    tree = _Parser(text).whole()
    leaves, count = {node.op for node in tree.walk()}, sum(1 for _ in tree.walk())
    _check_leaves(leaves)
    if count > MOST_NODES:
        raise FormulaError(f"A formula has at most {MOST_NODES} operations, names and numbers, and this has {count}.")
    written = text_of(tree)
    _check_written(written)
    try:
        residual, scale = _split(tree)
    except ArithmeticError as error:  # a number before a bracket, times one within
        raise FormulaError(f"The formula cannot be used when its brackets are multiplied out: {error}.") from None
    uses_only_r = not leaves & {"y", "mu"}
    return Formula(
        written, latex_of(tree), "s" in leaves, uses_only_r, residual, scale, numbers_of(residual, scale)
    )  # fmt: skip


def _check_written(text: str) -> None:
    # Brackets for bars, or a sign that moved out of a factor, may make it longer and deeper than what was typed.
    if len(text) > LONGEST:
        raise FormulaError(f"A formula written out has at most {LONGEST} characters, and this has {len(text)}.")
    try:
        _Parser(text).whole()
    except FormulaError:
        raise FormulaError(
            f"A formula written out has at most {DEEPEST} brackets, signs and powers within one another, and this more."
        ) from None


def _check_leaves(leaves: set[str]) -> None:
    if not leaves & {"r", "y", "mu", "s"}:
        raise FormulaError("The formula is a constant, with nothing to fit: it needs r, as in exp(-s)*r**2 + s.")
    if not leaves & DATA:
        raise FormulaError("The formula has no r, y or mu, so nothing to fit: it needs r, as in exp(-s)*r**2 + s.")
    if not leaves & {"r", "mu", "s"}:
        raise FormulaError("The formula has y alone, so nothing to fit: it needs r, mu or s, as in exp(-s)*r**2 + s.")


def _split(node: Node) -> tuple[Node, Node]:
    """Residual and scale of a sum, through brackets that a number multiplies."""
    if not any(below.op in DATA for below in node.walk()):
        return number(0.0), node
    numbers = [below.op == "number" for below in node.of]
    if node.op in ("add", "sub", "neg"):
        residuals, scales = zip(*map(_split, node.of), strict=True)
    elif (node.op == "mul" and any(numbers)) or (node.op == "div" and numbers[1]):
        parts = [(below, below) if below.op == "number" else _split(below) for below in node.of]
        residuals, scales = zip(*parts, strict=True)
    else:
        return node, number(0.0)
    return made(node.op, *residuals), made(node.op, *scales)


# The tree: `made` folds constants and brings it into a form that text_of writes and parse reads alike.


def number(value: float) -> Node:
    """A constant; raises ArithmeticError where it is none that a formula may have."""
    if not math.isfinite(value):
        raise ArithmeticError("these constants give no finite number")
    if abs(value) > LARGEST:
        raise ArithmeticError("a constant is at most 1e12 in size")
    return Node("number", (), float(value) + 0.0)  # −0 is 0


def made(op: str, *of: Node) -> Node:
    """An operation on subtrees, simplified where neither a value nor a slope changes by more than rounding.

    sqrt(r**2) stays what it is: abs(r) has another slope at 0. Raises ArithmeticError for constants with no value.
    """
    if op in _POWERS:
        return _POWERS[op](*of)
    if op == "div" and of[1] == _ZERO:
        raise ArithmeticError("nothing can be divided by zero")
    if all(node.op == "number" for node in of):
        x, z = (np.float64(node.value) for node in (of[0], of[-1]))
        with np.errstate(all="ignore"):
            return number(float(OPS[op].apply(np, x, z, 0.0)))
    return _RULES[op](*of) if op in _RULES else Node(op, of)


def _unsigned(node: Node) -> tuple[Node, bool]:
    """The node without the minus sign before it, and whether it had one."""
    if node.op == "number" and node.value < 0:
        return number(-node.value), True
    return (node.of[0], True) if node.op == "neg" else (node, False)


def _neg(x: Node) -> Node:
    return x.of[0] if x.op == "neg" else Node("neg", (x,))


def _add(x: Node, z: Node) -> Node:
    (bare_x, minus_x), (bare_z, minus_z) = _unsigned(x), _unsigned(z)
    if minus_z:
        return made("sub", x, bare_z)
    if minus_x:
        return made("sub", z, bare_x)
    return z if x == _ZERO else x if z == _ZERO else Node("add", (x, z))


def _sub(x: Node, z: Node) -> Node:
    bare_z, minus_z = _unsigned(z)
    if minus_z:
        return made("add", x, bare_z)
    if {x.op, z.op} == {"y", "mu"}:
        return Node("r") if x.op == "y" else made("neg", Node("r"))
    return made("neg", z) if x == _ZERO else x if z == _ZERO else Node("sub", (x, z))


def _product(op: str) -> Callable[[Node, Node], Node]:
    def product(x: Node, z: Node) -> Node:
        (bare_x, minus_x), (bare_z, minus_z) = _unsigned(x), _unsigned(z)
        bare = Node(op, (bare_x, bare_z))
        return made("neg", bare) if minus_x != minus_z else bare

    return product


def _pow(x: Node, z: Node) -> Node:
    if x == Node("number", (), math.e):
        return made("exp", z)
    if z.op != "number":
        return Node("pow", (x, z))
    if abs(z.value) > STEEPEST:
        raise ArithmeticError(f"a constant exponent lies between -{STEEPEST} and {STEEPEST}")
    if x.op == "number":
        with np.errstate(all="ignore"):
            return number(float(np.float64(x.value) ** z.value))
    if z.value == 0.5:
        return Node("sqrt", (x,))  # numpy and torch work it out so
    return number(1.0) if z.value == 0 else x if z.value == 1 else Node("power", (x,), z.value)


_ZERO = number(0.0)
_POWERS: Mapping[str, Callable[..., Node]] = MappingProxyType(
    {"pow": _pow, "square": lambda x: _pow(x, number(2.0))},
)
_RULES: Mapping[str, Callable[..., Node]] = MappingProxyType(
    {"neg": _neg, "add": _add, "sub": _sub, "mul": _product("mul"), "div": _product("div")}
)


# Reading: words and marks, then a parser by binding power (Pratt 1973, doi:10.1145/512927.512931).


class _Token(NamedTuple):
    kind: str  # "number", "word", "mark" or "end"
    text: str
    at: int  # from 1
    typed: str = ""  # where that is another spelling


_WORD = r"[^\W\d²³½¼][^\W²³½¼]*"
_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    rf"|(?P<word>{_WORD}(?:\.{_WORD})*)"
    r"|(?P<mark>\*\*|[-+*/^(),|·⋅×÷−½¼²³])"
)
_SPELT = MappingProxyType({"^": "**", "·": "*", "⋅": "*", "×": "*", "÷": "/", "−": "-"})
_FRACTIONS = MappingProxyType({"½": "0.5", "¼": "0.25"})
_RAISED = MappingProxyType({"²": "2", "³": "3"})
_INFIX = MappingProxyType(  # how tightly it binds, its operation, how tightly what may stand right of it
    {"+": (1, "add", 2), "-": (1, "sub", 2), "*": (2, "mul", 3), "/": (2, "div", 3), "**": (4, "pow", 3)}
)
_NAMES = MappingProxyType(
    {"r": "r", "y": "y", "mu": "mu", "μ": "mu", "µ": "mu", "mean": "mu", "s": "s", "log_var": "s", "logvar": "s"}
)
_CONSTANTS = MappingProxyType({"pi": math.pi, "π": math.pi, "e": math.e})
FUNCTIONS = ("pow", "square", *(name for name, op in OPS.items() if op.latex))
_ALIASES = MappingProxyType({"power": "pow", "ln": "log", "maximum": "max", "minimum": "min"})
_MODULES = re.compile(r"^(?:torch(?:\.nn\.functional)?|np|numpy|math|F)\.(?=[^.]+$)")
_MEANT = MappingProxyType(  # what people write for a name that is called otherwise
    {"sigma": "s", "σ": "s", "var": "s", "std": "s", "variance": "s", "target": "y", "pred": "mu", "residual": "r"}
)


def _shown(text: str, longest: int = 16) -> str:
    """What was typed, cut short and without what cannot be seen: settings.one_line lies above this floor."""
    text = text if len(text) <= longest else text[:longest] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _refusal(token: _Token, because: str) -> FormulaError:
    shown = "the end" if token.kind == "end" else f'"{_shown(token.typed or token.text)}"'
    return FormulaError(f"The formula cannot be read at character {token.at}, {shown}: {because}.")


def _tokens(text: str) -> Iterator[_Token]:
    """Words, numbers and marks, in one spelling; those that ½ and ² stand for are put in."""
    at, before, fraction_after, bars = 0, "", "", 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        found = _TOKEN.match(text, at)
        if found is None:
            yield _Token("bad", text[at], at + 1)  # the parser refuses it in its turn, after what is wrong before it
            at += 1
            continue
        typed, kind = found.group(), str(found.lastgroup)
        token = _Token(kind, _SPELT.get(typed, typed), at + 1, typed)
        if before in _FRACTIONS and (kind == "word" or typed == "(" or (typed == "|" and bars % 2 == 0)):
            if fraction_after in ("/", "**"):
                raise _refusal(token, "after / or a power, write the fraction and what follows it in brackets")
            yield _Token("mark", "*", at + 1, typed)
        if before in _RAISED and (token.text == "**" or typed in _RAISED):
            raise _refusal(token, "a power of a power needs brackets, as in (r²)²")
        if typed in _FRACTIONS:
            yield _Token("number", _FRACTIONS[typed], at + 1, typed)
            fraction_after = before
        elif typed in _RAISED:
            yield from (_Token("mark", "**", at + 1, typed), _Token("number", _RAISED[typed], at + 1, typed))
        else:
            yield token
        at, before, bars = found.end(), _SPELT.get(typed, typed), bars + (typed == "|")
    yield _Token("end", "", len(text) + 1)


_INSTEAD = MappingProxyType({"=": "write the loss alone, without a name and ="})
_MARKS_ALLOWED = "allowed are numbers, names, + - * / ** ^ ( ) | and commas"


class _Parser:
    def __init__(self, text: str):
        self.tokens = list(_tokens(text))
        self.at, self.depth, self.in_bars = 0, 0, False

    def whole(self) -> Node:
        tree = self.expression(0)
        if self.token.kind != "end":
            raise _refusal(self.token, self.unexpected())
        return tree

    @property
    def token(self) -> _Token:
        return self.tokens[self.at]

    def take(self) -> _Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def unexpected(self) -> str:
        """Why an operand cannot be followed by what stands here."""
        if self.token.kind == "bad":
            return _INSTEAD.get(self.token.text, _MARKS_ALLOWED)
        if self.token.kind in ("number", "word") or self.token.text in ("(", "|"):
            return "two factors need a * between them"
        return (
            "there is no open bracket for it" if self.token.text == ")" else "a comma stands only in max, min and pow"
        )

    def expression(self, tightness: int) -> Node:
        """What stands here, with the operators after it that bind as tightly or tighter."""
        node = self.operand(tightness)
        while self.token.text in _INFIX and _INFIX[self.token.text][0] >= tightness:
            mark = self.take()
            _, op, right = _INFIX[mark.text]
            node = self.checked(mark, made, op, node, self.within(right) if op == "pow" else self.expression(right))
        return node

    def within(self, tightness: int) -> Node:
        """An expression one level deeper."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise _refusal(self.token, f"at most {DEEPEST} brackets, signs and powers may stand within one another")
        node = self.expression(tightness)
        self.depth -= 1
        return node

    def operand(self, tightness: int) -> Node:
        token = self.take()
        if token.kind == "number":
            return self.checked(token, number, float(token.text))
        if token.kind == "word":
            return self.word(token)
        if token.text in ("+", "-"):  # -a*b is -(a*b), but the sign in a/-b*c is b's alone
            node = self.within(max(tightness, 2))
            return node if token.text == "+" else self.checked(token, made, "neg", node)
        if token.text == "(":
            node = self.within(0)
            self.close(")", token)
            return node
        if token.text == "|":
            return self.bars(token)
        because = _MARKS_ALLOWED if token.kind == "bad" else "a number, a name or a bracket is missing before it"
        raise _refusal(token, because)

    def bars(self, token: _Token) -> Node:
        if self.in_bars:
            raise _refusal(token, "bars cannot stand within bars, so write abs(...) for the inner ones")
        self.in_bars = True
        node = self.within(0)
        self.close("|", token)
        self.in_bars = False
        return self.checked(token, made, "abs", node)

    def close(self, mark: str, opened: _Token) -> None:
        if self.token.text != mark:
            if self.token.kind == "bad":
                raise _refusal(self.token, self.unexpected())
            beside = "" if self.token.kind == "end" else f", or {self.unexpected()}"
            raise _refusal(self.token, f"the {opened.text} at character {opened.at} is not closed{beside}")
        self.take()

    def word(self, token: _Token) -> Node:
        name = _MODULES.sub("", token.text)
        name = _ALIASES.get(name, name)
        if name in FUNCTIONS:
            return self.call(token, name)
        if name in _CONSTANTS:
            return number(_CONSTANTS[name])
        if token.text in _NAMES:
            return Node(_NAMES[token.text])
        raise _refusal(token, _no_such(name))

    def call(self, token: _Token, name: str) -> Node:
        if self.token.text != "(":
            raise _refusal(token, f"{name} is a function and needs brackets, as in {_usage(name)}")
        opened = self.take()
        operands = [self.within(0)]
        while self.token.text == ",":
            self.take()
            operands.append(self.within(0))
        self.close(")", opened)
        if len(operands) != _arity(name):
            raise _refusal(token, f"{name} is written as {_usage(name)}, and here it is given {len(operands)}")
        return self.checked(token, made, name, *operands)

    def checked(self, token: _Token, make: Callable[..., Node], *of: Any) -> Node:
        try:
            return make(*of)
        except ArithmeticError as error:
            raise _refusal(token, str(error)) from None


def _arity(name: str) -> int:
    return 1 if name == "square" else OPS[name].arity


def _usage(name: str) -> str:
    return f"{name}(r)" if _arity(name) == 1 else f"{name}(r, s)"


def _no_such(name: str) -> str:
    last = name.rpartition(".")[2].lower()[:20]
    near = [_MEANT[last]] if last in _MEANT else get_close_matches(last, [*_NAMES, *FUNCTIONS, *_ALIASES], n=1)
    nearest = f", the nearest is {near[0]}" if near else ""
    return f"no such name{nearest}; there are r, y, mu, s, pi, e and {', '.join(sorted(FUNCTIONS))}"


# Writing: each part with how tightly it holds together, so that brackets stand only where they are needed.

_SUM, _FACTOR, _POWER, _ATOM = 1, 2, 3, 4
_Written = tuple[str, int]


def text_of(node: Node) -> str:
    """The tree as ASCII that parse reads as the same tree."""
    return _text(node)[0]


def _text(node: Node) -> _Written:
    """As ASCII; a power's exponent may be a power or have a sign without brackets."""

    def at_least(below: Node, tightness: int) -> str:
        text, holds = _text(below)
        return text if holds >= tightness else f"({text})"

    if node.op == "number":
        return _number_text(node.value)
    if node.op in LEAVES:
        return node.op, _ATOM
    if node.op == "neg":
        return f"-{at_least(node.of[0], _FACTOR)}", _SUM
    if node.op == "power":
        exponent = _number_text(node.value)[0]
        return f"{at_least(node.of[0], _ATOM)}**" + (f"({exponent})" if "/" in exponent else exponent), _POWER
    if node.op == "pow":
        bare, minus = _unsigned(node.of[1])
        return f"{at_least(node.of[0], _ATOM)}**{'-' * minus}{at_least(bare, _POWER)}", _POWER
    if node.op in _MARKS:
        mark, left, right = _MARKS[node.op]
        return at_least(node.of[0], left) + mark + at_least(node.of[1], right), left
    return f"{node.op}({', '.join(map(text_of, node.of))})", _ATOM


_MARKS = MappingProxyType(
    {
        "add": (" + ", _SUM, _FACTOR),
        "sub": (" - ", _SUM, _FACTOR),
        "mul": ("*", _FACTOR, _POWER),
        "div": ("/", _FACTOR, _POWER),
    }
)


def _number_text(value: float) -> _Written:
    """The shortest that is the same number: pi, 3, 0.5, 1/3, 1e-06."""
    if value < 0:
        return "-" + _number_text(-value)[0], _SUM
    constant = {math.pi: "pi", math.e: "e"}.get(value)
    plain = f"{value:.0f}" if value.is_integer() else repr(value)
    ratio = Fraction(value).limit_denominator(100)
    if constant is None and len(plain) > 8 and float(ratio) == value and not value.is_integer():
        return str(ratio), _FACTOR
    return constant or plain, _ATOM


def latex_of(node: Node) -> str:
    """The tree as LaTeX."""
    return _latex(node)[0]


def _latex(node: Node) -> _Written:
    def at_least(below: Node, tightness: int) -> str:
        latex, holds = _latex(below)
        return latex if holds >= tightness else _filled("(%)", latex)

    if node.op == "number":
        return _number_latex(node.value)
    if node.op in LEAVES:
        return {"mu": r"\mu"}.get(node.op, node.op), _ATOM
    if node.op == "neg":
        return f"-{at_least(node.of[0], _FACTOR)}", _SUM
    if node.op in ("power", "pow"):
        exponent = latex_of(node.of[1]) if node.op == "pow" else _number_latex(node.value)[0]
        return at_least(node.of[0], _ATOM) + (f"^{exponent}" if len(exponent) == 1 else f"^{{{exponent}}}"), _POWER
    if node.op == "div":
        return _filled(r"\frac{%}{%}", *map(latex_of, node.of)), _POWER
    if node.op == "mul":
        left, right = (at_least(below, _FACTOR) for below in node.of)
        between = r" \cdot " if right[0].isdigit() or right.startswith(r"\tfrac") else " "
        return left + between + right, _FACTOR
    if node.op in ("add", "sub"):
        mark, needs = ("+", _SUM) if node.op == "add" else ("-", _FACTOR)
        return f"{latex_of(node.of[0])} {mark} {at_least(node.of[1], needs)}", _SUM
    if node.op == "log1p":  # as a sum, for what is added may begin with a minus sign
        return _filled(r"\log(%)", latex_of(made("add", number(1.0), *node.of))), _ATOM
    return _filled(OPS[node.op].latex, *map(latex_of, node.of)), _POWER if node.op == "exp" else _ATOM


def _filled(pattern: str, *parts: str) -> str:
    """The pattern with the parts for its %, and brackets as tall as these are."""
    if any(r"\frac" in part or ("|" in part and pattern == "|%|") for part in parts):
        pattern = pattern.replace("(", r"\left(").replace(")", r"\right)").replace("|%|", r"\left|%\right|")
    for part in parts:
        pattern = pattern.replace("%", part, 1)
    return pattern


def _number_latex(value: float) -> _Written:
    if value < 0:
        return "-" + _number_latex(-value)[0], _SUM
    text, ratio = _number_text(value)[0], Fraction(value).limit_denominator(100)
    if "/" in text or (ratio.denominator in (2, 4, 8) and float(ratio) == value):
        top, bottom = str(ratio.numerator), str(ratio.denominator)
        return rf"\tfrac{top}{bottom}" if len(top + bottom) == 2 else rf"\tfrac{{{top}}}{{{bottom}}}", _POWER
    mantissa, _, exponent = text.partition("e")
    if mantissa and exponent:
        size = f"10^{{{int(exponent)}}}"
        return size if mantissa == "1" else rf"{mantissa} \cdot {size}", _POWER
    return {"pi": r"\pi"}.get(text, text), _ATOM
