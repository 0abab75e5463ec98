"""COMMANDS: what can be asked of the laboratory on the command line, a row each.

A command runs the function of its name in its module, NAME_command.py unless the row says otherwise. It is loaded only
if it is asked for. A module may have `add_arguments(parser)` for arguments beside --json.
"""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType, ModuleType


@dataclass(frozen=True)
class Command:
    """A command: its name, its help, and its module in core.cli."""

    name: str
    about: str
    module: str = ""

    @property
    def function(self) -> Callable[[argparse.Namespace], int]:
        """What it runs: options in, exit status out."""
        run: Callable[[argparse.Namespace], int] = getattr(self._loaded(), self.name)
        return run

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add its own arguments."""
        if add := getattr(self._loaded(), "add_arguments", None):
            add(parser)

    def _loaded(self) -> ModuleType:
        return import_module(f".{self.module or f'{self.name}_command'}", __package__)


_ROWS = (
    Command("app", "open the laboratory in a browser, at one run if it is asked for"),
    Command("presets", "named experiments and what to look for", "list_commands"),
    Command("losses", "the losses: formula, reading, floor at σ = 0.2, whether it is a mistake", "list_commands"),
    Command("settings", "every setting with its default and what it takes", "list_commands"),
    Command("doctor", "what a network learns from a loss: the stationary point of a formula for a noise family"),
    Command("check", "what the code of a loss means, with the numbers, log and predictions of a run"),
    Command("scores", "examine anyone's predictions in a file: columns y, mean, std, and x"),
    Command("reproduce", "train a published result again and check its claims"),
    Command("train", "train one experiment and print its scores"),
    Command("sweep", "train an experiment over many settings and seeds, by a file; goes on where it stopped"),
    Command("runs", "the library of runs: list, star, rename, note, delete, export, import"),
    Command("store", "back up all runs and uploaded tables to one file, or restore them from it"),
    Command("export", "a kept run as files: script, weights, predictions, history, figure, charts, data"),
    Command("predict", "predict new rows with a kept run: mean, std, interval, and a warning for strange rows"),
    Command("completion", "a script that completes commands and options in bash, zsh or fish"),
)

COMMANDS: Mapping[str, Command] = MappingProxyType({row.name: row for row in _ROWS})
