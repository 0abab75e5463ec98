"""What is foretold of a loss: verdicts before training, tables, curves, and predicted beside trained."""

import numpy as np
import pytest

from core import Experiment, train
from core.data.noise import NOISES
from core.diagnosis.doctor.examination import examine
from core.diagnosis.doctor.prognosis import (
    FORMULAS,
    beside,
    courses,
    facts,
    ground_of,
    points,
    prognosis,
    sound_and_mistaken,
    sound_loss,
)
from core.diagnosis.verdict.findings import verdict
from core.model.losses import LOSSES, loss_with

SMALL = {"data.n": 4000, "network.layers": "24,24", "training.steps": 300, "training.device": "cpu"}


def of(**settings) -> Experiment:
    return Experiment.from_settings({name.replace("__", "."): value for name, value in settings.items()})


def number(text: str) -> float:
    return float(text.split()[0].replace("−", "-").replace("+", "").replace(",", ""))


@pytest.mark.parametrize(
    ("settings", "kind", "words"),
    [
        ({}, "good", "The spread comes out right"),
        ({"loss__name": "natural"}, "good", "The spread comes out right"),
        ({"loss__name": "student_t"}, "warning", "The spread comes out wrong, as it is read"),  # √(ν/(ν−2))·τ
        ({"loss__name": "student_t_learned"}, "good", "The spread comes out right"),
        ({"loss__name": "pinball"}, "good", "The spread comes out right"),
        ({"loss__name": "squared_error"}, "good", "It learns the middle alone"),
        ({"loss__name": "posted"}, "warning", "The spread comes out wrong, as it is read"),
        ({"loss__name": "posted", "loss__reading": "mean_absolute"}, "warning", "Right, as long as it lives"),
        ({"loss__name": "posted_abs", "loss__reading": "mean_absolute"}, "good", "The spread comes out right"),
        ({"loss__name": "relu_variance"}, "warning", "Right, as long as it lives"),
        ({"loss__name": "broadcast"}, "mistake", "It learns one constant"),
        ({"loss__name": "no_half_log"}, "warning", "The spread comes out wrong, as it is read"),
        ({"loss__name": "wrong_sign"}, "mistake", "This loss falls for ever"),
        ({"loss__name": "no_log_term"}, "mistake", "This loss is lowest at infinity"),
        ({"loss__name": "typed", "loss__formula": "r**2 + 0*s"}, "mistake", "This loss does not say which"),
        ({"loss__name": "typed", "loss__formula": "log(r)"}, "mistake", "This loss has no value on this noise"),
        ({"data__table": "engel"}, "good", "The spread comes out right"),
    ],
)
def test_the_verdict_before_training(settings, kind: str, words: str) -> None:
    experiment = of(**settings)
    found = prognosis(experiment)
    assert (found.kind, found.headline) == (kind, words)
    assert found.sentence.endswith(".")
    for fix in found.fixes:
        assert experiment.with_settings(fix.settings) != experiment


def test_the_mend_of_a_reading_is_right() -> None:
    experiment = of(loss__name="posted")
    first = prognosis(experiment).fixes[0]
    assert first.settings == {"loss.reading": "mean_absolute"}
    assert "2.00 times too wide" in prognosis(experiment).sentence


def test_the_ground_is_the_experiments_noise() -> None:
    assert ground_of(of(noise__scale=0.3)).std == pytest.approx(0.3)
    linear = ground_of(of(noise__profile="linear"))
    x = np.linspace(0, 1, 100_001)
    assert linear.std == pytest.approx(np.exp(np.mean(np.log(0.2 * (0.2 + 1.6 * x)))), rel=1e-3)
    assert "geometric mean" in linear.words
    table = ground_of(of(data__table="engel"))
    assert table.noise is NOISES["gaussian"]


def test_facts_are_those_of_the_diagnosis() -> None:
    rows = dict(facts(examine(LOSSES["posted"], NOISES["gaussian"], 0.2)))
    assert rows["exp(s)"] == "E|r| = 0.160"
    assert rows["Std"] == "√(π/2)·exp(s)"
    assert rows["Floor"] == "−0.418"
    assert (rows["Bounded on average"], rows["Bounded at r = 0"]) == ("yes", "no")
    assert rows["Gradient at r = 0"] == "not a number"
    assert "First output" not in dict(facts(examine(LOSSES["wrong_sign"], NOISES["gaussian"], 0.2)))


def test_the_curves_have_their_minimum_at_the_stationary_point() -> None:
    expected, hit = courses(LOSSES["posted"], NOISES["gaussian"], 0.2)
    assert expected.minimum == pytest.approx((np.log(0.2 * NOISES["gaussian"].mad), -0.4176), abs=2e-4)
    assert expected.meaning == "exp(s) = 0.160"
    np.testing.assert_allclose(expected.loss, expected.residual + expected.scale)
    assert hit.minimum is None
    assert hit.meaning == "the smaller s, the lower"
    np.testing.assert_allclose(hit.loss, 0.5 * hit.s, atol=1e-12)


def test_curves_of_what_has_no_place_and_of_what_is_no_curve() -> None:
    expected, _ = courses(LOSSES["wrong_sign"], NOISES["gaussian"], 0.2)
    assert (expected.minimum, expected.meaning) == (None, "the smaller s, the lower")
    idle, _ = courses(loss_with("typed", {"formula": "r**2 + 0*s"}), NOISES["gaussian"], 0.2)
    assert idle.meaning == "the same for every s"
    assert courses(LOSSES["mixture"], NOISES["gaussian"], 0.2) is None
    assert courses(LOSSES["squared_error"], NOISES["gaussian"], 0.2) is None


@pytest.mark.parametrize("label", [label for label in FORMULAS if label not in ("Log term lost", "exp(+s)")])
def test_predicted_stands_beside_trained(label: str) -> None:
    settings = {**SMALL, "data.target": "line", "data.n": 8000, "training.steps": 600}
    experiment = Experiment.from_settings({**settings, "loss.name": "typed", "loss.formula": FORMULAS[label]})
    rows = {row.what: row for row in beside(train(experiment))}
    assert abs(number(rows["exp(s)"].off)) < 5
    assert number(rows["exp(s)"].trained) == pytest.approx(number(rows["exp(s)"].predicted), rel=0.05)
    assert rows["exp(s)"].off.endswith("%")
    assert number(rows["loss on new points"].off) < 0.1


@pytest.mark.parametrize("settings", [{"loss.name": "broadcast"}, {"loss.name": "gaussian_crps"}])
@pytest.mark.parametrize("profile", ["constant", "step"])
def test_every_row_agrees_where_sigma_varies_too(settings, profile: str) -> None:
    few = {**SMALL, "data.target": "line", "data.n": 8000, "training.steps": 800, "noise.profile": profile}
    for row in beside(train(Experiment.from_settings({**few, **settings}))):
        off = number(row.off)
        assert abs(off) < (5 if row.off.endswith("%") else 0.05), row


def test_on_a_real_table_the_noise_is_estimated_and_training_comes_near_it() -> None:
    experiment = of(data__table="engel", training__device="cpu")
    rows = {row.what: row for row in beside(train(experiment))}
    assert "neighbours" in ground_of(experiment).words
    assert number(rows["std, as it is read"].trained) == pytest.approx(ground_of(experiment).std, rel=0.2)


def test_what_meets_every_target_is_examined_on_all_of_y() -> None:
    experiment = of(loss__name="broadcast", noise__scale=0.1)
    assert ground_of(experiment).std > 0.5


def test_a_quantile_is_no_middle() -> None:
    found = prognosis(of(loss__name="typed", loss__formula=FORMULAS["90 % quantile"]))
    assert (found.kind, found.headline) == ("warning", "The first output is no middle of y")
    assert "the 0.9 quantile" in found.sentence


def test_nothing_is_said_twice() -> None:
    wrong_sign = of(loss__name="wrong_sign")
    assert points(wrong_sign) == ["Both terms fall with s: s goes to −∞, and the loss with it."]
    assert "unbounded" in prognosis(wrong_sign).sentence
    assert points(Experiment()) == list(examine(LOSSES["gaussian_nll"], NOISES["gaussian"], 0.2).sentences)
    assert points(of(loss__name="posted"))[0].startswith("|r| stands where r² was meant")


def test_only_what_is_not_sound_has_a_sound_loss_beside_it() -> None:
    assert sound_loss(LOSSES["gaussian_nll"]) is None
    assert sound_loss(LOSSES["posted"]).settings == {"loss.name": "gaussian_nll"}
    assert sound_loss(LOSSES["posted_abs"]).settings == {"loss.name": "absolute_log_variance"}
    assert sound_loss(loss_with("typed", {"formula": "r**2"})).settings == {"loss.name": "gaussian_nll"}


def test_of_a_loss_that_runs_away_only_what_was_trained_is_told() -> None:
    experiment = Experiment.from_settings({**SMALL, "loss.name": "typed", "loss.formula": FORMULAS["Log term lost"]})
    rows = {row.what: row for row in beside(train(experiment))}
    assert (rows["exp(s)"].predicted, rows["exp(s)"].off) == ("–", "–")
    assert number(rows["exp(s)"].trained) > 10


def test_a_typed_loss_that_is_misread_says_what_it_learns() -> None:
    experiment = Experiment.from_settings({**SMALL, "loss.name": "typed", "loss.formula": FORMULAS["Posted"]})
    found = verdict(train(experiment))
    assert found.headline == "The loss is fine; the variance is read wrongly"
    assert found.sentence.startswith("With this formula exp(s) learns E|r|: **0.1")


def test_sound_losses_come_first() -> None:
    names = sound_and_mistaken()
    assert set(names) == set(LOSSES)
    marks = [bool(LOSSES[name].mistake) for name in names]
    assert marks == sorted(marks)
