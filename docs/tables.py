"""Write the tables of the product into the documents that show them: `python -m docs.tables`.

A table stands between two comments, `<!-- NAME -->` and `<!-- end -->`. A test holds that the documents are as this
module writes them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from core.evaluation.recalibration import RECALIBRATIONS
from core.evaluation.scores import SCORES
from core.model.head import Head
from core.model.heads import HEADS
from core.model.losses import LOSSES, Loss
from core.model.readings import READINGS
from core.torch.options import SOUND, class_name, options_of

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Table:
    """A table of a document: the document, the heads of the columns, and the cells of each row."""

    document: str
    heads: tuple[str, ...]
    rows: Callable[[], Iterable[tuple[str, ...]]]


TABLES: Mapping[str, Table] = MappingProxyType(
    {
        "scores": Table(
            "scores.md",
            ("Name", "Label", "Unit", "Better", "Range", "What it says"),
            lambda: ((f"`{s.name}`", s.label, s.unit, s.direction, s.range, s.help) for s in SCORES.values()),
        ),
        "recalibrations": Table(
            "scores.md",
            ("Name", "Label", "What it does", "Source"),
            lambda: ((f"`{name}`", r.label, r.help, r.reference) for name, r in RECALIBRATIONS.items()),
        ),
        "losses": Table(
            "losses.md",
            ("Name", "Per point", "Read as", "What it is, or what goes wrong", "Source"),
            lambda: map(_loss, LOSSES.values()),
        ),
        "heads": Table(
            "losses.md",
            ("Name", "g(s)", "It is", "Range", "Begins at s =", "Where it stops working", "What it does", "Source"),
            lambda: map(_head, HEADS.values()),
        ),
        "torch losses": Table(
            "torch.md",
            ("Module", "Function", "Outputs, with the defaults", "Options of its own", "Read as"),
            lambda: map(_torch_loss, SOUND.values()),
        ),
    }
)


def _loss(row: Loss) -> tuple[str, ...]:
    formula = " + ".join(filter(None, (row.trained or row.formula, row.regulariser)))
    where = ", ".join(f"`{name}` = `{text}`" for name, text in row.where)
    shown = f"${row.latex}$" if row.by_hand is not None else f"`{formula}`" + (f" with {where}" if where else "")
    what = f"**A mistake**: {row.mistake}." if row.mistake else row.help
    return f"`{row.name}`", shown, READINGS[row.readings[0]].short, what, row.reference


def _head(row: Head) -> tuple[str, ...]:
    ends = " … ".join("∞" if end == float("inf") else f"{end:.3g}" for end in (row.low, row.high))
    start = f"{row.start:.3g}"
    return f"`{row.name}`", f"`{row.formula}`", row.gives, ends, start, row.reach.words, row.help, row.reference


def _torch_loss(row: Loss) -> tuple[str, ...]:
    outputs, given = ", ".join(output.label for output in row.outputs), options_of(row.name)
    own = ", ".join(f"`{name}={given[name]!r}`" for name in row.settings)
    return f"`{class_name(row.name)}`", f"`{row.name}`", outputs, own, READINGS[row.readings[0]].family


def written(document: str) -> str:
    """A document with its tables as they are now."""
    text = (FOLDER / document).read_text(encoding="utf-8")
    for name in (name for name, table in TABLES.items() if table.document == document):
        before, start, rest = text.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition("<!-- end -->")
        assert end, f"{document} has no place for the table of {name}"
        text = f"{before}{start}{_lines(TABLES[name])}{end}{after}"
    return text


def _lines(table: Table) -> str:
    rows = (table.heads, ("---",) * len(table.heads), *table.rows())
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |\n" for row in rows)


if __name__ == "__main__":
    for document in sorted({table.document for table in TABLES.values()}):
        (FOLDER / document).write_text(written(document), encoding="utf-8")
