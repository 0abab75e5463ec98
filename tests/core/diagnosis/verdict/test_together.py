"""What is said of several members, held against the members themselves."""

import numpy as np
import pytest

from core import Experiment, presets, train
from core.diagnosis.verdict.findings import first_look, is_at_hand, verdict
from core.evaluation.scores import estimates

QUICK = presets["quick"].with_settings({"training.members": 3, "training.steps": 200})


def claims(finding):
    return {claim.name: claim.value for claim in finding.claims}


def test_members_near_the_truth_are_said_to_be_right_with_their_gaps():
    run = train(QUICK)
    finding = verdict(run)
    assert (finding.kind, finding.headline) == ("good", "Together the members are right")
    parts = run.parts(run.dataset.x_held_out)
    assert claims(finding) == pytest.approx(
        {
            "members": 3,
            "gap_together": estimates(run.judged)["gap"].value,
            "gap_of_one": np.mean([estimates(each.judged)["gap"].value for each in run.each]),
            "ignorance": np.mean(parts.epistemic / parts.total),
        }
    )
    assert is_at_hand(run)
    assert first_look(run) == finding


def test_a_cause_in_the_loss_is_that_of_one_and_no_word_says_they_are_right():
    wrong = QUICK.with_settings({"loss.name": "posted", "loss.reading": "log_variance"})
    run = train(wrong)
    finding, one = verdict(run), verdict(run.alone)
    assert (finding.headline, finding.kind, finding.causes) == (one.headline, one.kind, one.causes)
    assert claims(finding)["gap_together"] == pytest.approx(run.gap)
    assert "The first network alone:" in finding.sentence
    assert run.alone.experiment.key == wrong.with_settings({"training.members": 1}).key


def test_rows_of_a_table_are_judged_by_what_the_members_predict_together():
    settings = {"data.table": "diabetes", "network.layers": [20], "training.steps": 400, "training.members": 4}
    run = train(Experiment.from_settings(settings))
    said = claims(verdict(run))
    assert said["coverage"] == pytest.approx(run.scores["coverage_95"])
    assert said["nll_together"] == pytest.approx(run.scores["nll"])
    assert said["nll_of_one"] == pytest.approx(np.mean([each.scores["nll"] for each in run.each]))
    assert said["nll_together"] < said["nll_of_one"]  # log is concave: no mixture is worse than its members on average
