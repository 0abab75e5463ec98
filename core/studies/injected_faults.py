"""FAULTS: ways to spoil a sound experiment by one known fault, a row for each cause that a verdict may name of a run.

A sound experiment is drawn and trained; it reaches its floor. One thing is changed in it. The fault counts only if it
matters: the gap to the truth grows by a stated number of nats. Else others are drawn. All follows from the seed.
"""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from ..experiment.experiment import Experiment
from ..model.losses import LOSSES
from ..training.run import Run
from .sound_experiments import Rng, between, gap_of, sound_run
from .spoilt_experiments import (
    EVIDENTIAL,
    GAUSSIAN,
    MATTERS,
    READABLE,
    Pair,
    a_mistake,
    another_family,
    another_reading,
    changed,
    flat_output,
    large_epsilon,
    not_gaussian,
    one_of,
    times,
    too_tight_bound,
    unlucky_seed,
    varying_noise,
)

NONE = "none"
_TRIES = 200


@dataclass(frozen=True)
class Fault:
    """One way to spoil an experiment: `pair` draws a sound run and the same with the fault, or None where it cannot.

    `cause` is its name in CAUSES, and `least` what it must cost, in nats per point, to count.
    """

    cause: str
    pair: Callable[[Rng], Pair | None]
    least: float = MATTERS


@dataclass(frozen=True)
class Injected:
    """A run with a known fault beside its sound twin; `nats` is what the fault costs, infinite where it diverged."""

    cause: str
    seed: int
    sound: Run
    faulty: Run

    @property
    def nats(self) -> float:
        """The gap of the faulty run less that of its twin, nats per point."""
        return gap_of(self.faulty) - gap_of(self.sound)

    @property
    def names(self) -> frozenset[str]:
        """The causes that name this fault rightly: its own, and what is the same thing in this experiment."""
        same = {row.also for row in SAME if row.cause == self.cause and row.holds(self.faulty.experiment)}
        return frozenset({self.cause}) | same


@dataclass(frozen=True)
class Same:
    """Two names of one fault: where `holds`, `also` is as right as `cause`, and `why` says so."""

    cause: str
    also: str
    holds: Callable[[Experiment], bool]
    why: str


def inject(cause: str, seed: int) -> Injected:
    """A run with this fault ("none": a sound run as its own twin); the same seed gives the same run.

    Raises KeyError where FAULTS has no such cause, ValueError where no fault that matters was found.
    """
    fault = FAULTS[cause]
    rng = np.random.default_rng([seed, zlib.crc32(cause.encode())])
    for _ in range(_TRIES):
        pair = fault.pair(rng)
        if pair is not None and (found := Injected(cause, seed, *pair)).nats >= fault.least:
            return found
    raise ValueError(f"none of {_TRIES} experiments is spoilt by {cause}")


_ROWS = (
    Fault("too_few_steps", changed(times("training.steps", 0.01, 0.2))),
    Fault("rate_too_high", changed(times("training.learning_rate", 5, 100))),
    Fault("rate_too_low", changed(times("training.learning_rate", 1e-4, 0.1))),
    Fault("net_too_small", changed(one_of("network.layers", [1], [2], [3], [1, 1], [2, 2]))),
    Fault("overfitting", changed(lambda rng, experiment: {"data.n": round(between(rng, 12, 150))})),
    Fault("raw_units", changed(one_of("training.standardise", False))),
    Fault("wrong_family", changed(another_family, not_gaussian), 0.07),
    Fault("wrong_reading", changed(another_reading, lambda rng: READABLE[rng.integers(len(READABLE))])),
    Fault("bound", changed(too_tight_bound)),
    Fault("epsilon", changed(large_epsilon, lambda rng: {"loss.name": str(rng.choice(["gaussian_nll", "beta_nll"])),
                                                     "noise.family": "gaussian"})),
    # However large its weight, it costs no more than some 0.09 nats: α goes to 1, and the t to two degrees of freedom.
    Fault("regulariser", changed(one_of("loss.evidence_weight", 0.3, 0.5, 1.0), lambda rng: EVIDENTIAL), 0.05),
    Fault("mistake_in_loss", changed(a_mistake, lambda rng: GAUSSIAN)),
    Fault("dead_head", changed(flat_output, lambda rng: GAUSSIAN)),
    Fault("constant_std", changed(one_of("loss.name", "squared_error"), varying_noise)),
    Fault("unlucky_seed", unlucky_seed),
    Fault("dropout", changed(one_of("network.dropout", 0.1, 0.2, 0.3, 0.5))),
    Fault("weight_decay", changed(one_of("training.weight_decay", 0.1, 0.2, 0.5, 1.0))),
    Fault("warm_up", changed(lambda rng, experiment: {
        "training.warmup_steps": round(experiment.training.steps * rng.uniform(0.9, 1))
    }, lambda rng: {"loss.name": str(rng.choice(["gaussian_nll", "beta_nll"])), "noise.family": "gaussian"})),
    Fault(NONE, lambda rng: (run := sound_run(rng, {}), run), 0.0),
)  # fmt: skip

FAULTS: Mapping[str, Fault] = MappingProxyType({row.cause: row for row in _ROWS})

SAME: tuple[Same, ...] = (
    Same(
        "mistake_in_loss",
        "wrong_reading",
        lambda experiment: len(LOSSES[experiment.loss.name].readings) > 1,
        "another reading says what this loss learns, so that the slip is one of the loss or of its reading",
    ),
    Same(
        "wrong_reading",
        "mistake_in_loss",
        lambda experiment: bool(LOSSES[experiment.loss.name].mistake),
        "the loss is one of the mistakes, and this reading the one that makes it so",
    ),
    Same(
        "mistake_in_loss",
        "dead_head",
        lambda experiment: experiment.loss.name in ("relu_variance", "clamped"),
        "the mistake is a ReLU or a clamp, outside which the output has no gradient",
    ),
    Same(
        "mistake_in_loss",
        "bound",
        lambda experiment: experiment.loss.name == "clamped",
        "the mistake is a clamp on s, a bound on the standard deviation",
    ),
    Same(
        "dead_head",
        "bound",
        lambda experiment: True,
        "the clamp, set or typed, is both the bound and what takes the gradient away",
    ),
    Same(
        "dead_head",
        "mistake_in_loss",
        lambda experiment: experiment.loss.name == "typed",
        "the flat stretch is typed into the loss",
    ),
)
