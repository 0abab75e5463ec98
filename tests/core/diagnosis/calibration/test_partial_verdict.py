"""Intervals alone, single quantiles and means alone have verdicts that say what can be said of them."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from core.diagnosis.calibration.calibration_verdict import calibration_verdict
from core.diagnosis.calibration.examined import covered_of
from core.diagnosis.calibration.offered import offered
from core.diagnosis.calibration.recalibration_effect import effect_of, why_not
from core.evaluation.predictions import Predictions, read_predictions
from core.evaluation.predictions_choice import Choice


def drawn(seed: int, n: int, factor: float = 1.0, shift: float = 0.0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng([seed, n])
    mean, std = rng.normal(size=n), np.exp(0.3 * rng.normal(size=n))
    y = mean + std * (factor * rng.normal(size=n) + shift)
    return {"y": y, "mean": mean, **{f"q{p}": mean + std * norm.ppf(p) for p in (0.05, 0.5, 0.9, 0.95)}}


def read(seed: int, n: int, names: list[str], factor: float = 1.0, shift: float = 0.0) -> Predictions:
    table = pd.DataFrame(drawn(seed, n, factor, shift))[["y", *names]]
    return read_predictions(table.to_csv(index=False).encode(), "t.csv")


INTERVAL = ["q0.05", "q0.95"]


@pytest.mark.parametrize(
    ("factor", "shift", "headline"),
    [
        (1.0, 0.0, "The intervals are right"),
        (1.6, 0.0, "The intervals are too narrow"),
        (0.5, 0.0, "The intervals are too wide"),
        (0.85, 0.6, "The intervals are too low"),
        (0.85, -0.6, "The intervals are too high"),
    ],
)
def test_an_interval_alone(factor: float, shift: float, headline: str) -> None:
    found = read(1, 500, INTERVAL, factor, shift)
    verdict = calibration_verdict(found)
    assert verdict.headline == headline
    claims = {claim.name: claim.value for claim in verdict.claims}
    low, high = found.judged.interval(0.9)
    assert claims["level"] == pytest.approx(0.9)
    assert claims["coverage"] == pytest.approx(np.mean((low <= found.y) & (found.y <= high)))
    assert offered(found) == "conformal_bounds"


def test_an_interval_without_a_level_is_asked_for_it() -> None:
    table = pd.DataFrame(drawn(1, 500))
    table = table.assign(yhat_lower=table["mean"] - 1.2816, yhat_upper=table["mean"] + 1.2816)[
        ["y", "yhat_lower", "yhat_upper"]
    ]
    content = table.to_csv(index=False).encode()
    verdict = calibration_verdict(read_predictions(content, "t.csv"))
    assert (verdict.kind, verdict.headline) == ("open", "What is the level of the intervals?")
    assert "right for 80 %, not for 95 %" in verdict.sentence
    assert calibration_verdict(read_predictions(content, "t.csv", choice=Choice(level=0.8))).kind == "good"


def test_right_intervals_are_hardly_ever_called_wrong() -> None:
    wrong = sum(calibration_verdict(read(seed, 100, INTERVAL)).kind != "good" for seed in range(60))
    assert wrong <= 5  # two tests of 1 %


def test_the_bounds_of_an_interval_are_corrected_and_charts_drawn() -> None:
    found = read(1, 400, INTERVAL, 1.6)
    after = effect_of(found, "conformal_bounds", 0.95).comparison  # at its own level, 90 %
    assert after.level == pytest.approx(0.9)
    assert after.changes["coverage"].after.value == pytest.approx(0.9, abs=0.05)
    assert after.changes["nll"].before.value is None
    assert "corrects a whole distribution" in why_not(found, "scale", 0.95)
    covered = covered_of(found, 0.5)
    assert covered is not None
    assert covered.level == pytest.approx(0.9)
    assert covered.caused
    assert covered_of(read(1, 400, ["mean"]), 0.9) is None


def test_means_alone_are_told_their_errors() -> None:
    found = read(1, 300, ["mean"], shift=0.5)
    verdict = calibration_verdict(found)
    assert (verdict.kind, verdict.headline) == ("open", "No standard deviation to judge")
    claims = {claim.name: claim.value for claim in verdict.claims}
    assert claims["rmse"] == pytest.approx(np.sqrt(np.mean((found.y - found.mean) ** 2)))
    assert claims["bias_in_y"] == pytest.approx(np.mean(found.y - found.mean))
    assert "bias_in_y" not in {claim.name for claim in calibration_verdict(read(1, 300, ["mean"])).claims}
    assert offered(found) == "conformal"
    after = effect_of(found, "conformal", 0.9)
    assert after.before is None
    assert after.comparison.changes["coverage"].before.value is None


@pytest.mark.parametrize(("shift", "headline"), [(0.0, "The quantiles are right"), (0.6, "A quantile is too low")])
def test_quantiles_that_are_no_interval(shift: float, headline: str) -> None:
    assert calibration_verdict(read(1, 400, ["q0.9"], shift=shift)).headline == headline
    assert calibration_verdict(read(1, 400, ["q0.5", "q0.9"], shift=shift)).headline == headline


def test_one_point_cannot_tell() -> None:
    assert calibration_verdict(read(1, 1, INTERVAL)).headline == "One point is too few"


def test_members_without_a_std_leave_the_noise_out() -> None:
    rng = np.random.default_rng(0)
    mean = rng.normal(size=300)
    members = {f"m{k}": mean + 0.1 * rng.normal(size=300) for k in range(5)}
    table = pd.DataFrame({"y": mean + 0.5 * rng.normal(size=300), **members})
    found = read_predictions(table.to_csv(index=False).encode(), "t.csv")
    verdict = calibration_verdict(found)
    assert verdict.headline == "The noise is missing"
    assert offered(found) == "conformal"


def test_samples_that_are_too_narrow_are_told_by_how_much() -> None:
    rng = np.random.default_rng(0)
    mean = rng.normal(size=600)
    samples = {f"sample_{k}": mean + rng.normal(size=600) / 3 for k in range(99)}
    table = pd.DataFrame({"y": mean + rng.normal(size=600), **samples})
    verdict = calibration_verdict(read_predictions(table.to_csv(index=False).encode(), "t.csv"))
    times = {claim.name: claim.value for claim in verdict.claims}["times"]
    assert isinstance(times, float)
    assert times == pytest.approx(3, rel=0.15)


def test_right_samples_are_hardly_ever_called_wrong() -> None:
    wrong = 0
    for seed in range(30):
        rng = np.random.default_rng([3, seed])
        mean = rng.normal(size=200)
        samples = {f"sample_{k}": mean + rng.normal(size=200) for k in range(10)}
        table = pd.DataFrame({"y": mean + rng.normal(size=200), **samples})
        wrong += calibration_verdict(read_predictions(table.to_csv(index=False).encode(), "t.csv")).kind != "good"
    assert wrong <= 5
