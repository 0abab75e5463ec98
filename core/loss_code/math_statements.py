"""The statements of a formula's text: chains of equations, each with the sides that can be read."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ..model.formulas.tree import Node, made
from .math_cursor import Unreadable
from .math_parser import MathParser
from .math_tokens import MathToken, math_tokens
from .sources import Source

__all__ = ["Member", "Statement", "statements"]

OPENS, CLOSES = frozenset({"open", "{", "cases"}), frozenset({"close", "}", "endcases"})
_CONTINUES = frozenset({"=", "+", "-", "*", "/", ")", "close"})
_MATH = re.compile(
    r"\$\$(.+?)\$\$|\$(.+?)\$|\\\[(.+?)\\\]|\\\((.+?)\\\)|\\begin\{(equation|align|gather|multline|eqnarray|split)\*?\}"
    r"(.+?)\\end\{\5\*?\}",
    re.DOTALL,
)
_COMMENT = re.compile(r"(?<!\\)%[^\n]*")


@dataclass(frozen=True)
class Member:
    """One side of an equation: its tree with names as leaves, and what was found on the way."""

    tree: Node
    parser: MathParser
    tokens: tuple[MathToken, ...]


@dataclass(frozen=True)
class Statement:
    """A chain of equations: the name it defines, "" for none, and the members that can be read.

    `likelihood` says that it states one, y ~ N(…) or p(y|x) = N(…), of which the loss is the negative log.
    """

    defines: str
    members: tuple[Member, ...]
    failures: tuple[Unreadable, ...]
    likelihood: bool = False


def statements(source: Source) -> list[Statement]:
    """All that can be read in a text, and what cannot."""
    return [found for signs in _statements(source) if (found := _statement(signs)).members or found.failures]


def _statements(source: Source) -> Iterator[list[MathToken]]:
    """The signs of each statement: parted at line ends, commas and words, where nothing goes on."""
    text = _COMMENT.sub(lambda found: " " * len(found.group()), source.text) if source.kind == "latex" else source.text
    depth, now = 0, list[MathToken]()
    signs = list(_math_of(text, source.kind == "latex"))
    for at, sign in enumerate(signs):
        depth += (sign.kind in OPENS) - (sign.kind in CLOSES)
        after = next((other.kind for other in signs[at + 1 :] if other.kind not in ("line", "skip")), "end")
        goes_on = sign.kind == "line" and (after in _CONTINUES or (now and now[-1].kind in _CONTINUES - {"close"}))
        if sign.kind == "end" or (sign.kind in ("line", ",", ";") and depth <= 0 and not goes_on):
            yield now
            depth, now = 0, []
        elif sign.kind != "line":
            now.append(sign)


def _math_of(text: str, latex: bool) -> Iterator[MathToken]:
    """The signs of the text; of LaTeX with text around it, those between the marks of mathematics alone."""
    marked = list(_MATH.finditer(text)) if latex else []
    if not marked or re.search(r"\\(?:[dt]?frac|sigma|log|sum)\b", _MATH.sub("", text)):
        yield from math_tokens(text, latex)
        return
    # Everything else becomes spaces, so that places stay.
    kept = [" "] * len(text)
    for found in marked:
        start, end = next(found.span(i) for i in (1, 2, 3, 4, 6) if found.group(i) is not None)
        kept[start:end] = text[start:end]
        if end < len(kept):
            kept[end] = "$"
    yield from math_tokens("".join(kept), latex)


def _statement(signs: Sequence[MathToken]) -> Statement:
    sides: list[list[MathToken]] = [[]]
    depth = 0
    for sign in signs:
        depth += (sign.kind in OPENS) - (sign.kind in CLOSES)
        if sign.kind == "=" and depth <= 0:
            sides.append([])
        else:
            sides[-1].append(sign)
    members, failures, defines, undo = [], [], "", _as_it_is
    likelihood = _states_a_likelihood(signs)
    for at, side in enumerate(sides):
        if not any(sign.kind != "skip" for sign in side):
            continue
        last = side[-1].end
        tokens = (*side, MathToken("end", "", last, last))
        parser = MathParser(tokens)
        try:
            tree = parser.whole()
        except Unreadable as failure:
            if at or len(sides) == 1:
                failures.append(failure)
            continue
        if at == 0 and len(sides) > 1:
            defines, undo = _defined(tree)
            continue
        tree = undo(tree)
        members.append(Member(tree, parser, tokens))
    relation = next((sign.text for sign in signs if sign.kind == "="), "")
    return Statement("" if relation == "~" else defines, tuple(members), tuple(failures), likelihood)


def _as_it_is(tree: Node) -> Node:
    return tree


def _defined(tree: Node) -> tuple[str, Callable[[Node], Node]]:
    """The name that a left side defines, and what makes its tree of the right side: σ² = e^s says σ = √e^s."""
    if tree.op[:1] == "[":
        return tree.op[1:-1], _as_it_is
    if tree.op == "power" and tree.value == 2 and tree.of[0].op[:1] == "[":
        return tree.of[0].op[1:-1], lambda right: made("sqrt", right)
    if tree.op == "log":
        name, undo = _defined(tree.of[0])
        return (name, lambda right: undo(made("exp", right))) if name else ("", _as_it_is)
    return "", _as_it_is


def _states_a_likelihood(signs: Sequence[MathToken]) -> bool:
    """Whether it says y ~ N(…) or p(y|x) = N(…)."""
    kept = [sign for sign in signs if sign.kind != "skip"]
    starts = [sign.text for sign in kept[:2]]
    return any(sign.kind == "=" and sign.text == "~" for sign in kept) or (
        bool(starts) and starts[0] in ("p", "P", "f") and starts[1:] in (["("], ["_"])
    )
