"""Tables to export: predictions of held-out rows, and the history, as CSV and Parquet.

A spreadsheet runs a text cell that begins like a formula. Such a cell, or such a name of a column, gets an apostrophe
in front in CSV (OWASP, "CSV Injection"); numbers stay what they are.
"""

import io
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..experiment.settings import InvalidExperiment, Problem
from ..training.run import Run

if TYPE_CHECKING:
    import pandas as pd

LEVEL = 0.95  # of the interval
PARTS = ("train", "validation", "test")  # of the rows of a table, in the order of a file of them
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_PREDICTED = ("mean", "std", "std_noise", "std_ignorance", "lower", "upper", "z", "inside")


def predictions_table(run: Run) -> "pd.DataFrame":
    """The predictions for the held-out rows with the observed values, in the unit of y.

    Columns: the inputs, y, mean, std, lower and upper (the central 95 % interval), z = (y − mean)/std, and inside,
    whether y lies in the interval. Of several members also std_noise and std_ignorance, the two parts of std. An input
    that has the name of another column gets " (input)" behind it. The run must have weights.
    """
    import pandas as pd

    data, predictive, y = run.dataset, run.judged.predictive, run.judged.y
    with np.errstate(all="ignore"):  # a std may be 0, infinite or NaN
        lower, upper = predictive.interval(LEVEL)
        found = {
            "mean": predictive.mean,
            "std": predictive.std,
            **run.std_parts(data.x_held_out),
            "lower": lower,
            "upper": upper,
            "z": (y - predictive.mean) / predictive.std,
            "inside": (lower <= y) & (y <= upper),
        }
    inputs = data.x_held_out.reshape(len(y), -1)
    (target,) = _unique([run.input_encoding.target], set(_PREDICTED))
    names = _unique(list(run.input_names), {target, *_PREDICTED})
    return pd.DataFrame({**dict(zip(names, inputs.T, strict=True)), target: y, **found})


def _unique(names: list[str], taken: set[str]) -> list[str]:
    unique: list[str] = []
    for name in names:
        while name in taken:
            name += " (input)"
        taken.add(name)
        unique.append(name)
    return unique


def to_csv(table: "pd.DataFrame") -> bytes:
    """The table as CSV in UTF-8, with all digits; no cell is a formula for a spreadsheet."""
    safe = table.copy()
    for name in safe.columns:
        if safe[name].dtype.kind not in "fiub":
            safe[name] = safe[name].map(safe_cell)
    safe.columns = [safe_cell(name) for name in safe.columns]
    return safe.to_csv(index=False, lineterminator="\r\n").encode()  # RFC 4180


def history_table(run: Run) -> "pd.DataFrame":
    """The loss and its terms by step."""
    return run.history


def safe_cell(value: Any) -> Any:
    """A text that no spreadsheet takes for a formula; other values are unchanged."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def to_parquet(table: "pd.DataFrame") -> bytes:
    """The table as a Parquet file."""
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    return buffer.getvalue()


def write(option: str, path: str, content: bytes, mode: str = "wb") -> None:
    """Write the file that an option of the command line names, whole or not at all.

    Raises InvalidExperiment if it cannot be written.
    """
    try:
        target = Path(path)
        if mode != "wb" or (target.exists() and not target.is_file()):  # to add to it, or a pipe or a device
            with target.open(mode) as file:
                file.write(content)
        else:
            _replace(target.resolve(), content)
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        reason = getattr(error, "strerror", None) or error
        raise InvalidExperiment([Problem(option, path, f"a file that can be written ({reason})")]) from None


def _replace(target: Path, content: bytes) -> None:
    """Put a file in place of what was there once all of it is written, so that Ctrl-C leaves no half of it."""
    part = target.with_name(f".{target.name[:200]}.{os.getpid()}")
    try:
        part.write_bytes(content)
        if target.exists():
            shutil.copymode(target, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def rows_of(run: Run) -> bytes:
    """The rows that the script of the run reads if they are too many to be part of it: a CSV of part, inputs, y.

    part is train, validation or test; the others are numbers, as the net was given, and the last is the log of the
    target where that was fitted.
    """
    import pandas as pd

    data = run.dataset
    parts = [(data.x, data.y), (data.x_validation, data.y_validation), (data.x_held_out, data.y_held_out)]
    rows = [np.column_stack([x, y]) for x, y in parts if len(y)]
    names = [" ".join(name.split()) for name in (*run.input_names, run.input_encoding.target)]
    table = pd.DataFrame(np.concatenate(rows), columns=_unique(names, {"part"}))
    table.insert(0, "part", np.repeat(PARTS, [len(y) for _, y in parts]))
    return to_csv(table)
