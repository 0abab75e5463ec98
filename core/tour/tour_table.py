"""STEPS: the steps of the tour by their names, in the order of its contents."""

from collections.abc import Mapping
from types import MappingProxyType

from .moving_steps import MOVING
from .seeing_steps import SEEING
from .step import Step
from .wrong_steps import WRONG

STEPS: Mapping[str, Step] = MappingProxyType({step.name: step for step in (*SEEING, *MOVING, *WRONG)})
