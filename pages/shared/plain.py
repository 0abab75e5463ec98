"""Text of a visitor, escaped for Streamlit's Markdown; and tables in Markdown."""

import re
from collections.abc import Sequence

WORD_JOINER = "\u2060"  # has no width, and ends a web address


def plain(text: str) -> str:
    """`text` shown as it is: without links, images, icons or formulas."""
    unlinked = re.sub(r"(?=//|@)|(?<=www)(?=\.)", WORD_JOINER, text, flags=re.IGNORECASE)
    return re.sub(r"([\\`*_{}\[\]()<>#+!|~$:&-])", r"\\\1", unlinked)


def unbroken(text: str) -> str:
    """`text` without a line break between a number and its per cent sign."""
    return re.sub(r"(?<=\d) (?=%)", "\u00a0", text)


def table(rows: Sequence[Sequence[str]], *, escape: bool = True) -> str:
    """Rows as a Markdown table; the first is the head. Set `escape` to False if the cells are Markdown already."""
    lines = [f"| {' | '.join(plain(cell) if escape else cell for cell in row)} |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])
