"""EXPORTS: every file that a run can leave as. The pages' dialog, the command line and the tests read this table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any

from ..training.run import Run

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
    made_by: the function that makes it of a run, as "module:function" in core.export; it is loaded when the file is
        made. It gives text or bytes, or what `written_by` makes bytes of.
    without: how a run without weights is described; "" if the file needs none.
    any_ending: whether the command line takes a name with another ending than that of `file_name`.
    """

    name: str
    label: str
    file_name: str
    help: str
    option: str
    about: str
    made_by: str
    without: str = ""
    any_ending: bool = False
    written_by: str = ""

    @property
    def ending(self) -> str:
        """The ending of its name, such as ".csv"."""
        return self.file_name[self.file_name.rindex(".") :]

    @property
    def mime(self) -> str:
        """Its media type."""
        return MIME[self.ending]

    def why_not(self, run: Run) -> str:
        """Why this run has no such file, in one sentence; "" if it has one."""
        if self.name == "script" and run.experiment.data.also:
            return (
                "This run is one of several targets of a network, but a script trains one target. Export its "
                "weights instead."
            )
        if self.name == "script" and run.experiment.data.weights:
            return "This run weights its rows, but a script counts all rows equally. Export its weights instead."
        if self.name == "script" and run.others and run.status == "stopped":
            return "The members of this run were stopped at different steps. Train it to the end, then export it."
        trained = run.has_curve and (run.steps_done > 0 or self.name != "script")  # a script needs steps to repeat
        return "" if trained or not self.without else f"This run {self.without}. Train it, then export it."

    def bytes_of(self, run: Run) -> bytes:
        """The file of a run. Raises ExportError if it has none."""
        if why := self.why_not(run):
            raise ExportError(why)
        content: Any = run
        for name in filter(None, (self.made_by, self.written_by)):
            module, function = name.split(":")
            content = getattr(import_module(f".{module}", __package__), function)(content)
        return content.encode() if isinstance(content, str) else content


_WRITERS: Mapping[str, str] = {
    "CSV": "run_tables:to_csv",
    "Parquet": "run_tables:to_parquet",
    "SVG": "pictures:svg_of",
    "PNG": "pictures:png_of",
}


def _in_kinds(option: str, helps: Mapping[str, str], about: str, made_by: str, without: str = "") -> Iterator[Export]:
    """An option's files with the same content, by their kind; the first has the option's own name."""
    for kind, help in helps.items():
        ending = kind.lower()
        name = option if kind == next(iter(helps)) else f"{option}_{ending}"
        label = f"{option.capitalize()} ({kind})"
        yield Export(
            name, label, f"{option}.{ending}", help, option, about, made_by, without, written_by=_WRITERS[kind]
        )


_ROWS = (
    Export(
        "script",
        "Script (PyTorch)",
        "script.py",
        "Trains the same network again with PyTorch and NumPy alone. A quick run gets the same test NLL within "
        "0.001 nats. With more steps, above all at a constant learning rate, rounding makes a larger difference.",
        "script",
        "a script of PyTorch and NumPy alone that trains the run again",
        "script:script_of",
        "has no weights to reproduce",
        any_ending=True,
    ),
    Export(
        "weights",
        "Weights (safetensors)",
        "weights.safetensors",
        "The layers with the experiment inside: core.load reads it and predicts, without the data.",
        "weights",
        "a .safetensors file, which `predict` and core.load read",
        "weights:weights_of",
        "has no weights",
    ),
    *_in_kinds(
        "predictions",
        {"CSV": "Held-out rows with mean, std, 95 % interval and z.", "Parquet": "The same rows, as Parquet."},
        "held-out rows, as .csv or .parquet",
        "run_tables:predictions_table",
        "predicts nothing",
    ),
    *_in_kinds(
        "history",
        {"CSV": "Loss and its terms by step, at most 500 rows.", "Parquet": "The same rows, as Parquet."},
        "loss by step, as .csv or .parquet",
        "run_tables:history_table",
    ),
    *_in_kinds(
        "figure",
        {
            "SVG": "Fit, std and loss as one picture, 16 cm wide. With many inputs: observed over predicted, and "
            "the loss.",
            "PNG": "The same picture at 300 dots per inch.",
        },
        "fit, std and loss as one picture, .svg or .png",
        "chart_files:figure_spec",
        "has no curve to show",
    ),
    Export(
        "charts",
        "All charts (SVG and PNG)",
        "charts.zip",
        "Every chart of this run from the pages Fit, Calibration and Anatomy, 16 × 9 cm each. Takes some seconds.",
        "charts",
        "every chart as SVG and PNG at print size, in one .zip",
        "chart_files:charts_zip",
        "has no curve to show",
    ),
    Export(
        "data",
        "Rows (CSV)",
        "data.csv",
        "All rows as the network got them. For a large table the script reads this file.",
        "data",
        "all rows as the network got them, .csv: read by the script of a large table",
        "run_tables:rows_of",
    ),
)

EXPORTS: Mapping[str, Export] = MappingProxyType({row.name: row for row in _ROWS})
