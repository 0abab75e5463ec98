"""Noise families against scipy.stats and numerical integration; profiles against values worked by hand."""

import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, stats

from core.data.noise import NOISES, PROFILES
from core.distributions.law import Law
from core.distributions.laws import Gaussian
from tests.core.distributions.oracles import Mixture

SCALE_OF_OUTLIERS = 1 / np.sqrt(3.4)  # 0.9·s² + 0.1·25·s² = 1

# The same law in scipy.stats: all that the tests ask of a new noise.
ORACLES = {
    "gaussian": stats.norm(),
    "laplace": stats.laplace(scale=np.sqrt(0.5)),
    "student_t": stats.t(5, scale=np.sqrt(3 / 5)),
    "skewed": stats.gamma(4, loc=-2, scale=0.5),
    "outliers": Mixture((0.9, 0.1), (stats.norm(scale=SCALE_OF_OUTLIERS), stats.norm(scale=5 * SCALE_OF_OUTLIERS))),
}
every_noise = pytest.mark.parametrize("noise", NOISES.values(), ids=NOISES)

Z = np.array([-60, -12, -5, -2.0001, -2, -1.9999, -1, -0.3, 0, 1e-9, 0.4, 1, 2.5, 7, 30, 200])
SHIFTS = [-200.0, -30.0, -2.5, -2.0, -0.7, 0.0, 0.3, 1.0, 4.0, 50.0]
DRAWS = 400_000


def integral(noise, f, *breaks):
    """∫ f over the noise's support, cut at 0, in the tails and at `breaks`."""
    low, high = noise.support
    cuts = np.unique(np.clip([-np.inf, -50, -10, -3, -1, 0, 1, 3, 10, 50, np.inf, *breaks], low, high))
    return sum(integrate.quad(f, a, b, epsabs=1e-11, epsrel=1e-11, limit=200)[0] for a, b in pairwise(cuts))


def density(noise):
    return lambda z: float(np.exp(noise.log_density(z)))


def moment(noise, power):
    return integral(noise, lambda z: z**power * density(noise)(z))


def test_every_noise_has_its_oracle():
    assert set(ORACLES) == set(NOISES)


@every_noise
def test_density_integrates_to_one_with_mean_0_and_variance_1(noise):
    assert moment(noise, 0) == pytest.approx(1, abs=1e-9)
    assert moment(noise, 1) == pytest.approx(0, abs=1e-6)
    assert moment(noise, 2) == pytest.approx(1, abs=1e-8)
    assert (noise.mean, noise.std, noise.var) == pytest.approx((0, 1, 1), abs=1e-12)


@every_noise
def test_density_and_cdf_agree_with_scipy_stats(noise):
    oracle = ORACLES[noise.name]
    np.testing.assert_allclose(np.exp(noise.log_density(Z)), oracle.pdf(Z), rtol=1e-9, atol=1e-300)
    np.testing.assert_allclose(noise.cdf(Z), oracle.cdf(Z), rtol=1e-10, atol=1e-14)
    assert noise.cdf(-np.inf) == 0
    assert noise.cdf(np.inf) == 1


@every_noise
def test_entropy_by_integration(noise):
    def information(z):
        f = float(ORACLES[noise.name].pdf(z))
        return -f * np.log(f) if f > 0 else 0.0

    assert noise.entropy == pytest.approx(integral(noise, information), abs=1e-9)


@every_noise
@pytest.mark.parametrize("a", SHIFTS)
def test_mean_abs_by_integration(noise, a):
    # E|Z − a| from the oracle's density alone.
    expected = integral(noise, lambda z: abs(z - a) * float(ORACLES[noise.name].pdf(z)), a)
    assert float(noise.mean_abs(a)) == pytest.approx(expected, rel=1e-6)


@every_noise
def test_mean_abs_takes_arrays_and_is_least_at_the_median(noise):
    a = np.array(SHIFTS).reshape(2, 5)
    np.testing.assert_array_equal(noise.mean_abs(a), [[noise.mean_abs(v) for v in row] for row in a])
    around = noise.mean_abs(noise.median + np.linspace(-1, 1, 201))
    assert around.argmin() == 100
    assert noise.mad == pytest.approx(around.min(), abs=1e-12)
    assert noise.mad <= noise.mean_abs(0.0) < 1  # E|Z| < sqrt(E Z²)


@every_noise
def test_quantiles_agree_with_the_oracles_cdf(noise):
    assert noise.median == noise.quantile(0.5)
    for p in (0.01, 0.3, 0.5, 0.9, 0.999):
        assert float(ORACLES[noise.name].cdf(noise.quantile(p))) == pytest.approx(p, abs=1e-12)


@every_noise
def test_the_crps_by_integrating_the_oracles_cdf(noise):
    def squared(z):
        return (float(ORACLES[noise.name].cdf(z)) - (z >= 0.4)) ** 2

    assert float(noise.crps(0.4)) == pytest.approx(integral(noise, squared, 0.4), abs=1e-8)


def test_values_worked_by_hand():
    gaussian, laplace, outliers = NOISES["gaussian"], NOISES["laplace"], NOISES["outliers"]
    assert gaussian.entropy == pytest.approx(1.4189385332)
    assert gaussian.mad == pytest.approx(np.sqrt(2 / np.pi))
    assert laplace.entropy == pytest.approx(1 + np.log(np.sqrt(2)))
    assert laplace.mad == pytest.approx(1 / np.sqrt(2))
    assert outliers.mad == pytest.approx((0.9 + 0.5) * SCALE_OF_OUTLIERS * np.sqrt(2 / np.pi))
    assert NOISES["skewed"].median == pytest.approx(3.672060748850897 / 2 - 2)


def test_the_gaussian_has_the_largest_entropy_of_all_with_its_variance():
    assert max(NOISES.values(), key=lambda noise: noise.entropy).name == "gaussian"


@every_noise
def test_sampler_has_mean_0_and_variance_1(noise):
    # Five standard errors from n draws: 1/√n of the mean, √((E z⁴ − 1)/n) of the variance (4th moments all exist).
    z = noise.sample(np.random.default_rng(12), DRAWS)
    kurtosis = integral(noise, lambda v: v**4 * float(ORACLES[noise.name].pdf(v)))
    assert abs(z.mean()) < 5 / np.sqrt(DRAWS)
    assert abs(np.mean(z**2) - 1) < 5 * np.sqrt((kurtosis - 1) / DRAWS)


@every_noise
def test_sampler_follows_the_cdf(noise):
    # Dvoretzky–Kiefer–Wolfowitz, with Massart's constant: P(sup |empirical − F| > ε) ≤ 2·exp(−2nε²) = 1e-6 here.
    z = np.sort(noise.sample(np.random.default_rng(7), DRAWS))
    bound = np.sqrt(np.log(2e6) / (2 * DRAWS))
    cdf = ORACLES[noise.name].cdf(z)
    empirical = np.arange(DRAWS + 1) / DRAWS
    assert max(np.max(empirical[1:] - cdf), np.max(cdf - empirical[:-1])) < bound


@every_noise
def test_sampler_reads_only_its_generator(noise):
    first, again, other = (noise.sample(np.random.default_rng(seed), (3, 50)) for seed in (1, 1, 2))
    assert first.shape == (3, 50)
    assert first.dtype == np.float64
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@every_noise
def test_quadrature_against_what_is_known(noise):
    z, w = noise.quadrature
    assert w.sum() == pytest.approx(1, abs=1e-14)
    assert w @ z == pytest.approx(0, abs=1e-9)
    assert w @ z**2 == pytest.approx(1, abs=1e-9)
    assert -w @ noise.log_density(z) == pytest.approx(noise.entropy, abs=1e-9)
    assert w @ np.abs(z) == pytest.approx(float(noise.mean_abs(0.0)), abs=1e-9)
    assert w @ np.abs(z - noise.median) == pytest.approx(noise.mad, abs=1e-9)
    for a in (-1.0, 0.5, 0.7):
        assert w @ np.abs(z - a) == pytest.approx(float(noise.mean_abs(a)), abs=2e-4)
    exact = integral(noise, lambda v: np.log1p((v - 0.4) ** 2) * density(noise)(v))
    assert w @ np.log1p((z - 0.4) ** 2) == pytest.approx(exact, abs=1e-9)


@every_noise
def test_quadrature_is_small_read_only_and_inside_the_support(noise):
    z, w = noise.quadrature
    low, high = noise.support
    assert z.shape == w.shape
    assert z.dtype == w.dtype == np.float64
    assert len(z) <= 420
    assert np.all(np.diff(z) > 0)
    assert np.all(w > 0)
    assert low < z[0]
    assert z[-1] < high
    assert (noise.cdf(low), noise.cdf(high)) == pytest.approx((0, 1), abs=1e-15)
    assert noise.quadrature[0] is z
    for array in (z, w):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


class Nothing(Law):
    """A law that states nothing."""


class EndForgotten(Law):
    """Uniform on ±√3, without its support: the quadrature does not see where it ends."""

    def log_density(self, z):
        return np.where(np.abs(z) < np.sqrt(3), -np.log(2 * np.sqrt(3)), -np.inf)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": ""}, "noise laplace: label is empty"),
        ({"formula": ""}, "noise laplace: formula is empty"),
        ({"law": Nothing()}, "noise laplace: Nothing states no log_density"),
        ({"scale": 1.0}, "noise laplace: its variance is 2 and must be 1"),
        ({"law": Gaussian(), "scale": 1.0, "loc": 0.1}, "noise laplace: its mean is 0.1 and must be 0"),
        ({"law": EndForgotten(), "scale": 1.0}, r"noise laplace: its total probability is 0\.\d+ and must be 1"),
        ({"sample": lambda rng, n: rng.standard_normal(n)}, "noise laplace: .* must be a plain def"),
    ],
)
def test_a_noise_that_lacks_something_is_refused_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        replace(NOISES["laplace"], **change)


def test_noise_does_not_import_scipy_stats():
    # scipy.stats takes a second, which the first page would wait for.
    code = "import sys, core.data.noise; sys.exit('scipy.stats' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# Profiles

SHAPES = {  # u → σ relative to the scale
    "constant": {0.0: 1.0, 0.3: 1.0, 1.0: 1.0},
    "linear": {0.0: 0.2, 0.5: 1.0, 1.0: 1.8},
    "steep": {0.0: 0.1 / 2.6, 0.5: 1.0, 1.0: 5.1 / 2.6},
    "bump": {0.0: 0.5, 0.5: 2.993, 0.58: 0.5 + 2.493 * np.exp(-0.5), 1.0: 0.5},
    "sine": {0.0: 1.0, 0.25: 1.75, 0.5: 1.0, 0.75: 0.25, 1.0: 1.0},
    "step": {0.0: 0.5, 0.4999: 0.5, 0.5: 1.5, 1.0: 1.5},
}


def test_no_profile_is_forgotten_here():
    assert set(SHAPES) == set(PROFILES)


@pytest.mark.parametrize("name", PROFILES)
def test_profile_has_its_shape(name):
    u = np.array(list(SHAPES[name]))
    np.testing.assert_allclose(PROFILES[name].shape(u), list(SHAPES[name].values()), atol=1e-3)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_profile_is_positive_with_mean_1(profile):
    u = (np.arange(20_000) + 0.5) / 20_000
    sigma = profile.shape(u)
    assert sigma.min() > 0
    assert sigma.mean() == pytest.approx(1, abs=1e-6)
    assert np.all(profile.shape(np.array([0.0, 1.0])) > 0)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@pytest.mark.parametrize("shape", [(), (5,), (2, 3)])
def test_profile_takes_any_shape(profile, shape):
    sigma = np.asarray(profile.shape(np.full(shape, 0.25)))
    assert sigma.shape == shape
    assert sigma.dtype == np.float64


def test_the_bump_is_drawn_as_its_formula_says():
    assert r"0.5 + 2.493 \exp" in PROFILES["bump"].formula


@pytest.mark.parametrize("rows", [NOISES, PROFILES], ids=["noises", "profiles"])
def test_tables_are_read_only_and_their_rows_say_what_they_are(rows):
    for name, row in rows.items():
        assert row.name == name
        assert all((row.label, row.help, row.formula))
    with pytest.raises(TypeError):
        rows["new"] = row
    with pytest.raises(AttributeError):
        row.label = "new"
