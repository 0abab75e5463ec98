"""The words, numbers and marks of a typed formula, in one spelling."""

import re
from collections.abc import Iterator
from types import MappingProxyType
from typing import NamedTuple


class FormulaError(ValueError):
    """Why a text is no loss: one sentence on one line, with the place and what is allowed."""


class Token(NamedTuple):
    """A word, number or mark, and where it stands."""

    kind: str  # "number", "word", "mark", "bad" or "end"
    text: str
    at: int  # from 1
    typed: str = ""  # where that is another spelling


_WORD = r"[^\W\d²³½¼][^\W²³½¼]*"
_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    rf"|(?P<word>{_WORD}(?:\.{_WORD})*)"
    r"|(?P<mark>\*\*|[-+*/^(),|·⋅×÷−½¼²³])"
)
_SPELT = MappingProxyType({"^": "**", "·": "*", "⋅": "*", "×": "*", "÷": "/", "−": "-"})
_FRACTIONS = MappingProxyType({"½": "0.5", "¼": "0.25"})
_RAISED = MappingProxyType({"²": "2", "³": "3"})


def shown(text: str, longest: int = 16) -> str:
    """What was typed, cut short and without what cannot be seen: settings.one_line lies above this floor."""
    text = text if len(text) <= longest else text[:longest] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def refusal(token: Token, because: str) -> FormulaError:
    """The error of a formula that cannot be read at this token."""
    words = "the end" if token.kind == "end" else f'"{shown(token.typed or token.text)}"'
    return FormulaError(f"The formula cannot be read at character {token.at}, {words}: {because}.")


def tokens(text: str) -> Iterator[Token]:
    """Words, numbers and marks, in one spelling; those that ½ and ² stand for are put in."""
    at, before, fraction_after, bars = 0, "", "", 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        found = _TOKEN.match(text, at)
        if found is None:
            yield Token("bad", text[at], at + 1)  # the parser refuses it in its turn, after what is wrong before it
            at += 1
            continue
        typed, kind = found.group(), str(found.lastgroup)
        token = Token(kind, _SPELT.get(typed, typed), at + 1, typed)
        if before in _FRACTIONS and (kind == "word" or typed == "(" or (typed == "|" and bars % 2 == 0)):
            if fraction_after in ("/", "**"):
                raise refusal(token, "after / or a power, write the fraction and what follows it in brackets")
            yield Token("mark", "*", at + 1, typed)
        if before in _RAISED and (token.text == "**" or typed in _RAISED):
            raise refusal(token, "a power of a power needs brackets, as in (r²)²")
        if typed in _FRACTIONS:
            yield Token("number", _FRACTIONS[typed], at + 1, typed)
            fraction_after = before
        elif typed in _RAISED:
            yield from (Token("mark", "**", at + 1, typed), Token("number", _RAISED[typed], at + 1, typed))
        else:
            yield token
        at, before, bars = found.end(), _SPELT.get(typed, typed), bars + (typed == "|")
    yield Token("end", "", len(text) + 1)
