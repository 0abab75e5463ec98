"""Where the points of a sweep stand on an axis: in which cell of a heat map, and how high in parallel coordinates."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..experiment.experiment import setting_of, value_words
from .axes import is_number
from .sweep import Sweep

MOST_CELLS, CELLS = 12, 8  # values with cells of their own; of more the range is divided into so many
MOST_TICKS = 7


@dataclass(frozen=True)
class Cells:
    """The cells of an axis in words, in order, and the cell of each point, (points,)."""

    names: tuple[str, ...]
    of_point: np.ndarray


def cells(sweep: Sweep, path: str) -> Cells:
    """The values of an axis as cells; where a number has many, its range in equal parts, by ratio where it is log."""
    values = [point[path] for point in sweep.points]
    known = sorted(set(values)) if is_number(path) else list(dict.fromkeys(values))
    if len(known) <= MOST_CELLS or not is_number(path):
        places = {value: place for place, value in enumerate(known)}
        names = tuple(value_words(path, value) for value in known)
        return Cells(names, np.array([places[value] for value in values]))
    numbers = _scaled(path, np.array(values, dtype=float))
    edges = np.linspace(numbers.min(), numbers.max(), CELLS + 1)
    of_point = np.clip(np.searchsorted(edges, numbers, side="right") - 1, 0, CELLS - 1)
    ends = [_short(value) for value in (np.exp(edges) if _is_log(path, values) else edges)]
    return Cells(tuple(f"{low} to {high}" for low, high in pairwise(ends)), of_point)


def heights(sweep: Sweep, path: str) -> tuple[np.ndarray, list[tuple[float, str]]]:
    """The place of each point on an axis from 0 to 1, (points,), and the ticks of the axis: places and words."""
    values = [point[path] for point in sweep.points]
    if is_number(path):
        numbers = _scaled(path, np.array(values, dtype=float))
        known = sorted(set(values))
        shown = known if len(known) <= MOST_TICKS else [known[0], known[-1]]
        low, span = numbers.min(), float(np.ptp(numbers)) or 1.0
        ticks = zip((_scaled(path, np.array(shown, dtype=float), values) - low) / span, shown, strict=True)
        return (numbers - low) / span, [(float(place), value_words(path, value)) for place, value in ticks]
    options = list(dict.fromkeys(values))
    places = {value: place / max(1, len(options) - 1) for place, value in enumerate(options)}
    return np.array([places[value] for value in values]), [(places[one], value_words(path, one)) for one in options]


def _scaled(path: str, numbers: np.ndarray, of: list[float] | None = None) -> np.ndarray:
    return np.log(numbers) if _is_log(path, numbers.tolist() if of is None else of) else numbers


def _is_log(path: str, values: list[float]) -> bool:
    return setting_of(path).log and min(values) > 0


def _short(value: float) -> str:
    digits = max(0, 1 - math.floor(math.log10(abs(value)))) if value else 0
    return f"{value:,.{min(digits, 6)}f}" if abs(value) < 1e6 else f"{value:.2g}"
