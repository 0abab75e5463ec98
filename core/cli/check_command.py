"""What `python -m core check` does: say what the code of a loss, the numbers, log and predictions of a run mean."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..data.tables.columns import TableError
from ..diagnosis.loss_check import check as answers
from ..diagnosis.loss_check.given import FIELDS, LONGEST_CODE, PREFIX, Given, given_of
from ..experiment.settings import InvalidExperiment, Problem
from ..loss_code.loss_code import ROLES
from .predictions_options import FILE_HELP, add_predictions_options, choice_from

_NUMBERS = ("value", "std_y", "variance", "noise", "points")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="code of the loss, or - for standard input")
    parser.add_argument("--code", metavar="TEXT", help="the code itself, instead of a file")
    parser.add_argument(
        "--role",
        action="append",
        default=[],
        metavar="NAME=ROLE",
        help="what a name is: target, mean, second, … or a number, such as lv=second, w=0.5",
    )
    parser.add_argument("--function", default="", metavar="NAME", help=FIELDS["function"].help)
    for name in _NUMBERS:
        flag = f"--{name.replace('_', '-')}"
        parser.add_argument(flag, dest=name, metavar="NUMBER", help=FIELDS[name].help)
    parser.add_argument("--quantity", default="", metavar="NAME", help="what --variance is, as the code writes it")
    parser.add_argument("--log", metavar="FILE", help="the log of the training")
    parser.add_argument("--predictions", metavar="FILE", help=f"predictions of new points: {FILE_HELP}")
    add_predictions_options(parser)


def check(options: argparse.Namespace) -> int:
    """Check what is given, print the answer, and return the exit status.

    Raises InvalidExperiment, CodeError or TableError for what cannot be used.
    """
    if not any((options.file, options.code, options.log, options.predictions)):
        raise InvalidExperiment([Problem("check", "nothing", "a FILE, --code, --log or --predictions")])
    told: dict[str, Any] = {name: getattr(options, name) for name in (*_NUMBERS, "function", "quantity")}
    given = _given({**told, "code": _code(options), "roles": dict(map(_role, options.role))})
    log, predictions = answers.read_files(
        _content(options.log), _content(options.predictions), options.family, choice_from(options)
    )
    found = answers.check(given, log, predictions)
    if options.json:
        print(json.dumps(found.as_record(), allow_nan=False))
    elif not found.problem:
        print(found)
    if found.problem:
        print(found.problem, file=sys.stderr)
    return 2 if found.problem else 0


def _given(told: dict[str, Any]) -> Given:
    """What is told; a problem has the name of its option."""
    try:
        return given_of(told)
    except InvalidExperiment as error:
        named = [
            replace(each, field=f"--{each.field.removeprefix(PREFIX).replace('_', '-')}") for each in error.problems
        ]
        raise InvalidExperiment(named) from None


def _code(options: argparse.Namespace) -> str:
    if options.code is not None and options.file is not None:
        raise InvalidExperiment([Problem("check", options.file, "a file or --code, not both")])
    if options.file == "-":
        return sys.stdin.read(LONGEST_CODE + 1)
    content = _content(options.file, most=4 * LONGEST_CODE + 4)  # bytes of so many characters, and one more
    return options.code or ("" if content is None else content[0].decode("utf-8", "replace"))


def _content(path: str | None, most: int = -1) -> tuple[bytes, str] | None:
    """The first bytes of a file, all by default, and its name."""
    if path is None:
        return None
    try:
        with Path(path).open("rb") as file:
            return file.read(most), Path(path).name
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise TableError(f"The file {path} cannot be read: {reason}.") from error


def _role(text: str) -> tuple[str, str | float]:
    name, equals, role = text.rpartition("=")
    if not equals or not name.strip():
        raise InvalidExperiment([Problem("--role", text, "a name and what it is, such as lv=second or w=0.5")])
    try:
        return name.strip(), float(role)
    except ValueError:
        if role.strip() not in ROLES:
            allowed = f"a name and a number, or one of {', '.join(ROLES)}"
            raise InvalidExperiment([Problem("--role", text, allowed)]) from None
        return name.strip(), role.strip()
