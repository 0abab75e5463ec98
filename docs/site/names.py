"""A Sphinx extension: readers have installed the library, which only a checkout calls `core`, or `python -m core`."""

import re
from typing import Any

# About the checkout itself: there the names stay.
OF_A_CHECKOUT = (
    "changelog",
    "contributing",
    "design",
    "extending",
    "performance",
    "readme",
    "releasing",
    "testing",
    "words",
)
_NAMES = (
    (re.compile(r"\bpython -m core\b"), "heteroscope"),
    (re.compile(r"\bcore(?=\.[a-z_]| import\b)"), "heteroscope"),
)


def installed(text: str) -> str:
    """A text with the names that the library and its command have where they are installed."""
    for pattern, name in _NAMES:
        text = pattern.sub(name, text)
    return text


def on_source(app: Any, page: str, source: list[str]) -> None:
    """Sphinx's event source-read."""
    if page not in OF_A_CHECKOUT:
        source[0] = installed(source[0])


def setup(app: Any) -> dict[str, bool]:
    """Sphinx calls this."""
    app.connect("source-read", on_source)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
