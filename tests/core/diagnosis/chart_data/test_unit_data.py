"""The drawn units are those that matter most, and with all the others they add up to the outputs."""

import numpy as np
import pytest

from core import Experiment, train
from core.diagnosis.chart_data.unit_data import drawn_net, why_not_drawn
from core.experiment.build import architecture_of
from core.model.networks import last_hidden, last_layers
from core.training.run import Run

SMALL = {"network.layers": [6, 40], "training.steps": 60, "data.n": 500}


@pytest.fixture(scope="module")
def run() -> Run:
    return train(Experiment.from_settings(SMALL))


def test_the_last_layer_s_units_are_the_largest_by_weight_times_std(run: Run) -> None:
    net = drawn_net(run)
    first, last = net.layers
    assert (first.number, first.of, len(first.units)) == (1, 6, 6)
    assert (last.number, last.of, len(last.units)) == (2, 40, 24)
    (units,) = last_hidden(run.weights, run.scaling.x_in(net.x), architecture_of(run.experiment))
    weights = np.stack([column[:-1] for _, column in last_layers(run.weights, architecture_of(run.experiment))], axis=1)
    np.testing.assert_allclose(last.curves[-1], units.T[last.units])
    np.testing.assert_allclose(last.leads[-1], (units.std(axis=0)[:, None] * weights)[last.units])
    reach = np.abs(units.std(axis=0)[:, None] * weights)
    share = (reach / reach.max(axis=0)).sum(axis=1)
    assert share[last.units].min() >= np.delete(share, last.units).max()


def test_units_of_every_frame_add_up_to_its_outputs(run: Run) -> None:
    few = train(run.experiment.with_settings({"network.layers": [6, 10]}))  # all of whose units are drawn
    net = drawn_net(few)
    (last,) = net.layers[-1:]
    assert len(net.steps) == len(few.frame_steps) == len(last.curves)
    std = np.maximum(last.curves.std(axis=2, keepdims=True), 1e-12)
    added = np.einsum("fup,fuo->fop", last.curves / std, last.leads)
    missing = net.outputs - added * np.array([few.scaling.y_scale, 1.0])[:, None]
    assert (missing.std(axis=2) < 1e-4).all(), "all but a constant: the bias"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"data.table": "concrete"}, "several inputs"),
        ({"network.heads": "separate"}, "share their layers"),
        ({"network.layers": [8, 256]}, "at most 128"),
        ({"loss.name": "mixture"}, "at most 3 outputs"),
        ({}, ""),
    ],
)
def test_a_net_that_is_not_drawn_says_why(settings: dict[str, object], reason: str) -> None:
    experiment = Experiment.from_settings(settings)
    assert reason in why_not_drawn(experiment)
    assert bool(why_not_drawn(experiment)) == bool(reason)


def test_a_run_without_weights_has_no_net_to_draw() -> None:
    with pytest.raises(ValueError, match="no finite weights"):
        drawn_net(Run.without_steps(Experiment.from_settings(SMALL), "stopped", ""))
