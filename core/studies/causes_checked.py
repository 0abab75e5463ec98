"""Words that are claims without a number: causes and headlines, each held against what changing a setting does.

A cause is true if a change of that setting alone, by more than one amount of our own choice, takes a meaningful share
of what the run is above its floor; a cause that training cannot help, if the lowest loss itself costs so much.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from ..experiment.experiment import bounds_of
from ..experiment.settings import InvalidExperiment
from ..model.losses import LOSSES
from ..once import cached_property
from . import own_optima
from .claim_truths import (
    cost_of_bound,
    cost_of_family,
    cost_of_one_std,
    cost_of_penalty,
    coverage,
    dead_share,
    won_by_reading,
)
from .claims_checked import Miss
from .judged_case import Case

Change = Mapping[str, Any]

SHARE = 0.15  # of what a run is above its floor: a change that takes less does not explain it
CLOSE = 0.06  # nats: an excess that is called as low as possible, at most
COSTS = 0.03  # nats: what a cause that is named costs, at least
_MOST_WORK = 2_500_000  # steps × points of a batch in a training


class Retrained:
    """A case trained again with other settings."""

    def __init__(self, case: Case):
        self.case = case

    @cached_property
    def before(self) -> float:
        """Nats by which the run is above its floor; infinite where it diverged."""
        excess = self.case.excess if self.case.run.status == "done" else None
        return np.inf if excess is None else excess

    def after(self, change: Change) -> float:
        """The same with a change; infinite where that cannot be set, or takes too long."""
        from ..training.loop import train

        try:
            experiment = self.case.experiment.with_settings(change)
        except InvalidExperiment:
            return np.inf
        if experiment.training.steps * experiment.training.batch_size > _MOST_WORK:
            return np.inf
        run = train(experiment)
        if run.status != "done":
            return np.inf
        excess = Case(run, self.case.finding).excess
        return 0.0 if excess is None else excess  # without a floor: it has come to its end

    def helps(self, changes: Sequence[Change]) -> bool:
        """Whether one of the changes takes the share SHARE of the excess, or ends a run that diverged."""
        enough = np.inf if np.isinf(self.before) else (1 - SHARE) * self.before
        return any((after := self.after(change)) < np.inf and after <= enough for change in changes)


def _times(path: str, *factors: float) -> Callable[[Case], bool]:
    def check(case: Case) -> bool:
        low, high = bounds_of(path)
        value = case.experiment.value(path)
        each = [min(high, max(low, value * factor)) for factor in factors]
        changes = [{path: round(one) if isinstance(low, int) else one} for one in each]
        return Retrained(case).helps(changes)

    return check


def _set(path: str, *values: Any) -> Callable[[Case], bool]:
    return lambda case: Retrained(case).helps([{path: value} for value in values])


def _unlucky(case: Case) -> bool:
    """Most other seeds do better."""
    retrained, seed = Retrained(case), case.experiment.training.seed
    others = [retrained.after({"training.seed": (seed + 1 + i) % 2**31}) for i in range(5)]
    return bool(np.median(others) <= (1 - SHARE) * retrained.before)


def overfits(case: Case) -> bool:
    """The training loss is at or below the band of the truth, and the loss on new points clearly above the floor."""
    excess = case.excess
    return case.band is not None and excess is not None and case.mean_trained <= case.band[1] and excess >= COSTS


def _mistaken(case: Case) -> bool:
    """The loss is a known mistake, or typed and nowhere sound: no lowest loss, a flat output, a wrong distribution."""
    if LOSSES[case.loss.name].mistake:
        return True
    if case.loss.name != "typed":
        return False
    best = case.gap_at_best(case.settings["reading"])
    return best is None or best >= COSTS or dead_share(case) > 0.5 or not np.isfinite(case.values_at_start).all()


CAUSES_CHECKED: Mapping[str, Callable[[Case], bool]] = MappingProxyType(
    {
        "too_few_steps": _times("training.steps", 4, 12),
        "rate_too_high": _times("training.learning_rate", 1 / 4, 1 / 15, 1 / 60, 1 / 300),
        "rate_too_low": _times("training.learning_rate", 3, 12, 50),
        "net_too_small": _set("network.layers", [48, 48], [96, 96], [32, 64, 128]),
        "too_few_points": _times("data.n", 5, 20),
        "overfitting": overfits,
        "raw_units": _set("training.standardise", True),
        "constant_rate": _set("training.schedule", "one_cycle", "cosine"),
        "dropout": _set("network.dropout", 0.0),
        "weight_decay": _set("training.weight_decay", 0.0),
        "warm_up": _set("training.warmup_steps", 0),
        "unlucky_seed": _unlucky,
        "not_converged": lambda case: _is_above(case),
        "shared_trunk": lambda case: Retrained(case).helps(
            [{"loss.name": "beta_nll", "loss.beta": 0.5}, {"loss.name": "beta_nll", "loss.beta": 1.0},
             {"loss.name": "faithful"}, {"network.heads": "separate"}]
        ),
        "wrong_reading": lambda case: won_by_reading(case) >= COSTS,
        "wrong_family": lambda case: cost_of_family(case) >= COSTS,
        "head": _set("loss.head", "exp"),
        "bound": lambda case: cost_of_bound(case) >= COSTS or Retrained(case).helps([{"loss.bound": "none"}]),
        "epsilon": lambda case: cost_of_bound(case) >= COSTS,
        "regulariser": lambda case: cost_of_penalty(case) >= COSTS,
        "constant_std": lambda case: not case.loss.has_scale and cost_of_one_std(case) >= COSTS,
        "mistake_in_loss": _mistaken,
        "dead_head": lambda case: dead_share(case) >= 0.5,
    }
)  # fmt: skip


def _excess(case: Case) -> float:
    return np.inf if case.excess is None else case.excess


def _is_close(case: Case) -> bool:
    return _excess(case) < CLOSE


def _is_above(case: Case) -> bool:
    return _excess(case) > COSTS


def _never_settles(case: Case) -> bool:
    """There is no lowest loss, or it lies where no output of a net comes."""
    best = case.best(case.x_new[:1])
    return best is None or bool(np.abs(best).max() > 15 * max(1.0, float(np.abs(case.true_mean(case.x)).max())))


def _shortfall(case: Case) -> float:
    """How many standard errors fewer held-out points lie in the 95 % interval than should."""
    n = len(case.run.dataset.y_held_out)
    return (0.95 - coverage(case)) / float(np.sqrt(0.95 * 0.05 / n))


# What a headline or a sentence may say, and whether it is true; a headline of a suspect is its cause's.
SAYINGS: Mapping[str, Callable[[Case], bool]] = MappingProxyType(
    {
        "Your loss is negative, and that is correct": lambda case: case.mean_new < 0 and _is_close(case),
        "As low as this noise allows": _is_close,
        "No retraining needed": lambda case: not case.known or _is_close(case),
        "The loss is fine": lambda case: not case.known or _is_close(case),
        "The formula is fine": _is_close,
        "the variance is read wrongly": lambda case: won_by_reading(case) >= COSTS,
        "The variance is read wrongly": lambda case: won_by_reading(case) >= COSTS,
        "The mean is learned": lambda case: _is_close(case) and not case.loss.has_scale,
        "At its floor": _is_close,
        "The noise has a different shape": lambda case: cost_of_family(case) >= COSTS,
        "but the noise has a different shape": lambda case: cost_of_family(case) >= COSTS,
        "Negative, but": lambda case: case.mean_new < 0,
        "bove its floor": _is_above,
        "Overfitting": lambda case: not case.known or overfits(case),
        "it overfits": overfits,
        "it is not fully trained": _is_above,
        "This loss has no minimum": lambda case: case.loss.name in own_optima.NEVER or _never_settles(case),
        "This loss is lowest at infinity": _never_settles,
        "The predicted std is stuck at its limit": lambda case: cost_of_bound(case) >= COSTS,
        "ε inside the loss makes the variance too large": lambda case: cost_of_bound(case) >= COSTS,
        "The penalty in the loss keeps it away from the truth": lambda case: cost_of_penalty(case) >= COSTS,
        "Every point is compared with every other": lambda case: case.loss.name == "broadcast",
        "The second output has no gradient": lambda case: dead_share(case) >= 0.5,
        "A mistake in the loss": _mistaken,
        "The first output is not a mean": lambda case: abs(case.off_mean_at_best) > 0.05,
        "The training diverged": lambda case: case.run.status == "diverged",
        "The training failed": lambda case: case.run.status == "failed",
        "Stopped before the end": lambda case: case.run.status == "stopped",
        "Trained, but without a score": lambda case: not np.isfinite(case.run.on_held_out).all(),
        "The scatter": lambda case: not case.known and _shortfall(case) <= 3,
        "The predicted std is too small for new points": lambda case: _shortfall(case) > 3,
    }
)


# Of these the truth of the points need not be known.
_OF_TABLES = (
    "The training diverged", "The training failed", "Stopped before the end", "Every point is compared",
    "The scatter", "The predicted std is too small for new points",
)  # fmt: skip


def false_words(case: Case) -> list[Miss]:
    """The sayings and the first two causes of a verdict that are not true."""
    text = f"{case.finding.headline}. {case.finding.sentence}"
    said = [words for words in SAYINGS if words in text and (case.known or words in _OF_TABLES)]
    found = [Miss("saying", words, "not so") for words in said if not SAYINGS[words](case)]
    for cause in case.finding.causes[:2] if case.known else ():
        if not CAUSES_CHECKED[cause.name](case):
            found.append(Miss("cause", cause.name, "a change of it does not help"))
        if cause.nats is not None and cause.nats > (most := _most(case)):
            found.append(Miss("price", f"{cause.name} {cause.nats:.3g}", f"{most:.3g} in all"))
    return found


def _most(case: Case) -> float:
    """Nats that no cause can cost more than: the gap of the run or of its lowest loss, or the excess over the floor."""
    gaps = case.own_gap, case.gap_at_best(case.settings["reading"]), case.excess
    each = [value for value in gaps if value is not None and np.isfinite(value)]
    return 1.05 * max(each) + 0.03 if each else np.inf


def is_checked(case: Case) -> bool:
    """Whether there is something to hold the headline against: a saying, or the cause that it names."""
    return bool(case.finding.causes) or any(words in case.finding.headline for words in SAYINGS)
