"""Signs of a formula one after another: what stands here, what a bracket holds, and what was seen on the way."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..model.formulas.tree import Node, made, number
from . import math_laws
from .math_tokens import MathToken

__all__ = ["Cursor", "Stretch", "Unreadable", "simplified"]

ONE = number(1.0)


class Unreadable(Exception):
    """Why a stretch cannot be read, and at which sign."""

    def __init__(self, token: MathToken, why: str):
        super().__init__(why)
        self.token, self.why = token, why


@dataclass(frozen=True)
class Stretch:
    """A subexpression and where it stands."""

    tree: Node
    start: int
    end: int


@dataclass
class Cursor:
    """A place among signs. `seen` are the names with where they were first written.

    `sums` are what is summed over, one for each Σ, `means` counts the means, `roots` the roots of a
    mean, `applied` are names written as of x, μ(x).
    """

    tokens: Sequence[MathToken]
    at: int = 0
    depth: int = 0
    bars: int = 0
    seen: dict[str, tuple[int, int]] = field(default_factory=dict)
    stretches: list[Stretch] = field(default_factory=list)
    sums: list[str] = field(default_factory=list)
    means: int = 0
    roots: int = 0
    applied: set[str] = field(default_factory=set)

    @property
    def token(self) -> MathToken:
        """The sign that stands here."""
        while self.tokens[self.at].kind == "skip":
            self.at += 1
        return self.tokens[self.at]

    def take(self) -> MathToken:
        """The sign that stands here; the next one stands here then, after the end the end."""
        token = self.token
        self.at = min(self.at + 1, len(self.tokens) - 1)  # the end stays
        return token

    def inside(self) -> list[MathToken]:
        """The signs between this opening and its end, which are passed over."""
        depth, found = 0, list[MathToken]()
        while True:
            token = self.take()
            if token.kind == "end":
                raise Unreadable(token, "a bracket is never closed")
            depth += (token.kind in ("{", "open")) - (token.kind in ("}", "close"))
            if depth == 0:
                return found[1:]
            found.append(token)

    def close(self, opened: MathToken) -> None:
        wanted = "}" if opened.kind == "{" else "close"
        if self.token.kind != wanted and not (opened.text == "|" and self.token.kind == "bar"):
            raise Unreadable(opened, "this is never closed")
        self.take()

    def subscript(self) -> str:
        """A subscript, which is passed over; its text."""
        if self.token.kind == "lowered":
            return self.take().text
        if self.token.kind != "_":
            return ""
        self.take()
        signs = self.inside() if self.token.kind in ("{", "open") else [self.take()]
        return " ".join(sign.text for sign in signs if sign.kind != "skip")

    def exponent_of_sum(self) -> None:
        if self.take().kind == "^":
            self.inside() if self.token.kind in ("{", "open") else self.take()

    def checked(self, token: MathToken, value: float) -> Node:
        try:
            return number(value)
        except ArithmeticError as error:
            raise Unreadable(token, str(error)) from None

    def made(self, op: str, *of: Node) -> Node:
        """An operation, folded; raises Unreadable where its constants have no value."""
        try:
            return simplified(op, *of)
        except ArithmeticError as error:
            raise Unreadable(self.token, str(error)) from None

    def noted(self, tree: Node, start: int) -> Node:
        end = self.tokens[self.at - 1].end if self.at else start
        self.stretches.append(Stretch(tree, start, end))
        return tree


def simplified(op: str, *of: Node) -> Node:
    """`made`, with log Γ of a number worked out."""
    if op == "lgamma":
        return math_laws.log_gamma(*of)
    if op == "log" and of[0].op != "number":
        return math_laws.log_of(of[0])
    if op == "pow" and of[0].op == "sqrt" and of[1].op == "number" and of[1].value % 2 == 0:
        return made("pow", of[0].of[0], number(of[1].value / 2))
    if op == "stop" and of[0].op == "number":
        return of[0]
    if op == "mul" and ONE in of:
        return of[of[0] == ONE]
    if op == "div" and of[1] == ONE:
        return of[0]
    return made(op, *of)
