"""A log as plain lines: without colours, dates and times, with carriage returns as ends of lines."""

import re

from ..tables.text_encoding import as_utf8
from .training_log import EXPECTED, LogError

MOST_BYTES = 5_000_000
_ANSI = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_BACK = re.compile(r"\x08+")
_DATE = re.compile(r"\b\d{4}[-/.]\d\d?[-/.]\d\d?(?=[T\s,_]|$)[T ]?")
_TIME = re.compile(r"\b\d{1,3}:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?(?![\w.:])")
# What a logger puts before a message: the logger's name, the level, the place in the code.
_LEVEL = re.compile(
    r"^\W*(?:[\w.]+\W+)?\b(?:DEBUG|INFO|WARNING|WARN|ERROR|NOTICE)\b[\s:|\])>-]*(?:\S*:\w+:\d+[\s:|>-]*(?=\S))?",
    re.MULTILINE,
)
_SIGNS = str.maketrans({"−": "-", "\u2010": "-", "\u2011": "-", "\xa0": " ", "\u202f": " ", "\u2009": " ", "│": "|"})
# A dash directly before a number, behind a blank or a sign of equality, is a minus that a text program made longer.
_DASH = re.compile(r"(?<=[\s:=,(\[])[–—](?=\.?\d)")


def lines_of(source: str | bytes, name: str) -> list[str]:
    """The lines that are not empty, without what a terminal or a logger added. Raises LogError."""
    text = text_of(source, name)
    text = _ANSI.sub("", text) if "\x1b" in text else text
    text = _BACK.sub("\r", text) if "\x08" in text else text
    text = _DASH.sub("-", text.translate(_SIGNS))
    text = _LEVEL.sub("", _TIME.sub(" ", _DATE.sub(" ", text)))
    return [line for line in re.split(r"[\r\n\f\v\x1c-\x1e\x85\u2028\u2029]+", text) if not line.isspace() and line]


def text_of(source: str | bytes, name: str) -> str:
    """The text of a log. Raises LogError for what is too large, empty or no text."""
    log = f"The log “{name}”" if name else "The log"
    if len(source) > MOST_BYTES:
        size, most = len(source) / 1e6, MOST_BYTES / 1e6
        raise LogError(f"{log} has {size:.1f} MB, and {most:.0f} MB can be read: cut it, or log less often.")
    text = (
        source.removeprefix("\ufeff")
        if isinstance(source, str)
        else as_utf8(source)[0].decode("utf-8", errors="replace")
    )
    if "\0" in text:
        raise LogError(f"{log} is no text: {EXPECTED}.")
    if not text.strip():
        raise LogError(f"{log} is empty: {EXPECTED}.")
    return text
