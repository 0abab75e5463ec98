"""What `python -m core predict` does: predict new rows with a kept run, or with one from a file of weights."""

import argparse
import json
import sys
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from numpy.typing import NDArray

from ..data.tables.reading import read_table
from ..export.run_tables import to_csv, write
from ..training.new_rows import beside_each_other, predict_rows, raw_columns
from ..training.run import Run
from .kept_run import run_named
from .predictions_options import level
from .progress_line import progress_line
from .reading_options import add_reading_options, choices_of, table_source

if TYPE_CHECKING:
    import pandas as pd

_PIECE = 16 * 1024  # rows between two looks at the clock: as many as 16 blocks of a network


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("run", metavar="RUN", help="the key of a kept run, or its .safetensors file")
    parser.add_argument(
        "rows", metavar="FILE", help="CSV, TSV, Excel or Parquet with the run's features; - is standard input"
    )
    parser.add_argument("--level", type=level, default=0.95, metavar="P", help="of the interval (0.95)")
    parser.add_argument("--out", metavar="FILE", help="write the predictions as CSV")
    add_reading_options(parser)


class _Piece(NamedTuple):
    """Predictions of some rows, and as lines of CSV, the first with the names of its columns."""

    table: "pd.DataFrame"
    csv: bytes


def _predicted(run: Run, columns: Mapping[str, NDArray], rows: int, p: float, as_csv: bool) -> list[_Piece]:
    """All rows, piece by piece, so that it is seen how far it is and Ctrl-C is heard."""
    pieces: list[_Piece] = []
    with progress_line("row") as told:
        for start in range(0, rows, _PIECE):
            told(start, rows)
            some = {name: values[start : start + _PIECE] for name, values in columns.items()}
            found = beside_each_other(run, partial(predict_rows, columns=some, level=p))
            lines = to_csv(found) if as_csv else b""
            pieces.append(_Piece(found, lines[len(to_csv(found[:0])) :] if pieces and as_csv else lines))
    return pieces


def predict(options: argparse.Namespace) -> int:
    """Predict each row of the file, print or write that, and warn of rows unlike those the run was trained on.

    Of a net with several targets all are predicted: each column has the name of its target before it.

    Raises InvalidExperiment and TableError where there is no such run or no such rows.
    """
    import pandas as pd  # wrong options are answered without it

    run = run_named(options.run)
    encoding = run.input_encoding
    table = read_table(*table_source(options.rows), 1, 1, choices_of(options), encoding.like)
    pieces = _predicted(run, raw_columns(table, encoding), table.rows, options.level, as_csv=bool(options.out))
    found = pd.concat([piece.table for piece in pieces], ignore_index=True)
    notes = tuple(dict.fromkeys([*table.notes, *(note for piece in pieces for note in piece.table.attrs["notes"])]))
    for note in notes:
        print(note, file=sys.stderr)
    if options.out:
        write("--out", options.out, b"".join(piece.csv for piece in pieces))
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
