"""The charts of a sweep: medians over two settings as a heat map, and all settings as parallel coordinates."""

import math
from collections.abc import Sequence

import numpy as np

from ..charts.drawing import Drawing
from ..charts.heatmap import heatmap_spec, heatmap_table
from ..charts.parallel import parallel_spec, parallel_table
from ..evaluation.scores import COMPARED, Score
from ..experiment.experiment import value_words
from .axes import label
from .axis_places import cells, heights
from .chunk import Row
from .summary import spreads
from .sweep import Sweep

MOST_LINES = 300  # of parallel coordinates: of more points the best are drawn
NOTHING = "–"
_USUAL, _FAR = 0.9, 3.0  # the share of points that the axis of the score holds if others are so many times as far


def heatmap(sweep: Sweep, rows: Sequence[Row], across: str, down: str, score: str, scheme: str) -> tuple[Drawing, str]:
    """The median score of all runs in each cell of two axes, over seeds and all other axes; and what is seen."""
    row, (columns, lines) = COMPARED[score], (cells(sweep, across), cells(sweep, down))
    found: dict[tuple[int, int], list[float]] = {}
    for run in rows:
        point = run.number % len(sweep.points)
        if (value := getattr(run, score)) is not None and math.isfinite(value):
            found.setdefault((int(columns.of_point[point]), int(lines.of_point[point])), []).append(value)
    places = [(i, j) for j in range(len(lines.names)) for i in range(len(columns.names))]
    medians = [float(np.median(found[place])) if place in found else math.nan for place in places]
    table = heatmap_table(
        [columns.names[i] for i, _ in places],
        [lines.names[j] for _, j in places],
        _strengths(row, medians),
        [NOTHING if math.isnan(value) else row.words(value) for value in medians],
        [f"{len(found.get(place, ())):,}" for place in places],
    )
    title = f"Median {row.label} over {label(across)} and {label(down)}"
    spec = heatmap_spec(scheme, columns.names, lines.names, title=title, axes=(label(across), label(down)))
    return Drawing(spec, table), _seen(row, places, medians, columns.names, lines.names)


def _seen(
    row: Score, places: list[tuple[int, int]], medians: list[float], across: Sequence[str], down: Sequence[str]
) -> str:
    known = [(row.miss(value), value, place) for value, place in zip(medians, places, strict=True) if value == value]
    if not known:
        return "No cell has a value yet."
    (_, best, (i, j)), (_, worst, (k, m)) = min(known), max(known)
    return (
        f"The best cell is {across[i]} with {down[j]}: {row.words(best)}. "
        f"The worst is {across[k]} with {down[m]}: {row.words(worst)}."
    )


def parallel(sweep: Sweep, rows: Sequence[Row], score: str, scheme: str) -> tuple[Drawing, str]:
    """A line for each point through all axes to its median score, at most MOST_LINES of the best; and what is seen."""
    row = COMPARED[score]
    found = [(point, one.median) for point, one in spreads(sweep, rows, score).items() if one.median is not None]
    found.sort(key=lambda pair: row.miss(pair[1]))
    shown = found[:MOST_LINES]
    points = [point for point, _ in shown]
    medians = [value for _, value in shown]
    names, columns, ticks = [], [], {}
    for path in sweep.axes:
        places, marks = heights(sweep, path)
        names.append(label(path))
        columns.append(places[points])
        ticks[label(path)] = marks
    low, high, beyond = _range(row, medians)
    names.append(row.label)
    columns.append(np.minimum((np.array(medians) - low) / (high - low or 1.0), 1.0))
    ticks[row.label] = [(0.0, row.words(low)), (1.0, f"{beyond}{row.words(high)}")] if medians else []
    texts = [
        [*(value_words(path, sweep.points[point][path]) for path in sweep.axes), row.words(value)]
        for point, value in shown
    ]
    table = parallel_table(names, np.column_stack(columns), texts, _strengths(row, medians), ticks)
    title = f"All settings and the median {row.label}: the best point in orange"
    seen = f"{len(shown):,} of {len(found):,} points are drawn, those with the best {row.label}."
    if texts:
        best = ", ".join(f"{name} {text}" for name, text in zip(names, texts[0], strict=True))
        seen = f"{seen} The best has {best}."
    return Drawing(parallel_spec(scheme, tuple(names), title=title), table), seen


def _range(row: Score, medians: Sequence[float]) -> tuple[float, float, str]:
    """The two ends of the axis of a score, and "≥ " where some are beyond: few bad points must not hide the others."""
    if not medians:
        return 0.0, 1.0, ""
    low, high, most = min(medians), max(medians), float(np.quantile(medians, _USUAL))
    if row.aim is None and high - low > _FAR * (most - low) > 0:
        return low, most, "≥ "
    return low, high, ""


def _strengths(row: Score, values: Sequence[float]) -> list[float]:
    """1 for the best of the values, 0 for the worst, by rank, so that one bad run does not hide the others."""
    misses = np.array([row.miss(value) for value in values], dtype=float)
    known = np.unique(misses[np.isfinite(misses)])
    if known.size < 2:
        return [1.0 if math.isfinite(value) else math.nan for value in misses]
    ranks = np.searchsorted(known, misses) / (known.size - 1)
    return [float(1 - rank) if math.isfinite(miss) else math.nan for rank, miss in zip(ranks, misses, strict=True)]
