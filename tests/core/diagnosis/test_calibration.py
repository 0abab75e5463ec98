"""What the Calibration page says, on runs whose faults are known."""

import re
from functools import lru_cache

import numpy as np
import pytest

from core.data.dataset import Truth
from core.data.noise import NOISES
from core.diagnosis import calibration as words
from core.diagnosis.calibration import calibration_verdict, examined
from core.evaluation.truth import truth_maps
from core.model.readings import GaussianPredictive
from core.presets import presets
from core.training.loop import train
from core.training.run import Run


@lru_cache(maxsize=8)
def trained(**settings: object) -> Run:
    changes = {name.replace("__", "."): value for name, value in settings.items()}
    return train(presets["quick"].with_settings(changes))


@pytest.mark.parametrize(
    ("settings", "kind", "headline"),
    [
        ({}, "good", "Calibrated, as far as these points can tell"),
        ({"loss__name": "posted"}, "warning", "The spread is 2.0 times too wide"),
        ({"noise__family": "laplace"}, "warning", "Right in width, wrong in shape"),
        ({"loss__name": "squared_error", "noise__profile": "linear"}, "warning", "Right on average, wrong along x"),
    ],
)
def test_verdicts(settings: dict[str, str], kind: str, headline: str) -> None:
    found = calibration_verdict(trained(**settings))
    assert (found.kind, found.headline) == (kind, headline), found.sentence


def test_the_numbers_of_the_verdict_are_the_runs() -> None:
    run = trained(loss__name="posted")
    z = run.judged.residual / run.judged.std
    assert f"**{np.sqrt(np.mean(z**2)):.3g}** times" in calibration_verdict(run).sentence


def test_what_each_chart_says_of_a_band_twice_too_wide() -> None:
    found = examined(trained(loss__name="posted"), 0.95, "interval")
    assert "too wide" in words.reliability_words(found).shown
    assert "a hump" in words.pit_words(found).shown
    assert "slope 0.5" in words.qq_words(found).shown
    assert "10 of 10 bins are outside" in words.by_std_words(found).shown
    assert "by the truth 100 % to 100 %" in words.along_words(found).shown
    assert found.maps is not None
    assert "2.0 times too wide" in words.ratio_words(found.maps).shown
    assert "0.31" in words.kl_words(found.maps).shown


def test_a_right_model_has_no_fault_on_any_chart() -> None:
    found = examined(trained(), 0.9, "interval")
    of = (words.reliability_words, words.pit_words, words.by_std_words, words.along_words, words.ordered_words)
    for say in of:
        assert not say(found).fault, say(found)
    assert found.maps is not None
    assert not words.ratio_words(found.maps).fault
    assert not words.kl_words(found.maps).fault


def test_a_bias_is_seen_with_its_sign() -> None:
    truth = Truth(lambda x: 0 * x, lambda x: 1 + 0 * x, NOISES["gaussian"])
    x = np.linspace(0, 1, 200)
    maps = truth_maps(GaussianPredictive(np.full(200, 0.5), np.ones(200)), x, truth, 0.95)
    np.testing.assert_allclose(maps.kl, 0.125, atol=1e-12)
    np.testing.assert_allclose(maps.log_ratio, 0, atol=1e-12)
    assert (maps.coverage < 0.95).all()


def test_a_table_has_no_maps_of_a_truth() -> None:
    run = train(presets["engel"])
    assert examined(run, 0.95, "interval").maps is None
    assert "held-out points" in calibration_verdict(run).sentence


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("relu_variance", "Its spread cannot be judged"),
        ("wrong_sign", "times too narrow"),
        ("no_log_term", "times too wide"),
    ],
)
def test_a_spread_that_ran_away_has_a_verdict_of_one_line(name: str, words: str) -> None:
    found = calibration_verdict(trained(loss__name=name, training__steps=200))
    assert found.kind == "warning"
    assert words in found.headline
    assert len(found.headline) < 60


def test_a_margin_of_next_to_nothing_is_no_row_of_zeros() -> None:
    away = {"training__standardise": False, "training__batch_size": 10, "training__learning_rate": 0.1, "data__n": 500}
    sentence = calibration_verdict(trained(loss__name="posted", training__steps=3000, **away)).sentence
    assert re.search(r"\(± \d\.\de−\d+\)", sentence), sentence
