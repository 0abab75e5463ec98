"""What would have helped: a run trained again with one setting changed, for each suspect that half a second affords."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import numpy as np

from ...experiment.experiment import Experiment
from ...experiment.settings import InvalidExperiment
from ...training.cost import START_S, estimated_seconds
from ...training.run import Run
from .evidence import Evidence
from .suspects import DIVERGED, ODD, SEED, SUSPECTS, Settings, Suspect

# Estimated training time, by which alone it is decided what is tried: the same run has the same verdict everywhere.
BUDGET_S = 0.36  # of all counterfactuals of a quick run together; of a longer run more, in proportion
EACH_S, MOST_EACH_S = 0.13, 0.35  # of one, for a quick run and for a long one: beyond, it is cut to fewer steps
ENOUGH = 3  # changes that bring the run to its floor
MOST_SEEDS = 2  # of three other seeds: so many must solve it before this one is called unlucky
FEWEST_STEPS = 200  # to which it is cut
SOLVES = 0.3  # a change that leaves this share of the excess explains it
HELPS = 0.4  # a change that wins less of it is not named: of a dozen changes one wins 20 % by luck
FASTEST = {"training.stepper": "auto", "training.device": "cpu"}  # a page must not wait for PyTorch or a GPU
CONFIRMED = 2  # changes that are tried once more, at most
OTHER_SEED = 1 << 20
AT_FLOOR = 0.05  # nats: an excess that counts as none, ten times that of the quick run

_before_each: ContextVar[Callable[[], None]] = ContextVar("before_each", default=lambda: None)


@contextmanager
def before_each(call: Callable[[], None]) -> Iterator[None]:
    """Inside, `call` is called before each training of this thread. It may let others go first, or raise to end all."""
    token = _before_each.set(call)
    try:
        yield
    finally:
        _before_each.reset(token)


def _trained(experiment: Experiment) -> Run:
    """A run without a film, which nobody looks at."""
    from ...training.loop import train  # loads Numba, which a verdict without a counterfactual does not need

    _before_each.get()()
    return train(experiment, filmed=False)


@dataclass(frozen=True)
class Gain:
    """A change that was tried: the suspect, its settings, the nats that it won, and those still above the floor.

    `steps` are those that it was cut to, because as many as the run's would have taken too long; None if it was not.
    `run` is the training with the change.
    """

    suspect: Suspect
    settings: Settings
    won: float
    left: float
    run: Run
    steps: int | None = None

    def solves(self, excess: float) -> bool:
        """Whether the change explains an excess."""
        return self.left <= max(AT_FLOOR, SOLVES * excess)


def gains(evidence: Evidence, overfits: bool) -> tuple[Gain, ...]:
    """The changes that win a share of HELPS and more of what the run is above its floor, the likeliest cause first.

    Of changes that explain the excess, one of an unusual setting goes first, then another seed (for then the settings
    work as they are), then the larger gain. Once a change of an unusual setting brings the run to its floor, or several
    do, no other is tried.
    """
    excess, helps = evidence.above_floor or 0.0, []
    left = BUDGET_S / EACH_S * _each(evidence.run.experiment)
    for suspect in SUSPECTS:
        if suspect.overfits not in (None, overfits):
            continue
        tried, cost = _tried(evidence, suspect, excess, left)
        left -= cost
        if tried is not None and tried.won >= HELPS * excess:
            helps.append(tried)
            at_floor = sum(each.left < AT_FLOOR for each in helps)
            if at_floor >= ENOUGH or (suspect.rank == ODD and tried.left < AT_FLOOR):
                break
    ranked = sorted(helps, key=lambda gain: (not gain.solves(excess), gain.suspect.rank, -gain.won))
    return _confirmed(evidence, ranked, excess)


def _confirmed(evidence: Evidence, ranked: list[Gain], excess: float) -> tuple[Gain, ...]:
    """The changes from the first one on that does as well with another training seed: a seed has luck of its own."""
    for i, gain in enumerate(ranked[:CONFIRMED]):
        again = gain.run.experiment
        if gain.suspect.rank == SEED:
            return tuple(ranked[i:])  # it was tried with several
        run = _trained(again.with_settings({"training.seed": again.training.seed ^ OTHER_SEED}))
        left = evidence.excess_of(run) if run.has_curve else np.inf
        most = max(AT_FLOOR, SOLVES * excess) if gain.solves(excess) else (1 - HELPS) * excess
        if left <= most:
            return tuple(ranked[i:])
    return tuple(ranked[CONFIRMED:])


def what_ends(evidence: Evidence) -> tuple[Suspect, Settings] | None:
    """The first change with which a run that diverged comes to its end, or as far as the time allows; None if none."""
    experiment = evidence.run.experiment.with_settings(FASTEST)
    for suspect in DIVERGED:
        for change in suspect.changes(experiment):
            try:
                changed = experiment.with_settings(change)
            except InvalidExperiment:  # a rate below the least
                continue
            tried = _cut(changed, _each(experiment)) or changed.with_settings({"training.steps": FEWEST_STEPS})
            if _trained(tried).status == "done":
                return suspect, change
    return None


def _tried(evidence: Evidence, suspect: Suspect, excess: float, budget: float) -> tuple[Gain | None, float]:
    """What a suspect's change wins, and its estimated cost; None if not tried. Of other seeds most must solve it."""
    experiment = evidence.run.experiment.with_settings(FASTEST)
    changes = suspect.changes(experiment)
    each = min(_each(experiment), budget / max(1, min(2, len(changes))))
    cut = [_cut(experiment.with_settings(change), each) for change in changes]
    if not cut or None in cut:
        return None, 0.0
    runs, left, solved = [], [], 0
    for changed in cut:
        assert changed is not None
        runs.append(_trained(changed))
        left.append(evidence.excess_of(runs[-1]) if runs[-1].has_curve else np.inf)
        solved += left[-1] <= max(AT_FLOOR, SOLVES * excess)
        if suspect.rank == SEED and (solved == MOST_SEEDS or len(left) - solved == MOST_SEEDS):
            break
    cost = sum(estimated_seconds(run.experiment) for run in runs)
    if suspect.rank == SEED and solved < MOST_SEEDS:
        return None, cost
    best = int(np.argmin(left))
    settings, steps = dict(changes[best]), runs[best].experiment.training.steps
    shorter = steps < experiment.training.steps and "training.steps" not in settings
    if "training.steps" in settings:
        settings = {"training.steps": steps}
    return Gain(suspect, settings, excess - left[best], left[best], runs[best], steps if shorter else None), cost


def _each(experiment: Experiment) -> float:
    """The time for one change: as long as the run itself took, within limits."""
    return float(np.clip(estimated_seconds(experiment), EACH_S, MOST_EACH_S))


def _cut(experiment: Experiment, budget: float) -> Experiment | None:
    """An experiment with as many of its steps as the time allows; None if these are too few to tell anything."""
    seconds = estimated_seconds(experiment)
    if seconds <= budget:
        return experiment
    steps = int(experiment.training.steps * (budget - START_S) / (seconds - START_S))
    return experiment.with_settings({"training.steps": steps}) if steps >= FEWEST_STEPS else None
