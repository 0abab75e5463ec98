"""The line that reconciles the loss figures of a run: each number is what it says, and they add up."""

import numpy as np
import pytest

from core import presets, train
from core.diagnosis.chart_data.loss_figures import loss_figures
from core.evaluation.loss_parts import final_loss

QUICK = presets["quick"].with_settings({"training.steps": 200})


def figures(changes=None):
    run = train(QUICK.with_settings(changes or {}))
    found = loss_figures(run)
    return run, found, {claim.name: claim.value for claim in found.claims}


def test_the_four_numbers_of_quick_are_reconciled():
    run = train(presets["quick"])
    found = loss_figures(run)
    assert found.sentence.startswith("Training loss −1.114: smoothed over the last tenth of the steps")
    assert "Loss on 5,000 new points −1.098 ± 0.010, where the lowest possible mean is −1.109." in found.sentence
    assert found.sentence.endswith(
        "The full NLL, −0.179, is the loss on new points + ½ log 2π = 0.919, which this loss leaves out."
    )
    claims = {claim.name: claim.value for claim in found.claims}
    assert claims["loss_at_end"] == final_loss(run.history["loss"])
    assert claims["floor"] == pytest.approx(0.5 + np.log(0.2))
    assert claims["nll"] == run.scores["nll"]


@pytest.mark.parametrize(
    ("changes", "constant"),
    [
        ({}, 0.5 * np.log(2 * np.pi)),
        ({"loss.name": "laplace_nll"}, np.log(2)),
        ({"loss.offset": 3.0}, 0.5 * np.log(2 * np.pi) + 3),
        ({"loss.name": "student_t"}, None),
        ({"loss.name": "posted"}, None),
        ({"loss.name": "gaussian_crps"}, None),
        ({"loss.name": "posted", "loss.reading": "laplace_scale"}, None),
        ({"loss.name": "squared_error"}, None),
    ],
)
def test_a_constant_is_named_only_where_the_two_differ_by_it(changes, constant):
    _, found, claims = figures(changes)
    assert (
        claims["nll"] == pytest.approx(claims["loss_on_new"] + claims.get("constant", 0.0)) or "constant" not in claims
    )
    if constant is None:
        assert "constant" not in claims
        assert "a different measure" in found.sentence or "no constant" in found.sentence
    else:
        assert claims["constant"] == pytest.approx(constant, abs=1e-6)
        assert claims["nll"] == pytest.approx(claims["loss_on_new"] + claims["constant"])


def test_a_table_has_no_floor_and_a_broken_run_no_line():
    run = train(presets["engel"].with_settings({"training.steps": 50}))
    assert "lowest possible" not in loss_figures(run).sentence
    wild = {"training.optimizer": "sgd", "training.learning_rate": "1", "training.standardise": "false"}
    broken = train(QUICK.with_settings({**wild, "data.target": "cubic", "data.x_max": 1000}))
    assert broken.status == "diverged"
    found = loss_figures(broken)
    assert found is None or "nan" not in found.sentence
