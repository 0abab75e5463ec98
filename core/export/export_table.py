"""EXPORTS: every file that a run can leave as. The pages' dialog, the command line and the tests read this table.

What makes a file is loaded when it is made: pictures need Altair, weights need safetensors.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core.training.run import Run

MIME = MappingProxyType(
    {
        ".py": "text/x-python",
        ".safetensors": "application/octet-stream",
        ".csv": "text/csv",
        ".parquet": "application/vnd.apache.parquet",
        ".svg": "image/svg+xml",
        ".png": "image/png",
        ".zip": "application/zip",
    }
)


class ExportError(ValueError):
    """A run cannot leave as this file: one sentence."""


@dataclass(frozen=True)
class Export:
    """One file that a run can leave as.

    name, label, help: of its button on a page. file_name: what a browser calls the file.
    option, about: of the command line; an option with several files takes them by their endings.
    make: its bytes, of a run that has what the file needs.
    needs, lack: whether a run has that, and what a run that has not is said to lack.
    any_ending: whether the command line takes a name with another ending than `file_name`'s.
    """

    name: str
    label: str
    file_name: str
    help: str
    option: str
    about: str
    make: Callable[[Run], bytes]
    needs: Callable[[Run], bool] = lambda run: True
    lack: str = ""
    any_ending: bool = False

    @property
    def ending(self) -> str:
        """The ending of its name, such as ".csv"."""
        return self.file_name[self.file_name.rindex(".") :]

    @property
    def mime(self) -> str:
        """Its media type."""
        return MIME[self.ending]

    def why_not(self, run: Run) -> str:
        """Why this run has no such file, in one sentence; "" where it has one."""
        return "" if self.needs(run) else f"This run {self.lack}: train it, and export it then."

    def bytes_of(self, run: Run) -> bytes:
        """The file of a run. Raises ExportError where it has none."""
        if why := self.why_not(run):
            raise ExportError(why)
        return self.make(run)


def _has_weights(run: Run) -> bool:
    return run.has_curve


def _took_steps(run: Run) -> bool:
    return run.has_curve and run.steps_done > 0


def _script(run: Run) -> bytes:
    from core.export.script import script_of

    return script_of(run).encode()


def _weights(run: Run) -> bytes:
    from core.export.weights import weights_of

    return weights_of(run)


def _predictions_csv(run: Run) -> bytes:
    from core.export.run_tables import predictions_table, to_csv

    return to_csv(predictions_table(run))


def _predictions_parquet(run: Run) -> bytes:
    from core.export.run_tables import predictions_table, to_parquet

    return to_parquet(predictions_table(run))


def _history_csv(run: Run) -> bytes:
    from core.export.run_tables import to_csv

    return to_csv(run.history)


def _history_parquet(run: Run) -> bytes:
    from core.export.run_tables import to_parquet

    return to_parquet(run.history)


def _figure_svg(run: Run) -> bytes:
    from core.export.chart_files import figure

    return figure(run, "svg")


def _figure_png(run: Run) -> bytes:
    from core.export.chart_files import figure

    return figure(run, "png")


def _charts(run: Run) -> bytes:
    from core.export.chart_files import charts_zip

    return charts_zip(run)


def _data(run: Run) -> bytes:
    from core.export.run_tables import rows_of

    return rows_of(run)


_ROWS = (
    Export(
        "script",
        "Script (PyTorch)",
        "script.py",
        "Trains the same net again with PyTorch and NumPy alone, and comes to the same test NLL.",
        "script",
        "a script of PyTorch and NumPy alone that trains the run again",
        _script,
        _took_steps,
        "has no weights to come to again",
        any_ending=True,
    ),
    Export(
        "weights",
        "Weights (safetensors)",
        "weights.safetensors",
        "The layers with the experiment inside: core.load reads it and predicts, without the data.",
        "weights",
        "a .safetensors file, which `predict` and core.load read",
        _weights,
        _has_weights,
        "has no weights",
    ),
    Export(
        "predictions",
        "Predictions (CSV)",
        "predictions.csv",
        "Held-out rows with mean, std, 95 % interval and z.",
        "predictions",
        "held-out rows, as .csv or .parquet",
        _predictions_csv,
        _has_weights,
        "predicts nothing",
    ),
    Export(
        "predictions_parquet",
        "Predictions (Parquet)",
        "predictions.parquet",
        "The same rows, as Parquet.",
        "predictions",
        "held-out rows, as .csv or .parquet",
        _predictions_parquet,
        _has_weights,
        "predicts nothing",
    ),
    Export(
        "history",
        "History (CSV)",
        "history.csv",
        "Loss and its terms by step, at most 500 rows.",
        "history",
        "loss by step, as .csv or .parquet",
        _history_csv,
    ),
    Export(
        "history_parquet",
        "History (Parquet)",
        "history.parquet",
        "The same rows, as Parquet.",
        "history",
        "loss by step, as .csv or .parquet",
        _history_parquet,
    ),
    Export(
        "figure",
        "Figure (SVG)",
        "figure.svg",
        "Fit, spread and loss as one picture, 16 cm wide; of many inputs, observed over predicted, and the loss.",
        "figure",
        "fit, spread and loss as one picture, .svg or .png",
        _figure_svg,
        _has_weights,
        "has no curve to draw",
    ),
    Export(
        "figure_png",
        "Figure (PNG)",
        "figure.png",
        "The same picture at 300 dots per inch.",
        "figure",
        "fit, spread and loss as one picture, .svg or .png",
        _figure_png,
        _has_weights,
        "has no curve to draw",
    ),
    Export(
        "charts",
        "All charts (SVG and PNG)",
        "charts.zip",
        "Every chart of this run from the pages Fit, Calibration and Anatomy, 16 × 9 cm each. Takes some seconds.",
        "charts",
        "every chart as SVG and PNG at print size, in one .zip",
        _charts,
        _has_weights,
        "has no curve to draw",
    ),
    Export(
        "data",
        "Rows (CSV)",
        "data.csv",
        "All rows as the net was given them: what the script reads where a table is large.",
        "data",
        "all rows as the net was given them, .csv: what the script of a large table reads",
        _data,
    ),
)

EXPORTS: Mapping[str, Export] = MappingProxyType({row.name: row for row in _ROWS})
