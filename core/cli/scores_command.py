"""What `python -m core scores` does: examine anyone's predictions like those of a run, as text or JSON."""

import argparse
import json
from pathlib import Path
from typing import Any

from core.diagnosis.calibration.calibration_verdict import calibration_verdict
from core.diagnosis.calibration.recalibration_effect import Effect, effect_of, rows
from core.evaluation.judged import Estimate
from core.evaluation.predictions import FAMILIES, Predictions, read_predictions
from core.evaluation.recalibration import RECALIBRATIONS
from core.evaluation.scores import SCORES, estimates
from core.experiment.settings import InvalidExperiment, Problem


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument(
        "file", metavar="FILE", help="CSV, TSV or Parquet with the columns y, mean and std, and x if any"
    )
    parser.add_argument("--family", choices=tuple(FAMILIES), default="gaussian", help="what mean and std are of")
    parser.add_argument(
        "--recalibrate",
        choices=tuple(RECALIBRATIONS),
        metavar="WAY",
        help=f"mend the spread by half of the points, judge it on the others: {', '.join(RECALIBRATIONS)}",
    )
    parser.add_argument("--level", type=float, default=0.95, metavar="P", help="of the recalibrated interval (0.95)")


def scores(options: argparse.Namespace) -> int:
    """Read the file, print its verdict, its scores and the effect of a recalibration, and return the exit status."""
    found = read_predictions(Path(options.file), Path(options.file).name, options.family)
    of_all = estimates(found.judged, [name for name, row in SCORES.items() if not row.needs_truth])
    fix = None if options.recalibrate is None else _effect_of(found, options.recalibrate, options.level)
    if options.json:
        print(json.dumps(_record(found, of_all, fix), allow_nan=False))
    else:
        _print(found, of_all, fix)
    return 0


def _effect_of(found: Predictions, way: str, level: float) -> Effect:
    try:
        return effect_of(found, way, level)
    except ValueError as reason:
        raise InvalidExperiment([Problem("--recalibrate", way, str(reason).rstrip("."), "")]) from None


def _verdict(found: Predictions) -> dict[str, str]:
    row = calibration_verdict(found)
    return {"kind": row.kind, "headline": row.headline, "sentence": row.sentence.replace("**", "")}


def _record(found: Predictions, of_all: dict[str, Estimate], fix: Effect | None) -> dict[str, Any]:
    record = {
        "n": found.y.size,
        "family": found.family,
        "verdict": _verdict(found),
        "notes": list(found.notes),
        "scores": {name: estimate.value for name, estimate in of_all.items()},
        "std_errors": {name: estimate.std_error for name, estimate in of_all.items()},
        "reasons": {name: estimate.reason for name, estimate in of_all.items() if estimate.reason},
    }
    return record if fix is None else {**record, "recalibration": _recalibration(fix)}


def _recalibration(fix: Effect) -> dict[str, Any]:
    comparison = fix.comparison
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


def _print(found: Predictions, of_all: dict[str, Estimate], fix: Effect | None) -> None:
    verdict = _verdict(found)
    print(f"{verdict['headline']}.", verdict["sentence"], *found.notes, "", sep="\n")
    print(f"Points: {found.y.size:,}. Each score with its standard error, its unit, and which way is better.")
    without: dict[str, list[str]] = {}
    for name, estimate in of_all.items():
        row = SCORES[name]
        if estimate.value is None:
            without.setdefault(estimate.reason, []).append(name)
            continue
        error = "" if estimate.std_error is None else f"± {estimate.std_error:.2g}"
        print(f"{name:30} {estimate.value:<12.6g} {error:11} {row.unit:10} {row.direction}")
    for reason, names in without.items():
        print(f"{reason} So there is no {', '.join(names)}.")
    if fix is not None:
        print(f"\n{fix.sentence}\n{'':16} {'before':20} after   (on {fix.comparison.test.size:,} test points)")
        print(*(f"{label:16} {before:20} {after}" for label, before, after in rows(fix)), sep="\n")
