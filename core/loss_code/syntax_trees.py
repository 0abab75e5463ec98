"""Python's own parser, held back from what would make it slow: nothing is run, and each text is parsed once."""

import ast
import re
from functools import lru_cache

from .trained_with import with_returns

__all__ = ["FILE", "LONGEST_WORD", "MOST_SIGNS", "has_long_word", "parsed", "signs_in"]

MOST_SIGNS = 15_000  # names, numbers and marks: a script of a thousand lines has as many
LONGEST_WORD = 500  # characters of a name or number
# Python looks for the line of an error in the file of this name: none can have it.
FILE = "<pasted>/"
_WORD_OR_MARK = re.compile(r"\w+|[^\w\s]")
_LONG_WORD = re.compile(rf"\w{{{LONGEST_WORD + 1}}}")


@lru_cache(maxsize=16)
def signs_in(text: str) -> int:
    """How many names, numbers and marks stand in a text."""
    return sum(1 for _ in _WORD_OR_MARK.finditer(text))


def has_long_word(text: str) -> bool:
    """Whether a name or number in it is longer than anybody writes one."""
    return _LONG_WORD.search(text) is not None


@lru_cache(maxsize=16)
def parsed(text: str) -> ast.Module | None:
    """The syntax tree of a text; None where it is no Python, or more than is read."""
    if signs_in(text) > MOST_SIGNS or has_long_word(text):
        return None
    try:
        return with_returns(ast.parse(text, FILE))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
