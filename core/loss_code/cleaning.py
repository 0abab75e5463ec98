"""CLEANINGS: what stands in a paste around the code and is no part of it, one row each, in the order they are done.

Each takes lines and gives lines, which remember their places. A row changes nothing where its own sign is not there, so
that clean code comes through as it is.
"""

import html
import itertools
import re
import textwrap
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

from .pasted_lines import Line, joined

Lines = tuple[Line, ...]

_UNSEEN = dict.fromkeys("\ufeff\u200b\u200c\u200d\u2060\u00ad", "")
_SPACES = dict.fromkeys(("\u00a0", "\u202f", "\u205f", "\u3000", *map(chr, range(0x2000, 0x200B))), " ")
_QUOTES = {"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'"}
_MARKS = {"−": "-", "–": "-", "—": "-", "·": "*", "⋅": "*", "×": "*", "∗": "*", "÷": "/", "∕": "/", "∣": "|"}
_MARKS |= {"≤": "<=", "≥": ">=", "≠": "!=", "（": "(", "）": ")", "，": ",", "＝": "="}
_BUTTON = re.compile(r"^\s*(?:copy(?: code)?|edit|run|python(?: ?3)?|py)\s*$", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp|minus|middot|times|#\d{1,6}|#x[0-9a-fA-F]{1,5});")
_FENCE = re.compile(r"^\s*(?:```|~~~)")
_FENCED = re.compile(r"^\s*(```+|~~~+)\s*([\w+#.-]*)\s*(?:\{.*\})?\s*$")
_INLINE = re.compile(r"^\s*(`+)([^`]+)\1[.,;:]?\s*$")
_PROMPT = re.compile(r"^\s*(?:>>>|\.\.\.)(?: |$)")
_NOTEBOOK_PROMPT = re.compile(r"^\s*(?:In\s*\[[\d\s*]*\]:|\.{3,}:) ?")
_NOTEBOOK_OUTPUT = re.compile(r"^\s*Out\s*\[\d*\]:")
_NUMBER = re.compile(r"^ *(\d{1,5})(?: *[|:│┃.)\]]|(?= )|$)")
_DIFF = re.compile(r"^(?:@@ .*@@|diff --git |index [0-9a-f]{6,}|--- \S|\+\+\+ \S)")
_OLD_PRINT = re.compile(r"^(\s*)print\s+(?![(=]|>=)\S.*$")
_ASIDE = re.compile(r"(?<=[\w)\]])\s*(?:<-+|<=+|←|⟵|⬅)\s*[A-Za-z][\w ,'’]*[?!.…]*$")
_MAGIC = re.compile(r"^\s*(?:[%!]\w|\?\w)")
_QUOTED = re.compile(r"^\s*(?:>|&gt;)(?!>>) ?")


@dataclass(frozen=True)
class Cleaning:
    """A row. `note` says what was left out, for the person who pasted it."""

    name: str
    note: str
    clean: Callable[[Lines], Lines]


def _translate(marks: dict[str, str]) -> Callable[[Lines], Lines]:
    return lambda lines: tuple(line.translated(marks) for line in lines)


def _entities(lines: Lines) -> Lines:
    return tuple(
        line.replaced(_ENTITY, lambda match: html.unescape(match.group())) if "&" in line.text else line
        for line in lines
    )


def _fences(lines: Lines) -> Lines:
    """What stands between fences; all blocks of the language that reads like Python, or all there are."""
    if not any(_FENCE.match(line.text) for line in lines):
        inline = [line.cut(*match.span(2)) for line in lines if (match := _INLINE.match(line.text))]
        filled = [line for line in lines if line.text.strip()]
        return tuple(inline) if inline and len(inline) == len(filled) else lines
    blocks: list[tuple[str, list[Line]]] = []
    opened = ""
    for line in lines:
        match = _FENCED.match(line.text)
        if match and not opened:
            opened = match[1]
            blocks.append((match[2].lower(), []))
        elif opened and line.text.strip().startswith(opened):
            opened = ""
        elif opened:
            blocks[-1][1].append(line)
    filled = [block for block in blocks if any(line.text.strip() for line in block[1])]
    if not filled:
        return tuple(line for line in lines if not _FENCE.match(line.text))
    first = {"python", "py", "python3", "pycon", "ipython"}
    best = [block for block in filled if block[0] in first] or filled
    return tuple(line for _, block in best for line in block)


def _buttons(lines: Lines) -> Lines:
    """Words of a page's buttons and headings above its code: Python, Copy code."""
    above = list(itertools.takewhile(lambda line: not line.text.strip() or _BUTTON.match(line.text), lines))
    kept = lines[len(above) :]
    if len(above) < len(lines) and any(line.text.strip() for line in above):
        return kept
    return lines


def _letters(lines: Lines) -> Lines:
    """Plain letters for those of mathematical alphabets, as papers and Wikipedia have them: 𝜎 is σ, 𝑦 is y."""
    marks = {
        character: unicodedata.normalize("NFKC", character)
        for line in lines
        if not line.text.isascii()
        for character in line.text
        if "\U0001d400" <= character <= "\U0001d7ff" or character == "ℎ"
    }
    return tuple(line.translated(marks) for line in lines) if marks else lines


def _prompts(lines: Lines) -> Lines:
    """What was typed at >>> and ..., without what was answered."""
    if not any(line.text.lstrip().startswith(">>>") for line in lines):
        return lines
    typed = [(line, match) for line in lines if (match := _PROMPT.match(line.text))]
    return tuple(line.stripped(match.end()) for line, match in typed)


def _notebook_prompts(lines: Lines) -> Lines:
    if not any(line.text.lstrip().startswith("In ") and _NOTEBOOK_PROMPT.match(line.text) for line in lines):
        return lines
    kept: list[Line] = []
    answered = False
    for line in lines:
        match = _NOTEBOOK_PROMPT.match(line.text)
        answered = (answered or bool(_NOTEBOOK_OUTPUT.match(line.text))) and not match
        if not answered:
            kept.append(line.stripped(match.end()) if match else line)
    return tuple(kept)


def _numbers(lines: Lines) -> Lines:
    """Line numbers that were copied along: every line has one, and they count on."""
    filled = [line for line in lines if line.text.strip()]
    found = [_NUMBER.match(line.text) for line in filled]
    if len(filled) < 2 or not all(found):
        return lines
    counted = [int(match[1]) for match in found if match]
    if any(after != before + 1 for before, after in itertools.pairwise(counted)):
        return lines
    rests = [rest for line, match in zip(filled, found, strict=True) if (rest := _rest(line, match))]
    gap = min((len(rest) - len(rest.lstrip(" ")) for rest in rests), default=0)
    return tuple(line.stripped(match.end() + gap) if (match := _NUMBER.match(line.text)) else line for line in lines)


def _rest(line: Line, match: re.Match[str] | None) -> str:
    """What stands after a line's number."""
    rest = line.text[match.end() :] if match else line.text
    return rest if rest.strip() else ""


def _diff(lines: Lines) -> Lines:
    """The new side of a diff."""
    filled = [line for line in lines if line.text.strip()]
    headed = any(_DIFF.match(line.text) for line in filled)
    marked = sum(line.text[:1] in "+-" for line in filled)
    all_marked = bool(filled) and all(line.text[:1] in "+- " for line in filled)
    starts = {line.text[:1] for line in filled}
    two_sides = starts >= {"+", "-"} and all_marked and len(filled) > 1
    if not headed and not (two_sides and marked > 1) and not (starts == {"+"} and len(filled) > 1):
        return lines
    kept = [line for line in lines if not _DIFF.match(line.text) and line.text[:1] not in ("-", "\\")]
    return tuple(line.stripped(1) if line.text[:1] in "+ " else line for line in kept)


def _magics(lines: Lines) -> Lines:
    return tuple(line for line in lines if not _MAGIC.match(line.text))


def _old_print(lines: Lines) -> Lines:
    """With `pass` for Python 2's print, which says nothing of a loss."""
    return tuple(
        line.put(len(match[1]), len(line.text), "pass") if (match := _OLD_PRINT.match(line.text)) else line
        for line in lines
    )


def _asides(lines: Lines) -> Lines:
    """Without what somebody wrote behind a line with an arrow: loss = … <- negative?"""
    return tuple(
        line.cut(0, match.start()) if "=" in line.text and (match := _ASIDE.search(line.text)) else line
        for line in lines
    )


def _quoted(lines: Lines) -> Lines:
    """Lines that a reply quotes with >."""
    filled = [line for line in lines if line.text.strip()]
    if not filled or not all(_QUOTED.match(line.text) for line in filled):
        return lines
    return tuple(line.stripped(match.end()) if (match := _QUOTED.match(line.text)) else line for line in lines)


def _tabs(lines: Lines) -> Lines:
    return tuple(
        line.translated({"\t": "    ", "\v": "", "\f": ""}) if set("\t\v\f") & set(line.text) else line
        for line in lines
    )


def _indentation(lines: Lines) -> Lines:
    """Without the indentation that all lines share; a first line copied from its first letter on may have none."""
    text = joined(line for line in lines if not line.text.lstrip().startswith("#"))
    common = len(_margin(text))
    filled = [line for line in lines if line.text.strip()]
    if common == 0 and len(filled) > 1:
        first, rest = filled[0].text, len(_margin(joined(filled[1:])))
        if rest and first[0] not in " #" and not first.rstrip().endswith((":", ",", "\\")) and _opens_nothing(first):
            below = lines.index(filled[0]) + 1
            return (*lines[:below], *(line.stripped(_shared(line, rest)) for line in lines[below:]))
    if common == 0:
        return lines
    return tuple(line.stripped(_shared(line, common)) for line in lines)


def _opens_nothing(text: str) -> bool:
    return all(text.count(left) <= text.count(right) for left, right in ("()", "[]", "{}"))


def _margin(text: str) -> str:
    filled = [line for line in textwrap.dedent(text).split("\n") if line.strip()]
    first = next((line for line in text.split("\n") if line.strip()), "")
    return first[: len(first) - len(filled[0])] if filled else ""


def _shared(line: Line, common: int) -> int:
    return min(common, len(line.text) - len(line.text.lstrip(" ")))


def _ends(lines: Lines) -> Lines:
    """Without spaces after a backslash that continues a line, and without a backslash that continues nothing."""
    cleaned = [line.cut(0, len(line.text.rstrip())) if line.text[-1:].isspace() else line for line in lines]
    while cleaned and not cleaned[-1].text:
        cleaned.pop()
    while cleaned and not cleaned[0].text:
        cleaned.pop(0)
    if cleaned and cleaned[-1].text.endswith("\\") and not cleaned[-1].text.endswith("\\\\"):
        last = cleaned[-1]
        cleaned[-1] = last.cut(0, len(last.text.rstrip("\\").rstrip()))
    return tuple(cleaned)


FIRST: tuple[Cleaning, ...] = (
    Cleaning("unseen", "characters without width", _translate(_UNSEEN)),
    Cleaning("entities", "HTML entities", _entities),
    Cleaning("spaces", "", _translate(_SPACES)),
    Cleaning("tabs", "", _tabs),
    Cleaning("letters", "mathematical letters", _letters),
    Cleaning("buttons", "text of a page above the code", _buttons),
    Cleaning("fences", "text around the code block", _fences),
    Cleaning("notebook prompts", "prompts of a notebook", _notebook_prompts),
    Cleaning("prompts", "prompts and their output", _prompts),
    Cleaning("quoted", "marks of a quotation", _quoted),
    Cleaning("numbers", "line numbers", _numbers),
    Cleaning("asides", "notes behind arrows", _asides),
    Cleaning("diff", "the removed lines of a diff", _diff),
)
OF_PYTHON: tuple[Cleaning, ...] = (
    Cleaning("quotes", "", _translate(_QUOTES)),
    Cleaning("marks", "", _translate(_MARKS)),
    Cleaning("magics", "commands of a notebook", _magics),
    Cleaning("old print", "Python 2's print", _old_print),
    Cleaning("indentation", "", _indentation),
    Cleaning("ends", "", _ends),
)
CLEANINGS = MappingProxyType({row.name: row for row in (*FIRST, *OF_PYTHON)})


def cleaned(lines: Lines, rows: tuple[Cleaning, ...]) -> tuple[Lines, tuple[str, ...]]:
    """The lines after these rows, and the notes of those that changed something."""
    notes = []
    for row in rows:
        after = row.clean(lines)
        if after is not lines and after != lines and row.note:
            notes.append(row.note)
        lines = after
    return lines, tuple(notes)
