"""Runs with a head: they come to the std of the noise, keep their keys, and say in one sentence what does not go."""

import numpy as np
import pytest

from core.experiment.experiment import DEFAULT, Experiment
from core.experiment.settings import InvalidExperiment
from core.model.losses import LOSSES
from core.training.loop import train


@pytest.mark.parametrize("std", [0.2, 5.0])
def test_a_softplus_std_comes_to_that_of_the_noise(std):
    run = train(DEFAULT.with_settings({"loss.head": "softplus", "noise.scale": std, "data.n": 5000}))
    found = run.predictive(run.dataset.x_evaluation)
    assert np.median(found.std) == pytest.approx(std, rel=0.05)
    assert run.scores["gap"] < 0.01
    # The outputs are those of the loss, whatever the net gives: a log variance in the unit of y.
    np.testing.assert_allclose(found.std, np.exp(run.outputs(run.dataset.x_evaluation)[:, 1] / 2), rtol=1e-12)


def test_it_begins_at_the_spread_of_y():
    for head in ("softplus_slow", "relu", "soft_limits"):
        run = train(DEFAULT.with_settings({"loss.head": head, "training.steps": 1}))
        first = np.exp(run.frame_outputs[0][:, 1] / 2)
        assert np.median(first) == pytest.approx(run.scaling.y_scale, rel=0.05)


def test_a_laplace_scale_and_members_and_a_table():
    laplace = {"loss.name": "laplace_nll", "noise.family": "laplace", "loss.head": "elu", "data.n": 5000}
    run = train(DEFAULT.with_settings(laplace))
    assert np.median(run.predictive(run.dataset.x_evaluation).std) == pytest.approx(0.2, rel=0.05)
    of_table = {"data.table": "concrete", "data.y": "strength", "data.also": "age"}
    members = train(DEFAULT.with_settings({**of_table, "loss.head": "softplus", "training.members": 2}))
    assert members.status == "done"
    assert set(members.by_target) == {"strength", "age"}
    assert all(np.isfinite(of.scores["nll"]) for of in members.by_target.values())


def test_a_head_without_a_value_says_where():
    run = train(DEFAULT.with_settings({"loss.head": "linear", "network.init": "torch", "training.seed": 1}))
    assert run.status == "diverged"
    assert run.message.startswith("Diverged at step 1: ")
    assert "the loss has no value where s is −" in run.message
    assert run.message.endswith("the head “s itself as the std” needs a positive s.")


def test_keys_from_before_there_were_heads():
    assert DEFAULT.key == "06b94fa3e74ab7a5"
    for name in LOSSES:
        assert "loss.head" not in Experiment.from_settings({"loss.name": name}).to_query()
    assert DEFAULT.with_settings({"loss.head": "softplus"}).key != DEFAULT.key


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"loss.name": "squared_error", "loss.head": "softplus"}, "it must be exp with the loss squared_error."),
        ({"loss.name": "mixture", "loss.head": "softplus"}, "it must be exp with the loss mixture."),
        ({"loss.name": "typed", "loss.head": "softplus"}, "it must be exp with the loss typed."),
        ({"loss.head": "exp_variance"}, "with the loss gaussian_nll."),
        ({"loss.head": "softplus", "loss.bound": "soft"}, "it must be exp with Bound on the std soft"),
    ],
)
def test_what_does_not_go_together_is_one_sentence(settings, said):
    with pytest.raises(InvalidExperiment) as refused:
        Experiment.from_settings(settings)
    (problem,) = refused.value.problems
    assert problem.field == "loss.head"
    assert said in str(problem)
    assert len(str(problem).splitlines()) == 1


def test_what_a_choice_brings_along():
    headed = DEFAULT.with_settings({"loss.head": "softplus"})
    assert headed.with_settings({"loss.name": "squared_error"}).loss.head == "exp"
    assert headed.with_settings({"loss.name": "laplace_nll"}).loss.head == "softplus"
    assert headed.with_settings({"loss.bound": "soft"}).loss.head == "exp"
    assert DEFAULT.with_settings({"loss.bound": "soft"}).with_settings({"loss.head": "elu"}).loss.bound == "none"
    assert headed.with_settings({"loss.bound": "epsilon"}).loss.head == "softplus"
