"""Sound experiments at random: a target, a noise, a loss that suits it, and a recipe that reaches the floor."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from ..data.noise import PROFILES
from ..data.targets import TARGETS
from ..experiment.experiment import Experiment
from ..model.losses import LOSSES
from ..training.run import Run

Settings = dict[str, Any]
Rng = np.random.Generator

SOUND = 0.03  # nats per point: an experiment whose gap is smaller is at its floor
_TRIES = 200

# Losses whose best prediction is the noise itself, or nearly so.
SUITED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "gaussian": (
            *("gaussian_nll", "gaussian_nll", "gaussian_nll", "beta_nll", "faithful", "natural", "gaussian_crps"),
            *("student_t_learned", "evidential", "mixture", "pinball", "squared_error"),
        ),
        "laplace": ("laplace_nll", "absolute_log_variance"),
        "student_t": ("student_t", "student_t_learned"),
        "skewed": ("mixture",),
        "outliers": ("mixture",),
    }
)
_OFTEN_GAUSSIAN = (0.5, 0.15, 0.15, 0.1, 0.1)
_EASY = ("two_sines", "two_sines", "x_sin_x", "cubic", "line", "step")  # Seitzer's sine takes thousands of steps
_NETS = ((32, 64, 128), (64, 64), (32, 32), (50,), (100,), (32, 64))


def drawn(rng: Rng, wanted: Mapping[str, Any]) -> Experiment:
    """A random experiment with the settings `wanted`: the rest is drawn so that it may well reach its floor."""
    target = str(rng.choice(_EASY))
    noise = str(wanted.get("noise.family") or rng.choice(list(SUITED), p=_OFTEN_GAUSSIAN))
    loss = str(wanted.get("loss.name") or rng.choice(SUITED[noise]))
    constant = rng.random() < 0.4 or loss == "squared_error"
    settings: Settings = {
        "data.target": target,
        "data.n": round(between(rng, 1000, 20_000)),
        "data.design": str(rng.choice(["stratified", "uniform", "grid"])),
        "data.seed": int(rng.integers(2**31)),
        "noise.family": noise,
        "noise.profile": "constant" if constant else str(rng.choice(list(PROFILES))),
        "noise.scale": float(f"{TARGETS[target].noise_scale * between(rng, 0.5, 3):.3g}"),
        "network.layers": list(_NETS[rng.integers(len(_NETS))]),
        "network.activation": str(rng.choice(["tanh", "tanh", "silu", "elu", "gelu", "relu"])),
        "network.init": str(rng.choice(["spread", "spread", "spread", "torch"])),
        "network.heads": str(rng.choice(["shared", "shared", "shared", "shared", "separate"])),
        "loss.name": loss,
        "training.optimizer": str(rng.choice(["adam", "adam", "adam", "adam", "adamw"])),
        "training.learning_rate": float(rng.choice([0.005, 0.01, 0.01, 0.02])),
        "training.steps": int(rng.choice([400, 500, 700, 1000])),
        "training.batch_size": int(rng.choice([64, 128, 256])),
        "training.schedule": str(rng.choice(["one_cycle", "one_cycle", "cosine"])),
        "training.seed": int(rng.integers(2**31)),
    }
    return Experiment.from_settings({**settings, **wanted})


def sound_run(rng: Rng, wanted: Mapping[str, Any]) -> Run:
    """A trained run of such an experiment whose gap is below SOUND: others are drawn until one is.

    Raises ValueError where none of _TRIES is, because `wanted` asks for what cannot be learnt.
    """
    from ..training.loop import train  # loads Numba, which drawing does not need

    for _ in range(_TRIES):
        run = train(drawn(rng, wanted))
        if run.status == "done" and run.gap is not None and run.gap < SOUND:
            return run
    raise ValueError(f"none of {_TRIES} experiments with {dict(wanted)} comes to its floor")


def gap_of(run: Run) -> float:
    """Its gap to the truth in nats per point; infinite where it has none, because it diverged."""
    gap = run.gap if run.status == "done" else None
    return float("inf") if gap is None or not np.isfinite(gap) else gap


def true_std(experiment: Experiment) -> tuple[float, float]:
    """The smallest and the largest σ(x) over the range of x, in the unit of y."""
    each = experiment.noise.scale * PROFILES[experiment.noise.profile].shape(np.linspace(0, 1, 1001))
    return float(each.min()), float(each.max())


def spread_of_target(experiment: Experiment) -> float:
    """The standard deviation of the true mean over the range of x, in the unit of y."""
    data = experiment.data
    return float(TARGETS[data.target].function(np.linspace(data.x_min, data.x_max, 1001)).std())


def takes_bound(loss: str, bound: str) -> bool:
    """Whether this loss may have this bound."""
    return bound in LOSSES[loss].bounds


def between(rng: Rng, low: float, high: float) -> float:
    """A number between two others, log-uniform."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
