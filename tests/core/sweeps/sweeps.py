"""Small sweeps that the tests of sweeps share, and stand-ins for nothing: all of them are trained."""

from core.experiment.experiment import Experiment
from core.sweeps.sweep import Sweep

BASE = Experiment.from_settings({"data.n": 200, "training.steps": 20})


def small(seeds: int = 2, **more: object) -> Sweep:
    """Two losses and two σ: four points."""
    grid = {"loss.name": ("gaussian_nll", "beta_nll"), "noise.scale": (0.1, 0.3)}
    return Sweep(BASE, grid, seeds=tuple(range(seeds)), **more)  # type: ignore[arg-type]


TOML = """
name = "losses and noise"
seeds = 2
[settings]
data.n = 200
training.steps = 20
[grid]
loss.name = ["gaussian_nll", "beta_nll"]
noise.scale = [0.1, 0.3]
"""
