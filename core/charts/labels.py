"""Where to write a line's name: beside the line, clear of other names and, where possible, of other lines."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from .frame import Domain

Range = tuple[float, float]
# Distances from the level to the text's middle, in heights of a text. At most three names share an end of the chart,
# and three slots on either side keep them apart even where the level is an edge of the picture.
_OVER_THE_LINE = (0.85, -0.85, 1.85, -1.85, 2.85, -2.85)
_BESIDE_THE_LINE = (0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0)
_HALF_GLYPH = 0.4  # what ink a line of text has above and below its middle
_OUTSIDE, _OVER_A_NAME, _OVER_A_LINE, _WRONG_SIDE = 1000.0, 100.0, 3.0, 0.4


@dataclass(frozen=True)
class Label:
    """A name to write near ``level``, the height of what it names.

    It goes rather ``above`` than below, or the reverse; ``beside`` the end of its line it may stay on the level.
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
        """What a name in this slot costs, whatever the others do."""
        bottom, top = levels[index] + (slot - _HALF_GLYPH) * gap, levels[index] + (slot + _HALF_GLYPH) * gap
        covered = sum(bottom < line_high and line_low < top for line_low, line_high in lines)
        outside = bottom < low or top > high
        wrong_side = slot != 0 and labels[index].above != (slot > 0)
        return _OUTSIDE * outside + _OVER_A_LINE * covered + _WRONG_SIDE * wrong_side + abs(slot)

    costs = [{slot: alone(index, slot) for slot in label.slots} for index, label in enumerate(labels)]

    def together(slots: tuple[float, ...]) -> float:
        middles = [level + slot * gap for level, slot in zip(levels, slots, strict=True)]
        close = sum(abs(a - b) < gap * (1 - 1e-9) for a, b in itertools.combinations(middles, 2))
        return _OVER_A_NAME * close + sum(cost[slot] for cost, slot in zip(costs, slots, strict=True))

    best = min(itertools.product(*costs), key=together)
    return [level + slot * gap for level, slot in zip(levels, best, strict=True)]
