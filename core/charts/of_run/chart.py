"""What a chart of a run is: one row of the table in `chart_table`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ...diagnosis.calibration.chart_words import Words
from ...training.run import Run
from ...words import without_markdown
from ..drawing import Drawing, Style

S = TypeVar("S")


@dataclass(frozen=True)
class Chart(Generic[S]):
    """One chart of a run: its names, where it stands, what it shows, and how it is drawn.

    name: of its files in the zip of charts, and of its element on a page.
    label: its title in the zip's readme, and above it on a page that has no place of its own for it.
    alt: what it draws, for those who do not see it.
    place: "page/section"; a page alone draws it at its end; "" is for what a page shows as another chart, by a control.
    of_run: what it shows of a finished run. On a page this is what the page's controls ask for.
    draw: its specification and rows. `of_run` and `draw` raise ValueError, one sentence, where the numbers of a run
        cannot be drawn.
    applies: whether there is such a chart of this; `draw` is not called where there is not.
    words: the sentences below it on the Calibration page.
    seen: what is seen on it, in sentences with numbers, for those who do not see it; without it the words.
    """

    name: str
    label: str
    alt: str
    place: str
    of_run: Callable[[Run], S]
    draw: Callable[[S, Style], Drawing]
    applies: Callable[[S], bool] = lambda _: True
    words: Callable[[S], Words] | None = None
    seen: Callable[[S], str] | None = None

    def told(self, shown: S) -> str:
        """What is seen on this chart, as plain text."""
        if self.seen is not None:
            return without_markdown(self.seen(shown))
        return without_markdown(self.words(shown).shown) if self.words is not None else ""
