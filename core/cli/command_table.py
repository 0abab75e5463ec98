"""COMMANDS: what can be asked of the laboratory on the command line, a row each.

A row names what it runs; that is loaded only for the command that is asked for.
"""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class Command:
    """A command: its name, its help, what it runs and what adds its own arguments, both as "module:function".

    It runs as `run(options) -> exit status`; `arguments(parser)` is "" where there are none but --json.
    """

    name: str
    about: str
    run: str
    arguments: str = ""

    def function(self) -> Callable[[argparse.Namespace], int]:
        """What it runs."""
        return _loaded(self.run)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Its own arguments."""
        if self.arguments:
            _loaded(self.arguments)(parser)


def _loaded(place: str) -> Any:
    module, name = place.split(":")
    return getattr(import_module(f"core.cli.{module}"), name)


_ROWS = (
    Command("presets", "named experiments and what to look for", "list_commands:presets"),
    Command("losses", "the losses: formula, reading, floor at σ = 0.2, mistake or not", "list_commands:losses"),
    Command("settings", "every setting with its default and what it takes", "list_commands:settings"),
    Command(
        "doctor",
        "what a loss makes a net learn: the stationary point of a formula on a noise",
        "doctor_command:doctor",
        "doctor_command:add_arguments",
    ),
    Command(
        "scores",
        "examine anyone's predictions in a file: columns y, mean, std, and x",
        "scores_command:scores",
        "scores_command:add_arguments",
    ),
    Command(
        "reproduce",
        "train a published result again and check its claims",
        "reproduce_command:reproduce",
        "reproduce_command:add_arguments",
    ),
    Command(
        "train",
        "train one experiment and print its scores",
        "train_command:train",
        "train_command:add_arguments",
    ),
    Command(
        "runs",
        "the library of runs: list, star, rename, note, delete, export, import",
        "runs_command:runs",
        "runs_command:add_arguments",
    ),
    Command(
        "export",
        "a kept run as files: script, weights, predictions, history, figure, charts, data",
        "export_command:export",
        "export_command:add_arguments",
    ),
    Command(
        "predict",
        "predict new rows with a kept run: mean, std, interval, and a warning for strange rows",
        "predict_command:predict",
        "predict_command:add_arguments",
    ),
)

COMMANDS: Mapping[str, Command] = MappingProxyType({row.name: row for row in _ROWS})
