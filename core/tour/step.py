"""What a step of the tour is: one row of the table in `tour_table`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from ..charts.drawing import Drawing, Style
from ..diagnosis.finding import Finding
from ..experiment.experiment import Experiment
from ..training.run import Run
from .contents import TITLES


class Seen(NamedTuple):
    """What a step shows now: the value of its control, and the finished run of each of its experiments."""

    value: Any
    runs: tuple[Run, ...]

    @property
    def run(self) -> Run:
        """The run that the chart and the sentence are of: the last one."""
        return self.runs[-1]


@dataclass(frozen=True)
class Control:
    """The one control of a step: its values in order with their labels.

    kind: "choose" (buttons), "slide" (a slider over the values) or "film" (play and scrub; it has no values).
    """

    kind: Literal["choose", "slide", "film"]
    label: str
    options: Mapping[Any, str]
    default: Any

    def __post_init__(self) -> None:
        if self.default not in self.options:
            raise ValueError(f"control {self.label}: its default {self.default!r} is not among its values")


@dataclass(frozen=True)
class Question:
    """A question to a class, and the function that answers it from the runs shown: with claims, as any sentence."""

    ask: str
    answer: Callable[[Seen], Finding]


@dataclass(frozen=True)
class Step:
    """One step of the tour.

    name: in its link, and of its heading in the contents. control: the one thing to move.
    experiments: what it trains for a value of the control; the last is the one shown.
    said: its one sentence, from the runs shown.
    draw: its chart. shows: what a screen reader says the chart is; the sentence says what is seen in it.
    stays: a second chart, of what does not move with the control, and what a screen reader says that is.
    questions: two, to ask a class.
    """

    name: str
    control: Control
    experiments: Callable[[Any], tuple[Experiment, ...]]
    said: Callable[[Seen], Finding]
    draw: Callable[[Seen, Style], Drawing]
    shows: str
    questions: tuple[Question, Question]
    stays: tuple[Callable[[Seen, Style], Drawing], str] | None = None

    @property
    def title(self) -> str:
        """Its heading."""
        return TITLES[self.name]
