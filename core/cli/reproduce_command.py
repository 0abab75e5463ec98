"""What `python -m core reproduce` does: train a study again and print its table and claims, as text or JSON."""

import argparse
import itertools
import json
from collections.abc import Callable, Mapping
from importlib import import_module

from ..experiment.settings import InvalidExperiment, Problem, listed
from ..studies import STUDIES
from ..studies.reproduction import Reproduction, of_study
from .progress_line import progress_line

MOST_SEEDS = 1000
_FURTHEST = 10**9

# Measurements of our own, loaded when they are asked for: the module in core.studies that has a REPRODUCTION.
MEASUREMENTS: Mapping[str, str] = {"verdicts": "verdicts_measured", "calibration": "calibration_power"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("name", metavar="NAME", help=f"what to reproduce: {listed([*STUDIES, *MEASUREMENTS])}")
    count, first = _whole(1, MOST_SEEDS), _whole(0, _FURTHEST)
    parser.add_argument("--seeds", type=count, metavar="K", help="K seeds instead of the study's own number")
    parser.add_argument("--first", type=first, default=0, metavar="SEED", help="the first of the seeds, 0 unless given")


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(high)) and low <= int(text) <= high):
            raise argparse.ArgumentTypeError(f"it must be a whole number between {low} and {high:,}, not {text}")
        return int(text)

    return read


def reproduce(options: argparse.Namespace) -> int:
    """Train the study, print its table and claims, and return the exit status: 1 if a claim fails.

    Raises InvalidExperiment where there is no study of that name.
    """
    study = _of_name(options.name)
    seeds = range(options.first, options.first + (options.seeds or study.seeds))

    done = itertools.count()
    with progress_line("part") as told:
        found = study.run(
            seeds, lambda what, seed: told(next(done), study.reports * len(seeds), f"seed {seed}: {what}")
        )
    print(json.dumps(found.record, allow_nan=False) if options.json else found.text)
    return 0 if found.holds else 1


def _of_name(name: str) -> Reproduction:
    if name in STUDIES:
        return of_study(STUDIES[name])
    if name not in MEASUREMENTS:
        raise InvalidExperiment([Problem("The study", name, listed([*STUDIES, *MEASUREMENTS]), "it must be")])
    reproduction: Reproduction = import_module(f"..studies.{MEASUREMENTS[name]}", __package__).REPRODUCTION
    return reproduction
