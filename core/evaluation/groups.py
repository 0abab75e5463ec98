"""Predictions by group: how many points each group's intervals hold, and which groups differ beyond luck.

A group is compared with all points outside it, in three ways: how many of its points the interval holds (Fisher's exact
test), whether its points lie higher or lower in their predicted distributions, and whether they lie further out (rank
tests). Holm's correction over all of these tests keeps the probability that a file of alike groups has any mark at
5 %. The group with the smallest p-value is marked and taken out, and the others are compared again, so that a bad group
does not make the right ones differ from "the rest".
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from .exact_shares import fisher_p, share_interval
from .judged import root_mean_square

Array = NDArray[np.float64]

ALARM = 0.05  # of files of alike groups, at most, have a mark
FEWEST = 10  # points of a group that is compared; and of all others together


@dataclass(frozen=True)
class Group:
    """One group: its points, and what is predicted and observed there. What a form does not have is None.

    `covered` is the share inside their interval with its exact 95 % interval `low` to `high`, `width` the mean width
    of the interval, `bias` the mean of y − mean with its standard error and `rmse` the root of its mean square, all in
    the unit of y, and `mean_z2` the mean squared normal score. `mark` is the way in which the group differs beyond
    luck, or empty, and `p` its p-value, corrected by Holm; `few` says that it has too few points to be compared.
    """

    name: str
    n: int
    covered: float | None
    low: float | None
    high: float | None
    width: float | None
    bias: float | None
    bias_error: float | None
    mean_z2: float | None
    rmse: float | None
    few: bool
    mark: str = ""
    p: float = 1.0


@dataclass(frozen=True, eq=False)
class Points:
    """What groups are told by, each (n,) or None: the group's code, whether the interval holds the point, its width,
    y − mean, and the score: a normal score, or how far the point lies from the middle in half-widths, or y − mean."""

    codes: NDArray[np.intp]
    names: tuple[str, ...]
    covered: Array | None
    width: Array | None
    residual: Array | None
    score: Array | None
    is_normal: bool  # the scores are normal scores


def by_group(points: Points) -> tuple[Group, ...]:
    """All groups that have a point, in the order of their names' codes, with marks."""
    there = [code for code in range(len(points.names)) if np.any(points.codes == code)]
    sizes = {code: int(np.sum(points.codes == code)) for code in there}
    compared = [code for code in there if sizes[code] >= FEWEST]
    marks = _marked(points, compared)
    return tuple(_group(points, code, sizes[code], *marks.get(code, ("", 1.0))) for code in there)


def _group(points: Points, code: int, n: int, mark: str, p: float) -> Group:
    inside = points.codes == code

    def mean(values: Array | None) -> float | None:
        return None if values is None else float(np.mean(values[inside]))

    held = None if points.covered is None else int(np.sum(points.covered[inside]))
    low, high = (None, None) if held is None else share_interval(held, n)
    residual = None if points.residual is None else points.residual[inside]
    error = None if residual is None or n < 2 else float(np.std(residual, ddof=1) / np.sqrt(n))
    squares = points.score**2 if points.score is not None and points.is_normal else None
    return Group(
        points.names[code],
        n,
        None if held is None else held / n,
        low,
        high,
        mean(points.width),
        mean(points.residual),
        error,
        mean(squares),
        None if residual is None else root_mean_square(residual),
        n < FEWEST,
        mark,
        p,
    )


def _marked(points: Points, compared: list[int]) -> dict[int, tuple[str, float]]:
    """The way and the corrected p-value of each group that differs beyond luck.

    The number of tests falls by those of the groups that were marked before, as in Holm's correction.
    """
    left, marks = np.isin(points.codes, compared), dict[int, tuple[str, float]]()
    ways, inflation = (
        sum(values is not None for values in (points.covered, points.score, points.score)),
        _inflation(points),
    )
    while True:
        open_yet = [code for code in compared if code not in marks]
        found = [
            (_inflated(p, inflation), -_off(points, code, left), code, way)
            for code, way, p in _p_values(points, open_yet, left)
        ]
        if not found:
            return marks
        p, _, code, way = min(found)
        corrected = min(1.0, p * len(open_yet) * ways)
        if corrected >= ALARM:
            return marks
        marks[code] = (way, corrected)
        left &= points.codes != code


def _p_values(points: Points, codes: list[int], left: NDArray[np.bool_]) -> Iterator[tuple[int, str, float]]:
    """The p-value of each comparison of a group with the others that are left."""
    of_point, total = points.codes[left], int(np.sum(left))
    covered = None if points.covered is None else points.covered[left]
    scores: dict[str, Array] = {}
    if points.score is not None:
        score = points.score[left]
        scores = {"place": score, "distance": np.abs(score - (0.0 if points.is_normal else np.median(score)))}
    ranked = {way: _ranked(values) for way, values in scores.items()}
    for code in codes:
        inside = of_point == code
        n = int(np.sum(inside))
        if total - n < FEWEST:
            continue
        if covered is not None:
            held = int(np.sum(covered[inside]))
            yield code, "coverage", fisher_p(held, n, int(np.sum(covered)) - held, total - n)
        for way, (ranks, ties) in ranked.items():
            yield code, way, _rank_sum_p(float(np.sum(ranks[inside])), n, total, ties)


def _off(points: Points, code: int, left: NDArray[np.bool_]) -> float:
    """How far a group is from what is promised: of two groups that differ, the one at fault."""
    inside = left & (points.codes == code)
    if points.score is None:
        return 0.0
    score = points.score[inside]
    return float(abs(np.mean(score**2) - 1) + abs(np.mean(score))) if points.is_normal else float(abs(np.mean(score)))


def rank_sum_p(one: Array, other: Array) -> float:
    """The two-sided p-value of the rank-sum test, ties at their mean rank (Mann & Whitney 1947).

    By its normal limit with the variance under ties, which is close to exact from ten points on either side.
    doi:10.1214/aoms/1177730491.
    """
    ranks, ties = _ranked(np.concatenate([one, other]))
    return _rank_sum_p(float(np.sum(ranks[: one.size])), one.size, ranks.size, ties)


def _ranked(values: Array) -> tuple[Array, float]:
    """Ranks from 1, ties at their mean, and by how much ties lower the variance of a sum of ranks."""
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    ties = float(np.sum(counts.astype(float) ** 3 - counts)) / max(values.size * (values.size - 1), 1)
    return (np.cumsum(counts) - (counts - 1) / 2)[where], ties


def _rank_sum_p(ranks: float, n: int, total: int, ties: float) -> float:
    off = ranks - n * (total + 1) / 2
    variance = n * (total - n) / 12 * (total + 1 - ties)
    return 1.0 if variance <= 0 else float(2 * special.ndtr(-max(0.0, abs(off) - 0.5) / np.sqrt(variance)))


def _inflation(points: Points) -> float:
    """By how much errors grow as neighbours within a group are alike: √((1 + ρ)/(1 − ρ)), 1 where they are not.

    Neighbours are rows of one group that follow each other in the file; scores are ranks within their group, so that a
    bias of a group is no likeness.
    """
    if points.score is None:
        return 1.0
    order = np.argsort(points.codes, kind="stable")
    codes, score = points.codes[order], points.score[order]
    ranks = np.zeros(score.size)
    for code in np.unique(codes[codes >= 0]):
        here = codes == code
        ranks[here] = special.ndtri((np.argsort(np.argsort(score[here], kind="stable")) + 1) / (here.sum() + 1))
    pairs = (codes[1:] == codes[:-1]) & (codes[1:] >= 0)
    total = float(np.sum(ranks**2))
    if np.sum(pairs) < FEWEST or total == 0:
        return 1.0
    correlation = float(np.sum((ranks[1:] * ranks[:-1])[pairs])) / total * score.size / max(1, int(np.sum(pairs)))
    if correlation * np.sqrt(np.sum(pairs)) < _ALIKE:
        return 1.0
    correlation = min(correlation, 0.99)
    return float(np.sqrt((1 + correlation) / (1 - correlation)))


_ALIKE = 3.0  # standard errors of the correlation of neighbours


def _inflated(p: float, inflation: float) -> float:
    """A p-value whose standard errors are `inflation` times as large."""
    return p if inflation == 1.0 else float(2 * special.ndtr(special.ndtri(min(p, 1.0) / 2) / inflation))
