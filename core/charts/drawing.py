"""An assembled chart: its specification and its rows."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from .spec import Spec

if TYPE_CHECKING:
    import pandas as pd

TITLE_HEIGHT = 46  # pixels of a chart outside its plot: title, legend and the labels of x


class Drawing(NamedTuple):
    """A Vega-Lite specification, which must not be changed, and the table of its rows."""

    spec: Spec
    table: "pd.DataFrame"


@dataclass(frozen=True)
class Style:
    """How a chart is drawn: the `scheme`, "light" or "dark" ("light" on paper), and the `height` in pixels."""

    scheme: str = "light"
    height: float = 340.0

    @property
    def plot_height(self) -> float:
        """Pixels of the plot alone."""
        return self.height - TITLE_HEIGHT
