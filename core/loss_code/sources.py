"""What a pasted text is: Python, LaTeX or plain math text, cleaned of what was copied along; or why it is none of them.

Nothing is run and nothing imported: the text is looked at line by line, and Python's own parser has the last word on
what Python is.
"""

import ast
import json
import re
from dataclasses import dataclass
from functools import lru_cache

from . import cleaning
from .loss_code import CodeError, Place
from .pasted_lines import Line, joined, lines_of
from .refusals import (
    ELSEWHERE,
    check_letters,
    check_text,
    foreign_language,
    is_latex,
    is_math,
    is_prose,
    of_another_box,
)
from .syntax_trees import LONGEST_WORD, MOST_SIGNS, has_long_word, parsed, signs_in

__all__ = ["LONGEST", "Source", "source_of"]

LONGEST = 100_000  # bytes of a text
LONGEST_NOTEBOOK = 2_000_000  # bytes of a notebook, which holds its pictures
EXAMPLE = "loss = 0.5*torch.exp(-s)*(y - mu)**2 + 0.5*s"


@dataclass(frozen=True)
class Source:
    """A text to be read. `kind` is "python", "latex" or "formula"; `lines` know where they were pasted.

    `notes` are what was left out, in a few words each, such as "line numbers".
    """

    kind: str
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The cleaned text."""
        return joined(self.lines)

    def at(self, line: int, column: int) -> tuple[int, int]:
        """Line and column, from 1, of what was pasted, from those of `text`."""
        row = self.lines[min(max(line, 1), len(self.lines)) - 1]
        return row.line, row.columns[min(max(column, 1), len(row.columns)) - 1]

    def place(self, line: int, column: int, end_line: int, end_column: int) -> Place:
        """The place in what was pasted of a stretch of `text`; all from 1, the end without."""
        return Place(*self.at(line, column), *self.at(end_line, end_column))


@lru_cache(maxsize=64)
def source_of(text: str) -> Source:
    """What the text is, cleaned; raises CodeError, in one sentence, for what is no loss in any of the three."""
    check_text(text, LONGEST_NOTEBOOK if text.lstrip("\ufeff \n\t")[:1] == "{" else LONGEST)
    text, notebook = _notebook_code(text)
    if notebook:
        check_text(text, LONGEST)
    lines, notes = cleaning.cleaned(lines_of(text), cleaning.FIRST)
    notes = (*notes, "the notebook's text") if notebook else notes
    if not joined(lines).strip():
        raise CodeError(f"There is no code. Paste the lines of a loss, such as {EXAMPLE}.")
    _check_size(joined(lines))
    code, more = cleaning.cleaned(lines, cleaning.OF_PYTHON)
    if (language := foreign_language(joined(lines))) is not None:
        raise CodeError(language)
    if parsed(joined(code)) is not None:
        if (sentence := of_another_box(joined(lines))) is not None and "=" not in joined(code):
            raise CodeError(sentence)
        check_letters(code)
        return Source("formula" if is_math(joined(code), parses=True) else "python", code, (*notes, *more))
    if is_latex(joined(lines)):
        return Source("latex", lines, notes)
    check_letters(code)
    if is_math(joined(code), parses=False):
        return Source("formula", lines, notes)
    if (sentence := of_another_box(joined(lines))) is not None:
        raise CodeError(sentence)
    if (found := _code_among_prose(code)) is not None:
        return Source("python", found, (*notes, *more, "the text around the code"))
    if is_prose(joined(lines)):
        raise CodeError(f"This is text without code. Paste the lines of the loss, such as {EXAMPLE}.")
    return Source("python", code, (*notes, *more))


def _check_size(text: str) -> None:
    """Raises CodeError for more than is read, or for words that nobody writes."""
    if (count := signs_in(text)) > MOST_SIGNS:
        raise CodeError(
            f"The text has {count:,} names, numbers and marks, and at most {MOST_SIGNS:,} are read: "
            "paste the loss function alone."
        )
    if has_long_word(text):
        raise CodeError(
            f"A name or number here has more than {LONGEST_WORD} characters: paste the loss function alone."
        )


def _notebook_code(text: str) -> tuple[str, bool]:
    """The code cells of a notebook, one after another, and whether it was one."""
    if not text.lstrip("\ufeff \n\r\t").startswith("{") or '"' not in text:
        return text, False
    try:
        parsed = json.loads(text.strip("\ufeff \n\r\t"))
    except (ValueError, RecursionError):
        if '"cells"' in text:
            raise CodeError("This notebook's JSON is cut off or damaged: paste the cell with the loss.") from None
        return text, False
    cells = parsed.get("cells") if isinstance(parsed, dict) else None
    if not isinstance(cells, list) and isinstance(parsed, dict) and any("loss" in str(key).lower() for key in parsed):
        raise CodeError(ELSEWHERE["log"][1])
    if not isinstance(cells, list):
        raise CodeError(f"This is JSON, but not a notebook. Paste the lines of the loss, such as {EXAMPLE}.")
    code = [cell.get("source", "") for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]
    texts = ["".join(map(str, lines)) if isinstance(lines, list) else str(lines) for lines in code]
    if not any(lines.strip() for lines in texts):
        raise CodeError("This notebook has no cell of code: paste the lines of the loss.")
    return "\n\n".join(texts), True


_CODE = re.compile(
    r"^\s*(?:def|class|return|import|from|for|if|with|elif|else|try|lambda|@\w|#|[)\]}])|[=(\[*/]|:\s*$|\\\\$"
)
_CODE_FOR_SURE = re.compile(
    r"^\s*(?:(?:[A-Za-z_][\w.]*(?:\[[^\]]*\])?)(?:\s*,\s*[A-Za-z_][\w.]*)*\s*[-+*/]?=(?!=)|(?:def|class)\s+\w+\s*[(:]|return\b.*[(*])"
)
_MOST_TRIES = 400  # of Python's parser, on what may be code among text
_LONGEST_MIXED = 30_000  # characters


def _code_among_prose(lines: tuple[Line, ...]) -> tuple[Line, ...] | None:
    """The lines that are code, where text stands around them; None where there are none, or nothing else."""
    if sum(len(line.text) for line in lines) > _LONGEST_MIXED:
        return None
    kept: list[Line] = []
    at, tries = 0, 0
    while at < len(lines) and tries < _MOST_TRIES:
        end, tried = _block(lines, at)
        tries += tried
        if end > at:
            kept += [*lines[at:end], Line("", lines[end - 1].line, (1,))]
        elif _CODE_FOR_SURE.search(lines[at].text):
            return None  # a line that was meant as code, and is broken: to read on without it would be another loss
        at = max(end, at + 1)
    kept = list(cleaning.cleaned(tuple(kept), cleaning.OF_PYTHON)[0])
    return tuple(kept) if kept and (tree := parsed(joined(kept))) is not None and _says_something(tree) else None


def _block(lines: tuple[Line, ...], start: int) -> tuple[int, int]:
    """The end of the longest run of lines from `start` that is code, `start` where the first is none; and the tries."""
    best, tries = start, 0
    for end in range(start + 1, min(len(lines), start + 80) + 1):
        last = lines[end - 1].text
        if end == start + 1 and not _CODE.search(last):
            break
        if last.strip() and not _CODE.search(last) and best > start and not last.startswith((" ", "\t")):
            break
        part, _ = cleaning.cleaned(lines[start:end], cleaning.OF_PYTHON)
        tries += 1
        if (tree := parsed(joined(part))) is not None and _says_something(tree):
            best = end
        elif end > best + 12:
            break
    return best, tries


def _says_something(tree: ast.Module) -> bool:
    """Whether it has a call, an assignment, a function or an operator: a word alone parses too."""
    return any(
        isinstance(
            node, ast.Call | ast.Assign | ast.AugAssign | ast.FunctionDef | ast.BinOp | ast.Return | ast.ClassDef
        )
        for node in ast.walk(tree)
    )
