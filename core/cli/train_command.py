"""What `python -m core train` does: train one experiment, keep the run, and print its scores and its verdict."""

import argparse
import csv
import json
import math
import shlex
import sys
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.tables.reading import read_table
from ..data.tables.table_store import table_store
from ..experiment.build import dataset_of
from ..experiment.data_settings import NO_TABLE, OWN_TABLE, names_as_text
from ..experiment.experiment import LONGEST_FILE, Experiment
from ..experiment.presets import PRESETS
from ..experiment.settings import InvalidExperiment, Problem, to_text
from ..experiment.table_recipe import on_table, recipe_words
from ..export.run_tables import to_csv, write
from ..training.frame import Frame
from ..training.interrupt import interrupt
from ..training.new_rows import beside_each_other
from ..training.run import Run
from ..words import without_markdown
from .progress_line import progress_line
from .reading_options import add_reading_options, choices_of, table_source

if TYPE_CHECKING:
    import pandas as pd

    from ..diagnosis.finding import Finding

EXIT = MappingProxyType({"done": 0, "diverged": 3, "stopped": 130})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--preset", metavar="NAME", help="start from a named experiment")
    start.add_argument("--experiment", metavar="FILE", help="start from a JSON file")
    table = parser.add_mutually_exclusive_group()
    table.add_argument(
        "--csv",
        metavar="FILE",
        help="train on a table of your own: CSV, TSV, Excel or Parquet, by the recipe for tables; - is standard input",
    )
    table.add_argument("--table", metavar="NAME", help="train on a table that ships with the laboratory")
    add_reading_options(parser)
    parser.add_argument("--target", metavar="COLUMN", help="the column to predict")
    parser.add_argument(
        "--targets", metavar="A,B", help="2 to 8 columns that one network predicts; the first is judged"
    )
    parser.add_argument("--features", metavar="A,B", help="the columns to predict from (all that can be)")
    parser.add_argument("--set", action="append", default=[], metavar="SETTING=VALUE", help="change one setting")
    parser.add_argument("--predictions", metavar="FILE", help="write x, mean, std, var on the evaluation grid as CSV")
    parser.add_argument("--no-store", action="store_true", help="do not store the run for the dashboard")


def train(options: argparse.Namespace) -> int:
    """Train the experiment of the options, keep the run, print scores and verdict; the exit status is that of its end.

    Raises InvalidExperiment and TableError where that is no valid experiment, before anything is trained.
    """
    experiment = _experiment(options)
    if options.predictions:
        _check_writable(options.predictions)
    dataset_of(experiment)  # what is wrong with a table is told before the fast code is compiled, which takes 20 s
    remarks = _remarks(experiment)
    run = _trained(experiment)
    for note in run.dataset.notes:
        print(note, file=sys.stderr)
    if not options.no_store:
        _keep(run)
    if options.predictions:
        write("--predictions", options.predictions, to_csv(_predictions(run)))
    _print(run, options.json, remarks)
    return EXIT[run.status]


def _remarks(experiment: Experiment) -> list[dict[str, Any]]:
    """What the table should be warned of, as records; each is printed with the settings that fix it."""
    if experiment.data.table == NO_TABLE:
        return []
    from ..diagnosis.table.table_checks import table_checks  # SciPy: likewise

    remarks = table_checks(experiment)
    for remark in remarks:
        print(f"Warning: {remark.words}", file=sys.stderr)
        for fix in remark.fixes:
            flags = " ".join(f"--set {shlex.quote(f'{path}={to_text(value)}')}" for path, value in fix.settings.items())
            print(f"  {fix.label}: {flags}", file=sys.stderr)
    return [_valid(remark.as_record()) for remark in remarks]


def _trained(experiment: Experiment) -> Run:
    from ..training import loop  # Numba: wrong options are answered without it

    def wait(words: str) -> None:
        print(f"{words}…", file=sys.stderr)

    begun: list[bool] = []
    with interrupt(lambda: bool(begun)) as asked, progress_line("step") as told:

        def report(frame: Frame) -> None:
            begun.append(True)
            told(frame.step, frame.steps)

        return loop.train(experiment, on_frame=report, should_stop=asked, on_wait=wait)


def _keep(run: Run) -> None:
    from ..runs.store import Store  # SQLAlchemy: likewise

    store = Store()
    store.put(run)
    store.close()
    if store.problem:
        print(store.problem, file=sys.stderr)


def _print(run: Run, as_json: bool, remarks: list[dict[str, Any]]) -> None:
    finding, warnings, offer = _verdict(run), _warnings(run), _offer(run)
    for warning in warnings:
        print(f"Warning: {warning}", file=sys.stderr)
    answer: dict[str, Any] = {
        "key": run.key,
        "status": run.status,
        "message": run.message,
        "seconds": round(run.seconds, 4),
        "device": run.device,
        "steps": run.steps_done,
        "scores": run.scores,
        "loss": _last_loss(run.history["loss"].to_numpy()),
        "recipe": recipe_words(run.experiment),
    }
    if run.targets:
        answer["targets"] = {name: one.scores for name, one in run.by_target.items()}
    if as_json:
        told = {"table_checks": remarks, "warnings": warnings, "offer": offer, "verdict": finding}
        print(json.dumps({**answer, **told}, allow_nan=False))
    else:
        for name, value in {**answer, **run.scores}.items():
            if name not in ("scores", "targets") and value not in ("", None):
                print(f"{name:12} {value:.6g}" if isinstance(value, float) else f"{name:12} {value}")
        for name, scores in answer.get("targets", {}).items():
            print(f"{name}:", ", ".join(f"{score} {value:.6g}" for score, value in scores.items() if value is not None))
        print(f"\n{finding['headline']}\n{finding['sentence']}")
        if offer is not None:
            flags = " ".join(f"--set {path}={value}" for path, value in offer["fixes"][0]["settings"].items())
            print(f"\n{offer['headline']}: {flags}\n{offer['sentence']}")


def _verdict(run: Run) -> dict[str, Any]:
    from ..diagnosis.verdict.findings import verdict  # what judges a run takes longer to load than a short training

    return _record(verdict(run))


def _offer(run: Run) -> dict[str, Any] | None:
    from ..diagnosis.verdict.longer_tails import longer_tails  # likewise

    found = longer_tails(run)
    return None if found is None else _record(found)


def _record(finding: "Finding") -> dict[str, Any]:
    """A finding as plain values and plain text; a claim that is not a finite number is None."""
    record: dict[str, Any] = _valid(finding.as_record())
    return {**record, **{name: without_markdown(record[name]) for name in ("headline", "sentence")}}


def _warnings(run: Run) -> tuple[str, ...]:
    from ..diagnosis.verdict.run_warnings import run_warnings  # likewise

    if not run.targets:
        return run_warnings(run)
    return tuple(f"{name}: {words}" for name, one in run.by_target.items() for words in run_warnings(one))


def _valid(values: Any) -> Any:
    """Values for JSON, which has no infinity and no NaN: None in their place."""
    if isinstance(values, dict):
        return {name: _valid(value) for name, value in values.items()}
    if isinstance(values, list | tuple):
        return [_valid(value) for value in values]
    if isinstance(values, float | np.floating):
        return float(values) if math.isfinite(values) else None
    return values.item() if isinstance(values, np.generic) else values


def _predictions(run: Run) -> "pd.DataFrame":
    """What --predictions writes: the evaluation grid of one input, or the held-out rows of many, of every target."""
    return beside_each_other(run, _predictions_of_one)


def _predictions_of_one(run: Run) -> "pd.DataFrame":
    if run.encoding is None or run.dataset.inputs == 1:
        return run.predict(run.dataset.x_evaluation)[["x", "mean", "std", "var"]]
    return run.predict(run.dataset.x_held_out).drop(columns="warning").assign(y=run.y_held_out)


def _last_loss(losses: np.ndarray) -> float | None:
    """Mean over the last tenth of the rows; None if there are no rows, or the mean is not finite."""
    last = float(np.mean(losses[-max(1, len(losses) // 10) :])) if len(losses) else math.nan
    return last if math.isfinite(last) else None


def _targets(options: argparse.Namespace) -> dict[str, str]:
    """The settings for --targets: the first one is shown, and the others share its net."""
    if options.targets is None:
        return {}
    if options.target is not None:
        raise InvalidExperiment([Problem("--targets", options.targets, "used without --target")])
    first, *others = next(csv.reader([options.targets]), []) or [""]
    if not first:
        raise InvalidExperiment([Problem("--targets", options.targets, "column names separated by commas")])
    return {"data.y": first, "data.also": names_as_text(others)}


def _of_table(options: argparse.Namespace) -> dict[str, str]:
    """The settings for --csv, --table, --targets and --features; the file is read and put into the store of tables."""
    settings = _targets(options)
    if options.csv is not None:
        source, label = table_source(options.csv)
        columns = read_table(source, label, choices=choices_of(options))
        for note in columns.notes:
            print(note, file=sys.stderr)
        settings |= {"data.table": OWN_TABLE, "data.csv": table_store().put(columns, label)}
    named = {"data.table": options.table, "data.y": options.target, "data.features": options.features}
    settings |= {path: value for path, value in named.items() if value is not None}
    return settings


def _experiment(options: argparse.Namespace) -> Experiment:
    """The experiment of the options. A table brings its recipe, as on the Data page, unless --set says otherwise; a
    file of settings is taken as it is.
    """
    experiment = Experiment()
    if options.preset is not None:
        if options.preset not in PRESETS:
            raise InvalidExperiment([Problem("--preset", options.preset, f"one of {', '.join(PRESETS)}")])
        experiment = PRESETS[options.preset].experiment
    if options.experiment is not None:
        experiment = Experiment.from_json(_read(options.experiment))
    settings = _of_table(options)
    said = set(settings)
    for name, value in map(_pair, options.set):
        if name in said:
            raise InvalidExperiment([Problem("--set", f"{name}={value}", f"given once, and {name} is given twice")])
        said.add(name)
        settings[name] = value
    chosen = experiment.with_settings(settings)
    if chosen.data.table in (NO_TABLE, experiment.data.table) or options.experiment is not None:
        return chosen
    return on_table(experiment, settings)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise InvalidExperiment([Problem("--set", text, "a setting and its value, such as noise.scale=0.3")])
    return name.strip(), value.strip()


def _read(path: str) -> str:
    try:
        with Path(path).open(encoding="utf-8-sig") as file:
            return file.read(LONGEST_FILE + 1)
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, or a zero byte in the path
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise InvalidExperiment([Problem("--experiment", path, f"a JSON file that can be read ({reason})")]) from None


def _check_writable(path: str) -> None:
    """Raise InvalidExperiment now, not after an hour of training."""
    exists = Path(path).exists()
    write("--predictions", path, b"", "ab")
    if not exists:
        Path(path).unlink()
