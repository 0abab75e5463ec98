"""A Sphinx extension: a table with sentences is readable where it is too wide.

With five columns and more that do not fit beside each other, each row becomes a card: its cells stand below each other
with the head of their column. Other tables with sentences become cards on a narrow screen. A table of numbers stays a
table, which scrolls. What it looks like is in `static/heteroscope.css`.
"""

from typing import Any

from docutils import nodes

FEWEST_COLUMNS, ALWAYS_FROM, FEWEST_LETTERS = 3, 5, 50
WIDEST_COLUMN, WIDEST_TABLE = 40, 115  # letters: a cell breaks into lines, and what then fits into a page


def on_read(app: Any, tree: nodes.document) -> None:
    """Sphinx's event doctree-read: tables with sentences get a class, and each cell the head of its column."""
    for table in list(tree.findall(nodes.table)):
        head, rows = table.next_node(nodes.thead), list(table.findall(nodes.row))
        widest = max((len(cell.astext()) for row in rows for cell in row), default=0)
        if head is None or len(rows[0]) < FEWEST_COLUMNS or widest < FEWEST_LETTERS:
            continue
        heads, *rows = rows
        columns = zip(*(row.children for row in (heads, *rows)), strict=True)
        width = sum(min(max(len(cell.astext()) for cell in column), WIDEST_COLUMN) for column in columns)
        too_wide = len(heads) >= ALWAYS_FROM and width > WIDEST_TABLE
        table["classes"].append("cards" if too_wide else "cards-if-narrow")
        for row in rows:
            for cell, above in zip(row.children[1:], heads.children[1:], strict=True):
                cell.insert(
                    0, nodes.paragraph("", above.astext(), classes=["head"])
                )  # the first cell is the card's name


def setup(app: Any) -> dict[str, bool]:
    """Sphinx calls this."""
    app.connect("doctree-read", on_read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
