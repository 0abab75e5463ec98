"""What a formula writes with a form of its own: densities, cases, and indicators with their comparisons."""

from ..model.formulas.tree import Node, number
from . import math_laws
from .math_cursor import Cursor, Unreadable
from .math_tokens import MathToken

__all__ = ["Constructs"]


class Constructs(Cursor):
    """Reads them; what stands in them is read by what is made from this."""

    def sum(self) -> Node:
        """Terms with + and − between them."""
        raise NotImplementedError

    def starts(self) -> bool:
        """Whether a factor can start here."""
        raise NotImplementedError

    def known(self, key: str, place: tuple[int, int]) -> Node:
        """The leaf of a name that stands there."""
        raise NotImplementedError

    def indicator(self) -> Node:
        """1 where a comparison holds, else 0: 1(u < 0), or with the comparison as a subscript."""
        if self.token.kind == "_":
            self.take()
        opened = [self.take()]
        while self.token.kind in ("{", "open"):
            opened.append(self.take())
        more = self.compared()
        for bracket in reversed(opened):
            self.close(bracket)
        return Node("when", (more, number(1.0)))

    def compared(self) -> Node:
        """What is above zero where the comparison that stands here holds."""
        left, mark = self.sum(), self.take()
        if mark.kind != "<":
            raise Unreadable(mark, "a comparison such as u < 0 is expected here")
        right = self.sum()
        return self.made("sub", right, left) if mark.text == "<" else self.made("sub", left, right)

    def cases(self, token: MathToken) -> Node:
        """Rows of a value and where it holds; the last holds where none before it does."""
        rows: list[tuple[Node, Node | None]] = []
        while self.token.kind not in ("endcases", "end"):
            value, where = self.sum(), None
            if self.token.kind == ",":
                self.take()
            if self.token.kind == "&":
                self.take()
                where = self.compared() if self.starts() or self.token.kind == "-" else None
            rows.append((value, where))
            while self.token.kind not in ("row", "endcases", "end"):
                self.take()  # "otherwise", or a second condition
            if self.token.kind == "row":
                self.take()
        if self.take().kind == "end" or not rows:
            raise Unreadable(token, "these cases are not closed")
        tree = rows[-1][0]
        for value, where in reversed(rows[:-1]):
            if where is None:
                raise Unreadable(token, "each of the cases but the last needs a comparison")
            tree = self.made("add", Node("when", (where, value)), Node("unless", (where, tree)))
        return tree

    def law(self, token: MathToken) -> Node:
        """A density, N(y; μ, σ²): what it is of stands before the semicolon, bar or comma."""
        self.subscript()
        opened = self.token
        if opened.kind not in ("{", "open"):
            raise Unreadable(token, "a density needs its arguments in brackets, as in N(y; μ, σ²)")
        self.take()
        self.bars += 1  # a bar parts here
        of = [self.sum()]
        while self.token.kind in (",", ";", "bar"):
            self.take()
            of.append(self.sum())
        self.bars -= 1
        self.close(opened)
        if len(of) == math_laws.DENSITIES[token.text][0] - 1:
            of.insert(0, self.known("y", (token.start, token.end)))
        found = math_laws.density(token.text, of)
        if found is None:
            raise Unreadable(token, f"a density is written N(y; μ, σ²), but here {len(of)} are in its brackets")
        return found
