"""What an object shows in a notebook: words, tables and charts, as text, as HTML and as a Vega-Lite specification.

A notebook shows one of the three, the richest that it can draw, so each of them says everything.
"""

import html
import textwrap
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ..charts.spec import Spec
from ..words import without_markdown

if TYPE_CHECKING:
    import pandas as pd

Kinds = set[str] | None
_COLUMNS = 96  # characters in a line of words
_NOT_IN_A_LINE = ("Better",)
_MARKS = MappingProxyType({"good": "✓", "warning": "!", "mistake": "✗", "open": "?"})


@dataclass(frozen=True, eq=False)
class Sheet:
    """What one object shows.

    kind: of the finding, "good", "warning", "mistake" or "open". sentences: below the headline, in Markdown.
    tables: by their titles, with values as text. charts: makes them as one specification with its rows, or None.
    alt: what is seen on the charts, for those who do not see them.
    """

    kind: str
    headline: str
    sentences: tuple[str, ...] = ()
    tables: "Mapping[str, pd.DataFrame]" = field(default_factory=dict)
    charts: Callable[[], Spec | None] = lambda: None
    alt: Callable[[], str] = lambda: ""

    @property
    def words(self) -> tuple[str, ...]:
        """The sentences without Markdown."""
        return tuple(without_markdown(sentence) for sentence in self.sentences if sentence)

    @property
    def _full(self) -> "dict[str, pd.DataFrame]":
        return {title: table for title, table in self.tables.items() if len(table)}

    @property
    def text(self) -> str:
        """All words and tables, for a terminal."""
        lines = [f"{_MARKS.get(self.kind, '')} {without_markdown(self.headline)}".strip()]
        lines += [line for sentence in self.words for line in textwrap.wrap(sentence, _COLUMNS)]
        for title, table in self._full.items():
            lines += ["", *([title] if title else []), table.to_string(index=False)]
        return "\n".join(lines)

    @property
    def html(self) -> str:
        """The same with the charts as a picture, where vl-convert is installed to draw it; it holds no script."""
        escape = html.escape
        headline = escape(self.text.partition("\n")[0])
        parts = [f"<p><strong>{headline}</strong></p>", *(f"<p>{escape(words)}</p>" for words in self.words)]
        parts.append(self._picture())
        for title, table in self._full.items():
            parts += [f"<p>{escape(title)}</p>"] if title else []
            parts.append(table.to_html(index=False, border=0, escape=True))
        return f'<div class="heteroscope" style="max-width: 46em">{"".join(parts)}</div>'

    def _picture(self) -> str:
        if find_spec("vl_convert") is None:
            return '<p>To see the charts here: <code>pip install "heteroscope[export]"</code></p>'
        if (spec := self.charts()) is None:
            return ""
        from ..export.pictures import svg_of

        address = f"data:image/svg+xml;base64,{b64encode(svg_of(spec)).decode()}"
        return f'<img src="{address}" alt="{html.escape(self.alt())}" style="max-width: 100%; background: white">'

    @property
    def vega(self) -> Spec | None:
        """The charts with the headline, the sentences and the tables above them; None without charts."""
        spec = self.charts()
        if spec is None:
            return None
        lines = [line for sentence in self.words for line in textwrap.wrap(sentence, _COLUMNS)]
        lines += [line for table in self._full.values() for line in _in_lines(table)]
        title = {
            "text": without_markdown(self.headline),
            "subtitle": lines,
            "anchor": "start",
            "frame": "group",
            "fontSize": 15,
            "fontWeight": "bold",
            "subtitleFontSize": 12,
            "subtitleLineHeight": 16,
            "offset": 14,
        }
        return spec | {"title": title, "usermeta": {}, "description": self.alt()}

    def bundle(self, include: Kinds = None, exclude: Kinds = None) -> dict[str, Any]:
        """What a notebook may show, by MIME type; what is not asked for is not drawn."""
        makers: dict[str, Callable[[], Any]] = {
            "text/plain": lambda: self.text,
            "text/html": lambda: self.html,
            vega_type(): lambda: self.vega,
        }
        wanted = (name for name in makers if (not include or name in include) and name not in (exclude or ()))
        made = {name: makers[name]() for name in wanted}
        return {name: value for name, value in made.items() if value is not None}


class Shows:
    """A mixin: what has a `sheet` prints as its words, and a notebook shows the words, tables and charts."""

    @property
    def sheet(self) -> Sheet:
        """What it shows."""
        raise NotImplementedError(f"{type(self).__name__} has no sheet")

    @property
    def charts(self) -> Spec | None:
        """Its charts as one Vega-Lite specification with the rows, for Altair or a file; None if it has none."""
        return self.sheet.charts()

    def __str__(self) -> str:
        return self.sheet.text

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {without_markdown(self.sheet.headline)}>"

    def _repr_mimebundle_(self, include: Kinds = None, exclude: Kinds = None) -> dict[str, Any]:
        return self.sheet.bundle(include, exclude)


def vega_type() -> str:
    """The MIME type under which Altair shows a chart of its version of Vega-Lite."""
    import altair as alt

    return f"application/vnd.vegalite.{alt.SCHEMA_VERSION.partition('.')[0]}.json"


def _in_lines(table: "pd.DataFrame") -> list[str]:
    """A small table as lines of words: "NLL, full: −1.1 ± 0.01" or, of more columns, "NLL, full: left 1, right 2"."""
    first, *others = (name for name in table.columns if name not in _NOT_IN_A_LINE)
    named = len(others) > 1
    cells = [[(f"{name} {row[name]}" if named else str(row[name])) for name in others] for _, row in table.iterrows()]
    return [f"{head}: {', '.join(row)}"[:_COLUMNS] for head, row in zip(table[first], cells, strict=True)]
