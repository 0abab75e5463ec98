"""The axes of a sweep: a setting with the values it takes, or with a distribution that its values are drawn from."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..experiment.experiment import FIELDS, setting_of
from ..experiment.settings import InvalidExperiment, Problem, check_all, listed

MOST_AXES, MOST_VALUES = 8, 1_000
SEED_PATHS = ("data.seed", "training.seed")
KINDS: Mapping[str, str] = {
    "uniform": "two numbers, the lower first",
    "log_uniform": "two numbers above 0, the lower first",
    "integers": "two whole numbers, the lower first; both can be drawn",
    "choice": "a list of values",
}
_DIGITS = 4  # of a number that is drawn, so that a person can read it and write it again


def label(path: str) -> str:
    """An axis in words: the label of its setting."""
    return setting_of(path).label


def is_number(path: str) -> bool:
    """Whether the setting of an axis is a number."""
    return FIELDS[path].annotation in (int, float) and setting_of(path).choices is None


def values_of(path: str, values: Any) -> tuple[Any, ...]:
    """The values of an axis, each as its setting takes it. Raises InvalidExperiment."""
    if not isinstance(values, Sequence) or isinstance(values, str) or not 0 < len(values) <= MOST_VALUES:
        raise InvalidExperiment([Problem(path, values, f"a list of 1 to {MOST_VALUES:,} values")])
    checked = [check_all({path: value}, FIELDS)[path] for value in values]
    for place, value in enumerate(checked):
        if value in checked[:place]:
            raise InvalidExperiment([Problem(path, values[place], "it stands twice in the list", "")])
    return tuple(checked)


@dataclass(frozen=True)
class Draw:
    """A distribution of a setting: one of KINDS, with its two ends or with the values to choose from."""

    path: str
    kind: str
    values: tuple[Any, ...]

    @classmethod
    def of(cls, path: str, given: Any) -> "Draw":
        """Read what a file says, such as {"log_uniform": [0.001, 0.1]}. Raises InvalidExperiment."""
        one = isinstance(given, Mapping) and len(given) == 1
        kind, values = next(iter(given.items())) if one else ("", ())
        if kind not in KINDS:
            words = f"one of {listed(KINDS)} with its values, such as {{ uniform = [0.1, 0.5] }}"
            raise InvalidExperiment([Problem(path, given, words)])
        checked = values_of(path, values)
        if kind != "choice":
            _check_ends(path, kind, checked, values)
        return cls(path, kind, checked)

    def sample(self, rng: np.random.Generator, number: int) -> list[Any]:
        """So many values, each as its setting takes it."""
        if self.kind == "choice":
            return [self.values[i] for i in rng.integers(len(self.values), size=number)]
        low, high = self.values
        if self.kind == "integers":
            return [int(value) for value in rng.integers(low, high, size=number, endpoint=True)]
        if self.kind == "log_uniform":
            drawn = np.exp(rng.uniform(math.log(low), math.log(high), size=number))
        else:
            drawn = rng.uniform(low, high, size=number)
        rounded = (float(f"{value:.{_DIGITS}g}") for value in drawn)
        kept = (min(max(value, low), high) for value in rounded)
        return [round(value) if FIELDS[self.path].annotation is int else value for value in kept]


def _check_ends(path: str, kind: str, checked: tuple[Any, ...], given: Any) -> None:
    if not is_number(path):
        raise InvalidExperiment([Problem(path, given, "drawn with choice, because it is no number")])
    rises = len(checked) == 2 and checked[0] < checked[1]
    whole = kind != "integers" or all(value == int(value) for value in checked)
    if not rises or not whole or (kind == "log_uniform" and checked[0] <= 0):
        raise InvalidExperiment([Problem(path, given, f"{KINDS[kind]}, for {kind}")])
