"""The bug zoo, trained at σ = 0.2: each mistake ends where theory and its own words predict."""

from functools import cache

import numpy as np
import pytest

from benchmarks.floors import experiment_at
from benchmarks.floors import trained as survivor
from core.model.losses import LOSSES
from core.training.loop import train

STD = 0.2
E_ABS = STD * np.sqrt(2 / np.pi)


@cache
def trained(loss, steps=3000):
    if loss == "posted":  # which may diverge
        return survivor(loss, STD)
    return train(experiment_at(loss, STD).with_settings({"training.steps": steps}))


def second(loss, steps=3000):
    """The second output at the held-out x."""
    return trained(loss, steps).on_held_out[:, 1]


def last_loss(loss, steps):
    return float(trained(loss, steps).history["loss"].iloc[-20:].mean())


def std_said(loss):
    run = trained(loss)
    return np.median(run.predict(run.dataset.x_held_out)["std"])


# What exp(s) comes to.
SECOND = {
    "posted": E_ABS,
    "posted_abs": E_ABS,
    "no_half_residual": 2 * STD**2,
    "no_half_log": 0.5 * STD**2,
    "std_as_variance": STD**2,
}
# The std under the reading that people use.
SAID = {
    "posted": np.sqrt(E_ABS),
    "posted_abs": np.sqrt(E_ABS),
    "no_half_residual": np.sqrt(2) * STD,
    "no_half_log": np.sqrt(0.5) * STD,
    "std_as_variance": STD**2,
    "clamped": np.exp(-1),
}
ELSEWHERE = {"no_log_term", "wrong_sign", "broadcast", "relu_variance"}


def test_every_mistake_is_here():
    assert {name for name, row in LOSSES.items() if row.mistake} == SAID.keys() | ELSEWHERE


@pytest.mark.parametrize("loss", SECOND)
def test_what_the_second_output_comes_to(loss):
    assert np.exp(np.median(second(loss))) == pytest.approx(SECOND[loss], rel=0.03)


@pytest.mark.parametrize("loss", SAID)
def test_the_std_that_is_read_then(loss):
    assert std_said(loss) == pytest.approx(SAID[loss], rel=0.02)


def test_without_the_log_term_s_grows_and_the_loss_goes_to_zero():
    grown = [np.median(second("no_log_term", steps)) for steps in (300, 1000, 3000)]
    losses = [last_loss("no_log_term", steps) for steps in (300, 1000, 3000)]
    assert grown[0] + 1 < grown[1] < grown[2] - 1
    assert losses[0] > 3 * losses[1] > 9 * losses[2] > 0
    assert losses[2] < 1e-4


def test_with_the_wrong_sign_the_loss_falls_without_end():
    fallen = [np.median(second("wrong_sign", steps)) for steps in (300, 1000, 3000)]
    losses = [last_loss("wrong_sign", steps) for steps in (300, 1000, 3000)]
    assert fallen[0] - 1 > fallen[1] > fallen[2] + 1
    assert losses[0] - 0.5 > losses[1] > losses[2] + 0.5
    assert losses[2] < 0.5 + np.log(STD) - 1  # below what any model of this noise can reach


def test_broadcasting_learns_one_constant_and_the_spread_of_all_targets():
    run, y = trained("broadcast"), trained("broadcast").dataset.y
    mean, s = run.on_held_out.T
    assert mean.std() < 0.05 * y.std()
    assert mean.mean() == pytest.approx(y.mean(), abs=0.05 * y.std())
    assert np.exp(np.median(s)) == pytest.approx(y.var(), rel=0.05)


def test_a_relu_on_the_variance_diverges_at_a_variance_of_zero():
    # Ten of twelve seeds diverged within 600 steps.
    runs = [train(experiment_at("relu_variance", STD, seed)) for seed in range(4)]
    dead = [run for run in runs if run.status == "diverged"]
    assert len(dead) >= 2
    assert all(LOSSES["relu_variance"].failure.words in run.message for run in dead)
    assert all(0 < run.steps_done < 3000 for run in dead)


def test_a_hard_clamp_stops_the_variance():
    assert np.mean(second("clamped") <= -2) > 0.99
    var = trained("clamped").predict(trained("clamped").dataset.x_held_out)["var"]
    assert np.median(var) == pytest.approx(0.135, abs=5e-4)  # the true variance is 0.04
