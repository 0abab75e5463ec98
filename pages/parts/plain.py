"""Words that hold what a visitor wrote, for Streamlit's texts, which read Markdown."""

import re


def plain(text: str) -> str:
    """`text` as it stands: no link, image, icon or formula comes of it."""
    return re.sub(r"([\\`*_{}\[\]()<>#+!|~$:&-])", r"\\\1", text)
