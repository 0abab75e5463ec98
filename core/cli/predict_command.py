"""What `python -m core predict` does: predict new rows with a kept run, or with one from a file of weights."""

import argparse
import json
import math
import sys
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from ..data.tables.reading import read_table
from ..export.run_tables import to_csv, write
from ..training.new_rows import beside_each_other, predict_rows, raw_columns
from ..training.run import Run
from .kept_run import run_named
from .progress_line import ProgressLine
from .reading_options import add_reading_options, choices_of

if TYPE_CHECKING:
    import pandas as pd


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("run", metavar="RUN", help="the key of a kept run, or its .safetensors file")
    parser.add_argument("rows", metavar="FILE", help="CSV, TSV, Excel or Parquet with the run's features")
    parser.add_argument("--level", type=_level, default=0.95, metavar="P", help="of the interval (0.95)")
    parser.add_argument("--out", metavar="FILE", help="write the predictions as CSV")
    add_reading_options(parser)


def _level(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"it takes a number between 0 and 1, not {text}")
    return value


def predict(options: argparse.Namespace) -> int:
    """Predict each row of the file, print or write that, and warn of rows unlike those the run was trained on.

    Of a net with several targets all are predicted: each column has the name of its target before it.

    Raises InvalidExperiment and TableError where there is no such run or no such rows.
    """
    run = run_named(options.run)
    file = Path(options.rows)
    encoding = run.input_encoding
    table = read_table(file, file.name, 1, 1, choices_of(options), encoding.like)
    rows = raw_columns(table, encoding)
    line, begun = ProgressLine(f"{table.rows:,} rows, target"), count()

    def predicted(one: Run) -> "pd.DataFrame":
        line(next(begun), len(run.by_target))
        return predict_rows(one, rows, options.level)

    found = beside_each_other(run, predicted)
    line.close()
    notes = (*table.notes, *found.attrs["notes"])
    for note in notes:
        print(note, file=sys.stderr)
    if options.out:
        write("--out", options.out, to_csv(found))
    if options.json:
        told = json.loads(found.to_json(orient="records"))
        answer = {"key": run.key, "level": options.level, "notes": notes, "rows": told}
        print(json.dumps(answer, allow_nan=False))
    elif not options.out:
        print(found.to_string(float_format=lambda value: f"{value:.6g}"))
    warned = int((found["warning"] != "").sum())
    if warned:
        words = f"{warned:,} of {len(found):,} rows are unlike those it was trained on, or miss a value: see “warning”."
        print(words, file=sys.stderr)
    return 0
