"""The verdict names the cause that was put in, with its size, and says no more than few points carry."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from core.diagnosis.calibration.calibration_verdict import calibration_verdict
from core.diagnosis.calibration.case import Case, ToRecalibrate, case_of
from core.diagnosis.calibration.chart_words import OF_POINTS
from core.diagnosis.calibration.examined import examined
from core.diagnosis.calibration.offered import offered
from core.diagnosis.calibration.recalibration_effect import effect_of
from core.diagnosis.causes import CAUSES
from core.diagnosis.finding import Finding
from core.distributions.laws import laplace, student_t
from core.evaluation.judged import Judged
from core.evaluation.predictions import Predictions
from tests.core.diagnosis.calibration import samples_with_faults as faulty


def claim(found: Finding, name: str) -> float:
    return next(float(each.value) for each in found.claims if each.name == name)


def of_z(*z: float) -> Predictions:
    values = np.array(z)
    return faulty.of_file(np.zeros(values.size), np.ones(values.size), values)


@pytest.mark.parametrize(
    ("subject", "cause", "recalibration", "words"),
    [
        (faulty.biased(1, 200, 1.0), "bias", "shift", "The mean is too low by"),
        (faulty.biased(1, 200, -1.0), "bias", "shift", "The mean is too high by"),
        (faulty.biased(1, 20_000, 0.3), "bias", "shift", "The mean is too low by"),
        (faulty.scaled(2, 20, 2.0), "width", "scale", "times too small"),
        (faulty.scaled(1, 200, 0.5), "width", "scale", "2.0 times too large"),
        (faulty.constant(1, 200), "width_along_x", "scale_along", "The standard deviation is wrong along x"),
        (faulty.chained(1, 200, 0.9), "dependence", "scale", "The points depend on each other"),
        (faulty.reversed_std(1, 200), "std_not_with_points", "conformal", "do not belong to their points"),
        (faulty.shuffled_std(1, 200), "std_not_with_points", "conformal", "do not belong to their points"),
        (faulty.variance_for_std(1, 200), "variance_as_std", "power", "The standard deviations are variances"),
        (faulty.heavy(1, 2000), "shape", "isotonic", "The tails are heavier than predicted"),
        (faulty.bent(1, 500), "bias_along_x", "shift_along", "The mean is wrong along x"),
    ],
    ids=lambda value: value if isinstance(value, str) and value in CAUSES else None,
)
def test_a_fault_is_named_first_and_its_recalibration_offered(
    subject: Predictions, cause: str, recalibration: str, words: str
) -> None:
    found = calibration_verdict(subject)
    assert found.kind == "warning"
    assert found.causes[0].name == cause, found
    assert words in found.headline
    assert offered(subject) == recalibration
    if cause != "dependence":
        change = effect_of(subject, recalibration, 0.9).comparison.changes["interval_score"].difference
        assert change.value is not None
        assert change.value < 0


def test_sizes_are_those_that_were_put_in() -> None:
    found = calibration_verdict(faulty.biased(1, 20_000, 0.3))
    assert claim(found, "bias") == pytest.approx(0.3, abs=4 / np.sqrt(20_000))
    assert claim(found, "gain") == pytest.approx(0.3**2 / 2, abs=0.015)
    found = calibration_verdict(faulty.scaled(1, 2000, 2.0))
    assert claim(found, "factor_low") < 2 < claim(found, "factor_high")
    assert claim(found, "gain") == pytest.approx(3 / 2 - np.log(2), abs=0.15)
    found = calibration_verdict(faulty.chained(1, 5000, 0.6))
    assert claim(found, "correlation") == pytest.approx(0.6, abs=0.05)
    assert claim(found, "effective_n") == pytest.approx(5000 / 4, rel=0.15)


def test_a_bias_is_no_width_and_the_factor_beside_it_is_about_the_mean() -> None:
    """A mean that is off by 1σ makes mean z² 2: one factor would gain 0.15 nats of the 0.5 that a shift gains."""
    rng, x, mean, std = faulty.drawn(3, 2000)
    both = faulty.of_file(mean, std / 2, mean + 0.5 * std + std * rng.normal(size=x.size), x)
    found = calibration_verdict(both)
    assert {cause.name for cause in found.causes} == {"bias", "width"}
    assert offered(both) == "shift_scale"
    assert found.causes[0].name == "width"
    assert claim(found, "factor") == pytest.approx(2, abs=0.1)


def test_reversed_order_is_said_and_shuffled_is_not() -> None:
    assert "in reversed order the same column fits" in calibration_verdict(faulty.reversed_std(1, 200)).sentence
    assert "reversed" not in calibration_verdict(faulty.shuffled_std(1, 200)).sentence


def test_a_factor_of_another_family_is_found_in_its_own_terms() -> None:
    rng, x, mean, std = faulty.drawn(1, 1000)
    for law, noise in (
        (laplace(mean, std / 2), rng.laplace(size=x.size)),
        (student_t(mean, std / 2, 4.0), rng.standard_t(4, x.size)),
    ):
        found = calibration_verdict(
            Case(Judged(law, mean + std * noise), x, "x", of_one_input=True, to_recalibrate=nobody_recalibrates)
        )
        assert [cause.name for cause in found.causes] == ["width"]
        assert claim(found, "factor_low") < 2 < claim(found, "factor_high")


def nobody_recalibrates() -> ToRecalibrate:
    raise AssertionError("asked for points to recalibrate")


@pytest.mark.parametrize(
    ("z", "words"),
    [
        ((8, 1, -4, 5), "Errors are 5.1 times as large as predicted"),
        ((6.7, -6.7), "The standard deviations are 6.7 times too small"),
        ((6.7, 6.72), "Errors are 6.7 times as large as predicted"),
        ((3.9, -3.9, 2, 5, -4, 3.9, -1, -5), "The standard deviations are 3.8 times too small"),
        ((8,), "The one point is far outside"),
        ((0.5,) * 20, "Every residual is the same"),
        ((0.0,) * 5, "No errors, but a standard deviation"),
    ],
)
def test_few_points_that_no_right_model_gives(z: tuple[float, ...], words: str) -> None:
    found = calibration_verdict(of_z(*z))
    assert (found.kind, found.headline) == ("warning", words), found.sentence


@pytest.mark.parametrize("z", [(1.0,), (1.0, 2.0), (1.0, 1.0), (0.3, -1.5, 0.9), (1, 1, 2, 2, -1, -1, 0, 0, 0, 0)])
def test_few_points_and_ties_that_a_right_model_may_give(z: tuple[float, ...]) -> None:
    assert calibration_verdict(of_z(*z)).kind in ("good", "open")


def test_two_points_with_one_x_have_a_verdict() -> None:
    found = calibration_verdict(faulty.of_file(np.zeros(2), np.ones(2), np.array([0.5, -1.0]), np.full(2, 3.0)))
    assert found.kind == "good"
    assert claim(found, "factor_high") > 4


@pytest.mark.parametrize("bad", [0.0, -1.0, np.inf, np.nan])
def test_a_std_that_is_none_is_said_with_its_count(bad: float) -> None:
    subject = faulty.right(1, 50)
    subject.std[[3, 7]] = bad
    found = calibration_verdict(subject)
    assert found.headline == "The standard deviations cannot be judged"
    assert "2 of 50" in found.sentence


def test_points_without_a_fault_are_called_good() -> None:
    said = Counter(calibration_verdict(faulty.right(seed, 200)).kind for seed in range(40))
    assert said["good"] >= 36


def test_dependence_widens_the_bands_of_the_charts() -> None:
    one, other = (
        examined(case_of(each), 0.95, "interval") for each in (faulty.right(1, 200), faulty.chained(1, 200, 0.9))
    )
    assert np.max(other.reliability.high - other.reliability.low) > 2 * np.max(
        one.reliability.high - one.reliability.low
    )


@pytest.mark.long
@pytest.mark.parametrize(
    ("made", "cause", "share"),
    [
        (lambda seed: faulty.biased(seed, 200, 0.3), "bias", 0.9),
        (lambda seed: faulty.scaled(seed, 20, 2.0), "width", 0.9),
        (lambda seed: faulty.constant(seed, 200), "width_along_x", 0.9),
        (lambda seed: faulty.chained(seed, 200, 0.9), "dependence", 0.8),
        (lambda seed: faulty.reversed_std(seed, 200), "std_not_with_points", 0.9),
        (lambda seed: faulty.variance_for_std(seed, 200), "variance_as_std", 0.9),
    ],
    ids=["bias", "width", "width_along_x", "dependence", "std_not_with_points", "variance_as_std"],
)
def test_power(made: Callable[[int], Predictions], cause: str, share: float) -> None:
    """Of 60 seeds; the study `reproduce calibration` draws many more."""
    found = [calibration_verdict(made(seed)) for seed in range(100, 160)]
    assert np.mean([bool(each.causes) and each.causes[0].name == cause for each in found]) >= share - 0.08


@pytest.mark.long
def test_false_alarms_are_rare() -> None:
    found = [calibration_verdict(faulty.right(seed, n)).kind for n in (10, 50, 1000) for seed in range(100)]
    assert np.mean([kind != "good" for kind in found]) <= 0.06


def test_a_dot_far_outside_its_band_has_no_check_beside_it() -> None:
    """Std in reversed order: the errors at the smallest std are six times as large, and the chart says so."""
    said = OF_POINTS["errors by std"](examined(case_of(faulty.reversed_std(1, 200)), 0.95, "interval"))
    assert said.fault
    assert said.outside


def test_one_offset_of_y_is_a_bias_and_leaves_nothing() -> None:
    rng, x, mean, std = faulty.drawn(2, 5000)
    found = calibration_verdict(faulty.of_file(mean, std, mean + 0.15 + std * rng.normal(size=x.size), x))
    assert [cause.name for cause in found.causes] == ["bias"]
    assert claim(found, "bias_in_y") == pytest.approx(0.15, abs=0.05)


def test_one_std_that_is_a_variance_leaves_both_open() -> None:
    noise = 0.2 * np.random.default_rng(1).normal(size=200)
    found = calibration_verdict(faulty.of_file(np.zeros(200), np.full(200, 0.04), noise))
    assert [cause.name for cause in found.causes] == ["width", "variance_as_std"]
    assert "the column may hold variances" in found.sentence


def test_skew_is_said_with_its_side() -> None:
    rng, x, mean, std = faulty.drawn(2, 1000)
    noise = (rng.gamma(2, size=x.size) - 2) / np.sqrt(2)
    found = calibration_verdict(faulty.of_file(mean, std, mean + std * noise, x))
    assert found.causes[0].name == "shape"
    assert found.headline == "The distribution is skewed to larger y than predicted"


def test_factors_along_x_are_within_their_errors_of_the_truth() -> None:
    subject = faulty.constant(1, 400)
    assert subject.x is not None
    truth = np.quantile((0.1 + 0.1 * subject.x) / subject.std, [0.1, 0.9])
    found = {each.name: each for each in calibration_verdict(subject).claims}
    for name, right in zip(("least", "most"), truth, strict=True):
        assert found[name].std_error is not None
        assert found[name].value == pytest.approx(right, abs=3 * found[name].std_error)


def test_a_little_dependence_does_not_hide_the_shape() -> None:
    rng, x, mean, std = faulty.drawn(2, 2000)
    z = rng.standard_t(3, 2000) / np.sqrt(3)
    z[1:] = 0.99 * z[1:] + 0.15 * z[:-1]
    found = calibration_verdict(faulty.of_file(mean, std, mean + std * z, x))
    assert [cause.name for cause in found.causes][:2] == ["shape", "dependence"]


def test_the_charts_of_a_fault_say_what_the_verdict_says() -> None:
    pit = OF_POINTS["the PIT"](examined(case_of(faulty.heavy(1, 2000)), 0.95, "interval"))
    assert pit.shown.endswith("heavy tails.")
    by_std = OF_POINTS["errors by std"](examined(case_of(faulty.biased(1, 200, 1.0)), 0.95, "interval"))
    assert by_std.fault
    assert "too little" not in by_std.shown
