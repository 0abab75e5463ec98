"""Standard errors and bands, by simulation: scores scatter as stated, and a right model stays inside its bands."""

import numpy as np
import pytest
from scipy import special

from core.distributions.laws import gaussian
from core.evaluation.before_after import MEASURES, before_and_after
from core.evaluation.calibration_curves import coverage_along, error_by_std, normal_qq, pit_histogram, reliability
from core.evaluation.judged import Judged, share_of
from core.evaluation.scores import SCORES, estimates

NAMES = [name for name, row in SCORES.items() if not row.needs_truth]
AROUND_0 = {name for name in NAMES if name.startswith(("mace", "rmsce", "miscal", "ence"))}


@pytest.mark.long
@pytest.mark.parametrize("times", [1.0, 1.5], ids=["right", "too sure"])
def test_scores_scatter_as_their_standard_errors_say(times: float) -> None:
    """Within 15 %; a distance that is 0 up to luck within 25 %, because that luck is itself estimated."""
    samples = []
    for seed in range(250):
        rng = np.random.default_rng([5, seed])
        mean, std = rng.normal(size=200), np.exp(rng.normal(size=200) / 3)
        one = Judged(gaussian(mean, std), mean + times * std * rng.normal(size=200))
        samples.append([(found.value, found.std_error) for found in estimates(one, NAMES).values()])
    values, errors = np.moveaxis(np.array(samples, dtype=float), 2, 0)
    for name, scatter, error in zip(NAMES, values.std(axis=0, ddof=1), errors.mean(axis=0), strict=True):
        assert error == pytest.approx(scatter, rel=0.25 if name in AROUND_0 else 0.15), name


def test_a_share_of_all_points_has_a_standard_error() -> None:
    assert share_of(np.ones(50)).value == 1
    assert share_of(np.ones(50)).std_error == pytest.approx(0.0137, abs=1e-4)  # Beta(50.5, 0.5)
    half = np.repeat([0.0, 1.0], 500)
    assert share_of(half).std_error == pytest.approx(half.std(ddof=1) / np.sqrt(1000), rel=2e-3)
    assert share_of(np.ones(1)).std_error is None


@pytest.mark.long
@pytest.mark.parametrize(("n", "most"), [(50, 1.0), (500, 1.0), (5000, 0.985)])
def test_a_right_model_stays_inside_whole_charts(n: int, most: float) -> None:
    """95 of 100 samples, with room for the luck of 200; more where bins have few points."""
    inside: dict[str, list[bool]] = {}
    for seed in range(200):
        rng = np.random.default_rng([9, n, seed])
        pit, std = rng.uniform(size=n), np.exp(rng.normal(size=n) / 3)
        histogram, qq, error = pit_histogram(pit), normal_qq(pit), error_by_std(std, std * special.ndtri(pit))
        along = coverage_along(rng.uniform(size=n), (np.abs(2 * pit - 1) <= 0.9).astype(float), 0.9)
        curves = {form: reliability(pit, form) for form in ("interval", "quantile")}
        charts = {
            **{form: (curve.low, curve.observed, curve.high) for form, curve in curves.items()},
            "pit": (histogram.low, histogram.density, histogram.high),
            "qq": (qq.low, qq.observed, qq.high),
            "error by std": (error.low, error.error, error.high),
            "coverage along x": (along.low, along.covered, along.high),
        }
        for name, (low, value, high) in charts.items():
            inside.setdefault(name, []).append(bool(np.all((low <= value) & (value <= high))))
    for name, found in inside.items():
        assert 0.91 <= np.mean(found) <= (most if name in ("pit", "coverage along x") else 0.985), name


@pytest.mark.parametrize("measure", [name for name, row in MEASURES.items() if name != "coverage"])
def test_the_paired_difference_scatters_by_its_standard_error(measure: str) -> None:
    """For a given fit: one validation part and 250 test parts, each a new draw of y."""
    rng = np.random.default_rng(8)
    std = np.exp(rng.normal(size=300) / 3)
    q, first = gaussian(np.zeros(300), 2 * std), std[:100] * rng.normal(size=100)
    differences = []
    for _ in range(250):
        order = np.concatenate([np.arange(100), 100 + rng.integers(0, 200, 200)])
        y = np.concatenate([first, std[order[100:]] * rng.normal(size=200)])
        found = before_and_after(
            "scale", lambda at, order=order: gaussian(q.mean[at], q.std[order[at]]), y, validation=100
        )
        differences.append(found.changes[measure].difference)
    scatter = np.std([one.value for one in differences], ddof=1)
    error = np.mean([one.std_error for one in differences])
    assert error == pytest.approx(scatter, rel=0.15)
