"""Predictive distributions against scoringrules and integration, and the methods of each against one another."""

import dataclasses
import inspect
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, special, stats

from core.data.noise import NOISES
from core.distributions import laws
from core.distributions.law import Law
from core.distributions.laws import Predictive, gaussian, laplace, student_t
from core.distributions.mixture import GaussianMixture
from core.distributions.quantiles import QuantilePredictive
from tests.core.compiles_nothing import scoringrules

N = 60
LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
PROBABILITIES = [1e-9, 0.003, 0.05, 0.31, 0.5, 0.62, 0.975, 0.999]
NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)

Shape = tuple[int, ...]
Score = Callable[[Predictive, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Case:
    """How to build one of a shape, at random, and an independent oracle of its scores at y of that shape."""

    build: Callable[[np.random.Generator, Shape], Predictive]
    nll: Score
    crps: Score
    kinks: bool = False  # −log density is only piecewise smooth: the quadrature of the cross entropy is rougher


def scales(rng, shape):
    return np.exp(rng.normal(-1, 0.7, shape))


def panels(cuts):
    """Gauss–Legendre nodes and weights for a function that is smooth between the cuts."""
    cuts = np.unique(cuts)
    half, middle = np.diff(cuts)[:, None] / 2, ((cuts[1:] + cuts[:-1]) / 2)[:, None]
    return (middle + half * NODES).ravel(), (half * WEIGHTS).ravel()


def by_quantiles(rng, shape):
    # Increasing, apart by 0.05 at least: crossing and ties have tests of their own.
    steps = 0.05 + rng.exponential(0.6, (*shape, len(LEVELS)))
    return QuantilePredictive(LEVELS, rng.normal(-2, 3, (*shape, 1)) + np.cumsum(steps, axis=-1))


def line(values):
    """One point's knots (z, y), the first and last pieces carried on to 40 stds."""
    z = special.ndtri(LEVELS)
    slopes = np.diff(values) / np.diff(z)
    ends = values[0] - slopes[0] * (40 + z[0]), values[-1] + slopes[-1] * (40 - z[-1])
    return np.array([-40, *z, 40]), np.array([ends[0], *values, ends[1]])


def nll_of_line(values, y):
    z, knots = line(values)
    i = np.clip(np.searchsorted(knots, y) - 1, 0, len(z) - 2)
    return -stats.norm.logpdf(np.interp(y, knots, z)) + np.log((knots[i + 1] - knots[i]) / (z[i + 1] - z[i]))


def crps_of_line(values, y):
    """2·∫ pinball loss dp, another form of the score: Gneiting & Raftery 2007, section 4.2."""
    z, knots = line(values)
    at, weights = panels([*np.linspace(-12, 12, 49), *z[1:-1], np.clip(np.interp(y, knots, z), -12, 12)])
    off = y - np.interp(at, z, knots)
    pinball = off * np.where(off >= 0, special.ndtr(at), -special.ndtr(-at))
    return 2 * weights @ (stats.norm.pdf(at) * pinball)


def per_point(score):
    return lambda q, y: np.array([score(values, at) for values, at in zip(q.values, y, strict=True)])


CASES = {
    gaussian: Case(
        lambda rng, shape: gaussian(rng.normal(0, 3, shape), scales(rng, shape)),
        nll=lambda q, y: scoringrules.logs_normal(y, q.mean, q.std),
        crps=lambda q, y: scoringrules.crps_normal(y, q.mean, q.std),
    ),
    laplace: Case(
        lambda rng, shape: laplace(rng.normal(0, 3, shape), scales(rng, shape)),
        nll=lambda q, y: scoringrules.logs_laplace(y, q.mean, q.scale),
        crps=lambda q, y: scoringrules.crps_laplace(y, q.mean, q.scale),
    ),
    student_t: Case(
        lambda rng, shape: student_t(rng.normal(0, 3, shape), scales(rng, shape), 6 + scales(rng, shape) * 9),
        nll=lambda q, y: scoringrules.logs_t(y, q.law.df, q.mean, q.scale),
        crps=lambda q, y: scoringrules.crps_t(y, q.law.df, q.mean, q.scale),
    ),
    GaussianMixture: Case(
        lambda rng, shape: GaussianMixture(
            rng.dirichlet(np.ones(3), shape), rng.normal(0, 1, (*shape, 3)), scales(rng, (*shape, 3))
        ),
        nll=lambda q, y: scoringrules.logs_mixnorm(y, q.means, q.stds, q.weights),
        crps=lambda q, y: scoringrules.crps_mixnorm(y, q.means, q.stds, q.weights),
    ),
    QuantilePredictive: Case(by_quantiles, nll=per_point(nll_of_line), crps=per_point(crps_of_line), kinks=True),
}
every_kind = pytest.mark.parametrize("kind", CASES, ids=lambda kind: kind.__name__)


def built(kind, shape=(N,)):
    return CASES[kind].build(np.random.default_rng(3), shape)


def around(q, spread=3.0):
    """Observations some stds from the mean."""
    return q.mean + spread * q.std * np.random.default_rng(4).uniform(-1, 1, q.mean.shape)


def test_no_kind_is_forgotten_here():
    makers = {name for name, it in vars(laws).items() if inspect.isfunction(it) and it.__module__ == laws.__name__}
    assert {kind.__name__ for kind in CASES} >= {name for name in makers if name[0] != "_"} - {"scaled"}


@every_kind
def test_it_is_frozen(kind):
    q = built(kind)
    with pytest.raises(dataclasses.FrozenInstanceError):
        q.anything = 1


@every_kind
@pytest.mark.parametrize("score", ["nll", "crps"])
def test_scores_against_the_oracle(kind, score):
    q = built(kind)
    y = around(q)
    found = getattr(q, score)(y)
    assert found.shape == (N,)
    np.testing.assert_allclose(found, getattr(CASES[kind], score)(q, y), rtol=1e-9, atol=1e-9)


@every_kind
def test_the_density_is_the_slope_of_the_cdf(kind):
    q = built(kind)
    y, h = around(q), 1e-5 * q.std
    slope = (q.cdf(y + h) - q.cdf(y - h)) / (2 * h)
    np.testing.assert_allclose(slope * q.std, np.exp(-q.nll(y)) * q.std, rtol=1e-6, atol=1e-8)


@every_kind
@pytest.mark.parametrize("p", PROBABILITIES)
def test_the_quantile_inverts_the_cdf(kind, p):
    q = built(kind)
    np.testing.assert_allclose(q.cdf(q.quantile(p)), p, rtol=1e-8, atol=0)


@every_kind
@pytest.mark.parametrize("level", [0.1, 0.5, 0.95, 0.999])
def test_interval_holds_its_share(kind, level):
    q = built(kind)
    lower, upper = q.interval(level)
    np.testing.assert_allclose(q.cdf(lower), (1 - level) / 2, atol=1e-9)
    np.testing.assert_allclose(q.cdf(upper), (1 + level) / 2, atol=1e-9)


@every_kind
def test_moments_by_integrating_the_density(kind):
    q = built(kind, (8,))
    p = special.ndtr(np.unique([*np.linspace(-8.2, 8.2, 83), *special.ndtri(LEVELS)]))
    cuts = np.array([q.quantile(float(at)) for at in p])
    for i in range(8):
        y, weights = panels(cuts[:, i])
        weights = weights * np.exp(-np.array([q.nll(np.full(8, at))[i] for at in y]))
        mean = weights @ y
        assert weights.sum() == pytest.approx(1, abs=1e-9)
        assert q.mean[i] == pytest.approx(mean, abs=1e-8)
        assert q.var[i] == pytest.approx(weights @ (y - mean) ** 2, rel=1e-7)
        assert q.std[i] == pytest.approx(np.sqrt(q.var[i]), rel=1e-12)


@every_kind
@pytest.mark.parametrize("family", ["student_t", "skewed"])
def test_cross_entropy_by_integration(kind, family):
    q, noise = built(kind, (4,)), NOISES[family]
    means, stds = q.mean + np.array([0, 0.3, -1, 2]) * q.std, q.std * np.array([0.3, 1.0, 2.0, 1.0])
    found = q.cross_entropy(means, stds, noise)
    own = np.round((np.array([q.quantile(p) for p in LEVELS]) - means) / stds, 12)  # kinks lie at one of these
    for i, (mean, std) in enumerate(zip(means, stds, strict=True)):

        def integrand(z, i=i, mean=mean, std=std):
            return np.exp(noise.log_density(z)) * q.nll(np.full(4, mean + std * z))[i]

        cuts = np.unique([-2000, -80, -2, 0, 4, 80, 2000, *own[:, i]])
        value = sum(integrate.quad(integrand, a, b, limit=200)[0] for a, b in pairwise(cuts))
        assert found[i] == pytest.approx(value, abs=1e-4 if CASES[kind].kinks else 1e-6)


@every_kind
def test_no_cross_entropy_is_below_the_entropy(kind):
    q = built(kind)
    assert np.all(q.cross_entropy(np.zeros(N), np.ones(N), NOISES["gaussian"]) >= NOISES["gaussian"].entropy - 1e-9)


def frame(q, i):
    """The i-th row of every parameter, of the law within too."""
    parameters = {field.name: getattr(q, field.name) for field in dataclasses.fields(q)}
    for name, value in parameters.items():
        if isinstance(value, np.ndarray):
            parameters[name] = value[i]
        elif isinstance(value, Law):
            parameters[name] = frame(value, i)
    return type(q)(**parameters)


@every_kind
def test_frames_of_points(kind):
    """Parameters (frames, points) with observations and a truth (points,); and the reverse."""
    q, noise = built(kind, (3, 5)), NOISES["student_t"]
    y, std = np.linspace(-1, 1, 5), np.full(5, 0.4)
    for i in range(3):
        row = frame(q, i)
        for whole, part in [(q.nll, row.nll), (q.crps, row.crps), (q.cdf, row.cdf)]:
            assert whole(y).shape == (3, 5)
            np.testing.assert_allclose(whole(y)[i], part(y), rtol=1e-12)
            np.testing.assert_allclose(part(np.stack([y, y + 1]))[1], part(y + 1), rtol=1e-12)
        for whole, part in [(q.mean, row.mean), (q.std, row.std), (q.quantile(0.2), row.quantile(0.2))]:
            assert whole.shape == (3, 5)
            np.testing.assert_allclose(whole[i], part, rtol=1e-8)
        found = q.cross_entropy(y, std, noise)
        assert found.shape == (3, 5)
        np.testing.assert_allclose(found[i], row.cross_entropy(y, std, noise), rtol=1e-12)


@every_kind
def test_no_warning_at_extreme_values(kind):
    q = built(kind)
    with np.errstate(all="raise", under="ignore"):
        for y in (np.full(N, 1e12), np.full(N, -1e12), q.mean):
            assert np.all(np.isfinite([q.nll(y), q.crps(y), q.cdf(y)]))
        assert np.all(np.isfinite([q.mean, q.std, *q.interval(1 - 1e-12)]))
        assert np.all(np.isfinite(q.cross_entropy(np.full(N, 1e6), np.full(N, 1e-6), NOISES["student_t"])))


def test_predictives_do_not_import_scipy_stats():
    code = "import sys, core.distributions.laws; sys.exit('scipy.stats' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# Student's t


def test_student_t_std_and_one_df_for_all():
    q = student_t(np.zeros(3), np.array([0.5, 1, 2]), 2.5)
    np.testing.assert_allclose(q.std, stats.t(2.5, scale=q.scale).std(), rtol=1e-12)
    assert q.nll(np.ones(3)).shape == q.quantile(0.1).shape == (3,)


@pytest.mark.parametrize("df", [1.5, 2, 2.0, np.float64(2), np.array([2.0, 1.5])])
def test_student_t_without_a_variance_has_an_infinite_std(df):
    assert np.all(student_t(np.zeros(2), np.array([0.5, 1.0]), df).std == np.inf)


def test_student_t_of_mixed_degrees_of_freedom_has_each_its_own_std():
    q = student_t(np.zeros(2), np.ones(2), np.array([2.0, 4.0]))
    np.testing.assert_allclose(q.std, [np.inf, np.sqrt(2)], rtol=1e-15)


def test_student_t_with_many_degrees_of_freedom_is_a_gaussian():
    y, mean, scale = np.linspace(-4, 4, 9), np.zeros(9), np.ones(9)
    t, normal = student_t(mean, scale, 1e8), gaussian(mean, scale)
    for method in ("nll", "crps", "cdf"):
        np.testing.assert_allclose(getattr(t, method)(y), getattr(normal, method)(y), atol=1e-6)


def test_student_t_worked_by_hand():
    # ν = 3 at its centre: density 2/(π√3); CRPS = 2·f·3/2 − √3·B(½, 5/2)/B(½, 3/2)² = (2√3 − 3√3/2)/π.
    q = student_t(np.zeros(1), np.ones(1), 3.0)
    assert q.nll(np.zeros(1))[0] == pytest.approx(np.log(np.pi * np.sqrt(3) / 2))
    assert q.crps(np.zeros(1))[0] == pytest.approx(np.sqrt(3) / (2 * np.pi))
    assert q.std[0] == pytest.approx(np.sqrt(3))


# Mixture


def test_a_mixture_of_one_is_a_gaussian():
    mean, std = np.array([-1.0, 0.0, 2.0]), np.array([0.1, 1.0, 3.0])
    y = np.array([-1.3, 5.0, 2.0])
    normal = gaussian(mean, std)
    alone = GaussianMixture(np.ones((3, 1)), mean[:, None], std[:, None])
    absent = GaussianMixture(np.tile([1.0, 0.0], (3, 1)), np.stack([mean, mean + 9], -1), np.stack([std, std], -1))
    for one in (alone, absent):
        for method in ("nll", "crps", "cdf"):
            np.testing.assert_allclose(getattr(one, method)(y), getattr(normal, method)(y), rtol=1e-12)
        np.testing.assert_allclose(one.quantile(0.03), normal.quantile(0.03), rtol=1e-9)
        np.testing.assert_allclose([one.mean, one.std], [mean, std], rtol=1e-12)


def test_a_mixture_far_apart():
    """Between two far modes the density underflows: the median is anywhere there, other quantiles are not."""
    two = GaussianMixture(np.array([[0.5, 0.5]]), np.array([[-1e3, 1e3]]), np.array([[1.0, 1e-3]]))
    np.testing.assert_allclose(two.quantile(0.25), -1e3, rtol=1e-9)
    np.testing.assert_allclose(two.quantile(0.75), 1e3, rtol=1e-9)
    np.testing.assert_allclose(two.cdf(two.quantile(0.5)), 0.5, atol=1e-12)
    assert two.mean[0] == 0
    assert two.var[0] == pytest.approx(1e6 + (1 + 1e-6) / 2)


# Quantiles


def test_a_gaussians_quantiles_give_that_gaussian():
    normal = built(gaussian)
    for levels in [LEVELS, (0.1, 0.9), (0.02, 0.5, 0.6)]:
        q = QuantilePredictive(levels, np.stack([normal.quantile(p) for p in levels], axis=-1))
        y = around(normal, 6)
        np.testing.assert_allclose([q.mean, q.std], [normal.mean, normal.std], rtol=1e-11, atol=1e-11)
        for method in ("nll", "crps", "cdf"):
            np.testing.assert_allclose(getattr(q, method)(y), getattr(normal, method)(y), rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose(q.quantile(1e-6), normal.quantile(1e-6), rtol=1e-9)
        truth = (np.zeros(N), np.ones(N), NOISES["student_t"])
        np.testing.assert_allclose(q.cross_entropy(*truth), normal.cross_entropy(*truth), rtol=1e-9)


def test_at_its_levels_are_its_values():
    q = built(QuantilePredictive)
    for i, level in enumerate(LEVELS):
        np.testing.assert_allclose(q.quantile(level), q.values[..., i], rtol=1e-9, atol=1e-9)


def test_crossing_quantiles_are_the_sorted_ones():
    q = built(QuantilePredictive)
    crossed = QuantilePredictive(LEVELS, np.random.default_rng(0).permuted(q.values, axis=-1))
    assert np.any(np.diff(crossed.values) < 0)
    y = around(q)
    for method in ("nll", "crps", "cdf"):
        np.testing.assert_array_equal(getattr(crossed, method)(y), getattr(q, method)(y))
    np.testing.assert_array_equal([crossed.mean, crossed.std], [q.mean, q.std])


@pytest.mark.parametrize("values", [[0, 1, 1, 1, 2.0], [0, 0, 1, 2, 2.0], [1, 1, 1, 1, 1.0], [0, 0, 0, 0, 0.0]])
def test_ties_are_finite_and_stay_near(values):
    q = QuantilePredictive((0.1, 0.3, 0.5, 0.7, 0.9), np.array([values]))
    with np.errstate(all="raise", under="ignore"):
        found = [q.mean, q.std, q.nll(np.ones(1)), q.crps(np.ones(1)), q.cdf(np.ones(1))]
        assert np.all(np.isfinite(found))
        assert q.std[0] > 0
    assert q.quantile(0.5)[0] == pytest.approx(values[2], abs=1e-12)
    np.testing.assert_allclose([q.quantile(p)[0] for p in q.levels], values, atol=3e-3)
    grid = np.linspace(0.01, 0.99, 99)
    assert np.all(np.diff([q.quantile(float(p))[0] for p in grid]) > 0)


def test_scores_of_ties_and_of_other_units_go_with_the_unit():
    """Ten times the values: ten times the CRPS and log 10 more NLL, the least slope included."""
    values, y = np.array([[0.0, 0, 1, 2]]), np.array([0.7])
    levels = (0.1, 0.4, 0.6, 0.9)
    one, ten = QuantilePredictive(levels, values), QuantilePredictive(levels, 10 * values)
    np.testing.assert_allclose(ten.crps(10 * y), 10 * one.crps(y), rtol=1e-9)
    np.testing.assert_allclose(ten.nll(10 * y), one.nll(y) + np.log(10), rtol=1e-9)


def test_one_level_has_no_spread():
    q = QuantilePredictive((0.5,), np.array([[1.0], [2.0]]))
    with np.errstate(all="raise", under="ignore"):
        np.testing.assert_array_equal(q.mean, [1, 2])
        y, truth = np.zeros(2), (np.zeros(2), np.ones(2), NOISES["laplace"])
        for nothing in (q.std, q.var, q.nll(y), q.crps(y), q.cdf(y), q.cross_entropy(*truth), *q.interval(0.9)):
            np.testing.assert_array_equal(nothing, [np.nan, np.nan])


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        ((), "levels are"),
        ((0.5, 0.5), r"levels are \(0.5, 0.5\): they must increase, strictly between 0 and 1"),
        ((0.0, 0.5), "strictly between 0 and 1"),
        ((0.1, 0.5, 0.9), r"values are of shape \(4, 2\): the last axis must hold 3"),
    ],
)
def test_levels_that_make_no_distribution_are_refused(levels, message):
    with pytest.raises(ValueError, match=message):
        QuantilePredictive(levels, np.zeros((4, 2)))
