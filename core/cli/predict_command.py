"""What `python -m core predict` does: new rows predicted with a kept run, or with one whose weights are in a file."""

import argparse
import json
import sys
from pathlib import Path

from core.data.tables.reading import read_table
from core.experiment.settings import InvalidExperiment, Problem
from core.export.run_tables import to_csv, write
from core.export.weights import load
from core.runs.store import Store
from core.training.new_rows import encoding_of, predict_rows, raw_columns
from core.training.run import Run


def predict(options: argparse.Namespace) -> int:
    """Predict each row of the file, print or write that, and warn of rows unlike those the run was trained on.

    Raises InvalidExperiment and TableError where there is no such run or no such rows.
    """
    run = run_named(options.run)
    file = Path(options.rows)
    rows = raw_columns(read_table(file, file.name, fewest_rows=1, fewest_columns=1), encoding_of(run))
    found = predict_rows(run, rows, options.level)
    if options.out:
        write("--out", options.out, to_csv(found))
    if options.json:
        answer = {"key": run.key, "level": options.level, "rows": json.loads(found.to_json(orient="records"))}
        print(json.dumps(answer, allow_nan=False))
    elif not options.out:
        print(found.to_string(float_format=lambda value: f"{value:.6g}"))
    warned = int((found["warning"] != "").sum())
    if warned:
        words = f"{warned:,} of {len(found):,} rows are unlike those it was trained on, or lack a value: see “warning”."
        print(words, file=sys.stderr)
    return 0


def run_named(name: str) -> Run:
    """A kept run by its key, or one whose weights are in a file. Raises InvalidExperiment."""
    if name.endswith(".safetensors"):
        try:
            return load(name)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error).rstrip(".")
            raise InvalidExperiment([Problem("The run", name, f"a file of weights ({reason})")]) from None
    store = Store()
    run = store.get(name)
    store.close()
    if run is None:
        words = store.problem or "the key of a kept run, as `python -m core runs` lists them, or a .safetensors file"
        raise InvalidExperiment([Problem("The run", name, words)])
    return run
