"""STEPS: the steps of the tour by their names, in order."""

from collections.abc import Mapping
from types import MappingProxyType

from core.tour.moving_steps import MOVING
from core.tour.seeing_steps import SEEING
from core.tour.step import Step
from core.tour.wrong_steps import WRONG

QUESTION = "Why is my loss negative, and why does my variance look wrong?"
LAST = "own"  # the page after the steps: now your own

STEPS: Mapping[str, Step] = MappingProxyType({step.name: step for step in (*SEEING, *MOVING, *WRONG)})
NAMES = (*STEPS, LAST)


def before_and_after(name: str) -> tuple[str | None, str | None]:
    """The names of the steps before and after one; None at the ends."""
    at = NAMES.index(name)
    return (NAMES[at - 1] if at else None), (NAMES[at + 1] if at + 1 < len(NAMES) else None)
