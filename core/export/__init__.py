"""What leaves the laboratory: a script, weights, tables and pictures of a run. EXPORTS is the table of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core.export.run_tables import predictions_table, rows_of, to_csv, to_parquet
from core.export.script import ExportError, script_of
from core.export.weights import load, weights_of
from core.training.run import Run

__all__ = ["EXPORTS", "Export", "ExportError", "load"]

_CSV, _PARQUET = "text/csv", "application/vnd.apache.parquet"


@dataclass(frozen=True)
class Export:
    """One file that a run leaves with: `make(run)` gives its bytes, or raises ExportError, one sentence."""

    name: str
    label: str
    file_name: str
    mime: str
    help: str
    make: Callable[[Run], bytes]


def _figure(run: Run, form: str) -> bytes:
    from core.export.chart_files import figure  # loads Altair, which nothing else here needs

    return figure(run, form)


def _charts(run: Run) -> bytes:
    from core.export.chart_files import charts_zip  # the same

    return charts_zip(run)


_ROWS = (
    Export(
        "script",
        "Script (PyTorch)",
        "script.py",
        "text/x-python",
        "Trains the same net again with PyTorch and NumPy alone, and comes to the same test NLL.",
        lambda run: script_of(run).encode(),
    ),
    Export(
        "weights",
        "Weights (safetensors)",
        "weights.safetensors",
        "application/octet-stream",
        "The layers with the experiment inside: core.load reads it and predicts, without the data.",
        weights_of,
    ),
    Export(
        "predictions",
        "Predictions (CSV)",
        "predictions.csv",
        _CSV,
        "Held-out rows with mean, std, 95 % interval and z.",
        lambda run: to_csv(predictions_table(run)),
    ),
    Export(
        "predictions_parquet",
        "Predictions (Parquet)",
        "predictions.parquet",
        _PARQUET,
        "The same rows, as Parquet.",
        lambda run: to_parquet(predictions_table(run)),
    ),
    Export(
        "history",
        "History (CSV)",
        "history.csv",
        _CSV,
        "Loss and its terms by step, at most 500 rows.",
        lambda run: to_csv(run.history),
    ),
    Export(
        "history_parquet",
        "History (Parquet)",
        "history.parquet",
        _PARQUET,
        "The same rows, as Parquet.",
        lambda run: to_parquet(run.history),
    ),
    Export(
        "figure",
        "Figure (SVG)",
        "figure.svg",
        "image/svg+xml",
        "Fit, spread and loss as one picture, 16 cm wide; of many inputs, observed over predicted, and the loss.",
        lambda run: _figure(run, "svg"),
    ),
    Export(
        "figure_png",
        "Figure (PNG)",
        "figure.png",
        "image/png",
        "The same picture at 300 dots per inch.",
        lambda run: _figure(run, "png"),
    ),
    Export(
        "charts",
        "All charts (SVG and PNG)",
        "charts.zip",
        "application/zip",
        "Every chart of this run from the pages Fit, Calibration and Anatomy, 16 × 9 cm each. Takes some seconds.",
        _charts,
    ),
    Export(
        "data",
        "Rows (CSV)",
        "data.csv",
        _CSV,
        "All rows as the net was given them: what the script reads where a table is large.",
        rows_of,
    ),
)

EXPORTS: Mapping[str, Export] = MappingProxyType({row.name: row for row in _ROWS})
