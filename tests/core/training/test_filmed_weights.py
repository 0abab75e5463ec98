"""The weights of earlier frames, trained once more: they give the very outputs that the run kept."""

from dataclasses import replace

import numpy as np
import pytest

from core import Experiment, train
from core.experiment.loss_settings import loss_of
from core.model.networks import predict
from core.training.filmed_weights import filmed_weights
from core.training.frame import outputs_of

SHORT = {"training.steps": 60, "data.n": 500}


@pytest.mark.parametrize("settings", [{}, {"training.patience": 40}, {"training.members": 2}], ids=str)
def test_the_weights_of_each_frame_give_its_outputs(settings):
    run = train(Experiment.from_settings({**SHORT, **settings}))
    weights = filmed_weights(run)
    assert weights is not None
    assert weights.shape == (len(run.frame_steps), run.weights.size)
    assert np.array_equal(weights[-1], run.weights)
    x, loss = run.scaling.x_in(run.dataset.x_grid), loss_of(run.experiment.loss)
    for flat, kept in zip(weights[::9], run.frame_outputs[::9], strict=True):
        found = outputs_of(loss, predict(flat, x, run.alone.architecture), run.scaling)
        np.testing.assert_allclose(found, kept, atol=1e-4)


@pytest.mark.parametrize("settings", [{"training.steps": 1_000_000}, {"training.stepper": "plain"}], ids=str)
def test_what_takes_long_is_not_trained_again(settings):
    run = train(Experiment.from_settings({**SHORT, "training.steps": 3}))
    assert filmed_weights(replace(run, experiment=run.experiment.with_settings(settings))) is None


def test_a_run_of_another_machine_has_no_weights_but_its_own():
    run = train(Experiment.from_settings({**SHORT, "training.steps": 3}))
    assert filmed_weights(replace(run, weights=np.nextafter(run.weights, np.float32(9)))) is None
