"""Charts of a run as files: three of them as one figure, and all of them as SVG and PNG in one zip."""

import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

from ..charts.drawing import Drawing, Style
from ..charts.of_run.chart import Chart
from ..charts.of_run.chart_table import CHARTS, MOST_FEATURES, charts_for
from ..charts.of_run.scene import Shown
from ..charts.spec import Spec
from ..diagnosis.chart_data.feature_data import features_of
from ..experiment.run_name import run_name
from ..training.run import Run
from .pictures import HEIGHT_CM, pixels, stacked, svg
from .raster import png_of_svg

README = "readme.txt"
_HEIGHTS_CM = {"fit": 8.0, "spread": 5.0, "observed": 10.0, "loss": 7.0}  # of the charts in the figure
# The first day that a zip can name: the pictures are of a run, not of the day on which they were drawn.
_DAY = (1980, 1, 1, 0, 0, 0)


def figure_spec(run: Run) -> Spec:
    """Fit, spread and loss of a run with weights below each other, 16 cm wide, as one Vega-Lite spec with its rows.

    With many inputs, over which no curve can be drawn: observed over predicted, and the loss.
    """
    shown = Shown.at_end(run)
    rows = {CHARTS[name]: height for name, height in _HEIGHTS_CM.items() if CHARTS[name].applies(shown)}
    panels = [(*row.draw(shown, Style(height=pixels(height))), height) for row, height in rows.items()]
    return stacked(panels, foot=foot_of(run))


def foot_of(run: Run) -> str:
    """The line below a picture: which run it is of."""
    return f"{run_name(run.experiment)} · run {run.key}"


def charts_zip(run: Run, tell: Callable[[str, float], None] = lambda label, share: None) -> bytes:
    """The zip of NAME.svg and NAME.png of every chart, 16 × 9 cm and 300 dots per inch, with a readme of them. The run
    must have weights. Before each chart `tell` gets its label, and the share that is done, from 0 to 1.
    """
    buffer, told, foot, rows = io.BytesIO(), [], foot_of(run), charts_for(run)
    with zipfile.ZipFile(buffer, "w") as file:
        for done, row in enumerate(rows):
            tell(row.label, done / len(rows))
            drawing = _drawing(row, run)
            if drawing is None:
                continue
            if isinstance(drawing, str):
                told.append(f"{row.name}: not drawn. {drawing}")
                continue
            picture = svg(*drawing, foot=foot)
            _write(file, f"{row.name}.svg", picture, zipfile.ZIP_DEFLATED)
            _write(file, f"{row.name}.png", png_of_svg(picture), zipfile.ZIP_STORED)  # it is compressed already
            told.append(f"{row.name}: {row.label}")
        _write(file, README, _readme(run, told).encode(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def drawn(run: Run) -> Iterator[tuple[Chart[Any], Drawing | str]]:
    """Each chart that a run has, drawn for print, or the sentence that says why it cannot be drawn."""
    for row in charts_for(run):
        if (drawing := _drawing(row, run)) is not None:
            yield row, drawing


def _drawing(row: Chart[Any], run: Run) -> Drawing | str | None:
    """One chart for print, why it cannot be drawn, or None where the run has none of this kind."""
    try:
        shown = row.of_run(run)
        return row.draw(shown, Style(height=pixels(HEIGHT_CM))) if row.applies(shown) else None
    except ValueError as reason:  # CannotScore, or a chart whose axis has no numbers
        return str(reason)


def _readme(run: Run, told: list[str]) -> str:
    lines = [f"Charts of {foot_of(run)}", "Each as NAME.svg and NAME.png, 16 × 9 cm, 300 dots per inch.", "", *told]
    left = len(features_of(run)) - MOST_FEATURES if run.dataset.inputs > 1 else 0
    if left > 0:
        lines.append(f"The partial dependence of {left:,} more features is not included.")
    return "\r\n".join(" ".join(line.split()) for line in lines) + "\r\n"


def _write(file: zipfile.ZipFile, name: str, content: bytes, how: int) -> None:
    entry = zipfile.ZipInfo(name, _DAY)
    entry.external_attr = 0o644 << 16
    file.writestr(entry, content, how)
