"""Noise and ignorance with ever more points: Kendall & Gal 2017, arXiv:1703.04977, table 3, in one dimension."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..experiment.experiment import Experiment, bounds_of
from ..training.run import Run
from .measured import Measured, Part, answer_of
from .ways import WAYS, Way

SHARES = (0.5, 1.0, 2.0, 4.0, 8.0)  # of the experiment's own number of points
WAY = "members"


@dataclass(frozen=True)
class OfSize:
    """What a way says when trained on n points: its parts by the place (see `core.ignorance.places`), or why none."""

    n: int
    parts: Mapping[str, Part]
    why: str = ""


def sizes(experiment: Experiment) -> dict[int, Experiment]:
    """The experiment with half, one, two, four and eight times its points, as far as the setting allows."""
    low, high = bounds_of("data.n")
    each = [min(max(round(share * experiment.data.n), low), high) for share in SHARES]
    return {n: experiment.with_settings({"data.n": n}) for n in dict.fromkeys(each)}


def experiments_by_n(experiment: Experiment) -> list[Experiment]:
    """What is trained for all sizes."""
    return [_way().experiment(sized) for sized in sizes(experiment).values()]


def by_n(experiment: Experiment, runs: Mapping[str, Run]) -> list[OfSize]:
    """What members say at each number of points whose run has ended; `runs` by their keys."""
    found = []
    for n, sized in sizes(experiment).items():
        answer = answer_of(_way(), sized, runs)
        if isinstance(answer, Measured):
            found.append(OfSize(n, answer.parts))
        elif answer is not None:
            found.append(OfSize(n, {}, answer))
    return found


def _way() -> Way:
    return WAYS[WAY]
