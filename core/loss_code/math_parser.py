"""Reading a formula of a text into a tree: a parser by binding power, with the habits of mathematics.

Factors stand side by side, log takes what follows it, sums over points are heard of and passed over, μ(x) is μ.
Names are leaves "[name]" until their roles are known.
"""

import math
from collections.abc import Sequence

from ..model.formulas.tree import Node, number
from . import math_laws
from .math_constructs import Constructs
from .math_cursor import Stretch, Unreadable
from .math_names import ARGUMENTS, INDICES, key_of, leaf
from .math_tokens import MathToken

__all__ = ["DEEPEST", "MathParser"]

DEEPEST = 40
_ENDS = frozenset({"close", "}", "=", "line", "end", ",", ";", "over"})
_STARTS = frozenset({"number", "name", "function", "law", "accent", "frac", "root", "open", "{", "sum", "mean"})
_CLOSING = {"(": ")", "|": "|", "floor": "floor", "mean": "mean"}


class MathParser(Constructs):
    """Reads the signs of one formula."""

    def whole(self) -> Node:
        """The tree of all signs."""
        tree = self.sum()
        if self.token.kind != "end":
            raise Unreadable(self.token, "nothing can follow here")
        return tree

    def sum(self) -> Node:
        """Terms with + and − between them."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unreadable(self.token, f"at most {DEEPEST} brackets may be nested")
        start = self.token.start
        tree: Node | None = None
        while True:
            sign = self.take().kind if self.token.kind in ("+", "-") else "+"
            while self.token.kind in ("+", "-"):
                sign = "-" if self.take().kind != sign else "+"
            term = self.product()
            term = self.made("neg", term) if sign == "-" else term
            tree = term if tree is None else self.made("add", tree, term)
            if self.token.kind == "over":
                self.take()
                tree = self.made("div", tree, self.sum())
            if self.token.kind not in ("+", "-"):
                break
        self.depth -= 1
        return self.noted(tree, start)

    def product(self) -> Node:
        """Factors, with signs between them or side by side."""
        start = self.token.start
        tree = self.power()
        while True:
            token = self.token
            if token.kind in ("*", "/"):
                self.take()
                negative = self.token.kind == "-" and bool(self.take())
                right = self.power()
                if token.kind == "/":
                    right = self.denominator(tree, right)
                tree = self.made("div" if token.kind == "/" else "mul", tree, right)
                tree = self.made("neg", tree) if negative else tree
            elif self.starts():
                tree = self.made("mul", tree, self.power())
            else:
                return self.noted(tree, start)

    def denominator(self, above: Node, below: Node) -> Node:
        """2σ² after a slash: a number and the name that stands straight behind it are below together.

        ½s is the exception: 1/2s, of a log variance, is never one over 2s.
        """
        while below.op == "number" and self.token.kind in ("name", "accent") and self.token.close:
            if above == number(1.0) and self.token.text in ("s", "log_var", "logvar", "r", "l"):
                break
            below = self.made("mul", below, self.power())
        return below

    def starts(self) -> bool:
        """Whether a factor can start here."""
        token = self.token
        return token.kind in _STARTS or (token.kind == "bar" and not self.bars)

    def power(self) -> Node:
        """An operand with its exponents."""
        start = self.token.start
        tree = self.operand()
        while self.token.kind in ("^", "raised"):
            exponent = self.exponent()
            if exponent is not None:
                tree = self.raised(tree, exponent)
        return self.noted(tree, start)

    def raised(self, tree: Node, exponent: Node) -> Node:
        """A power; |r|² is r², of the same value and gradient."""
        if tree.op == "abs" and exponent.op == "number" and exponent.value % 2 == 0:
            tree = tree.of[0]
        return self.made("pow", tree, exponent)

    def exponent(self) -> Node | None:
        """What stands after ^, or raised; None for a mark that is no exponent, such as a transpose or (i)."""
        token = self.take()
        if token.kind == "raised":
            return number(float(token.text))
        if self.token.kind in ("{", "open"):
            mark = self.at
            inside = self.inside()
            if _is_index(inside):
                return None
            self.at = mark
            return self.group()
        if self.token.kind == "-":
            self.take()
            return self.made("neg", self.operand())
        if self.token.kind == "skip" or self.token.text in ("T", "*", "prime", "star", "dagger"):
            self.take()
            return None
        return self.operand()

    def group(self) -> Node:
        """What stands in braces or brackets, or a single sign where there are none."""
        token = self.token
        if token.kind not in ("{", "open"):
            return self.operand()
        self.take()
        inner, self.bars = self.bars, 0
        tree = self.sum()
        self.bars = inner
        self.close(token)
        if token.text == "|":
            self.subscript()  # of a norm
        return self.wrapped(token.text, tree)

    def wrapped(self, mark: str, tree: Node) -> Node:
        if mark == "floor":
            return self.made("stop", tree)
        if mark == "mean":
            self.means += 1
        return self.made("abs", tree) if mark == "|" else tree

    def operand(self) -> Node:
        """A number, a name, a function with what it is of, or what stands in brackets."""
        token = self.token
        if token.kind == "{" and self.holds_a_name():
            return self.name(self.take())
        if token.kind in ("{", "open"):
            return self.group()
        self.take()
        if token.kind == "number":
            top, _, bottom = token.text.partition("/")
            return self.checked(token, float(top) / float(bottom or 1))
        if token.kind == "bar":
            return self.between_bars(token)
        if token.kind == "frac":
            above = self.group()
            return self.made("div", above, self.group())
        if token.kind == "root":
            return self.root()
        if token.kind == "function":
            return self.function(token)
        if token.kind in ("sum", "mean", "head"):
            return self.reduction(token)
        if token.kind == "law":
            return self.law(token)
        if token.kind == "cases":
            return self.cases(token)
        if token.kind == "indicator":
            return self.indicator()
        if token.kind in ("name", "accent"):
            return self.name(token)
        if token.kind in ("refused", "unknown"):
            raise Unreadable(token, f"{token.text} cannot be read in a loss per point")
        why = "a number, a name or a bracket is missing before it" if token.kind in _ENDS else "this sign is not known"
        raise Unreadable(token, why)

    def holds_a_name(self) -> bool:
        """Whether a name stands in these braces, and nothing else: \\mathbf{y} is y."""
        mark = self.at
        kinds = [sign.kind for sign in self.inside()]
        self.at = mark
        return kinds.count("name") == 1 and set(kinds) <= {"name", "accent", "{", "}", "skip"}

    def between_bars(self, token: MathToken) -> Node:
        self.bars += 1
        tree = self.sum()
        if self.token.kind != "bar":
            raise Unreadable(token, "this bar is never closed")
        self.take()
        self.bars -= 1
        self.subscript()
        # The bars of a matrix are its determinant, which is never negative.
        return tree if tree.op in ("[Sigma]", "[hat Sigma]") else self.made("abs", tree)

    def root(self) -> Node:
        degree = None
        if self.token.kind == "open" and self.token.text == "(" and self.tokens[self.at + 1].kind == "number":
            mark = self.at
            inside = self.inside()
            if len(inside) == 1 and self.token.kind == "{":
                degree = float(inside[0].text)
            else:
                self.at = mark
        before = len(self.sums) + self.means
        tree = self.group()
        if len(self.sums) + self.means > before:
            self.roots += 1  # a root of a mean is lowest where the mean is
            return tree
        return self.made("sqrt", tree) if degree is None else self.made("pow", tree, number(1 / degree))

    def function(self, token: MathToken) -> Node:
        """A function of what stands in brackets after it, or of the factors that follow it."""
        self.subscript()
        before = len(self.sums)
        exponent = self.exponent() if self.token.kind in ("^", "raised") else None
        if token.text in ("min", "max") and self.token.kind not in ("{", "open"):
            return self.power()  # min over θ
        if self.token.kind in ("{", "open"):
            opened = self.take()
            inner, self.bars = self.bars, 0
            of = [self.sum()]
            while self.token.kind == ",":
                self.take()
                of.append(self.sum())
            self.bars = inner
            self.close(opened)
            of[0] = self.wrapped(opened.text, of[0]) if opened.text == "|" else of[0]
        else:
            of = [self.factors()]
        if token.text == "log" and "sum" in {"sum" if over else "" for over in self.sums[before:]}:
            raise Unreadable(token, "a log of a sum can only be read from code, which gives the number of terms")
        tree = self.of_function(token, of)
        return tree if exponent is None else self.raised(tree, exponent)

    def factors(self) -> Node:
        """Numbers, names and powers side by side: what log takes in log 2πσ²; up to a bracket, a function, a sign."""
        if self.token.kind == "-":
            self.take()
            return self.made("neg", self.factors())
        tree = self.power()
        while self.token.kind in ("number", "name", "accent", "root", "{"):
            tree = self.made("mul", tree, self.power())
        return tree

    def of_function(self, token: MathToken, of: list[Node]) -> Node:
        if token.text == "log" and len(of) == 1:
            return self.made("log", of[0])
        if token.text == "lgamma":
            return self.made("lgamma", *of)
        wanted = 2 if token.text in ("max", "min", "pow") else 1
        if len(of) != wanted:
            raise Unreadable(token, f"{token.text} is given {len(of)} and takes {wanted}")
        return self.made(token.text, *of)

    def reduction(self, token: MathToken) -> Node:
        """Σ, E, mean and min over θ: passed over, for the loss is read per point."""
        over = self.subscript()
        if self.token.kind in ("^", "raised"):
            self.exponent_of_sum()
        if token.kind == "sum":
            self.sums.append(over if token.text == "sum" else "")
        self.means += token.kind == "mean"
        return self.product()

    def name(self, token: MathToken) -> Node:
        """A name with accents and subscripts; its argument, as in μ(x), is passed over."""
        start, accents, braces = token.start, [], 0
        while token.kind in ("accent", "{"):
            accents += [token.text] * (token.kind == "accent")
            braces += token.kind == "{"
            token = self.take()
        if token.kind != "name":
            raise Unreadable(token, "a name is missing here")
        spelt = token.text
        below = self.subscript() if not braces else ""
        while braces:
            below = below or self.subscript()
            if self.take().kind != "}":
                raise Unreadable(token, "a brace is never closed")
            braces -= 1
        below = below or self.subscript()
        key = key_of(" ".join([*accents, spelt]), below)
        if key == "pi" and below:
            raise Unreadable(token, "the weights of a mixture can only be read from code, which gives their number")
        if key in math_laws.SPECIAL and self.token.kind in ("open", "{"):
            return self.special(key)
        tree = self.known(key, (start, self.tokens[self.at - 1].end))
        # The exponent may stand between the name and its argument, σ²(x), or before the subscript, σ²ᵢ.
        while self.token.kind in ("^", "raised"):
            exponent = self.exponent()
            tree = tree if exponent is None else self.raised(tree, exponent)
            self.subscript()
        if self.argument():
            self.applied.add(key)
        return tree

    def special(self, key: str) -> Node:
        """Γ, Φ or φ of what stands in brackets after it."""
        of = self.group()
        try:
            return math_laws.SPECIAL[key](of)
        except ArithmeticError as error:
            raise Unreadable(self.token, str(error)) from None

    def argument(self) -> bool:
        """Passes over (x), (x_i; θ) and the like; whether there was one."""
        if self.token.kind != "open" or self.token.text != "(":
            return False
        mark = self.at
        inside = self.inside()
        names = {sign.text for sign in inside if sign.kind == "name"}
        plain = all(sign.kind not in ("+", "-", "*", "/", "function", "frac", "number") for sign in inside)
        if plain and names & ARGUMENTS and names <= ARGUMENTS | INDICES:
            return True
        self.at = mark
        return False

    def known(self, key: str, place: tuple[int, int]) -> Node:
        if key == "pi":
            return number(math.pi)
        if key == "e" and self.token.kind in ("^", "raised"):
            return number(math.e)
        self.seen.setdefault(key, place)
        self.stretches.append(Stretch(leaf(key), *place))
        return leaf(key)


def _is_index(signs: Sequence[MathToken]) -> bool:
    """Whether a superscript is no exponent: (i), T, W with a hat, true."""
    texts = [sign.text for sign in signs if sign.kind not in ("skip", "accent", "{", "}")]
    bracketed = bool(signs) and signs[0].kind == "open"
    names = {sign.text for sign in signs if sign.kind == "name"}
    if not names:
        return bool(texts) and all(text in "*" for text in texts)
    words = {"T", "W", "w", "theta", "true", "pred", "omega", "phi", "top", "prime"}
    if len(texts) > 1 and all(len(text) == 1 and text.isupper() for text in texts):
        return True  # a label, such as NLL
    return (bracketed and names <= INDICES) or names <= words
