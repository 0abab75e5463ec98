"""Recalibrations: what they fit where it is known, what they guarantee by simulation, and what they refuse."""

import dataclasses
import subprocess
import sys
import warnings

import numpy as np
import pytest
from scipy import stats

from core.distributions.laws import gaussian, laplace, scaled, student_t
from core.distributions.mixture import GaussianMixture
from core.distributions.quantiles import QuantilePredictive
from core.distributions.recalibrated import RemappedPredictive
from core.evaluation.recalibration import RECALIBRATIONS, split

N = 400
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
MOVES_THE_MEAN_ALONE = {"shift", "shift_along"}
OF_WIDTH = [name for name in RECALIBRATIONS if name not in MOVES_THE_MEAN_ALONE]
every_recalibration = pytest.mark.parametrize("name", RECALIBRATIONS)


def of_gaussian(seed=0, n=N, width=1.0, bias=0.0):
    """A Gaussian prediction `width` times as wide as the noise, its mean off by `bias`; and y."""
    rng = np.random.default_rng(seed)
    mean, std = rng.normal(0, 2, n), np.exp(rng.normal(-1, 0.5, n))
    return gaussian(mean + bias, width * std), mean + std * rng.normal(size=n)


def fitted(name, predictive, y):
    """Fitted to points that lie one after the other on their axis."""
    return RECALIBRATIONS[name].fit(predictive, y, along(y))


def along(y):
    return np.linspace(0, 1, len(y))


def families(seed=1, n=N):
    """One prediction of each family, around 0, and y with about its spread."""
    rng = np.random.default_rng(seed)
    zero, std = np.zeros(n), np.exp(rng.normal(-1, 0.5, n))
    normal = gaussian(zero, std)
    return {
        "gaussian": (normal, std * rng.normal(size=n)),
        "laplace": (laplace(zero, std), std * rng.laplace(size=n)),
        "student_t": (student_t(zero, std, 5.0), std * rng.standard_t(5, n)),
        "mixture": (
            GaussianMixture(np.full((n, 2), 0.5), std[:, None] * [-2, 2], np.stack([std, std], -1)),
            std * (rng.normal(size=n) + rng.choice([-2, 2], n)),
        ),
        "quantiles": (
            QuantilePredictive(LEVELS, np.stack([normal.quantile(p) for p in LEVELS], -1)),
            std * rng.normal(size=n),
        ),
    }


every_family = pytest.mark.parametrize("family", families(n=2))


def test_the_table():
    assert set(RECALIBRATIONS) == {
        "shift",
        "shift_scale",
        "scale",
        "scale_along",
        "power",
        "shift_along",
        "isotonic",
        "conformal",
        "conformal_normalised",
        "conformal_bounds",
    }
    for name, row in RECALIBRATIONS.items():
        assert row.name == name
        assert all([row.label, row.help.endswith("."), "arXiv:" in row.reference or "doi:" in row.reference])
    with pytest.raises(TypeError):
        RECALIBRATIONS["more"] = row
    with pytest.raises(dataclasses.FrozenInstanceError):
        row.label = ""


# The halves


@pytest.mark.parametrize("n", [2, 3, 10, 101])
def test_halves_are_disjoint_sorted_and_complete(n):
    validation, test = split(n, 3)
    assert len(validation) == n // 2
    np.testing.assert_array_equal(np.sort([*validation, *test]), np.arange(n))
    for half in (validation, test):
        assert np.all(np.diff(half) > 0)


def test_halves_depend_on_the_seed():
    np.testing.assert_array_equal(split(50, 1)[0], split(50, 1)[0])
    assert not np.array_equal(split(50, 1)[0], split(50, 2)[0])


def test_any_point_may_be_in_either_half():
    shares = np.zeros(10)
    for seed in range(600):
        shares[split(10, seed)[0]] += 1 / 600
    np.testing.assert_allclose(shares, 0.5, atol=0.1)


@pytest.mark.parametrize(("n", "words"), [(0, "there are 0"), (1, "there is 1")])
def test_too_few_points_to_halve(n, words):
    with pytest.raises(ValueError, match=f"needs at least 2 held-out points.*{words}: hold out more"):
        split(n, 0)


# One factor


def test_a_gaussians_factor_is_the_root_mean_square_of_z():
    q, y = of_gaussian(width=2)
    factor = fitted("scale", q, y).factor
    assert factor == pytest.approx(np.sqrt(np.mean(((y - q.mean) / q.std) ** 2)), rel=1e-14)
    assert factor == pytest.approx(0.5, abs=3 * 0.5 / np.sqrt(2 * N))


def test_a_laplaces_factor_is_the_mean_of_absolute_z():
    q, y = families()["laplace"]
    assert fitted("scale", q, 3 * y).factor == pytest.approx(np.mean(np.abs(3 * y) / q.scale), rel=1e-7)


def test_quantiles_of_a_gaussian_have_its_factor():
    q, y = families()["quantiles"]
    assert fitted("scale", q, y).factor == pytest.approx(fitted("scale", families()["gaussian"][0], y).factor, rel=1e-7)


@every_family
@pytest.mark.parametrize("width", [0.2, 1, 5])
def test_the_factor_has_the_least_nll(family, width):
    q, y = families()[family]
    fit = fitted("scale", scaled(q, width), y)
    assert fit.factor * width == pytest.approx(1, abs=0.15)
    nll = [np.mean(scaled(q, width * fit.factor * by).nll(y)) for by in (1, 0.999, 1.001, 0.5, 2)]
    assert nll[0] == min(nll)
    np.testing.assert_allclose(fit.apply(q).std, fit.factor * q.std, rtol=1e-12)


def test_the_factor_goes_with_the_unit():
    q, y = families()["student_t"]
    other = student_t(1e6 * q.mean, 1e6 * q.scale, q.law.df)
    assert fitted("scale", other, 1e6 * y).factor == pytest.approx(fitted("scale", q, y).factor, rel=1e-6)


def test_a_tiny_std_overflows_nothing():
    q = gaussian(np.zeros(3), np.full(3, 1e-200))
    assert fitted("scale", q, np.array([1.0, -1.0, 2.0])).factor == pytest.approx(np.sqrt(2) * 1e200)


@pytest.mark.parametrize("family", ["gaussian", "laplace", "student_t"])
def test_a_std_far_below_the_rounding_of_its_mean_is_rescaled(family):
    q, y = families()[family]
    tiny = dataclasses.replace(q, loc=q.loc + 1, scale=1e-75 * q.scale)
    fit = fitted("scale", tiny, y + 1)
    lower, upper = fit.apply(tiny).interval(0.9)
    assert np.mean((lower <= y + 1) & (y + 1 <= upper)) == pytest.approx(0.9, abs=0.03)
    np.testing.assert_allclose(fit.apply(tiny).nll(y + 1), fitted("scale", q, y).apply(q).nll(y), atol=1e-6)


def test_no_width_fits_where_most_residuals_are_zero():
    q = student_t(np.zeros(9), np.ones(9), 3.0)
    with pytest.raises(ValueError, match="No factor on the standard deviation is best"):
        fitted("scale", q, np.array([0.0] * 8 + [1.0]))


# Isotonic


@every_family
def test_the_validation_pit_becomes_uniform(family):
    q, y = families()[family]
    wide = scaled(q, 2.5)
    assert stats.kstest(wide.cdf(y), "uniform").pvalue < 1e-6
    after = fitted("isotonic", wide, y).apply(wide)
    assert isinstance(after, RemappedPredictive)
    pit = np.sort(after.cdf(y))
    np.testing.assert_allclose(pit, np.arange(1, N + 1) / (N + 1), atol=1 / np.sqrt(N))
    assert np.mean(after.nll(y)) < np.mean(wide.nll(y)) - 0.2


@pytest.mark.parametrize(("n", "knots"), [(1, 1), (2, 2), (100, 10), (900, 30), (4000, 50)])
def test_the_knots_are_points_of_the_empirical_cdf(n, knots):
    q, y = of_gaussian(n=n, width=2)
    fit = fitted("isotonic", q, y)
    assert len(fit.levels) == len(fit.observed) == knots + 2
    pit = np.sort(q.cdf(y))
    for level, observed in zip(fit.levels[1:-1], fit.observed[1:-1], strict=True):
        assert np.sum(pit <= level + 1e-12) / (n + 1) == pytest.approx(observed, rel=1e-12)


def test_on_new_points_a_wrong_width_is_corrected_and_a_right_one_hardly_changed():
    truth, y = of_gaussian(1, 5000)
    for width, least in [(2, 0.31), (1, -0.05)]:  # a std twice too wide costs log 2 − 3/8 = 0.318 nats
        q = scaled(truth, width)
        after = fitted("isotonic", *of_gaussian(2, 2000, width)).apply(q)
        assert np.mean(q.nll(y)) - np.mean(after.nll(y)) > least - 0.03
        lower, upper = after.interval(0.95)
        assert np.mean((lower <= y) & (y <= upper)) == pytest.approx(0.95, abs=0.015)
        np.testing.assert_allclose(upper - lower, 3.92 * truth.std, rtol=0.1)


def test_uncertainty_toolbox_agrees():
    """Its map is from a level to the predicted one that is observed so often: the inverse of R, at 0 … 1 in hundredths.

    It takes the share of points at or below, k/n, and all steps; ours k/(n + 1) and √n of them. Its residual is
    predicted − true, so that its quantiles count from above: it is given the mirror image of y.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import uncertainty_toolbox as uct
        from uncertainty_toolbox.recalibration import iso_recal
    q, y = of_gaussian(width=2, bias=0.2, n=3000)
    expected, observed = uct.metrics_calibration.get_proportion_lists_vectorized(
        q.mean, q.std, 2 * q.mean - y, prop_type="quantile"
    )
    model, fit = iso_recal(expected, observed), fitted("isotonic", q, y)
    wanted = np.linspace(0.05, 0.95, 19)
    np.testing.assert_allclose(np.interp(wanted, fit.observed, fit.levels), model.predict(wanted), atol=0.01)


def test_ties_get_their_mean_rank():
    q = gaussian(np.zeros(9), np.ones(9))
    fit = fitted("isotonic", q, np.array([-1.0, -1, -1, 0, 0, 0, 1, 1, 1]))
    np.testing.assert_allclose(fit.levels, [0, stats.norm.cdf(-1), 0.5, stats.norm.cdf(1), 1], atol=1e-11)
    np.testing.assert_allclose(fit.observed, [0, 0.2, 0.5, 0.8, 1])


def test_far_points_still_give_a_map():
    q = gaussian(np.zeros(6), np.ones(6))
    fit = fitted("isotonic", q, np.array([-90.0, -80, 0, 0.5, 70, 80]))
    after = fit.apply(q)
    assert np.all(np.isfinite(after.nll(np.full(6, 5.0))))
    with pytest.raises(ValueError, match="probability is zero, so nothing can be remapped"):
        fitted("isotonic", q, np.array([-90.0, -80, -85, 75, 70, 80]))


# Conformal


@pytest.mark.parametrize("name", ["conformal", "conformal_normalised"])
@pytest.mark.parametrize(("level", "n"), [(0.5, 5), (0.8, 12), (0.95, 19), (0.95, 50)])
def test_conformal_coverage_holds_in_finite_samples(name, level, n):
    """For any model, on average over validation sets, the coverage is in [level, level + 1/(n + 1)]."""
    rng = np.random.default_rng(n)
    shares = []
    for _ in range(3000):
        x, z = rng.uniform(0.1, 1, 2 * n), rng.standard_t(2, 2 * n)
        y, q = x * z + 3 * x, gaussian(x, 0.2 + x)
        after = fitted(name, gaussian(q.mean[:n], q.std[:n]), y[:n]).apply(gaussian(q.mean[n:], q.std[n:]))
        lower, upper = after.interval(level)
        shares.append(np.mean((lower <= y[n:]) & (y[n:] <= upper)))
    error = 4 * np.std(shares) / np.sqrt(len(shares))
    assert level - error <= np.mean(shares) <= level + 1 / (n + 1) + error


def test_conformal_intervals_have_one_width_or_that_of_the_std():
    q, y = of_gaussian(width=2)
    for name, scale in [("conformal", np.ones(N)), ("conformal_normalised", q.std)]:
        after = fitted(name, q, y).apply(q)
        lower, upper = after.interval(0.9)
        np.testing.assert_allclose((upper - lower) / scale, (upper[0] - lower[0]) / scale[0], rtol=1e-12)
        np.testing.assert_allclose((lower + upper) / 2, q.mean, rtol=1e-9, atol=1e-9)
        np.testing.assert_array_equal(after.mean, q.mean)
        inside = int(np.sum(np.abs(y - q.mean) <= (upper - lower) / 2 * (1 + 1e-9)))
        assert inside == np.ceil((N + 1) * 0.9)


def test_where_the_std_is_one_constant_both_are_the_same():
    q, y = of_gaussian()
    q = gaussian(q.mean, np.full(N, 0.37))
    one, other = (fitted(name, q, y).apply(q).interval(0.9) for name in ("conformal", "conformal_normalised"))
    np.testing.assert_allclose(one, other, rtol=1e-12)


def test_conformal_intervals_of_one_level():
    q = QuantilePredictive((0.5,), np.zeros((N, 1)))
    after = fitted("conformal", q, np.linspace(-1, 1, N)).apply(q)
    np.testing.assert_allclose(after.interval(0.5), np.array([[-0.5], [0.5]]) * np.ones(N), atol=0.01)
    for name in ("scale", "isotonic", "conformal_normalised"):
        with pytest.raises(ValueError, match="The standard deviation is not a finite number at 400 of 400"):
            fitted(name, q, np.linspace(-1, 1, N))


# What they cannot do, and what is refused


@pytest.mark.parametrize("name", sorted(set(RECALIBRATIONS) - {"shift_along", "power", "scale_along"}))
def test_no_recalibration_of_one_number_corrects_a_mean_that_is_wrong_at_some_x(name):
    """Half of the means are too high, half too low: there is no bias on average, and the mean at each x stays."""
    rng = np.random.default_rng(0)
    left = np.arange(4000) < 2000
    y = np.where(left, 2, -2) + 0.1 * rng.normal(size=4000)
    q = gaussian(np.zeros(4000), np.full(4000, 0.1))
    # Intervals may become wide enough, but their centres are still 20 stds away from the points.
    after = fitted(name, gaussian(q.mean, np.full(4000, 2.0)), y).apply(q)
    lower, upper = after.interval(0.5)
    assert np.ptp(lower) == np.ptp(upper) == np.ptp(after.mean) == 0


@pytest.mark.parametrize("name", OF_WIDTH)
@every_family
def test_every_family_can_be_recalibrated_and_the_words_are_a_sentence(name, family):
    q, y = families()[family]
    fit = fitted(name, q, 2 * y)
    lower, upper = fit.apply(q, along(y)).interval(0.9)
    assert np.all(lower < upper)
    assert np.mean((lower <= 2 * y) & (2 * y <= upper)) == pytest.approx(0.9, abs=0.05)
    assert fit.words.endswith(".")
    assert "nan" not in fit.words


def test_words():
    q, y = gaussian(np.zeros(4), np.full(4, 2.0)), np.array([-1.0, 1, -1, 1])
    assert fitted("scale", q, y).words == "Every standard deviation times 0.500."
    assert fitted("conformal", q, y).words == "Intervals from the errors of 4 points, half of which are within ±1.00."
    assert "±0.500·σ̂" in fitted("conformal_normalised", q, y).words
    assert fitted("isotonic", *of_gaussian(width=2)).words.startswith("Predicted probabilities redrawn: 5 % becomes 0")


BAD = {
    "a mean is nan": (gaussian(np.array([0, np.nan, 0]), np.ones(3)), "The mean is not a finite number at 1"),
    "a mean is infinite": (gaussian(np.array([0, np.inf, 0]), np.ones(3)), "The mean is not a finite number"),
    "a std is nan": (gaussian(np.zeros(3), np.array([1, np.nan, 1])), "The standard deviation is not a fin"),
    "a std is infinite": (gaussian(np.zeros(3), np.full(3, np.inf)), "deviation is not a finite number at 3"),
    "a std is zero": (gaussian(np.zeros(3), np.array([1, 0, 1.0])), "zero or negative at 1 of 3"),
    "a std is negative": (gaussian(np.zeros(3), np.array([1, -2, 1.0])), "zero or negative at 1 of 3"),
    "no error": (gaussian(np.array([1.0, 2, 4]), np.ones(3)), "predicted without error"),
}


@every_recalibration
@pytest.mark.parametrize("case", BAD)
def test_a_prediction_that_cannot_be_recalibrated_is_refused(name, case):
    q, words = BAD[case]
    if name == "conformal" and "std" in case:
        assert len(fitted(name, q, np.array([1.0, 2, 4])).scores) == 3  # it reads no std
        return
    with pytest.raises(ValueError, match=words):
        fitted(name, q, np.array([1.0, 2, 4]))


@every_recalibration
@pytest.mark.parametrize(
    ("y", "words"),
    [
        ([1.0, np.nan, 2], "The target is not a finite number at 1 of 3"),
        ([1.0, 1, 1], "All validation targets are equal"),
        ([], "no validation point"),
    ],
)
def test_targets_without_information_are_refused(name, y, words):
    with pytest.raises(ValueError, match=words):
        fitted(name, gaussian(np.zeros(len(y)), np.ones(len(y))), np.array(y))


def test_its_import_is_cheap():
    code = """import sys, core.evaluation.recalibration
sys.exit(bool({"scipy.stats", "scipy.optimize"} & {*sys.modules}))"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@every_recalibration
@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_quantiles_that_are_not_finite_are_refused_without_a_warning(name, value):
    q = QuantilePredictive((0.1, 0.5, 0.9), np.array([[-1.0, 0, 1], [-1, 0, value], [-1, 0, 1]]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match="The mean is not a finite number at 1 of 3"):
            fitted(name, q, np.array([1.0, 2, 4]))
