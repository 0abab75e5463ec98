"""A person's own lines as text and syntax tree together: where each expression stands, and the text with a few changed.

Only the stretches that an edit names are changed: spacing, comments and names around them stay as they are.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from ...once import cached_property


@dataclass(frozen=True)
class Replacement:
    """The stretch of the text from `start` up to `end`, in characters, and what stands there instead."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Edit:
    """A change to a text. `kind` is a key of the reasons, `about` the expression that it is about, for a sentence.

    `weight` says how large the change is beside others: the smallest that makes a loss sound is taken.
    """

    kind: str
    replacements: tuple[Replacement, ...]
    about: str = ""
    weight: float = 1.0


class OwnSource:
    """A text of Python with its syntax tree. Raises SyntaxError where it has none."""

    def __init__(self, text: str):
        self.text = text
        self.tree = ast.parse(text)
        self.parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        for line in self._lines[:-1]:
            starts.append(starts[-1] + len(line))
        return starts

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.splitlines(keepends=True) or [""]

    def _at(self, line: int, column: int) -> int:
        """The index of a place: Python counts columns in bytes."""
        row = self._lines[line - 1]
        return self._starts[line - 1] + len(row.encode()[:column].decode(errors="ignore"))

    def span(self, node: ast.AST) -> tuple[int, int]:
        """From where to where an expression reaches, without brackets around it."""
        return self._at(node.lineno, node.col_offset), self._at(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def segment(self, node: ast.AST) -> str:
        """The text of an expression, without brackets around it."""
        start, end = self.span(node)
        return self.text[start:end]

    def replace(self, node: ast.AST, text: str) -> Replacement:
        """An expression and what stands there instead."""
        return Replacement(*self.span(node), text)

    def atom(self, node: ast.expr) -> str:
        """The text of an expression as an operand of ** or of a method: in brackets if it needs them."""
        text = self.segment(node)
        loose = isinstance(node, ast.BinOp | ast.UnaryOp | ast.Compare | ast.BoolOp | ast.IfExp | ast.Lambda)
        return f"({text})" if loose else text

    def factor(self, node: ast.expr) -> str:
        """The text of an expression as a factor: in brackets where it is a sum."""
        text = self.segment(node)
        loose = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)
        return f"({text})" if loose or isinstance(node, ast.IfExp | ast.Lambda | ast.Compare) else text

    def walk(self, *kinds: type) -> Iterator[ast.AST]:
        """The nodes of these kinds, in the order of the text."""
        found = [node for node in ast.walk(self.tree) if isinstance(node, kinds) and hasattr(node, "lineno")]
        return iter(sorted(found, key=lambda node: (*self.span(node)[:1], -self.span(node)[1])))

    def edited(self, edit: Edit) -> str:
        """The text with an edit made. Raises ValueError where its stretches overlap."""
        text, last = self.text, len(self.text)
        for each in sorted(edit.replacements, key=lambda one: one.start, reverse=True):
            if each.end > last:
                raise ValueError("two changes overlap")
            text, last = text[: each.start] + each.text + text[each.end :], each.start
        return text

    @cached_property
    def prefixes(self) -> dict[str, str]:
        """How the code calls each function: {"exp": "torch.exp"}, by its last name; the first call speaks."""
        found: dict[str, str] = {}
        for node in self.walk(ast.Call):
            assert isinstance(node, ast.Call)
            if (name := dotted(node.func)) and not name.startswith("."):
                found.setdefault(name.rpartition(".")[2], name)
        return found


def dotted(node: ast.AST) -> str:
    """The dotted name of a function, such as "torch.nn.functional.relu"; "" where it is none."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


@lru_cache(maxsize=256)
def own_source(text: str) -> OwnSource:
    """The text with its tree, kept. Raises SyntaxError."""
    return OwnSource(text)
