"""Each step of the tour says in one short sentence what is true of the runs it shows."""

import json
import re
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from scipy import special

from core.charts.drawing import Style
from core.charts.true_band import NUMBERS
from core.diagnosis.finding import Finding
from core.experiment.experiment import Experiment
from core.experiment.loss_settings import loss_of
from core.runs.laboratory import read_as
from core.tour.contents import LAST, NAMES, TITLES, before_and_after
from core.tour.step import Seen, Step
from core.tour.tour_table import STEPS
from core.training.cost import is_quick
from core.training.loop import train
from core.training.run import Run

# The runs of the last step take seconds each: a test of its own trains the shorter one.
CHEAP = MappingProxyType({name: step for name, step in STEPS.items() if name != "stuck"})
MOST_WORDS = 25


@cache
def _trained(experiment: Experiment) -> Run:
    return train(experiment)


def seen(step: Step, value: Any) -> Seen:
    plain = {"loss.reading": loss_of(step.experiments(value)[0].loss).readings[0]}
    runs = [read_as(_trained(each.with_settings(plain)), each) for each in step.experiments(value)]
    return Seen(value, tuple(runs))


def values(finding: Finding) -> dict[str, float]:
    return {claim.name: float(claim.value) for claim in finding.claims}


def test_the_steps_stand_in_their_order() -> None:
    assert tuple(STEPS) == tuple(TITLES) == ("noise", "crossing", "floor", "unit", "constant", "posted", "stuck")
    assert before_and_after("noise") == (None, "crossing")
    assert before_and_after(LAST) == ("stuck", None)
    assert len(NAMES) == len(STEPS) + 1


def test_the_plan_for_teachers_has_every_step_and_question() -> None:
    plan = " ".join((Path(__file__).parents[3] / "docs" / "teaching.md").read_text(encoding="utf-8").split())
    for step in STEPS.values():
        assert f"`{step.name}`" in plan
        assert step.title.replace("’", "'") in plan
        assert all(question.ask in plan.replace("`", "") for question in step.questions)


@pytest.mark.parametrize("name", STEPS)
def test_nobody_waits_for_a_button(name: str) -> None:
    step = STEPS[name]
    assert all(is_quick(each) for value in step.control.options for each in step.experiments(value))


@pytest.mark.parametrize("name", CHEAP)
def test_a_step_has_short_sentences_of_claims_and_a_chart_that_keeps_its_frame(name: str) -> None:
    step, frames = STEPS[name], set()
    for value in (step.control.default, list(step.control.options)[-1]):
        now = seen(step, value)
        said = [step.said(now), *(question.answer(now) for question in step.questions)]
        for sentence in said:
            assert all(len(part.split()) <= MOST_WORDS for part in re.split(r"(?<=[.:?]) ", sentence.sentence))
        assert len(said[0].sentence.split()) <= MOST_WORDS
        assert said[0].claims
        drawing = step.draw(now, Style())
        assert len(drawing.table) > 0
        frames.add(json.dumps(drawing.spec, default=str))
    assert len(frames) == 1


def test_a_change_of_unit_leaves_the_drawn_fit_as_it_is() -> None:
    step = STEPS["unit"]
    assert step.stays is not None
    plain, scaled = (step.stays[0](seen(step, unit), Style()) for unit in (1.0, 10.0))
    for name in NUMBERS:
        factor = 1 if name == "x" else 10
        np.testing.assert_allclose(scaled.table[name], factor * plain.table[name], rtol=1e-6)


def test_a_constant_leaves_the_drawn_fit_as_it_is_to_the_bit() -> None:
    step = STEPS["constant"]
    assert step.stays is not None
    tables = [step.stays[0](seen(step, offset), Style()).table for offset in (1.0, 17.2)]
    assert tables[0].equals(tables[1])


def test_the_net_sees_noise_that_grows() -> None:
    found = values(STEPS["noise"].said(seen(STEPS["noise"], "linear")))
    assert found["true_low"] == pytest.approx(0.3 * 0.2)
    assert found["true_high"] == pytest.approx(0.3 * 1.8)
    assert found["std_low"] < 0.3 * found["std_high"]


def test_the_loss_is_above_zero_before_the_crossing_and_below_after() -> None:
    now = seen(STEPS["crossing"], None)
    found, history = values(STEPS["crossing"].said(now)), now.run.history
    at = found["crossed_at"]
    assert history["loss"][history["step"] < at / 2].mean() > 0
    assert history["loss"][history["step"] > 1.5 * at].max() < 0
    assert found["floor"] == pytest.approx(0.5 + np.log(now.run.dataset.truth.std(now.run.dataset.x)).mean())  # type: ignore[union-attr]
    assert abs(found["loss"] - found["floor"]) < 0.05


@pytest.mark.parametrize(("sigma", "sign"), [(0.6, -1), (0.7, 1)])
def test_the_floor_changes_its_sign_with_sigma(sigma: float, sign: int) -> None:
    said = STEPS["floor"].said(seen(STEPS["floor"], sigma))
    found = values(said)
    assert found["crossing"] == pytest.approx(np.exp(-0.5))
    assert found["floor"] == pytest.approx(0.5 + np.log(sigma))
    assert np.sign(found["floor"]) == sign
    assert ("negative" in said.sentence) == (sign < 0)


def test_with_its_constant_the_likelihood_crosses_elsewhere() -> None:
    step = STEPS["floor"]
    found = values(step.questions[1].answer(seen(step, 0.7)))
    assert found["full_crossing"] == pytest.approx(1 / np.sqrt(2 * np.pi * np.e))
    assert found["constant"] == pytest.approx(0.5 * np.log(2 * np.pi))


def test_in_another_unit_the_same_outputs_have_the_loss_that_is_said() -> None:
    now = seen(STEPS["unit"], 10.0)
    run, loss = now.run, loss_of(now.run.experiment.loss)
    outputs, y = run.on_held_out.T, run.dataset.y_held_out
    in_new_unit = np.array([outputs[0] / 10, outputs[1] - 2 * np.log(10)])
    moved = loss.value(y / 10, in_new_unit).mean() - loss.value(y, outputs).mean()
    found = values(STEPS["unit"].said(now))
    assert found["moved_by"] == pytest.approx(moved) == pytest.approx(-np.log(10))
    reach = special.ndtri(0.975) * np.exp(in_new_unit[1] / 2)
    assert found["covered"] == pytest.approx(np.mean(np.abs(y / 10 - in_new_unit[0]) < reach))


def test_a_subtracted_constant_changes_no_bit() -> None:
    now = seen(STEPS["constant"], 17.2)
    plain, moved = now.runs
    assert plain.weights.tobytes() == moved.weights.tobytes()
    said = STEPS["constant"].said(now)
    assert "the same to the bit" in said.sentence
    assert values(said)["parameters"] == plain.weights.size
    assert values(said)["loss_after"] == pytest.approx(plain.history["loss"].tail(20).mean() - 17.2, abs=0.1)


def test_the_posted_loss_is_wrong_until_it_is_read_as_what_it_learned() -> None:
    step = STEPS["posted"]
    wrong, right = (seen(step, value) for value in ("log_variance", "mean_absolute"))
    assert wrong.run.weights is right.run.weights
    found = values(step.said(wrong))
    learned = np.sqrt(0.2 * np.sqrt(2 / np.pi))  # √E|r| in place of σ
    assert found["typical_std"] == pytest.approx(learned, rel=0.05)
    assert found["std_ratio"] == pytest.approx(learned / 0.2, rel=0.05)
    assert values(step.said(right))["typical_std"] == pytest.approx(0.2, rel=0.05)


def test_a_negative_loss_is_held_against_its_floor_and_the_curve() -> None:
    """After few steps the net is as wrong as where it is stuck later on: that takes seconds, see tests/slow."""
    step = STEPS["stuck"]
    (experiment,) = step.experiments("stuck")
    run = _trained(experiment.with_settings({"training.steps": 500}))
    found, data = values(step.said(Seen("stuck", (run,)))), run.dataset
    assert found["floor_rounded"] == pytest.approx(0.5 + np.log(0.01))
    truth = 0.4 * np.sin(2 * np.pi * data.x_grid)
    off = run.predictive(data.x_grid).mean - truth
    assert found["missed"] == pytest.approx(np.mean(np.abs(off) > 0.03))
