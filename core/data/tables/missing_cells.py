"""Cells that stand for a missing value."""

import re
from typing import Any

MISSING = ("", "NA", "N/A", "n/a", "nan", "NaN", "NAN", "NULL", "null", "None", "#N/A", "?", "-")
# Where the other cells of a column are numbers or dates, these mean that there is none.
_WORDS = (
    r"(?i)^(n\. ?a\.?|n/a|na|nan|nat|k\. ?a\.?|keine angabe|not available|not applicable|missing|unknown|unbekannt|"
    r"none|null|nil|nothing|tbd|tba|fehlt|<na>|\(null\)|\(blank\)|-{1,4}|–|—|\.{1,3}|…|:|\*|\?+|"
    r"0{1,4}[-/.]0{1,2}[-/.]0{1,4}( 0?0:00(:00)?)?|"
    r"#(n/a|n/v|nv|div/0!|value!|wert!|ref!|bezug!|num!|zahl!|name\?|null!))$"
)
_WORD = re.compile(_WORDS)


def is_word_for_missing(cell: str) -> bool:
    """Whether a cell says that there is no value."""
    return bool(_WORD.match(cell))


def without_words_for_missing(cells: Any) -> tuple[Any, str]:
    """The cells with null for a word that stands for a missing value, such as n.a.; and one of those words."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.match_substring_regex(cells, _WORDS).fill_null(False)
    if not pc.any(found).as_py():
        return cells, ""
    return pc.if_else(found, pa.scalar(None, cells.type), cells), cells[pc.index(found, True).as_py()].as_py()
