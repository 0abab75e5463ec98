"""The laboratory on the command line: `python -m core doctor | losses | presets | reproduce | runs | scores | …`.

Exit status: 0 done, 1 a claim of a study does not hold, 2 not a valid experiment (one sentence says which field and
what it takes), 3 diverged, 130 stopped with Ctrl-C.
"""

import argparse
import json
import math
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from core.data.noise import NOISES
from core.data.tables.columns import TableError
from core.experiment.experiment import FIELDS, Experiment, allowed, setting_of
from core.experiment.loss_settings import loss_of
from core.experiment.presets import PRESETS
from core.experiment.settings import InvalidExperiment, Problem, one_line, to_text
from core.model.losses import LOSSES

_FLOOR_AT = 0.2  # σ at which the floors of the losses are listed
MOST_SEEDS = 100
_EXPORTS = {  # core.cli.export_command, which loads what draws pictures, has a kind for each
    "script": "a script of PyTorch and NumPy alone that trains the run again",
    "weights": "a .safetensors file, which `predict` and core.load read",
    "predictions": "held-out rows, as .csv or .parquet",
    "history": "loss by step, as .csv or .parquet",
    "figure": "fit, spread and loss as one picture, .svg or .png",
    "charts": "every chart as SVG and PNG at print size, in one .zip",
    "data": "all rows as the net was given them, .csv: what the script of a large table reads",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["doctor"] and words[1:2] and words[1].startswith("-") and words[1][1:2] not in ("-", "h", ""):
        words[1] = f" {words[1]}"  # a formula that begins with a minus sign is no option
    options = _parser(words).parse_args(words)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        status = command(options)
        sys.stdout.flush()  # here, where it is known what to do if nobody reads on
        return status
    except BrokenPipeError:  # as with `| head`: what is left goes nowhere, at the interpreter's end too
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (InvalidExperiment, TableError) as error:
        print(error, file=sys.stderr)
        return 2


def _presets(options: argparse.Namespace) -> int:
    rows = [
        {"name": row.name, "label": row.label, "look_for": row.look_for, "settings": dict(row.settings)}
        for row in PRESETS.values()
    ]
    return _show(rows, options.json, lambda row: f"{row['name']:20} {row['look_for']}")


def _losses(options: argparse.Namespace) -> int:
    rows = [
        {
            "name": row.name,
            "label": row.label,
            "help": row.help,
            "latex": row.latex,
            "outputs": [output.name for output in row.outputs],
            "reading": row.readings[0],
            "readings": list(row.readings),
            "floor": _finite(float(row.floor(NOISES["gaussian"], _FLOOR_AT))),
            "unit": row.unit,
            "mistake": bool(row.mistake),
            "outcome": row.mistake or None,
            "reference": row.reference,
        }
        for row in LOSSES.values()
    ]
    return _show(rows, options.json, lambda row: f"{row['name']:22} {row['outcome'] or row['help']}")


def _finite(value: float) -> float | None:
    """JSON has no infinity: None."""
    return value if math.isfinite(value) else None


def _doctor(options: argparse.Namespace) -> int:
    if (options.formula is None) == (options.loss is None):
        raise InvalidExperiment([Problem("doctor", options.formula or "", "a formula, or --loss and a name")])
    loss = {"loss.name": "typed", "loss.formula": options.formula} if options.loss is None else {}
    named = {} if options.loss is None else {"loss.name": options.loss}
    experiment = Experiment.from_settings(
        {**loss, **named, "noise.family": options.noise, "noise.scale": options.scale}
    )
    from core.diagnosis.doctor.examination import examine

    found = examine(loss_of(experiment.loss), NOISES[experiment.noise.family], experiment.noise.scale)
    record = {"formula": experiment.loss.formula if options.loss is None else None, **found.to_dict()}
    print(json.dumps(record, allow_nan=False) if options.json else "\n".join(found.sentences))
    return 0


def _settings(options: argparse.Namespace) -> int:
    default = Experiment()
    rows = [
        {
            "name": path,
            "default": default.value(path),
            "takes": allowed(path),
            "unit": setting_of(path).unit,
            "help": setting_of(path).help,
        }
        for path in FIELDS
    ]
    return _show(rows, options.json, lambda row: f"{row['name']:24} {to_text(row['default']):14} {row['takes']}")


def _train(options: argparse.Namespace) -> int:
    from core.cli.train_command import train

    return train(options)


def _runs(options: argparse.Namespace) -> int:
    from core.cli.runs_command import runs

    return runs(options)


def _predict(options: argparse.Namespace) -> int:
    from core.cli.predict_command import predict

    return predict(options)


def _export(options: argparse.Namespace) -> int:
    from core.cli.export_command import write_files
    from core.cli.predict_command import run_named

    run = run_named(options.run)
    sizes = write_files(run, {name: path for name in _EXPORTS if (path := getattr(options, name)) is not None})
    answer = {"key": run.key, "files": sizes}
    print(json.dumps(answer) if options.json else "\n".join(f"{path}  {size:,} bytes" for path, size in sizes.items()))
    return 0


def _scores(options: argparse.Namespace) -> int:
    from core.cli.scores_command import scores

    return scores(options)


def _reproduce(options: argparse.Namespace) -> int:
    from core.cli.reproduce_command import reproduce

    return reproduce(options)


def _show(rows: list[dict[str, Any]], as_json: bool, line: Callable[[dict[str, Any]], str]) -> int:
    print(json.dumps(rows) if as_json else "\n".join(line(row) for row in rows))
    return 0


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MOST_SEEDS):
        raise argparse.ArgumentTypeError(f"it takes a whole number from 1 to {MOST_SEEDS}, not {text}")
    return int(text)


def _level(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"it takes a number between 0 and 1, not {text}")
    return value


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as everything else here does, and not with the whole usage above it."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {one_line(message, 300)}\n")


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m core", description="Heteroscope without a screen.", allow_abbrev=False)
    commands = parser.add_subparsers(required=True, metavar="command")
    subs = {}
    for name, command, about in (
        ("presets", _presets, "named experiments and what to look for"),
        ("losses", _losses, "the losses: formula, reading, floor at σ = 0.2, mistake or not"),
        ("settings", _settings, "every setting with its default and what it takes"),
        ("doctor", _doctor, "what a loss makes a net learn: the stationary point of a formula on a noise"),
        ("scores", _scores, "examine anyone's predictions in a file: columns y, mean, std, and x"),
        ("reproduce", _reproduce, "train a published result again and check its claims"),
        ("train", _train, "train one experiment and print its scores"),
        ("runs", _runs, "the library of runs: list, star, rename, note, delete, export, import"),
        ("export", _export, "a kept run as files: script, weights, predictions, history, figure, charts, data"),
        ("predict", _predict, "predict new rows with a kept run: mean, std, interval, and a warning for strange rows"),
    ):
        sub = subs[name] = commands.add_parser(name, help=about, description=about, allow_abbrev=False)
        sub.set_defaults(command=command)
        sub.add_argument("--json", action="store_true", help="one JSON value on standard output and nothing else")
    subs["doctor"].add_argument("formula", nargs="?", help="a loss per point in r, y, mu and s")
    subs["doctor"].add_argument("--loss", metavar="NAME", help="a loss of the table in place of a formula")
    subs["doctor"].add_argument("--noise", default="gaussian", metavar="FAMILY", help="its family (gaussian)")
    subs["doctor"].add_argument("--scale", default="0.2", metavar="SIGMA", help="its standard deviation (0.2)")
    subs["predict"].add_argument("run", metavar="RUN", help="the key of a kept run, or its .safetensors file")
    subs["predict"].add_argument("rows", metavar="FILE", help="CSV, TSV or Parquet with the run's features")
    subs["predict"].add_argument("--level", type=_level, default=0.95, metavar="P", help="of the interval (0.95)")
    subs["predict"].add_argument("--out", metavar="FILE", help="write the predictions as CSV")
    subs["export"].add_argument("run", metavar="RUN", help="the key of a kept run")
    for name, about in _EXPORTS.items():
        subs["export"].add_argument(f"--{name}", metavar="FILE", help=about)
    subs["reproduce"].add_argument("name", metavar="NAME", help="the study, such as stirn-toy")
    sub = subs["reproduce"]
    sub.add_argument("--seeds", type=_count, metavar="K", help="seeds 0 … K − 1 in place of the study's own")
    sub = subs["train"]
    start = sub.add_mutually_exclusive_group()
    start.add_argument("--preset", metavar="NAME", help="start from a named experiment")
    start.add_argument("--experiment", metavar="FILE", help="start from a JSON file")
    table = sub.add_mutually_exclusive_group()
    table.add_argument(
        "--csv", metavar="FILE", help="train on a table of your own: CSV, TSV or Parquet, by the recipe for tables"
    )
    table.add_argument("--table", metavar="NAME", help="train on a table that ships with the laboratory")
    sub.add_argument("--target", metavar="COLUMN", help="the column to predict")
    sub.add_argument("--features", metavar="A,B", help="the columns to predict from (all that can be)")
    sub.add_argument("--set", action="append", default=[], metavar="SETTING=VALUE", help="change one setting")
    sub.add_argument("--predictions", metavar="FILE", help="write x, mean, std, var on the evaluation grid as CSV")
    sub.add_argument("--no-store", action="store_true", help="do not keep the run where the dashboard finds it")
    if words[:1] == ["scores"]:  # the recalibrations and the families take a moment to load
        from core.cli.scores_command import add_arguments as add_scores_arguments

        add_scores_arguments(subs["scores"])
    if words[:1] == ["runs"]:  # the store takes a third of a second to load
        from core.cli.runs_command import add_arguments

        add_arguments(subs["runs"])
    return parser


if __name__ == "__main__":
    sys.exit(main())
