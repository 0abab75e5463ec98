"""The formula of a loss as a list of torch functions: the laboratory's own program, as `torch.compile` can read it.

`core.model.losses` works a loss out in numpy and torch alike. That code reads its program number by number. Here the
program is read once, and only the steps that training needs are kept.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..model.bounds import BOUNDS
from ..model.formulas import interpreter as code
from ..model.formulas.operations import OPS
from ..model.losses import Loss
from .by_hand import BY_HAND, half_step

_APPLY = {op.code: op.apply for op in OPS.values()}
_Step = tuple[Callable[..., Any] | None, int, int, float]  # None: a constant


@dataclass(frozen=True)
class Plan:
    """What is worked out per point: y and the outputs within their bound, the head, and the steps of the formula.

    `ranges` has (low, high) for each output that a bound keeps within limits, else None. `steps` each take two earlier
    rows and a constant; the value is the sum of the rows `ends`. A loss by hand has
    `whole` in their place.
    """

    ranges: tuple[tuple[float, float] | None, ...]
    within: Callable[..., Tensor] | None
    observed: Callable[..., Tensor] | None
    epsilon: float
    steps: tuple[_Step, ...]
    ends: tuple[int, ...]
    whole: Callable[[Tensor, Sequence[Tensor], Sequence[float]], Tensor] | None
    values: tuple[float, ...]
    offset: float

    @classmethod
    def of(cls, loss: Loss, *, trained: bool) -> "Plan":
        """The plan of a row: of what training makes small if `trained`, else of the value that is shown."""
        bound, limits = BOUNDS[loss.limits.bound], loss.limits
        # A head stands in the program of a loss that takes what the net itself gives.
        row = loss.in_training_units(0.0, 1.0)
        ranges = zip(limits.low, limits.high, strict=True)
        steps, ends = (
            ((), ()) if row.by_hand is not None else _steps(row.numbers, len(row.outputs) + 2, trained=trained)
        )
        return cls(
            tuple((low, high) if np.isfinite(low) else None for low, high in ranges),
            bound.within,
            bound.observed,
            limits.epsilon,
            steps,
            ends,
            None if row.by_hand is None else BY_HAND[row.name],
            row.values,
            loss.offset,
        )

    def bounded(self, outputs: Sequence[Tensor]) -> Sequence[Tensor]:
        """The outputs within their limits."""
        if self.within is None:
            return outputs
        pairs = zip(outputs, self.ranges, strict=True)
        return [each if ends is None else self.within(torch, each, *ends) for each, ends in pairs]

    def __call__(self, y: Tensor, outputs: Sequence[Tensor]) -> Tensor:
        """The value per point, of the shape of y."""
        if self.observed is not None:
            y = self.observed(torch, y, outputs[0], self.epsilon)
        outputs = self.bounded(outputs)
        total = self._of_steps(y, outputs) if self.whole is None else self.whole(y, outputs, self.values)
        return total - self.offset if self.offset else total

    def _of_steps(self, y: Tensor, outputs: Sequence[Tensor]) -> Tensor:
        rows: list[Any] = [*outputs, y - outputs[0], y]
        for apply, a, b, constant in self.steps:
            rows.append(constant if apply is None else apply(torch, rows[a], rows[b], constant))
        first, *others = self.ends
        total = rows[first]
        for end in others:
            total = total + rows[end]
        return total if isinstance(total, Tensor) else torch.full_like(y, total)


def _steps(program: Sequence[float], given: int, *, trained: bool) -> tuple[tuple[_Step, ...], tuple[int, ...]]:
    """The steps of a program up to the last that is needed, and the rows that are added up."""
    *terms, objective = (int(row) for row in program[1 : code.HEAD])
    ends = [objective] if trained and objective >= 0 else [row for row in terms if row >= 0]
    steps: list[_Step] = []
    for at in range(code.HEAD, len(program), code.WIDTH):
        which, a, b, constant = program[at : at + code.WIDTH]
        if which == code.NUMBER:
            steps.append((None, 0, 0, constant))
        elif which == code.EXP:
            steps.append((_exp if constant == 1 else _exp_of_multiple, int(a), 0, constant))
        else:
            steps.append((_OWN.get(int(which), _APPLY[int(which)]), int(a), max(0, int(b)), constant))
    return _needed(steps, ends, given)


def _needed(steps: list[_Step], ends: list[int], given: int) -> tuple[tuple[_Step, ...], tuple[int, ...]]:
    """The steps that the ends depend on, numbered anew behind the rows that are given."""
    wanted = set(ends)
    for place in reversed(range(len(steps))):
        if given + place in wanted:
            wanted |= set(steps[place][1:3])
    kept = [place for place in range(len(steps)) if given + place in wanted]
    new = {place: place for place in range(given)} | {given + old: given + at for at, old in enumerate(kept)}
    short = [(apply, new[a], new[b], constant) for apply, a, b, constant in (steps[place] for place in kept)]
    return tuple(short), tuple(new[end] for end in ends)


def _exp(xp: Any, x: Tensor, _: Any, constant: float) -> Tensor:
    return torch.exp(x)


def _exp_of_multiple(xp: Any, x: Tensor, _: Any, constant: float) -> Tensor:
    return torch.exp(-x if constant == -1 else x * constant)


def _power(xp: Any, x: Tensor, _: Any, constant: float) -> Tensor:
    return x * x if constant == 2 else x**constant  # the same number, and a faster derivative


_OWN = {code.POWER: _power, code.HALF_STEP: half_step}
