"""What `python -m core sweep` does: train a sweep by its file, write the results as they come, and say what is best."""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from ..evaluation.scores import COMPARED
from ..experiment.settings import listed
from ..export.run_tables import to_csv, write
from ..sweeps.progress import Progress, progress_words
from ..sweeps.results import Results, ResultsError
from ..sweeps.summary import best, best_words, results_table
from ..sweeps.sweep import Sweep
from ..sweeps.sweep_file import read_sweep
from ..training.interrupt import interrupt
from ..words import without_markdown
from .progress_line import show

_STOPPED, _INVALID = 130, 2
_MOST_WORKERS = 512
_LINE_S, _LOG_S = 0.5, 30.0  # between two progress lines: on a terminal, and in a log
_SHOWN = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("file", metavar="FILE", help="the sweep, in TOML: see docs/sweeps.md")
    parser.add_argument(
        "--out",
        metavar="RESULTS",
        help="the file of the results (FILE with .sqlite); if it has some of this sweep, only the rest is trained",
    )
    parser.add_argument("--table", metavar="CSV", help="write the results as a table too, .csv or .json")
    parser.add_argument("--no-train", action="store_true", help="only show what the results file has")
    parser.add_argument("--workers", type=_workers, metavar="N", help="worker processes on this machine")
    parser.add_argument("--score", choices=[*COMPARED], default="nll", help=f"what is best: {listed(COMPARED)}")


def _workers(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= _MOST_WORKERS):
        raise argparse.ArgumentTypeError(f"it must be a whole number between 1 and {_MOST_WORKERS}, not {text[:20]}")
    return int(text)


def sweep(options: argparse.Namespace) -> int:
    """Train what is missing; exit status 0 if all is there, 130 if it was stopped.

    Raises InvalidExperiment where the file is no sweep, or where the results are of another one.
    """
    described = read_sweep(options.file)
    if options.table:
        write("--table", options.table, b"", "ab")  # now, not after an hour of training
    try:
        results = Results(options.out or Path(options.file).with_suffix(".sqlite"), described)
        ended = options.no_train or _trained(described, results, options.workers)
        rows = results.rows()
    except ResultsError as error:
        print(error, file=sys.stderr)
        return _INVALID
    if options.table:
        _write_table(options.table, described, rows)
    _print(options, described, results, rows)
    return 0 if ended else _STOPPED


def _trained(described: Sweep, results: Results, workers: int | None) -> bool:
    """Train what is missing, if anything; whether all is there now."""
    done = len(results.done())
    if done == described.runs:
        return True
    from ..runs.cluster import Cluster, ClusterError  # Dask: a wrong file is answered without it
    from ..sweeps.conductor import Conductor

    resumed = f"{done:,} of them are there already; " if done else ""
    print(
        f"{described.runs:,} runs of {len(described.points):,} points; {resumed}results in {results.path}",
        file=sys.stderr,
    )
    with interrupt() as asked:
        try:
            cluster = Cluster(workers)
        except ClusterError as error:
            raise ResultsError(str(error)) from error
        try:
            return Conductor(described, cluster, results).run(asked, _Line())
        finally:
            cluster.close()
            if sys.stderr.isatty():
                print(file=sys.stderr)


class _Line:
    """The progress on standard error: one line that changes on a terminal, a line now and then in a log."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._told = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        """Say how far it is, if it is time."""
        now, ended = time.monotonic(), progress.done == progress.of
        if now - self._told < (_LINE_S if self._live else _LOG_S) and not ended:
            return
        self._told = now
        words = progress_words(progress)
        if self._live:
            show(words)
        else:
            print(words, file=sys.stderr, flush=True)


def _write_table(path: str, described: Sweep, rows: list[Any]) -> None:
    table = results_table(described, rows)
    is_json = Path(path).suffix.lower() == ".json"
    content = table.to_json(orient="records", indent=1, double_precision=15).encode() if is_json else to_csv(table)
    write("--table", path, content)


def _print(options: argparse.Namespace, described: Sweep, results: Results, rows: list[Any]) -> None:
    found = best(described, rows, options.score, _SHOWN)
    score, statuses = COMPARED[options.score], [row.status for row in rows]
    if options.json:
        answer = {
            "fingerprint": described.fingerprint,
            "runs": described.runs,
            "done": len(rows),
            "statuses": {status: statuses.count(status) for status in sorted(set(statuses))},
            "results": str(results.path),
            "score": options.score,
            "best": [
                {
                    "point": one.point,
                    "settings": {path: _plain(value) for path, value in described.points[one.point].items()},
                    "median": one.spread.median,
                    "low": one.spread.low,
                    "high": one.spread.high,
                    "coverage": one.spread.coverage,
                    "seeds": one.spread.n,
                }
                for one in found
            ],
        }
        print(json.dumps(answer, allow_nan=False))
        return
    headline, sentence = best_words(described, rows, options.score)
    print(f"{len(rows):,} of {described.runs:,} runs in {results.path}")
    ended = {status: statuses.count(status) for status in ("diverged", "failed") if status in statuses}
    if ended:
        print(f"Without scores: {', '.join(f'{number:,} {status}' for status, number in ended.items())}")
    print(f"\n{headline}\n{without_markdown(sentence)}\n")
    for one in found:
        print(f"{one.spread.words(score):44} {one.spread.n} of {one.spread.of} seeds  {one.words}")


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
