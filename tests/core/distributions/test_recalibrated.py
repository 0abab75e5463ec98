"""Recalibrated distributions: against the distribution they should be, and the methods of each against one another."""

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate

from core.data.noise import NOISES
from core.distributions.laws import gaussian, laplace, scaled, student_t
from core.distributions.mixture import GaussianMixture
from core.distributions.quantiles import QuantilePredictive
from core.distributions.recalibrated import ConformalIntervals, RemappedPredictive, points_for

N = 5
RNG = np.random.default_rng(7)
MEAN, STD = RNG.normal(0, 3, N), np.exp(RNG.normal(-1, 0.7, N))
BASES = {
    "gaussian": gaussian(MEAN, STD),
    "laplace": laplace(MEAN, STD),
    "student_t": student_t(MEAN, STD, 6.0),
    "mixture": GaussianMixture(
        RNG.dirichlet(np.ones(3), N), RNG.normal(0, 1, (N, 3)), np.exp(RNG.normal(-1, 0.5, (N, 3)))
    ),
    "quantiles": QuantilePredictive((0.1, 0.3, 0.5, 0.9), MEAN[:, None] + np.cumsum(RNG.uniform(0.2, 1, (N, 4)), -1)),
}
LEVELS, OBSERVED = np.array([0, 0.05, 0.3, 0.6, 0.9, 1]), np.array([0, 0.1, 0.35, 0.55, 0.95, 1])
WRAPPED = {
    "scaled": lambda base: scaled(base, 0.6),
    "remapped": lambda base: RemappedPredictive(base, LEVELS, OBSERVED),
    "remapped, then scaled": lambda base: scaled(RemappedPredictive(base, LEVELS, OBSERVED), 1.7),
    "scaled, then remapped": lambda base: RemappedPredictive(scaled(base, 1.7), LEVELS, OBSERVED),
}
every_base = pytest.mark.parametrize("base", BASES.values(), ids=BASES)
every_wrapper = pytest.mark.parametrize("wrap", WRAPPED.values(), ids=WRAPPED)


def around(q, spread=2.5):
    return q.mean + spread * q.std * np.random.default_rng(4).uniform(-1, 1, N)


def knots_of(q):
    """Where the density of each distribution may jump, and ends far out on both sides: (cuts, N)."""
    base = {*LEVELS[1:-1], 0.1, 0.3, 0.5, 0.9}
    tails = {1e-13, 1e-9, 1e-6, 1e-3, 0.999, 1 - 1e-6, 1 - 1e-9, 1 - 1e-13}
    return np.stack([q.quantile(float(p)) for p in sorted({*base, *np.interp([*base], LEVELS, OBSERVED), *tails})])


def integral(q, i, of, *more):
    """∫ of(y) dy over all of y for the i-th distribution, piece by piece, `more` cuts between them."""
    nodes, weights = np.polynomial.legendre.leggauss(24)
    cuts = np.unique([*knots_of(q)[:, i], *more])
    half, middle = np.diff(cuts)[:, None] / 2, (cuts[1:] + cuts[:-1])[:, None] / 2
    y = (middle + half * nodes).ravel()
    values = np.array([of(np.full(N, at))[i] for at in y])
    return float((half * weights).ravel() @ values)


@every_base
@every_wrapper
def test_it_has_the_bases_shape(wrap, base):
    q = wrap(base)
    y = around(q)
    for found in (q.mean, q.std, q.var, q.nll(y), q.crps(y), q.cdf(y), q.quantile(0.3), *q.interval(0.8)):
        assert found.shape == (N,)
        assert np.all(np.isfinite(found))


@every_base
@every_wrapper
@pytest.mark.parametrize("p", [1e-9, 0.003, 0.05, 0.31, 0.5, 0.55, 0.975, 0.9999])
def test_the_quantile_inverts_the_cdf(wrap, base, p):
    q = wrap(base)
    np.testing.assert_allclose(q.cdf(q.quantile(p)), p, rtol=1e-7)


@every_base
@every_wrapper
def test_the_density_is_the_slope_of_the_cdf(wrap, base):
    q = wrap(base)
    y, h = around(q), 1e-5 * q.std
    slope = (q.cdf(y + h) - q.cdf(y - h)) / (2 * h)
    np.testing.assert_allclose(slope * q.std, np.exp(-q.nll(y)) * q.std, rtol=1e-5, atol=1e-8)


@every_base
@every_wrapper
def test_moments_by_integrating_the_density(wrap, base):
    q = wrap(base)
    for i in range(2):
        assert integral(q, i, lambda y: np.exp(-q.nll(y))) == pytest.approx(1, abs=1e-6)
        mean = integral(q, i, lambda y: y * np.exp(-q.nll(y)))
        var = integral(q, i, lambda y, mean=mean: (y - mean) ** 2 * np.exp(-q.nll(y)))
        assert q.mean[i] == pytest.approx(mean, abs=1e-5 * q.std[i])
        assert q.std[i] == pytest.approx(np.sqrt(var), rel=1e-4)
        assert q.var[i] == pytest.approx(q.std[i] ** 2)


@every_base
@every_wrapper
def test_the_crps_by_integrating_the_cdf(wrap, base):
    q = wrap(base)
    y = around(q)
    for i in range(2):

        def squared(x, i=i):
            return (q.cdf(x) - (x >= y[i])) ** 2

        assert q.crps(y)[i] == pytest.approx(integral(q, i, squared, y[i]), abs=2e-4 * q.std[i])


@every_base
@every_wrapper
@pytest.mark.parametrize("family", ["gaussian", "skewed"])
def test_cross_entropy_by_integration(wrap, base, family):
    q, noise = wrap(base), NOISES[family]
    mean, std = q.mean + 0.3 * q.std, 0.8 * q.std
    found = q.cross_entropy(mean, std, noise)
    for i in range(2):

        def integrand(y, i=i):
            return np.exp(noise.log_density((y - mean[i]) / std[i])) / std[i] * q.nll(np.full(N, y))[i]

        ends = mean[i] + np.array([max(noise.support[0], -30), -1, 0, 3, 12, 60]) * std[i]
        cuts = np.unique([*np.clip(knots_of(q)[:, i], ends[0], ends[-1]), *ends])
        value = sum(integrate.quad(integrand, a, b, limit=200)[0] for a, b in pairwise(cuts))
        assert found[i] == pytest.approx(value, abs=3e-4)


# Scaled


@pytest.mark.parametrize("factor", [0.01, 0.5, 1.0, 30.0])
def test_a_scaled_gaussian_is_the_gaussian_of_k_times_the_std(factor):
    wide, plain = scaled(BASES["gaussian"], factor), gaussian(MEAN, factor * STD)
    y = around(plain, 4)
    for method in ("nll", "crps", "cdf"):
        np.testing.assert_allclose(getattr(wide, method)(y), getattr(plain, method)(y), rtol=1e-12, atol=1e-12)
    for p in (1e-6, 0.1, 0.5, 0.99):
        np.testing.assert_allclose(wide.quantile(p), plain.quantile(p), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(wide.interval(0.9), plain.interval(0.9), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(
        [wide.mean, wide.std, wide.var], [plain.mean, plain.std, plain.var], rtol=1e-12, atol=1e-12
    )
    truth = (np.zeros(N), np.ones(N), NOISES["skewed"])
    np.testing.assert_allclose(wide.cross_entropy(*truth), plain.cross_entropy(*truth), rtol=1e-12, atol=1e-12)


@every_base
def test_a_factor_of_one_changes_nothing(base):
    q, y = scaled(base, 1.0), around(base)
    for method in ("nll", "crps", "cdf"):
        np.testing.assert_allclose(getattr(q, method)(y), getattr(base, method)(y), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("factor", [0.0, -1.0, np.nan, np.inf])
def test_a_factor_that_is_none_is_refused(factor):
    with pytest.raises(ValueError, match="it must be a positive number"):
        scaled(BASES["gaussian"], factor)


# Remapped


@every_base
def test_the_identity_changes_nothing(base):
    q, y = RemappedPredictive(base, np.array([0, 0.4, 1]), np.array([0, 0.4, 1])), around(base)
    for method in ("nll", "cdf"):
        np.testing.assert_allclose(getattr(q, method)(y), getattr(base, method)(y), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(q.quantile(0.2), base.quantile(0.2), rtol=1e-12)
    np.testing.assert_allclose((q.mean - base.mean) / base.std, 0, atol=1e-5)
    np.testing.assert_allclose(q.std, base.std, rtol=1e-4)
    np.testing.assert_allclose((q.crps(y) - base.crps(y)) / base.std, 0, atol=1e-5)
    truth = (MEAN, STD, NOISES["laplace"])
    np.testing.assert_allclose(q.cross_entropy(*truth), base.cross_entropy(*truth), rtol=1e-12)


def test_smooth_bases_keep_ten_digits_through_the_identity():
    base, y = BASES["gaussian"], around(BASES["gaussian"], 12)
    q = RemappedPredictive(base, np.array([0.0, 1]), np.array([0.0, 1]))
    np.testing.assert_allclose([q.mean, q.std], [base.mean, base.std], rtol=1e-12)
    np.testing.assert_allclose(q.crps(y), base.crps(y), rtol=1e-10)


def test_at_its_levels_it_says_what_was_observed():
    q = RemappedPredictive(BASES["laplace"], LEVELS, OBSERVED)
    for level, observed in zip(LEVELS[1:-1], OBSERVED[1:-1], strict=True):
        np.testing.assert_allclose(q.cdf(BASES["laplace"].quantile(level)), observed, rtol=1e-12)


def test_frames_of_points():
    base = gaussian(np.stack([MEAN, MEAN + 1]), np.stack([STD, 2 * STD]))
    row = RemappedPredictive(gaussian(MEAN + 1, 2 * STD), LEVELS, OBSERVED)
    q, y = RemappedPredictive(base, LEVELS, OBSERVED), np.linspace(-1, 1, N)
    for whole, part in [(q.nll, row.nll), (q.crps, row.crps), (q.cdf, row.cdf)]:
        np.testing.assert_allclose(whole(y)[1], part(y), rtol=1e-12)
    np.testing.assert_allclose([q.mean[1], q.std[1]], [row.mean, row.std], rtol=1e-12)


def test_integrals_found_once_are_those_found_at_each_point():
    once = RemappedPredictive(student_t(MEAN, STD, 6.0), LEVELS, OBSERVED)
    each = RemappedPredictive(student_t(MEAN, STD, np.full(N, 6.0)), LEVELS, OBSERVED)
    y = around(each, 20)
    np.testing.assert_allclose(once.crps(y), each.crps(y), rtol=1e-11)
    np.testing.assert_allclose([once.mean, once.std], [each.mean, each.std], rtol=1e-12)


@pytest.mark.parametrize("family", ["gaussian", "quantiles"])
def test_memory_is_bounded(family):
    """Some tens of numbers a point, not one for each knot, node and cut: a million points are no 4 GB."""
    n, levels = 20_000, np.linspace(0, 1, 52)
    normal = gaussian(np.zeros(n), np.ones(n))
    quantiles = QuantilePredictive((0.1, 0.5, 0.9), np.tile([-1.0, 0, 1], (n, 1)))
    q = RemappedPredictive(normal if family == "gaussian" else quantiles, levels, levels)
    y = np.linspace(-5, 5, n)
    tracemalloc.start()
    q.crps(y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 150 * 8 * n


def test_a_variance_that_was_infinite_still_is():
    q = RemappedPredictive(student_t(MEAN, STD, np.array(2.0)), LEVELS, OBSERVED)
    assert np.all(np.isinf(q.std))
    assert np.all(np.isfinite(q.mean))


@pytest.mark.parametrize(
    ("levels", "observed", "message"),
    [
        ([0, 0.5, 0.5, 1], [0, 0.2, 0.4, 1], r"levels are .* they must increase from 0 to 1"),
        ([0, 0.5, 1], [0, 0.0, 1], "observed are"),
        ([0.1, 1], [0, 1], "levels are"),
        ([0, 1], [0, 0.9], "observed are"),
        ([0], [0], "levels are"),
        ([0, np.nan, 1], [0, 0.5, 1], "levels are"),
        ([0, 0.5, 1], [0, 1], "there are 3 levels and 2 observed"),
    ],
)
def test_a_map_that_is_none_is_refused(levels, observed, message):
    with pytest.raises(ValueError, match=message):
        RemappedPredictive(BASES["gaussian"], np.array(levels, float), np.array(observed, float))


# Conformal


def test_conformal_intervals_worked_by_hand():
    intervals = ConformalIntervals(np.array([1.0, 2.0]), np.array([1.0, 10.0]), np.array([0.1, 0.2, 0.3, 0.4]))
    for level, reach in [(0.01, 0.1), (0.2, 0.1), (0.21, 0.2), (0.6, 0.3), (0.8, 0.4)]:
        lower, upper = intervals.interval(level)
        np.testing.assert_allclose(lower, [1 - reach, 2 - 10 * reach])
        np.testing.assert_allclose(upper, [1 + reach, 2 + 10 * reach])
    with pytest.raises(
        ValueError, match="of 95 % needs at least 19 validation points, but there are 4: use more points"
    ):
        intervals.interval(0.95)


@pytest.mark.parametrize(("level", "n"), [(0.5, 1), (0.51, 2), (0.8, 4), (0.9, 9), (0.95, 19), (0.99, 99), (0.001, 1)])
def test_points_a_level_needs(level, n):
    assert points_for(level) == n
    one = ConformalIntervals(np.zeros(1), np.ones(1), np.arange(1.0, n + 1))
    assert one.interval(level)[1] == (n if level >= 0.5 else 1)


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0, np.nan])
def test_a_level_that_is_none_is_refused(level):
    with pytest.raises(ValueError, match="it must be strictly between 0 and 1"):
        points_for(level)
