"""Recipes for a quick fit: the gap to the truth on four targets and noises, median and worst but one of the seeds.

    python -m benchmarks.recipe [--seeds 20]

Points and training take the same seed. The first recipe is the default; each other differs from it as it says. Work is
what a core multiplies: points × steps beside the default's.
"""

import argparse
import statistics
from collections.abc import Mapping
from typing import Any

import numpy as np

from core.experiment.experiment import DEFAULT, Experiment
from core.training.loop import train

PROBLEMS: Mapping[str, Mapping[str, Any]] = {
    "two sines, constant": {},
    "x·sin x, linear": {"data.target": "x_sin_x", "noise.profile": "linear"},
    "cubic, bump": {"data.target": "cubic", "noise.profile": "bump"},
    "step, sine": {"data.target": "step", "noise.profile": "sine"},
}
RECIPES: Mapping[str, Mapping[str, Any]] = {
    "the default: 500 steps of 128": {},
    "400 steps of 128": {"training.steps": 400},
    "320 steps of 256": {"training.steps": 320, "training.batch_size": 256},
    "250 steps of 256": {"training.steps": 250, "training.batch_size": 256},
    "640 steps of 64": {"training.steps": 640, "training.batch_size": 64},
    "640 steps of 128": {"training.steps": 640},
    "2,000 steps of 128": {"training.steps": 2000},
    "rate 0.005": {"training.learning_rate": 5e-3},
    "rate 0.02": {"training.learning_rate": 2e-2},
    "cosine, no warm-up": {"training.schedule": "cosine"},
    "constant rate": {"training.schedule": "constant"},
    "PyTorch's own start": {"network.init": "torch"},
    "SiLU": {"network.activation": "silu"},
    "raw x and y": {"training.standardise": False},
}


def gaps(recipe: Mapping[str, Any], problem: Mapping[str, Any], seeds: int) -> list[float]:
    """The gap of each seed, infinite where a run diverged."""
    experiment = Experiment.from_settings({**problem, **recipe})
    runs = [train(experiment.with_settings({"data.seed": seed, "training.seed": seed})) for seed in range(seeds)]
    return [run.scores["gap"] if run.status == "done" and run.scores["gap"] is not None else np.inf for run in runs]


def work(recipe: Mapping[str, Any]) -> float:
    """Points × steps, of the default's."""
    size, one = DEFAULT.with_settings(recipe).training, DEFAULT.training
    return size.steps * size.batch_size / (one.steps * one.batch_size)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    seeds = parser.parse_args().seeds
    print(f"{'median / worst but one, nats':30} {'work':>5} " + " ".join(f"{name:>20}" for name in PROBLEMS))
    for name, recipe in RECIPES.items():
        cells = []
        for problem in PROBLEMS.values():
            found = sorted(gaps(recipe, problem, seeds))
            cells.append(f"{statistics.median(found):.4f} / {found[-2]:.4f}")
        print(f"{name:30} {work(recipe):5.2f} " + " ".join(f"{cell:>20}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
