"""Reading a formula: a parser by binding power (Pratt 1973, doi:10.1145/512927.512931), and tables of what may stand.

Visitors may use r, y, mu, s and the typed operations; a row of LOSSES the names of its own outputs and parameters, and
every function.
"""

import math
import re
from collections.abc import Callable, Collection
from difflib import get_close_matches
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from .operations import OPS
from .tokens import FormulaError, Token, refusal, tokens
from .tree import Node, made, number

__all__ = ["DEEPEST", "FUNCTIONS", "FormulaError", "Parser", "read"]

DEEPEST = 40  # brackets, signs and exponents within one another
FUNCTIONS = ("pow", "square", *(name for name, op in OPS.items() if op.latex and op.typed))
_OF_ROWS = (*FUNCTIONS, *(name for name, op in OPS.items() if op.latex and not op.typed))
NAMES = ("r", "y", "mu", "s")  # of visitors
_INFIX = MappingProxyType(  # how tightly it binds, its operation, how tightly what may stand right of it
    {"+": (1, "add", 2), "-": (1, "sub", 2), "*": (2, "mul", 3), "/": (2, "div", 3), "**": (4, "pow", 3)}
)
_SPELLINGS = MappingProxyType({"μ": "mu", "µ": "mu", "mean": "mu", "log_var": "s", "logvar": "s"})
_CONSTANTS = MappingProxyType({"pi": math.pi, "π": math.pi, "e": math.e})
_ALIASES = MappingProxyType({"power": "pow", "ln": "log", "maximum": "max", "minimum": "min"})
_MODULES = re.compile(r"^(?:torch(?:\.nn\.functional)?|np|numpy|math|F)\.(?=[^.]+$)")
_MEANT = MappingProxyType(  # what people write for a name that is called otherwise
    {"sigma": "s", "σ": "s", "var": "s", "std": "s", "variance": "s", "target": "y", "pred": "mu", "residual": "r"}
)
_INSTEAD = MappingProxyType({"=": "write the loss alone, without a name and ="})
_MARKS_ALLOWED = "allowed are numbers, names, + - * / ** ^ ( ) | and commas"


@lru_cache(maxsize=512)
def read(text: str, names: tuple[str, ...]) -> Node:
    """The tree of a row's formula in these names, as it is written: nothing is folded. Raises FormulaError.

    `Node.put` folds it.
    """
    return Parser(text, names, _OF_ROWS, lambda op, *of: Node(op, of)).whole()


class Parser:
    """Reads one text; `names` and `functions` are what may stand in it, `make` puts operands together."""

    def __init__(
        self,
        text: str,
        names: Collection[str] = NAMES,
        functions: Collection[str] = FUNCTIONS,
        make: Callable[..., Node] = made,
    ):
        self.names, self.functions, self.make = names, functions, make
        self.tokens = list(tokens(text))
        self.at, self.depth, self.in_bars = 0, 0, False

    def whole(self) -> Node:
        """The tree of the whole text; raises FormulaError."""
        tree = self.expression(0)
        if self.token.kind != "end":
            raise refusal(self.token, self.unexpected())
        return tree

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def unexpected(self) -> str:
        """Why an operand cannot be followed by what stands here."""
        if self.token.kind == "bad":
            return _INSTEAD.get(self.token.text, _MARKS_ALLOWED)
        if self.token.kind in ("number", "word") or self.token.text in ("(", "|"):
            return "two factors need a * between them"
        return (
            "there is no open bracket for it"
            if self.token.text == ")"
            else "a comma is allowed only in max, min and pow"
        )

    def expression(self, tightness: int) -> Node:
        """What stands here, with the operators after it that bind as tightly or tighter."""
        node = self.operand(tightness)
        while self.token.text in _INFIX and _INFIX[self.token.text][0] >= tightness:
            mark = self.take()
            _, op, right = _INFIX[mark.text]
            node = self.checked(
                mark, self.make, op, node, self.within(right) if op == "pow" else self.expression(right)
            )
        return node

    def within(self, tightness: int) -> Node:
        """An expression one level deeper."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise refusal(self.token, f"at most {DEEPEST} brackets, signs and powers may be nested")
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
            return node if token.text == "+" else self.checked(token, self.make, "neg", node)
        if token.text == "(":
            node = self.within(0)
            self.close(")", token)
            return node
        if token.text == "|":
            return self.bars(token)
        because = _MARKS_ALLOWED if token.kind == "bad" else "a number, a name or a bracket is missing before it"
        raise refusal(token, because)

    def bars(self, token: Token) -> Node:
        if self.in_bars:
            raise refusal(token, "bars cannot be nested, so write abs(...) for the inner ones")
        self.in_bars = True
        node = self.within(0)
        self.close("|", token)
        self.in_bars = False
        return self.checked(token, self.make, "abs", node)

    def close(self, mark: str, opened: Token) -> None:
        if self.token.text != mark:
            if self.token.kind == "bad":
                raise refusal(self.token, self.unexpected())
            beside = "" if self.token.kind == "end" else f", or {self.unexpected()}"
            raise refusal(self.token, f"the {opened.text} at character {opened.at} is not closed{beside}")
        self.take()

    def word(self, token: Token) -> Node:
        name = _MODULES.sub("", token.text)
        name = _ALIASES.get(name, name)
        if name in self.functions:
            return self.call(token, name)
        if name in _CONSTANTS:
            return number(_CONSTANTS[name])
        leaf = _SPELLINGS.get(token.text, token.text)
        if leaf in self.names:
            return Node(leaf)
        raise refusal(token, self.no_such(name))

    def call(self, token: Token, name: str) -> Node:
        if self.token.text != "(":
            raise refusal(token, f"{name} is a function and needs brackets, as in {_usage(name)}")
        opened = self.take()
        operands = [self.within(0)]
        while self.token.text == ",":
            self.take()
            operands.append(self.within(0))
        self.close(")", opened)
        if len(operands) != _arity(name):
            raise refusal(token, f"{name} is written as {_usage(name)}, and here it is given {len(operands)}")
        return self.checked(token, self.make, name, *operands)

    def no_such(self, name: str) -> str:
        last = name.rpartition(".")[2].lower()[:20]
        spelt = (*self.names, *(word for word, leaf in _SPELLINGS.items() if leaf in self.names))
        meant = _MEANT.get(last)
        known = [*spelt, *self.functions, *_ALIASES]
        near = [meant] if meant in self.names else get_close_matches(last, known, n=1)
        nearest = f", the nearest is {near[0]}" if near else ""
        return (
            f"no such name{nearest}; there are {', '.join(self.names)}, pi, e and {', '.join(sorted(self.functions))}"
        )

    def checked(self, token: Token, make: Callable[..., Node], *of: Any) -> Node:
        try:
            return make(*of)
        except ArithmeticError as error:
            raise refusal(token, str(error)) from None


def _arity(name: str) -> int:
    return 1 if name == "square" else OPS[name].arity


def _usage(name: str) -> str:
    return f"{name}(r)" if _arity(name) == 1 else f"{name}(r, s)"
