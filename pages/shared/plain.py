"""Words that hold what a visitor wrote, for Streamlit's texts, which read Markdown."""

import re
from collections.abc import Sequence

WORD_JOINER = "\u2060"  # has no width, and no address goes on across it


def plain(text: str) -> str:
    """`text` as it stands: no link, image, icon or formula comes of it."""
    unlinked = re.sub(r"(?=//|@)|(?<=www)(?=\.)", WORD_JOINER, text, flags=re.IGNORECASE)
    return re.sub(r"([\\`*_{}\[\]()<>#+!|~$:&-])", r"\\\1", unlinked)


def unbroken(text: str) -> str:
    """`text` whose lines never end between a number and its per cent."""
    return re.sub(r"(?<=\d) (?=%)", "\u00a0", text)


def table(rows: Sequence[Sequence[str]], *, escape: bool = True) -> str:
    """Rows as a Markdown table, the first of them its head; `escape` is off where the cells are Markdown already."""
    lines = [f"| {' | '.join(plain(cell) if escape else cell for cell in row)} |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])
