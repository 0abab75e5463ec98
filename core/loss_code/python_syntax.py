"""Python's own reading of a text into its syntax tree, bounded, and its errors in one sentence each.

`ast.parse` runs nothing. What could make it slow or deep is counted before; what it refuses is told with the line and
column of what was pasted, and with the likely cause.
"""

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

from .loss_code import CodeError
from .sources import Source
from .syntax_trees import FILE, parsed

DEEPEST = 60  # brackets within one another, as typed
MOST_STATEMENTS = 1_500
DEEPEST_TREE = 120  # levels of the syntax tree: each bracket, call or operator is one or two
_OPEN, _CLOSE = {"(": ")", "[": "]", "{": "}"}, {")": "(", "]": "[", "}": "{"}


@lru_cache(maxsize=64)
def python_tree(source: Source) -> ast.Module:
    """The syntax tree of a text. Raises CodeError, with the place as it was pasted."""
    _check_brackets(source)
    try:
        tree = parsed(source.text) or ast.parse(source.text, FILE)
    except SyntaxError as error:
        raise CodeError(_sentence(source, error)) from None
    except (RecursionError, MemoryError):
        raise CodeError(_too_deep("more levels than can be read")) from None
    except ValueError as error:
        raise CodeError(f"The code cannot be read: {error}.") from None
    depth = _depth(tree)
    if depth > DEEPEST_TREE:
        raise CodeError(_too_deep(f"{depth} levels of brackets, calls and operators, and {DEEPEST_TREE} are read"))
    if (count := sum(isinstance(node, ast.stmt) for node in ast.walk(tree))) > MOST_STATEMENTS:
        raise CodeError(
            f"The code has {count:,} statements, and at most {MOST_STATEMENTS:,} are read: "
            "paste the loss function alone."
        )
    return tree


def _too_deep(why: str) -> str:
    return f"The code is nested too deeply ({why}): paste the loss function alone, with names for its parts."


def _check_brackets(source: Source) -> None:
    """Raises CodeError for brackets that are too deep, or do not fit one another."""
    opened: list[tuple[str, int, int]] = []
    for row, line, column in _marks(source.text):
        at = source.at(line, column)
        if row in _OPEN:
            opened.append((row, *at))
            if len(opened) > DEEPEST:
                raise CodeError(_too_deep(f"more than {DEEPEST} nested brackets at line {at[0]}"))
        elif not opened:
            raise CodeError(f"Line {at[0]}, column {at[1]}: there is no open bracket for this “{row}”.")
        elif _OPEN[opened[-1][0]] != row:
            mark, *where = opened[-1]
            raise CodeError(
                f"Line {at[0]}, column {at[1]}: “{row}” cannot close the “{mark}” of line {where[0]}, "
                f"column {where[1]}: “{_OPEN[mark]}” is missing before it."
            )
        else:
            opened.pop()
    if opened:
        mark, at_line, at_column = opened[-1]
        raise CodeError(f"Line {at_line}, column {at_column}: this “{mark}” is never closed: add “{_OPEN[mark]}”.")


_PASSED = re.compile(
    r"(?P<text>[rRbBfFuU]{0,2}(?:'''(?:[^\\]|\\.)*?'''|\"\"\"(?:[^\\]|\\.)*?\"\"\""
    r"|'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"))|#[^\n]*|(?P<mark>[()\[\]{}])|(?P<line>\n)",
    re.DOTALL,
)


def _marks(text: str) -> Iterator[tuple[str, int, int]]:
    """Every bracket outside of strings and comments, with its line and column in the text."""
    line, start = 1, 0
    for found in _PASSED.finditer(text):
        if found["mark"]:
            yield found["mark"], line, found.start() - start + 1
        breaks = found.group().count("\n")
        if breaks:
            line += breaks
            start = found.start() + found.group().rindex("\n") + 1


def _depth(tree: ast.AST) -> int:
    """Levels of a tree, counted without recursion."""
    level: list[ast.AST] = [tree]
    depth = 0
    while level:
        depth += 1
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return depth


# What Python's own message means for somebody who pasted a loss.
CAUSES: tuple[tuple[str, str], ...] = (
    ("Missing parentheses in call to 'print'", "this is Python 2's print: delete the line, or write print(…)"),
    ("Perhaps you forgot a comma", "an operator or a comma is missing between two expressions"),
    ("cannot assign to", "= is inside an expression: write == to compare, or put the assignment on its own line"),
    ("Maybe you meant '==' or ':='", "= is inside an expression: put the assignment on its own line"),
    ("expected ':'", "a colon is missing at the end of this line"),
    ("expected an indented block", "the lines below it must be indented"),
    ("unexpected indent", "this line is indented further than the line before it"),
    ("unindent does not match", "this line's indentation matches no line before it"),
    ("unterminated string", "a quotation mark is not closed"),
    ("unterminated triple-quoted", "a quotation mark is not closed"),
    ("unexpected character after line continuation", "there is a backslash in the middle of a line"),
    ("unexpected EOF", "the code ends in the middle of a line"),
    ("invalid decimal literal", "a number and a name are next to each other: put a * between them"),
    ("invalid non-printable character", "there is a hidden character here: delete it"),
    ("invalid character", "this character is not allowed in Python: type it again"),
    ("leading zeros", "a number cannot start with 0"),
    ("Exceeds the limit", "this number has too many digits"),
    ("f-string", "the f-string is not closed or is incomplete"),
)


def _sentence(source: Source, error: SyntaxError) -> str:
    line, column = source.at(error.lineno or 1, error.offset or 1)
    message = error.msg or ""
    why = next((cause for sign, cause in CAUSES if sign in message), "")
    row = source.lines[min(max(error.lineno or 1, 1), len(source.lines)) - 1].text
    if not why and re.match(r"\s*print\s+[^(\s]", row):
        why = CAUSES[0][1]
    shown = row.strip()[:60]
    why = why or "a symbol or a word is missing, or there is one too many"
    return f"Line {line}, column {column} cannot be read as Python, “{shown}”: {why}."
