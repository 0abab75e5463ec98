"""What ways say on data with a gap, measured against the truth: among the points, in the gap, and outside."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ..evaluation.truth import coverage
from ..experiment.build import dataset_of
from ..experiment.experiment import Experiment
from ..training.run import Run
from .places import Places
from .told import CannotTell, Told
from .ways import WAYS, Way

LEVEL = 0.95

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Part:
    """What a way says in one part of x, beside the truth.

    coverage: the share of new points inside the 95 % intervals, a mean over x, by the law of the noise; noise,
    ignorance, sharpness: the root mean of the aleatoric, the epistemic and the total variance, in the unit of y;
    true_noise: that of the true variance; error: root mean squared distance of the predicted from the true mean.
    """

    coverage: float
    noise: float
    ignorance: float
    sharpness: float
    true_noise: float
    error: float


@dataclass(frozen=True, eq=False)
class Measured:
    """A way's answer at all places, its parts, and the seconds of its training and of one prediction there.

    `lost` is the number of its nets that diverged: the others answer.
    """

    way: Way
    told: Told
    parts: Mapping[str, Part]
    trained_s: float
    predicted_s: float
    lost: int = 0


@lru_cache(maxsize=64)  # a page asks again each time it is drawn
def measured(name: str, run: Run) -> Measured:
    """Ask a way, by its name in WAYS, for all places of a run whose points leave a gap.

    Raises CannotTell where it has no answer, or one that is not finite.
    """
    way, places = WAYS[name], Places.of(run.experiment)
    with np.errstate(all="ignore"):  # what is not finite is refused
        return _measured(way, run, places)


def _measured(way: Way, run: Run, places: Places) -> Measured:
    began = time.perf_counter()
    told = way.tell(run, places.x)
    seconds = time.perf_counter() - began
    if not np.isfinite([told.parts.total, np.asarray(told.predictive.mean)]).all():
        raise CannotTell("Its mean or its variance is not finite at some of the places.")
    truth = dataset_of(run.experiment).truth
    if truth is None:
        raise ValueError("the truth of these points is not known")
    mean, std = truth.mean(places.x), truth.std(places.x)
    covered = coverage(told.predictive, places.x, truth, LEVEL)
    error = (np.asarray(told.predictive.mean) - mean) ** 2

    def part(at: NDArray[np.bool_]) -> Part:
        noise, ignorance, total = (_root(each[at]) for each in told.parts)
        return Part(float(np.mean(covered[at])), noise, ignorance, total, _root(std[at] ** 2), _root(error[at]))

    lost = len(run.each) - len(run.predicting)
    parts = {name: part(at) for name, at in places.where.items()}
    return Measured(way, told, MappingProxyType(parts), run.seconds, seconds, lost)


def _root(variances: Array) -> float:
    return float(np.sqrt(np.mean(variances)))


def all_experiments(experiment: Experiment) -> list[Experiment]:
    """What all ways that apply train for an experiment, each once, in the order of WAYS."""
    every = [way.experiment(experiment) for way in WAYS.values() if not way.why_not(experiment)]
    return list({each.key: each for each in every}.values())


def answers(experiment: Experiment, runs: Mapping[str, Run]) -> dict[str, Measured | str]:
    """What each way says by its name, or in one sentence why it has no answer; one that waits for its run is left out.

    `runs` are those that have ended, by their keys.
    """
    found = {name: answer_of(way, experiment, runs) for name, way in WAYS.items()}
    return {name: answer for name, answer in found.items() if answer is not None}


def answer_of(way: Way, experiment: Experiment, runs: Mapping[str, Run]) -> Measured | str | None:
    """What one way says, or why it has no answer; None while it waits for its run."""
    if words := way.why_not(experiment):
        return words
    run = runs.get(way.experiment(experiment).key)
    if run is None or run.status == "stopped":
        return None
    if run.status != "done" or not run.has_curve:
        return f"Its training did not finish. {run.message}".strip()
    try:
        return measured(way.name, run)
    except CannotTell as reason:
        return str(reason)
