"""What the results of a sweep say: a table, the median of each point with its interval over seeds, and the best."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..evaluation.scores import COMPARED, Score
from ..experiment.experiment import value_words
from ..experiment.settings import to_text
from .axes import is_number, label
from .chunk import Row
from .sweep import Sweep

if TYPE_CHECKING:
    import pandas as pd

LEVEL = 0.95
_ENOUGH = 6  # seeds: with fewer no interval of the median covers 95 %
METHOD = (
    "The interval of a median over seeds lies between two order statistics. Its coverage holds for any distribution "
    "of the scores (binomial). With fewer than six seeds it reaches from the lowest to the highest, and covers less "
    "than 95 %."
)
CHOSEN = (
    "The best of many points looks better than it is, because it was chosen for its score. "
    "Train it again with other seeds before you rely on it."
)


@dataclass(frozen=True)
class Spread:
    """A score of a point over its seeds: the median, and an interval of the median with its coverage.

    n: seeds with a value, of so many that were trained; low, high, coverage: None with fewer than two values.
    """

    median: float | None
    low: float | None
    high: float | None
    coverage: float | None
    n: int
    of: int

    def words(self, score: Score) -> str:
        """The median and its interval, as it is shown."""
        if self.median is None:
            return "–"
        if self.low is None or self.high is None or self.coverage is None:
            return f"{score.words(self.median)} (one seed)"
        ends = f"{score.words(self.low)} to {score.words(self.high)}"
        return f"{score.words(self.median)} ({_per_cent(self.coverage)}: {ends})"


@dataclass(frozen=True)
class Best:
    """A point, its settings in words, and its score over the seeds."""

    point: int
    words: str
    spread: Spread


def results_table(sweep: Sweep, rows: Sequence[Row], *, in_words: bool = False) -> "pd.DataFrame":
    """A row for each run that is kept: run, point, seed, the settings that vary, status, scores, seconds, steps, key.

    Settings are in their own types, and lists are text, as in a link; `in_words`, what is no number is as on a page.
    """
    import pandas as pd

    places = [sweep.place(row.number) for row in rows]
    columns: dict[str, Any] = {
        "run": [row.number for row in rows],
        "point": [point for point, _ in places],
        "seed": [seed for _, seed in places],
    }
    for path in sweep.axes:
        values = (sweep.points[point][path] for point, _ in places)
        if in_words and not is_number(path):
            columns[path] = [value_words(path, value) for value in values]
        else:
            columns[path] = [to_text(value) if isinstance(value, tuple) else value for value in values]
    columns["status"] = [row.status for row in rows]
    columns |= {name: pd.Series([getattr(row, name) for row in rows], dtype="float64") for name in COMPARED}
    columns |= {name: [getattr(row, name) for row in rows] for name in ("seconds", "steps", "key", "message")}
    return pd.DataFrame(columns)


def spread(values: Sequence[float | None], of: int | None = None) -> Spread:
    """The median of scores over seeds and its interval. A value that is None or not finite is left out and counted."""
    known = np.sort([value for value in values if value is not None and math.isfinite(value)])
    n, total = known.size, len(values) if of is None else of
    if not n:
        return Spread(None, None, None, None, 0, total)
    median = float(np.median(known))
    if n == 1:
        return Spread(median, None, None, None, 1, total)
    rank, coverage = order_interval(n)
    return Spread(median, float(known[rank]), float(known[n - 1 - rank]), coverage, n, total)


def order_interval(n: int, level: float = LEVEL) -> tuple[int, float]:
    """The rank from either end (from 0) whose order statistics are an interval of the median, and its coverage.

    It is the narrowest symmetric one that covers at least `level`, or the widest there is:
    P(x₍ᵣ₊₁₎ ≤ median ≤ x₍ₙ₋ᵣ₎) = 1 − 2·P(B ≤ r) with B binomial of n and ½ (David & Nagaraja 2003, section 7.1).
    """
    below, rank, coverage = 0.0, 0, 0.0
    for k in range((n + 1) // 2):
        below += math.exp(math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) - n * math.log(2))
        if k > 0 and 1 - 2 * below < level:
            break
        rank, coverage = k, 1 - 2 * below
    return rank, coverage


def spreads(sweep: Sweep, rows: Sequence[Row], score: str) -> dict[int, Spread]:
    """The score of each point that has been trained, by the number of the point."""
    by_point: dict[int, list[float | None]] = {}
    for row in rows:
        by_point.setdefault(row.number % len(sweep.points), []).append(getattr(row, score))
    return {point: spread(values) for point, values in sorted(by_point.items())}


def best(sweep: Sweep, rows: Sequence[Row], score: str, most: int = 5) -> list[Best]:
    """The points with the best medians. Points of which more than half of the runs have no value come last."""
    miss = COMPARED[score].miss
    found = [(point, one) for point, one in spreads(sweep, rows, score).items() if one.median is not None]
    found.sort(key=lambda pair: (2 * pair[1].n < pair[1].of, miss(pair[1].median or 0.0), pair[0]))
    return [Best(point, point_words(sweep, point), one) for point, one in found[:most]]


def best_words(sweep: Sweep, rows: Sequence[Row], score: str) -> tuple[str, str]:
    """A headline and a sentence on the best point, and whether the next one is clearly worse."""
    row, found = COMPARED[score], best(sweep, rows, score, 2)
    if not found:
        return f"No run has a {row.label} yet", "Results appear here as the runs end."
    first = found[0]
    headline = f"Lowest {row.label}" if row.aim is None else f"{row.label} nearest to {row.words(row.aim)}"
    headline = f"{headline}: {row.words(first.spread.median)}"
    lines = [f"It is the median of {first.spread.n} of {first.spread.of} seeds with {first.words or 'the base'}."]
    if len(found) > 1:
        lines.append(_beside(row, first, found[1]))
    return headline, " ".join([*lines, CHOSEN])


def _beside(row: Score, first: Best, second: Best) -> str:
    one, other = first.spread, second.spread
    if one.high is None or other.low is None or one.low is None or other.high is None:
        return "With one seed for each point, nothing says how much of a difference is chance."
    if min(one.n, other.n) < _ENOUGH:
        return f"The next point has {row.words(other.median)}. So few seeds cannot say whether the order is chance."
    apart = one.high < other.low or other.high < one.low
    clear = "Their intervals do not overlap." if apart else "Their intervals overlap, so the order can be chance."
    return f"The next point has {row.words(other.median)}. {clear}"


def point_words(sweep: Sweep, point: int) -> str:
    """The settings of a point in words: Loss β-NLL · Steps 300."""
    return " · ".join(f"{label(path)} {value_words(path, value)}" for path, value in sweep.points[point].items())


def _per_cent(share: float) -> str:
    return f"{100 * share:.0f} %" if share < 0.995 else f"{100 * share:.1f} %"
