"""Words that hold what a visitor wrote, for Streamlit's texts, which read Markdown."""

import re

WORD_JOINER = "\u2060"  # has no width, and no address goes on across it


def plain(text: str) -> str:
    """`text` as it stands: no link, image, icon or formula comes of it."""
    unlinked = re.sub(r"(?=//|@)|(?<=www)(?=\.)", WORD_JOINER, text, flags=re.IGNORECASE)
    return re.sub(r"([\\`*_{}\[\]()<>#+!|~$:&-])", r"\\\1", unlinked)
