"""STEPS: the steps of the tour by their names, in the order of its contents."""

from collections.abc import Mapping
from types import MappingProxyType

from core.tour.moving_steps import MOVING
from core.tour.seeing_steps import SEEING
from core.tour.step import Step
from core.tour.wrong_steps import WRONG

STEPS: Mapping[str, Step] = MappingProxyType({step.name: step for step in (*SEEING, *MOVING, *WRONG)})
