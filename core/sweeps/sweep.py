"""WHAT a sweep trains: one frozen, validated description of a base experiment, its axes and its seeds.

Its runs are numbered: all points with the first seed, then all with the second, and so on. So every point has a score
early, and the number alone says what to train.
"""

import hashlib
import itertools
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ..experiment.experiment import FIELDS, NUMERICS_VERSION, Experiment, applies, setting_of, value_words
from ..experiment.settings import InvalidExperiment, Problem
from ..training.cost import QUICK_S, estimated_seconds
from .axes import MOST_AXES, SEED_PATHS, Draw, label

MOST_RUNS = 20_000
MOST_SEEDS, LARGEST_SEED = 1_000, 2**31 - 1
LONGEST_NAME = 80
FORMAT = 1

Point = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Sweep:
    """An experiment over the points of a grid, of a random draw, or of both crossed, each with all seeds.

    grid: the values of each axis by its setting; all combinations are trained. draws: the distribution of each random
    axis; `number` points are drawn with `draw_seed`. Raises InvalidExperiment where a point is no experiment, where an
    axis has no effect, or where there are too many runs.
    """

    base: Experiment
    grid: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    draws: tuple[Draw, ...] = ()
    number: int = 0
    draw_seed: int = 0
    seeds: tuple[int, ...] = (0,)
    name: str = ""

    def __post_init__(self) -> None:
        # In the order of the settings, not in that of a file: then equal sweeps have equal numbers.
        places = {path: place for place, path in enumerate(FIELDS)}
        ordered = dict(sorted(self.grid.items(), key=lambda item: places[item[0]]))
        object.__setattr__(self, "grid", ordered)
        object.__setattr__(self, "draws", tuple(sorted(self.draws, key=lambda draw: places[draw.path])))
        paths = self.axes
        if len(paths) > MOST_AXES:
            raise InvalidExperiment([Problem("The number of axes", len(paths), f"at most {MOST_AXES}")])
        for path in paths:
            if paths.count(path) > 1:
                raise InvalidExperiment([Problem(path, "random", "an axis of the grid or a random one, not both")])
            if path in SEED_PATHS:
                raise InvalidExperiment([Problem(path, "an axis", "the seeds of a sweep are set by seeds", "")])
        runs = self._points * len(self.seeds)
        if not 0 < runs <= MOST_RUNS:
            raise InvalidExperiment([Problem("The number of runs", runs, f"between 1 and {MOST_RUNS:,}")])
        assert self.seconds.size  # validates every point

    @property
    def axes(self) -> list[str]:
        """The settings that vary: those of the grid, then the random ones."""
        return [*self.grid, *(draw.path for draw in self.draws)]

    @property
    def runs(self) -> int:
        """How many runs it has."""
        return len(self.points) * len(self.seeds)

    @property
    def _points(self) -> int:
        return math.prod(map(len, self.grid.values())) * (self.number if self.draws else 1)

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """The settings of each point, by its number."""
        cells = [dict(zip(self.grid, values, strict=True)) for values in itertools.product(*self.grid.values())]
        if not self.draws:
            return tuple(cells)
        columns = [
            draw.sample(np.random.default_rng([self.draw_seed, place]), self.number)
            for place, draw in enumerate(self.draws)
        ]
        paths = [draw.path for draw in self.draws]
        drawn = [dict(zip(paths, values, strict=True)) for values in zip(*columns, strict=True)]
        return tuple({**cell, **one} for cell in cells for one in drawn)

    @cached_property
    def seconds(self) -> np.ndarray:
        """The estimated seconds of a run of each point, (points,), on one core. Raises InvalidExperiment."""
        estimates, seen = np.empty(len(self.points)), dict.fromkeys(self.axes, False)
        for place, point in enumerate(self.points):
            try:
                experiment = self.base.with_settings(point)
            except InvalidExperiment as error:
                raise InvalidExperiment([_at(point, problem) for problem in error.problems]) from None
            estimates[place] = estimated_seconds(experiment)
            for path in [path for path, has_effect in seen.items() if not has_effect]:
                seen[path] = applies(setting_of(path), experiment)
        for path, has_effect in seen.items():
            if not has_effect:
                words = "it has no effect on any run of this sweep"
                raise InvalidExperiment([Problem(path, "an axis", words, "")])
        return estimates

    @property
    def total_seconds(self) -> float:
        """The estimated time of all runs, one after another on one core."""
        return float(self.seconds.sum()) * len(self.seeds)

    @property
    def is_quick(self) -> bool:
        """Whether each of its runs takes at most about two seconds."""
        return bool(self.seconds.max() <= QUICK_S)

    def place(self, number: int) -> tuple[int, int]:
        """The point and the seed of a run: (index of the point, seed)."""
        which, point = divmod(number, len(self.points))
        return point, self.seeds[which]

    def settings(self, number: int) -> dict[str, Any]:
        """The settings of a run that differ from those of the base, as plain values."""
        point, seed = self.place(number)
        values = {**self.points[point], **dict.fromkeys(SEED_PATHS, seed)}
        return {path: list(value) if isinstance(value, tuple) else value for path, value in values.items()}

    def experiment(self, number: int) -> Experiment:
        """What a run trains."""
        return self.base.with_settings(self.settings(number))

    @cached_property
    def description(self) -> dict[str, Any]:
        """All that decides its runs and their numbers, as plain values for JSON."""
        return {
            "format": FORMAT,
            "numerics": NUMERICS_VERSION,
            "base": self.base.settings(only_changed=True),
            "grid": [[path, _plain(values)] for path, values in self.grid.items()],
            "draws": [[draw.path, draw.kind, _plain(draw.values)] for draw in self.draws],
            "number": self.number if self.draws else 0,
            "draw_seed": self.draw_seed if self.draws else 0,
            "seeds": list(self.seeds),
        }

    @cached_property
    def fingerprint(self) -> str:
        """The name of its runs: 16 hexadecimal digits. Sweeps that train the same under the same numbers share it."""
        return hashlib.sha256(json.dumps(self.description, sort_keys=True).encode()).hexdigest()[:16]


def _plain(values: tuple[Any, ...]) -> list[Any]:
    return [list(value) if isinstance(value, tuple) else value for value in values]


def _at(point: Point, problem: Problem) -> Problem:
    """The problem of a point, with the other values that make it one."""
    others = [f"{label(path)} {value_words(path, value)}" for path, value in point.items() if path != problem.field]
    where = f" (at the point with {', '.join(others)})" if others else ""
    return Problem(problem.field, problem.value, f"{problem.allowed}{where}", problem.because, problem.label)
