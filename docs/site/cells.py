"""A Sphinx extension: a cell of a table that holds a sentence is wide enough to be read."""

from typing import Any

from docutils import nodes

FEWEST_COLUMNS, FEWEST_LETTERS = 3, 50


def on_read(app: Any, tree: nodes.document) -> None:
    """Sphinx's event doctree-read: cells of wide tables with much text are of the class `long`."""
    for row in tree.findall(nodes.row):
        if len(row.children) >= FEWEST_COLUMNS:
            for cell in row.children:
                if isinstance(cell, nodes.entry) and len(cell.astext()) >= FEWEST_LETTERS:
                    cell["classes"].append("long")


def setup(app: Any) -> dict[str, bool]:
    """Sphinx calls this."""
    app.connect("doctree-read", on_read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
