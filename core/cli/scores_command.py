"""What `python -m core scores` does: examine anyone's predictions like those of a run, as text or JSON."""

import argparse
import json
import sys
from dataclasses import asdict
from typing import Any

from ..data.tables.reading import read_table
from ..diagnosis.calibration.applied_words import sentences
from ..diagnosis.calibration.calibration_verdict import calibration_verdict
from ..diagnosis.calibration.group_report import GroupReport, group_report
from ..diagnosis.calibration.group_report import rows as group_rows
from ..diagnosis.calibration.offered import offered
from ..diagnosis.calibration.recalibration_effect import Effect, effect_of, rows
from ..evaluation.before_after import Comparison
from ..evaluation.judged import Estimate
from ..evaluation.predictions import Predictions, predictions_of, read_predictions
from ..evaluation.recalibration import RECALIBRATIONS
from ..evaluation.recalibration_applied import LEVELS, applied
from ..evaluation.scores import scores_for
from ..experiment.settings import InvalidExperiment, Problem
from ..export.recalibrated_table import recalibrated_file
from ..export.run_tables import write
from .predictions_options import FILE_HELP, add_predictions_options, choice_from, level
from .reading_options import add_reading_options, choices_of, table_source

_LEVEL = 0.95


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("file", metavar="FILE", help=f"{FILE_HELP}; - is standard input")
    add_reading_options(parser)
    add_predictions_options(parser)
    parser.add_argument(
        "--recalibrate",
        choices=tuple(RECALIBRATIONS),
        metavar="WAY",
        help=f"recalibrate with half of the points, judge on the others: {', '.join(RECALIBRATIONS)}",
    )
    words = "correct the rows of this file (with or without y) by the recalibration fitted to all of FILE"
    parser.add_argument("--apply-to", metavar="NEW", help=words)
    words = "write the corrected rows: mean, std and bounds, as CSV, or Parquet if it ends in .parquet"
    parser.add_argument("--output", metavar="OUT", help=words)
    words = "levels of the bounds that are written (0.5,0.9,0.95)"
    parser.add_argument("--levels", type=_levels, default=LEVELS, metavar="P,P", help=words)


def _levels(text: str) -> tuple[float, ...]:
    return tuple(map(level, text.split(",")))


def scores(options: argparse.Namespace) -> int:
    """Read the file, print its verdict, its scores and the effect of a recalibration, and return the exit status."""
    _check(options)
    wanted = options.level or _LEVEL
    source, name = table_source(options.file)
    found = read_predictions(source, name, options.family, choices_of(options), choice_from(options))
    if options.apply_to is not None:
        return _apply(options, found)
    rows = scores_for(found.judged.predictive)
    of_all = {name: row.estimate(found.judged) for name, row in rows.items()}
    groups = group_report(found, wanted)
    fix = None if options.recalibrate is None else _effect_of(found, options.recalibrate, wanted)
    if options.json:
        print(json.dumps(_record(found, of_all, groups, fix), allow_nan=False))
    else:
        _print(found, of_all, groups, fix)
    return 0


def _check(options: argparse.Namespace) -> None:
    """Refuses options that go together with others that are not there."""
    if options.apply_to is not None and options.recalibrate is None:
        raise InvalidExperiment(
            [Problem("--apply-to", options.apply_to, "given together with --recalibrate, such as --recalibrate scale")]
        )
    if options.output is not None and options.apply_to is None:
        raise InvalidExperiment(
            [Problem("--output", options.output, "given together with --apply-to, such as --apply-to new.csv")]
        )


def _apply(options: argparse.Namespace, found: Predictions) -> int:
    """Correct the rows of another file, write or print them, and say what changed."""
    wanted = options.level or _LEVEL
    columns = read_table(*table_source(options.apply_to), fewest_rows=1, fewest_columns=1, choices=choices_of(options))
    choice = choice_from(options).within(columns.columns)  # y, x and a group may be in the first file alone
    other = predictions_of(columns, options.family, choice, needs_y=False)
    try:
        fixed = applied(options.recalibrate, found, other, options.levels, wanted)
    except ValueError as reason:
        raise InvalidExperiment([Problem("--recalibrate", options.recalibrate, str(reason).rstrip("."), "")]) from None
    if options.output:
        write("--output", options.output, recalibrated_file(fixed, options.output))
    notes = [*found.notes, *other.notes, *fixed.notes]
    if options.json:
        answer = {
            "name": fixed.name,
            "fitted": fixed.fitted.words,
            "n_fitted": fixed.n_fitted,
            "rows": other.n,
            "columns": list(fixed.columns),
            "notes": notes,
            "comparison": None if fixed.comparison is None else _recalibration(fixed.comparison),
        }
        print(json.dumps(answer, allow_nan=False))
    elif options.output:
        print(*sentences(fixed), *notes, sep="\n")
    else:
        print(recalibrated_file(fixed, "rows.csv").decode(), end="")
        print(*sentences(fixed), *notes, sep="\n", file=sys.stderr)
    return 0


def _effect_of(found: Predictions, way: str, level: float) -> Effect:
    try:
        return effect_of(found, way, level)
    except ValueError as reason:
        raise InvalidExperiment([Problem("--recalibrate", way, str(reason).rstrip("."), "")]) from None


def _verdict(found: Predictions) -> dict[str, Any]:
    """The verdict with its claims and causes, and the recalibration that answers them."""
    return {**_plain(calibration_verdict(found).as_record()), "recalibration": offered(found)}


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    """A finding's record without marks of Markdown."""
    return {**record, "sentence": record["sentence"].replace("**", "")}


def _record(
    found: Predictions, of_all: dict[str, Estimate], groups: GroupReport | None, fix: Effect | None
) -> dict[str, Any]:
    record = {
        "n": found.y.size,
        "family": found.family,
        "form": found.form,
        "read_as": found.words,
        "verdict": _verdict(found),
        "notes": list(found.notes),
        "scores": {name: estimate.value for name, estimate in of_all.items()},
        "std_errors": {name: estimate.std_error for name, estimate in of_all.items()},
        "reasons": {name: estimate.reason for name, estimate in of_all.items() if estimate.reason},
    }
    if groups is not None:
        record["groups"] = _groups(groups)
    return record if fix is None else {**record, "recalibration": _recalibration(fix.comparison)}


def _groups(report: GroupReport) -> dict[str, Any]:
    return {
        "column": report.column,
        "level": report.level,
        "note": report.note,
        "finding": None if report.finding is None else _plain(report.finding.as_record()),
        "groups": [asdict(group) for group in report.groups],
    }


def _recalibration(comparison: Comparison) -> dict[str, Any]:
    return {
        "name": comparison.name,
        "level": comparison.level,
        "fitted": comparison.fitted.words,
        "n_fitted": comparison.validation.size,
        "n_test": comparison.test.size,
        "before": {name: change.before.value for name, change in comparison.changes.items()},
        "after": {name: change.after.value for name, change in comparison.changes.items()},
        "std_errors_of_change": {name: change.difference.std_error for name, change in comparison.changes.items()},
    }


def _print(found: Predictions, of_all: dict[str, Estimate], groups: GroupReport | None, fix: Effect | None) -> None:
    verdict = _verdict(found)
    read_as = () if found.form == "spread" else (f"Read as {found.words}.",)
    print(f"{verdict['headline']}.", verdict["sentence"], *read_as, *found.notes, "", sep="\n")
    if verdict["causes"] and fix is None:
        print(f"Recalibrate it without retraining: --recalibrate {verdict['recalibration']}\n")
    print(f"Points: {found.y.size:,}. Each score with its standard error, its unit, and which way is better.")
    without: dict[str, list[str]] = {}
    table = scores_for(found.judged.predictive)
    for name, estimate in of_all.items():
        row = table[name]
        if estimate.value is None:
            without.setdefault(estimate.reason, []).append(name)
            continue
        error = "" if estimate.std_error is None else f"± {estimate.std_error:.2g}"
        print(f"{name:30} {estimate.value:<12.6g} {error:11} {row.unit:10} {row.direction}")
    for reason, names in without.items():
        print(f"{reason} So there is no {', '.join(names)}.")
    if groups is not None:
        _print_groups(groups)
    if fix is not None:
        print(f"\n{fix.sentence}\n{'':16} {'before':20} after   (on {fix.comparison.test.size:,} test points)")
        print(*(f"{label:16} {before:20} {after}" for label, before, after in rows(fix)), sep="\n")


def _print_groups(report: GroupReport) -> None:
    print()
    if report.finding is not None:
        print(_plain(report.finding.as_record())["sentence"])
    if report.note:
        print(report.note)
    if report.groups:
        cells = group_rows(report)
        widths = [max(len(row[place]) for row in cells) for place in range(len(cells[0]))]
        for row in cells:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        if len(report.groups) > len(report.shown):
            print(f"and {len(report.groups) - len(report.shown):,} more groups")
