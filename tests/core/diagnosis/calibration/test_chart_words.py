"""What the Calibration page says, on runs whose faults are known."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from core.data.dataset import Truth
from core.data.noise import NOISES
from core.diagnosis.calibration import chart_words as words
from core.diagnosis.calibration.calibration_verdict import calibration_verdict
from core.diagnosis.calibration.chart_words import Words
from core.diagnosis.calibration.examined import Examined, examined
from core.distributions.laws import gaussian
from core.evaluation.predictions import Predictions
from core.evaluation.truth import TruthMaps, truth_maps
from core.experiment.presets import presets
from core.training.loop import train
from core.training.run import Run

OF_POINTS = tuple(words.OF_POINTS.values())


def judged_as(
    z: np.ndarray, std: np.ndarray, *, factor: float = 1.0, bias: float = 0.0, level: float = 0.9
) -> Examined:
    """The charts for points z·std around 0 and a predicted Gaussian of std·factor around bias."""
    x = np.linspace(0, 1, z.size)
    found = Predictions(np.full(z.size, bias), std * factor, z * std, x, x_is_date=False, family="gaussian")
    return examined(found, level, "interval")


@pytest.mark.long
@pytest.mark.parametrize("say", OF_POINTS)
@pytest.mark.parametrize("n", [20, 1000])
def test_a_right_model_is_called_good_on_about_95_of_100_samples(say: Callable[[Examined], Words], n: int) -> None:
    rng = np.random.default_rng(5)
    faults = sum(say(judged_as(rng.normal(size=n), rng.uniform(0.5, 2, n))).fault for _ in range(100))
    assert faults <= 12


@pytest.mark.parametrize("say", OF_POINTS)
@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_a_wrong_scale_is_a_fault_on_every_chart(say: Callable[[Examined], Words], factor: float) -> None:
    rng = np.random.default_rng(6)
    found = judged_as(rng.normal(size=1000), rng.uniform(0.5, 2, 1000), factor=factor)
    assert say(found).fault, say(found)


@pytest.mark.long
def test_no_chart_contradicts_the_verdict_on_right_models() -> None:
    """A chart of a right model leaves its band now and then: that is said, and is a fault for hardly any."""
    rng = np.random.default_rng(9)
    samples = [judged_as(rng.normal(size=500), rng.uniform(0.5, 2, 500), level=0.95) for _ in range(150)]
    said = [[say(each) for say in OF_POINTS] for each in samples]
    verdicts = [calibration_verdict(each.case) for each in samples]
    assert np.mean([any(chart.outside for chart in charts) for charts in said]) > 0.05
    assert np.mean([verdict.kind != "good" for verdict in verdicts]) <= 0.06
    for charts, verdict in zip(said, verdicts, strict=True):
        assert verdict.kind == "warning" or not any(chart.fault for chart in charts)


@pytest.mark.long
@pytest.mark.parametrize("say", OF_POINTS)
def test_a_small_error_is_no_fault_for_any_number_of_points(say: Callable[[Examined], Words]) -> None:
    rng = np.random.default_rng(10)
    said = say(judged_as(rng.normal(size=1_000_000), rng.uniform(0.5, 2, 1_000_000), factor=1.03))
    assert not said.fault, said


def test_dots_that_leave_their_band_by_little_are_mentioned_but_no_fault() -> None:
    said = words.qq_words(judged_as(np.random.default_rng(7).normal(size=50_000), np.ones(50_000), factor=0.95))
    assert not said.fault
    assert "dots leave the band" in said.shown
    assert "too little to matter" in said.shown


@pytest.mark.parametrize(("factor", "fault"), [(1.0, False), (0.5, True)])
def test_one_std_for_all_points_can_be_wrong_too(factor: float, fault: bool) -> None:
    said = words.by_std_words(judged_as(np.random.default_rng(8).normal(size=1000), np.ones(1000), factor=factor))
    assert said.fault == fault
    assert "Every predicted std is near" in said.shown


def test_a_spread_wrong_by_a_huge_factor_is_a_fault_of_errors_by_std() -> None:
    z = np.random.default_rng(8).normal(size=1000)
    for std in (np.ones(1000), np.linspace(1, 2, 1000)):
        for factor in (1e-74, 0.01, 100.0):
            assert words.by_std_words(judged_as(z, std, factor=factor)).fault, factor


def test_a_place_is_named_as_its_axis_is() -> None:
    found = judged_as(np.random.default_rng(9).normal(size=100), np.ones(100))
    for named, axis, place in (
        ({}, "x", "near x = 0."),
        ({"along_label": "power"}, "power", "near power = 0."),
        ({"of_one_input": False}, "the prediction", "near a prediction of 0."),
        ({"along_label": "day", "dates": True}, "day", "near 1970-01-0"),
    ):
        said = words.along_words(replace(found, case=replace(found.case, **named)))
        assert place in said.shown
        assert f"along {axis}, within the band" in said.good


def test_one_dot_leaves_and_two_leave() -> None:
    """38 points, spread evenly, and one or two far above them, in no order."""
    rng = np.random.default_rng(0)
    for far, shown in ((1, "1 of 40 dots leaves the band"), (2, "2 of 40 dots leave the band")):
        z = rng.permutation(np.concatenate([np.linspace(-1.6, 1.6, 40 - far), np.full(far, 6.0)]))
        assert shown in words.qq_words(judged_as(z, np.ones(40))).shown, words.qq_words(judged_as(z, np.ones(40)))


def test_extreme_points_have_no_slope() -> None:
    assert "slope" not in words.qq_words(judged_as(np.full(50, 1e6), np.ones(50))).shown


@pytest.mark.parametrize("say", OF_POINTS)
@pytest.mark.parametrize("z", [[0.3], [0.3, -0.2], [0.0] * 50, [1e6] * 50])
def test_few_or_equal_points_have_their_sentence(say: Callable[[Examined], Words], z: list[float]) -> None:
    said = say(judged_as(np.array(z), np.ones(len(z))))
    assert said.shown.endswith(".")
    assert not said.shown.startswith("Here")
    assert "nan" not in said.shown


@pytest.mark.parametrize(
    ("log_ratio", "kl", "fault", "shown"),
    [
        (0.0, 0.0, False, "within 1 % of the true one"),
        (np.log(1000), 1e7, True, "times too large"),
        (np.log(1e-74), 1e148, True, "1.0e+74 times too small"),
        (-np.inf, np.inf, True, "zero or not a number"),
        (np.nan, np.nan, True, "zero or not a number"),
    ],
)
def test_maps_of_the_truth_at_their_ends(log_ratio: float, kl: float, fault: bool, shown: str) -> None:
    x = np.linspace(0, 1, 50)
    maps = TruthMaps(x, np.full(50, log_ratio), np.full(50, kl), np.full(50, 0.9))
    assert shown in words.ratio_words(maps).shown
    assert words.ratio_words(maps).fault == words.kl_words(maps).fault == fault


@lru_cache(maxsize=8)
def trained(**settings: object) -> Run:
    changes = {name.replace("__", "."): value for name, value in settings.items()}
    return train(presets["quick"].with_settings(changes))


@pytest.mark.parametrize(
    ("settings", "kind", "headline"),
    [
        ({}, "good", "Calibrated, as far as these points can show"),
        ({"loss__name": "posted"}, "warning", "The standard deviations are 2.0 times too large"),
        ({"noise__family": "laplace"}, "warning", "The tails are heavier than predicted"),
        (
            {"loss__name": "squared_error", "noise__profile": "linear"},
            "warning",
            "The standard deviation is wrong along x",
        ),
    ],
)
def test_verdicts(settings: dict[str, str], kind: str, headline: str) -> None:
    found = calibration_verdict(trained(**settings))
    assert (found.kind, found.headline) == (kind, headline), found.sentence


@pytest.mark.parametrize(("preset", "settings"), [("quick", {}), ("cars", {"loss.name": "squared_error"})])
def test_the_verdict_never_contradicts_the_charts(preset: str, settings: dict[str, str]) -> None:
    run = train(presets[preset].with_settings(settings))
    found, faults = calibration_verdict(run), sum(say(examined(run, 0.95, "interval")).fault for say in OF_POINTS)
    assert found.kind == "warning" or faults == 0, found


def test_the_numbers_of_the_verdict_are_the_runs() -> None:
    run = trained(loss__name="posted")
    z = run.judged.residual / run.judged.std
    assert f"**{np.sqrt(np.mean(z**2)):.3g}** times" in calibration_verdict(run).sentence


def test_what_each_chart_says_of_a_band_twice_too_wide() -> None:
    found = examined(trained(loss__name="posted"), 0.95, "interval")
    assert "too wide" in words.reliability_words(found).shown
    assert "a hump" in words.pit_words(found).shown
    assert "slope 0.5" in words.qq_words(found).shown
    assert "10 of 10 dots lie outside" in words.by_std_words(found).shown
    assert "The line (true coverage)" in words.along_words(found).shown
    assert found.maps is not None
    assert "2.0 times too large" in words.ratio_words(found.maps).shown
    assert "0.31" in words.kl_words(found.maps).shown


def test_heavy_tails_are_not_called_too_wide() -> None:
    said = words.pit_words(examined(trained(noise__family="laplace"), 0.95, "interval"))
    assert said.fault
    assert said.shown.endswith("more points in the middle and far out than predicted: heavy tails.")


def test_a_right_model_has_no_fault_on_any_chart() -> None:
    found = examined(trained(), 0.9, "interval")
    for say in OF_POINTS:
        assert not say(found).fault, say(found)
    assert found.maps is not None
    assert not words.ratio_words(found.maps).fault
    assert not words.kl_words(found.maps).fault


def test_a_bias_is_shown_with_its_sign() -> None:
    truth = Truth(lambda x: 0 * x, lambda x: 1 + 0 * x, NOISES["gaussian"])
    x = np.linspace(0, 1, 200)
    maps = truth_maps(gaussian(np.full(200, 0.5), np.ones(200)), x, truth, 0.95)
    np.testing.assert_allclose(maps.kl, 0.125, atol=1e-12)
    np.testing.assert_allclose(maps.log_ratio, 0, atol=1e-12)
    assert (maps.coverage < 0.95).all()


def test_a_table_has_no_maps_of_a_truth() -> None:
    run = train(presets["engel"])
    assert examined(run, 0.95, "interval").maps is None
    assert "held-out points" in calibration_verdict(run).sentence


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("relu_variance", "The standard deviations cannot be judged"),
        ("wrong_sign", "times too small"),
        ("no_log_term", "times too large"),
    ],
)
def test_an_infinite_spread_has_a_verdict_of_one_line(name: str, words: str) -> None:
    found = calibration_verdict(trained(loss__name=name, training__steps=200))
    assert found.kind == "warning"
    assert words in found.headline
    assert len(found.headline) < 60


def test_a_tiny_factor_is_not_a_row_of_zeros() -> None:
    weights = trained().weights.copy()
    weights[-1] += 40  # the bias of log σ²: every σ is e²⁰ times as large
    sentence = calibration_verdict(replace(trained(), weights=weights)).sentence
    assert re.search(r"\*\*\d\.\de−\d+\*\* times", sentence), sentence
