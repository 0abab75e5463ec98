"""A network's outputs in the unit of y, for arrays of any kind: numpy's, torch's, or the values of a graph."""

from collections.abc import Callable, Sequence
from typing import Any

from ..formulas import read
from ..formulas.program import value
from .row import Loss

Array = Any  # a tensor, an array or another value with arithmetic, whichever `xp` works on


def in_unit(
    xp: Any, row: Loss, outputs: Sequence[Array], shift: Any, scale: Any, log: Callable[[Any], Any]
) -> list[Array]:
    """H outputs (n,) of a net trained on (y − shift)/scale, as outputs for y itself; `Loss.in_unit_of_y` for any `xp`.

    `log` is the logarithm for `scale`, which may be a number.
    """
    names = (*row.symbols, "shift", "scale")
    moved = []
    for output, one in zip(row.outputs, outputs, strict=True):
        if output.in_unit:
            given = dict(zip(names, (*outputs, shift, scale), strict=True))
            moved.append(value(read(output.in_unit, names).put({}), xp, given))
        elif output.is_location:
            moved.append(one * scale + shift)
        elif output.power:
            moved.append(one * scale**output.power)
        else:
            moved.append(one + output.log_power * log(scale) if output.log_power else one)
    return moved
