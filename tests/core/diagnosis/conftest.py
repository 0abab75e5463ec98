"""Small real runs for the tests of findings, each trained once."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from core import Experiment, train
from core.training.run import Run

SMALL = {
    "data.n": 4000,
    "network.layers": "24,24",
    "training.steps": 250,
    "training.batch_size": 128,
    "training.device": "cpu",
}
RUNS = {
    "quick": {},
    "wide": {"noise.scale": 5.0},
    "short": {"training.steps": 20},
    "short raw": {"training.steps": 10, "training.standardise": False, "training.schedule": "constant"},
    "dropout": {"network.dropout": 0.9, "training.steps": 100},
    "high rate": {"training.learning_rate": 1.0, "training.steps": 100},
    "few points": {"data.n": 20, "training.steps": 300},
    "outliers": {"noise.family": "outliers"},
    "posted": {"loss.name": "posted"},
    "posted, short": {"loss.name": "posted", "training.steps": 30},
    "posted, linear": {"loss.name": "posted", "noise.profile": "linear"},
    "posted, σ to both sides": {"loss.name": "posted", "noise.profile": "sine", "noise.scale": 0.8},
    "posted, σ of 5": {"loss.name": "posted", "noise.scale": 5.0},
    "posted as E|r|": {"loss.name": "posted", "loss.reading": "mean_absolute"},
    "posted as Laplace": {"loss.name": "posted", "loss.reading": "laplace_scale"},
    "Laplace": {"loss.name": "laplace_nll", "noise.family": "laplace"},
    "Laplace as variance": {"loss.name": "laplace_nll", "loss.reading": "log_variance", "noise.family": "skewed"},
    "Laplace noise": {"noise.family": "laplace"},
    "wrong sign": {"loss.name": "wrong_sign"},
    "no log term": {"loss.name": "no_log_term"},
    "broadcast": {"loss.name": "broadcast"},
    "learned ν": {"loss.name": "student_t_learned"},
    "clamped": {"loss.name": "clamped"},
    "soft bound": {"loss.bound": "soft", "loss.least_std": 0.5},
    "roomy bound": {"loss.bound": "clamp"},
    "ε": {"loss.bound": "epsilon", "loss.least_std": 0.2},
    # The clamp allows the true σ, but s starts far above it, where it has no gradient to come back.
    "dead clamp": {"loss.bound": "clamp", "loss.least_std": 0.001, "loss.most_std": 0.3},
    "evidential": {"loss.name": "evidential", "noise.scale": 10.0, "loss.evidence_weight": 0.05},
    "long warm-up": {"training.warmup_steps": 240},
    "mixture": {"loss.name": "mixture", "noise.family": "outliers", "training.steps": 1000},
    "no ½ on the residual": {"loss.name": "no_half_residual"},
    "std for a variance": {"loss.name": "std_as_variance"},
    "typed pinball": {"loss.name": "typed", "loss.formula": "max(0.9*r, -0.1*r)*exp(-s) + s"},
    "typed pinball, no s": {"loss.name": "typed", "loss.formula": "max(0.1*r, -0.9*r)"},
    "typed |r|": {"loss.name": "typed", "loss.formula": "abs(r)*exp(-s) + s"},
    "squared": {"loss.name": "squared_error"},
    "squared, short": {"loss.name": "squared_error", "training.steps": 20},
    "squared, linear": {"loss.name": "squared_error", "noise.profile": "linear"},
    "engel": {"data.table": "engel", "network.layers": "16", "training.steps": 300},
    "engel, log": {"data.table": "engel", "data.log_y": True, "network.layers": "16", "training.steps": 300},
    "engel, learned ν": {"data.table": "engel", "loss.name": "student_t_learned", "network.layers": "16"},
    "engel, log, learned ν": {"data.table": "engel", "data.log_y": True, "loss.name": "student_t_learned"},
    "engel, broadcast": {"data.table": "engel", "loss.name": "broadcast", "training.steps": 100},
    "engel, posted": {"data.table": "engel", "network.layers": "16", "loss.name": "posted", "training.steps": 300},
    "engel, overfit": {"data.table": "engel", "data.held_out": 0.5, "training.steps": 800},
}


@pytest.fixture(scope="session")
def run_of() -> Callable[[str], Run]:
    """A run by its name in RUNS or by its settings as in a link, or one that failed, diverged or was stopped."""
    return _run_of


@pytest.fixture(scope="session")
def run_names() -> set[str]:
    return {*RUNS, "failed", "diverged", "stopped"}


@cache
def _run_of(name: str) -> Run:
    if name == "failed":
        return Run.without_steps(Experiment(), "failed", "The worker ran out of memory.")
    if name == "diverged":
        return _diverges_at_zero_residual()
    if name == "stopped":
        experiment = Experiment.from_settings({**SMALL, "training.steps": 500_000})
        return train(experiment, should_stop=lambda: True)
    settings = RUNS[name] if name in RUNS else dict(each.split("=") for each in name.split("&"))
    return train(Experiment.from_settings({**SMALL, **settings}))


def _all_zero(rng: object, x: object, widths: tuple[int, ...]) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(np.zeros((widths[i], widths[i + 1])), np.zeros(widths[i + 1])) for i in range(len(widths) - 1)]


def _diverges_at_zero_residual() -> Run:
    """A head of zeros on y = 0: every residual is exactly zero at the first step."""
    from core.training import start

    experiment = Experiment.from_settings({**SMALL, "loss.name": "posted", "training.standardise": False})
    init = start.INITIALISATIONS[experiment.network.init]
    flat = replace(start.dataset_of_member(experiment, 0), y=np.zeros(4000))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(start, "dataset_of_member", lambda experiment, member: flat)
        zeros = replace(init, one_net=_all_zero)
        patch.setattr(start, "INITIALISATIONS", {experiment.network.init: zeros})
        return train(experiment)
