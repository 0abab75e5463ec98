"""What `python -m core reproduce` does: train a study again and print its table and claims, as text or JSON."""

import argparse
import json
import sys
from typing import TYPE_CHECKING

from core.experiment.settings import InvalidExperiment, Problem, listed
from core.studies import STUDIES, Study, checked, conduct, recipe, settings_of, summary

if TYPE_CHECKING:
    import pandas as pd

MOST_SEEDS = 100
_STOPPED = 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("name", metavar="NAME", help="the study, such as stirn-toy")
    parser.add_argument("--seeds", type=_count, metavar="K", help="seeds 0 … K − 1 in place of the study's own")


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MOST_SEEDS):
        raise argparse.ArgumentTypeError(f"it takes a whole number from 1 to {MOST_SEEDS}, not {text}")
    return int(text)


def reproduce(options: argparse.Namespace) -> int:
    """Train the study, print its table and claims, and return the exit status: 1 if a claim fails, 130 for Ctrl-C.

    Raises InvalidExperiment where there is no study of that name.
    """
    if options.name not in STUDIES:
        raise InvalidExperiment([Problem("The study", options.name, listed(STUDIES), "it must be")])
    study = STUDIES[options.name]
    seeds = list(range(options.seeds or study.seeds))

    def report(variant: str, seed: int) -> None:
        if sys.stderr.isatty():
            print(f"\rseed {seed}: {variant:32}", end="", file=sys.stderr)

    try:
        table = conduct(study, seeds, on_run=report)
    except KeyboardInterrupt:
        return _STOPPED
    finally:
        if sys.stderr.isatty():
            print(file=sys.stderr)
    claims = checked(study, table)
    if options.json:
        rows = json.loads(table.to_json(orient="records", double_precision=15))  # NaN becomes null
        answer = {"study": study.name, "runs": rows, "claims": claims, "settings": settings_of(study), "seeds": seeds}
        print(json.dumps(answer, allow_nan=False))
    else:
        _print(study, table, claims, seeds)
    return 0 if all(claims.values()) else 1


def _print(study: Study, table: "pd.DataFrame", claims: dict[str, bool], seeds: list[int]) -> None:
    print(study.label, summary(study, table), sep="\n")
    print(f"seeds: {', '.join(map(str, seeds))}{f'; {study.members} nets each' if study.members > 1 else ''}")
    print(f"settings: {recipe(study)}")
    print(f"source: {study.reference}")
    print(*(f"{'holds' if holds else 'FAILS'}  {words}" for words, holds in claims.items()), sep="\n")
