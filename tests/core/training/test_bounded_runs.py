"""Warm-up and bounds: a converged run comes to the same fit, or to the floor that they imply."""

from functools import cache

import numpy as np
import pytest

from benchmarks.floors import compare, experiment_at
from core.model.losses import LOSSES
from core.training.loop import train

STD = 0.2


@cache
def compared(*settings):
    return compare(train(experiment_at("gaussian_nll", STD).with_settings(dict(settings))))


def nll(run):
    return run.scores["nll"]


def test_after_a_warm_up_the_nll_converges():
    found = compared(("training.warmup_steps", 1000))
    assert found.above == pytest.approx(0, abs=0.01)
    assert found.std == pytest.approx(STD, rel=0.03)
    # While only the mean learns, the bias of the spread stays at its start, but the shared trunk moves.
    run, plain = found.run, compared().run
    early = int(np.searchsorted(run.frame_steps, 1000, side="right")) - 1
    assert np.abs(run.frame_outputs[early, :, 1] - run.frame_outputs[0, :, 1]).mean() < 0.5
    assert plain.frame_outputs[early, :, 1].mean() < run.frame_outputs[early, :, 1].mean() - 1


@pytest.mark.parametrize("bound", [name for name in LOSSES["gaussian_nll"].bounds if name != "none"])
def test_a_bound_far_from_the_noise_hardly_changes_the_fit(bound):
    found = compared(("loss.bound", bound), ("loss.least_std", 0.01))
    assert found.above == pytest.approx(0, abs=0.01)
    assert found.std == pytest.approx(STD, rel=0.03)
    assert nll(found.run) == pytest.approx(nll(compared().run), abs=0.003)


def test_epsilon_as_large_as_the_noise_moves_floor_and_spread():
    found = compared(("loss.bound", "epsilon"), ("loss.least_std", STD))
    assert found.above == pytest.approx(0, abs=0.01)
    assert found.trained == pytest.approx(0.5 + 0.5 * np.log(STD**2 + STD**2), abs=0.03)
    assert found.std == pytest.approx(np.sqrt(2) * STD, rel=0.03)


@pytest.mark.parametrize("bound", ["clamp", "soft"])
def test_a_bound_above_the_noise_holds_the_spread_up(bound):
    found = compared(("loss.bound", bound), ("loss.least_std", 0.4))
    assert found.above == pytest.approx(0, abs=0.01)
    assert found.std == pytest.approx(0.4, rel=0.05)
    said = found.run.predict(found.run.dataset.x_held_out)["std"]
    assert said.min() >= 0.4 - 1e-9
