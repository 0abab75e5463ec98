"""The pair of runs that Compare shows before a person has pinned one."""

from dataclasses import dataclass

from ..experiment.experiment import Experiment
from ..experiment.presets import OPENING, PAIRS, PRESETS, Pair
from .cost import is_quick

EXAMPLE = "posted-beside-right"  # of PAIRS


@dataclass(frozen=True)
class ExamplePair:
    """Two experiments to look at; `on_own_data` says whether they are the person's own experiment with changes."""

    row: Pair
    left: Experiment
    right: Experiment
    on_own_data: bool

    @property
    def words(self) -> str:
        """Why this pair is shown, and what it is made of."""
        on = "your experiment" if self.on_own_data else f"the preset “{PRESETS[OPENING].label}”"
        return f"Nothing is pinned yet. This example is {on}, trained with two losses. {self.row.why}"


def example_pair(experiment: Experiment) -> ExamplePair:
    """The example on the experiment's own points; on the opening preset where training would take long."""
    row = PAIRS[EXAMPLE]
    left, right = experiment.with_settings(row.left), experiment.with_settings(row.right)
    if is_quick(left) and is_quick(right):
        return ExamplePair(row, left, right, True)
    base = PRESETS[OPENING].experiment
    return ExamplePair(row, base.with_settings(row.left), base.with_settings(row.right), False)
