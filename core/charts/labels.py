"""Where to write the name of a line: beside it, clear of other names and, if possible, of other lines."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .spec import Domain

Range = tuple[float, float]
Array = NDArray[np.float64]
_TEXT_HEIGHT = 15.0  # pixels of a line of text with its margin
# Distances from the level to the middle of the text, in heights of a text. At most three names share an end of the
# chart; three slots on either side keep them apart even if the level is at the edge of the picture.
_OVER_THE_LINE = (0.85, -0.85, 1.85, -1.85, 2.85, -2.85)
_BESIDE_THE_LINE = (0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0)
_GLYPH_WIDTH, _PHONE_WIDTH = 6.2, 240.0  # pixels
_HALF_GLYPH = 0.4  # half the height of the letters, relative to a line of text
_OUTSIDE, _OVER_A_NAME, _OVER_A_LINE, _WRONG_SIDE = 1000.0, 100.0, 3.0, 0.4


def text_gap(domain: Domain, height: float) -> float:
    """The height of a line of text in the unit of an axis over ``domain``, on a plot of ``height`` pixels."""
    return _TEXT_HEIGHT * (domain[1] - domain[0]) / height


@dataclass(frozen=True)
class Label:
    """A name to write near ``level``, the height of what it names.

    It prefers to be ``above``, or below; ``beside`` the end of its line it may be on the level.
    """

    level: float
    above: bool = True
    beside: bool = False

    @property
    def slots(self) -> tuple[float, ...]:
        return _BESIDE_THE_LINE if self.beside else _OVER_THE_LINE


def place(labels: Sequence[Label], lines: Sequence[Range], domain: Domain, gap: float) -> list[float]:
    """Heights of the names' middles, in the order given: at least ``gap`` apart and inside ``domain``.

    ``gap`` is the height of a line of text in the axis's unit, and ``lines`` the (low, high) that each line covers
    over the names' width. A level outside the domain counts as its edge, where the clipped line leaves. All
    combinations of a few slots above and below are weighed (three labels: 343 at most, a millisecond): names off
    the picture or over one another weigh most, then names over lines, then distance.
    """
    low, high = domain
    levels = [min(max(label.level, low), high) for label in labels]

    def alone(index: int, slot: float) -> float:
        """The cost of a name in this slot, independent of the others."""
        bottom, top = levels[index] + (slot - _HALF_GLYPH) * gap, levels[index] + (slot + _HALF_GLYPH) * gap
        covered = sum(bottom < line_high and line_low < top for line_low, line_high in lines)
        outside = bottom < low or top > high
        wrong_side = slot != 0 and labels[index].above != (slot > 0)
        return _OUTSIDE * outside + _OVER_A_LINE * covered + _WRONG_SIDE * wrong_side + abs(slot)

    each = [
        [(level + slot * gap, alone(index, slot)) for slot in label.slots]
        for index, (label, level) in enumerate(zip(labels, levels, strict=True))
    ]
    best: tuple[float, list[float]] = (math.inf, [])
    for chosen in itertools.product(*each):
        cost = sum([cost for _, cost in chosen])
        if cost >= best[0]:  # names that meet only add to it: most combinations end here
            continue
        middles = [middle for middle, _ in chosen]
        close = sum(abs(a - b) < gap * (1 - 1e-9) for a, b in itertools.combinations(middles, 2))
        if (whole := _OVER_A_NAME * close + cost) < best[0]:
            best = whole, middles
    return best[1]


@dataclass(frozen=True)
class Spot:
    """The position of a text: the point (x, y) is to its "left", to its "right" or at its "center"."""

    x: float
    y: float
    side: str


def share(text: str) -> float:
    """The width of a text, relative to a chart on a phone."""
    return min(1.0, len(text) * _GLYPH_WIDTH / _PHONE_WIDTH)


def along(x: Array, curve: Array, others: Sequence[Array], domain: Domain, gap: float, *, above: bool = True) -> Spot:
    """Where to write a long name: at the highest point of its curve, or under the lowest.

    ``curve`` and ``others`` are heights at ``x``, each (n,). The text reaches from that point to where the curve is
    lower (or, under it, higher), so that it is near to its line and yet clear of it. It goes rather ``above`` than
    below, but first of all into the picture, and then clear of the others.
    """
    curve = np.clip(curve, *domain)
    high, low = int(np.nanargmax(curve)), int(np.nanargmin(curve))
    spots = [(high, float(curve[high]) + 0.75 * gap, True), (low, float(curve[low]) - 0.75 * gap, False)]

    def cost(spot: tuple[int, float, bool]) -> float:
        _, y, over = spot
        outside = not domain[0] + _HALF_GLYPH * gap <= y <= domain[1] - _HALF_GLYPH * gap
        return _OUTSIDE * outside + _OVER_A_LINE * _meetings(others, y, gap) + _WRONG_SIDE * (over != above)

    index, y, _ = min(spots, key=cost)
    side = "left" if index == 0 else "right" if index == curve.size - 1 else "center"
    return Spot(float(x[index]), y, side)


def on_a_clear_stretch(
    text: str, x: Array, curve: Array, others: Sequence[Array], taken: Sequence[Spot], domain: Domain, gap: float
) -> Spot:
    """Where to write the name of a curve, centred directly over or under it: where it covers the fewest points.

    ``curve`` and ``others`` are heights at ``x``, each (n,), over the whole of the axis, NaN where there is nothing;
    ``taken`` are names written so before, which count as of the same length. Of equally clear places it is the
    rightmost. Raises ValueError for a curve without a finite point.
    """
    width = share(text) * (x[-1] - x[0])
    middles = np.clip(x, x[0] + width / 2, x[-1] - width / 2)
    near = np.abs(x[None, :] - middles[:, None]) <= width / 2  # (places, n)

    def hits(line: Array, y: Array, reach: float) -> Array:
        return np.sum(near & (np.abs(line[None, :] - y[:, None]) < reach * gap), axis=1)

    spots: list[tuple[float, int, float]] = []
    for slot in (0.85, -0.85):
        y = np.clip(curve, *domain) + slot * gap
        cost = hits(curve, y, _HALF_GLYPH) + sum((hits(other, y, 1.0) for other in others), np.zeros(x.size))
        beside = [(np.abs(middles - spot.x) < width) & (np.abs(y - spot.y) < gap) for spot in taken]
        cost = cost + _OVER_A_NAME * sum(beside, np.zeros(x.size))
        cost = cost + _OVER_A_NAME * (middles != x)  # off its curve's point, for the picture ends
        cost = cost + _OUTSIDE * ((y < domain[0] + _HALF_GLYPH * gap) | (y > domain[1] - _HALF_GLYPH * gap))
        spots += [(cost[i], -int(i), y[i]) for i in np.flatnonzero(np.isfinite(y))]
    if not spots:
        raise ValueError("a curve without a finite point cannot be labelled")
    _, index, height = min(spots, key=lambda spot: spot[:2])
    return Spot(float(middles[-index]), float(height), "center")


def at_a_rule(
    texts: Sequence[str], at: float, x: Array, curves: Sequence[Array], domain: Domain, gap: float
) -> list[Spot]:
    """Where to write lines of text beside a vertical rule at ``at``: at its foot, or at its head if that is clearer.

    ``curves`` are heights at ``x`` (n,), which rises evenly over the whole of the axis.
    """
    width = max(map(share, texts)) * (x[-1] - x[0])
    right = at + width <= x[-1] or (at - width < x[0] and at - x[0] < x[-1] - at)
    span = (x >= at) & (x <= at + width) if right else (x <= at) & (x >= at - width)
    rows = np.arange(len(texts)) * gap
    foot, head = domain[0] + 0.8 * gap + rows[::-1], domain[1] - 0.8 * gap - rows

    met = [
        sum(_meetings([curve[span] for curve in curves], float(y), gap) for y in heights) for heights in (foot, head)
    ]
    return [Spot(at, float(y), "left" if right else "right") for y in (foot if met[0] <= met[1] else head)]


def _meetings(curves: Sequence[Array], y: float, gap: float) -> int:
    """The number of curves that pass through a text at height ``y``."""
    bottom, top = y - _HALF_GLYPH * gap, y + _HALF_GLYPH * gap
    # fmin and fmax pass over NaN, and an empty curve is nowhere.
    ranges = [(np.fmin.reduce(curve, initial=np.inf), np.fmax.reduce(curve, initial=-np.inf)) for curve in curves]
    return sum(bool(low < top and bottom < high) for low, high in ranges)
