"""Experiments of every kind at random, sound or not: what verdicts have to be true of."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..data.dataset import DESIGNS
from ..data.noise import NOISES, PROFILES
from ..data.tables.shipped import TABLES
from ..data.targets import TARGETS
from ..experiment.experiment import Experiment
from ..experiment.loss_settings import loss_of
from ..model.losses import LOSSES
from ..model.networks import ACTIVATIONS
from ..model.schedules import OPTIMIZERS, SCHEDULES
from .own_losses import TYPED
from .sound_experiments import Rng, between

_MOST_WORK = 200_000  # steps × points of a batch: a training of half a second at most
_REAL = 0.04  # share of the experiments on real tables
# Points lie everywhere in the range: elsewhere a net has nothing to learn from, which is no fault of its training.
_EVEN_DESIGNS = [name for name, design in DESIGNS.items() if not design.isolated and design.gap is None]


def random_experiment(seed: int) -> Experiment:
    """The experiment of a seed: any target, noise, network, loss, reading and recipe."""
    rng = np.random.default_rng([seed, 18])
    experiment = Experiment.from_settings({**_data(rng), **_network(rng), **_recipe(rng)})
    experiment = experiment.with_settings(_loss(rng, experiment))
    if rng.random() < 0.3:
        readings = loss_of(experiment.loss).readings
        experiment = experiment.with_settings({"loss.reading": str(rng.choice(readings))})
    return experiment


def _round(value: float) -> float:
    return float(f"{value:.3g}")


def _data(rng: Rng) -> dict[str, Any]:
    seed = {"data.seed": int(rng.integers(2**31))}
    if rng.random() < _REAL:
        return {**seed, "data.table": str(rng.choice(list(TABLES)))}
    target = str(rng.choice(list(TARGETS)))
    return {
        **seed,
        "data.target": target,
        "data.n": round(between(rng, 10, 20_000)),
        "data.design": str(rng.choice(_EVEN_DESIGNS)),
        "noise.family": str(rng.choice(list(NOISES))),
        "noise.profile": str(rng.choice(list(PROFILES))),
        "noise.scale": _round(TARGETS[target].noise_scale * between(rng, 0.2, 10)),
    }


def _network(rng: Rng) -> dict[str, Any]:
    layers = [int(rng.choice([1, 2, 4, 8, 16, 32, 64])) for _ in range(rng.integers(1, 4))]
    return {
        "network.layers": [32, 64, 128] if rng.random() < 0.4 else layers,
        "network.activation": str(rng.choice(list(ACTIVATIONS))),
        "network.heads": str(rng.choice(["shared", "shared", "separate"])),
        "network.init": str(rng.choice(["spread", "torch"])),
        "network.dropout": float(rng.choice([0.1, 0.3])) if rng.random() < 0.1 else 0.0,
    }


def _recipe(rng: Rng) -> dict[str, Any]:
    batch = int(rng.choice([8, 32, 128, 256]))
    usual = rng.random() < 0.5
    return {
        "training.batch_size": batch,
        "training.steps": 500 if usual else round(between(rng, 20, min(3000, _MOST_WORK / batch))),
        "training.learning_rate": 0.01 if usual else _round(between(rng, 1e-4, 0.3)),
        "training.schedule": str(rng.choice(list(SCHEDULES))),
        "training.optimizer": str(rng.choice(list(OPTIMIZERS), p=[0.8, 0.1, 0.1])),
        "training.standardise": bool(rng.random() < 0.85),
        "training.weight_decay": 0.1 if rng.random() < 0.05 else 0.0,
        "training.seed": int(rng.integers(2**31)),
    }


def _loss(rng: Rng, experiment: Experiment) -> dict[str, Any]:
    name = "gaussian_nll" if rng.random() < 0.2 else str(rng.choice(list(LOSSES)))
    bounds = LOSSES[name].bounds
    scale = experiment.noise.scale
    settings: dict[str, Any] = {"loss.name": name, "loss.offset": 17.2 if rng.random() < 0.05 else 0.0}
    if len(bounds) > 1 and rng.random() < 0.25:
        least = _round(min(90, max(1e-3, scale * between(rng, 0.1, 3))))
        most = _round(min(1000, least * between(rng, 3, 100)))
        bound = str(rng.choice([bound for bound in bounds if bound != "none"]))
        settings |= {"loss.bound": bound, "loss.least_std": least, "loss.most_std": most}
    parameters = _PARAMETERS.get(name)
    return settings if parameters is None else {**settings, **parameters(rng)}


_PARAMETERS: dict[str, Callable[[Rng], dict[str, Any]]] = {
    "beta_nll": lambda rng: {"loss.beta": _round(rng.uniform(0, 1))},
    "student_t": lambda rng: {"loss.nu": _round(between(rng, 2.5, 30))},
    "mixture": lambda rng: {"loss.components": int(rng.integers(1, 5))},
    "evidential": lambda rng: {"loss.evidence_weight": float(rng.choice([0, 0.01, 0.1, 1]))},
    "pinball": lambda rng: {"loss.levels": [[0.05, 0.25, 0.5, 0.75, 0.95], [0.1, 0.5, 0.9]][rng.integers(2)]},
    "typed": lambda rng: {"loss.formula": str(rng.choice(list(TYPED)))},
}
