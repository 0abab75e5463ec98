"""Noise families against scipy.stats and numerical integration; profiles against values worked by hand."""

import subprocess
import sys
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, stats

from core.data.noise import NOISES, PROFILES
from core.distributions.laws import Outliers, ShiftedGamma, StudentT

SCALE_OF_OUTLIERS = 1 / np.sqrt(3.4)  # 0.9·s² + 0.1·25·s² = 1


@dataclass(frozen=True)
class Mixture:
    """A mixture of scipy.stats distributions, with the part of their interface the tests use."""

    weights: tuple[float, ...]
    parts: tuple[object, ...]

    def pdf(self, z):
        return sum(w * part.pdf(z) for w, part in zip(self.weights, self.parts, strict=True))

    def cdf(self, z):
        return sum(w * part.cdf(z) for w, part in zip(self.weights, self.parts, strict=True))

    def median(self):
        return 0.0  # both parts are symmetric about 0


FROZEN = {
    "gaussian": stats.norm(),
    "laplace": stats.laplace(scale=np.sqrt(0.5)),
    "student_t": stats.t(5, scale=np.sqrt(3 / 5)),
    "skewed": stats.gamma(4, loc=-2, scale=0.5),
}
ORACLES = FROZEN | {
    "outliers": Mixture((0.9, 0.1), (stats.norm(scale=SCALE_OF_OUTLIERS), stats.norm(scale=5 * SCALE_OF_OUTLIERS)))
}
# Other members of the families that have a parameter: a formula may be right at one value only.
MEMBERS = [(noise, ORACLES[name]) for name, noise in NOISES.items()] + [
    (replace(NOISES["student_t"], degrees_of_freedom=2.5), stats.t(2.5, scale=np.sqrt(0.2))),
    (replace(NOISES["student_t"], degrees_of_freedom=40.0), stats.t(40, scale=np.sqrt(38 / 40))),
    (replace(NOISES["skewed"], shape=1.5), stats.gamma(1.5, loc=-np.sqrt(1.5), scale=1 / np.sqrt(1.5))),
    (replace(NOISES["skewed"], shape=30.0), stats.gamma(30, loc=-np.sqrt(30), scale=1 / np.sqrt(30))),
    (replace(NOISES["outliers"], share=0.5, ratio=2.0),
     Mixture((0.5, 0.5), (stats.norm(scale=np.sqrt(0.4)), stats.norm(scale=np.sqrt(1.6))))),
    (replace(NOISES["outliers"], share=0.0, ratio=9.0), Mixture((1.0,), (stats.norm(),))),
]  # fmt: skip
MEMBER_IDS = [f"{noise.name}-{i}" for i, (noise, _) in enumerate(MEMBERS)]
every_member = pytest.mark.parametrize(("noise", "oracle"), MEMBERS, ids=MEMBER_IDS)
every_noise = pytest.mark.parametrize("noise", NOISES.values(), ids=NOISES)

Z = np.array([-60, -12, -5, -2.0001, -2, -1.9999, -1, -0.3, 0, 1e-9, 0.4, 1, 2.5, 7, 30, 200])
SHIFTS = [-200.0, -30.0, -2.5, -2.0, -0.7, 0.0, 0.3, 1.0, 4.0, 50.0]
DRAWS = 400_000


def integral(f, *breaks):
    """∫ f over the real line, cut at 0, at where the densities have kinks and tails, and at `breaks`."""
    cuts = sorted({-np.inf, -50, -10, -3, -2, -np.sqrt(1.5), -1, 0, 1, 3, 10, 50, np.inf, *breaks})
    return sum(integrate.quad(f, a, b, epsabs=1e-11, epsrel=1e-11, limit=200)[0] for a, b in pairwise(cuts))


def density(noise):
    return lambda z: float(np.exp(noise.log_density(z)))


def moment(noise, power):
    return integral(lambda z: z**power * density(noise)(z))


def test_no_family_is_forgotten_here():
    assert set(ORACLES) == set(NOISES)


@every_member
def test_density_integrates_to_one_with_mean_0_and_variance_1(noise, oracle):
    assert moment(noise, 0) == pytest.approx(1, abs=1e-9)
    assert moment(noise, 1) == pytest.approx(0, abs=1e-6)
    # With 2.5 degrees of freedom the tail of z²·density falls as z^(−1.5): quadrature itself is this rough
    # there.
    tolerance = 1e-3 if getattr(noise, "degrees_of_freedom", 5) < 3 else 1e-8
    assert moment(noise, 2) == pytest.approx(1, abs=tolerance)
    assert noise.variance == 1


@every_member
def test_density_and_cdf_agree_with_scipy_stats(noise, oracle):
    np.testing.assert_allclose(np.exp(noise.log_density(Z)), oracle.pdf(Z), rtol=1e-9, atol=1e-300)
    np.testing.assert_allclose(noise.cdf(Z), oracle.cdf(Z), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("name", FROZEN)
def test_log_density_entropy_and_median_agree_with_scipy_stats(name):
    noise, frozen = NOISES[name], FROZEN[name]
    np.testing.assert_allclose(noise.log_density(Z), frozen.logpdf(Z), rtol=1e-10)
    assert noise.entropy == pytest.approx(float(frozen.entropy()), abs=1e-10)
    assert noise.median == pytest.approx(frozen.median(), abs=1e-12)


@every_member
def test_cdf_is_the_integral_of_the_density(noise, oracle):
    for low, high in [(-8, -2.5), (-2.5, -1), (-1, 0.2), (0.2, 3), (3, 15)]:
        inside = [cut for cut in (-2, -np.sqrt(1.5), 0) if low < cut < high]
        area = integrate.quad(density(noise), low, high, points=inside or None, epsabs=1e-12)[0]
        assert float(noise.cdf(high) - noise.cdf(low)) == pytest.approx(area, abs=1e-9)
    assert noise.cdf(-np.inf) == 0
    assert noise.cdf(np.inf) == 1


@every_member
def test_entropy_by_integration(noise, oracle):
    def information(z):
        f = float(oracle.pdf(z))
        return -f * np.log(f) if f > 0 else 0.0

    assert noise.entropy == pytest.approx(integral(information), abs=1e-7)


@every_member
@pytest.mark.parametrize("a", SHIFTS)
def test_mean_abs_by_integration(noise, oracle, a):
    # E|Z − a| = ∫ F below a + ∫ (1 − F) above it: from the oracle's cdf alone.
    below = integral(lambda z: float(oracle.cdf(z)) if z < a else 0.0, a)
    above = integral(lambda z: 1 - float(oracle.cdf(z)) if z >= a else 0.0, a)
    assert float(noise.mean_abs(a)) == pytest.approx(below + above, rel=1e-6)


@every_member
def test_mean_abs_takes_arrays_and_is_least_at_the_median(noise, oracle):
    a = np.array(SHIFTS).reshape(2, 5)
    np.testing.assert_array_equal(noise.mean_abs(a), [[noise.mean_abs(v) for v in row] for row in a])
    around = noise.mean_abs(noise.median + np.linspace(-1, 1, 201))
    assert around.argmin() == 100
    assert noise.mad == pytest.approx(around.min(), abs=1e-12)
    assert noise.mad <= noise.mean_abs(0.0) < 1  # E|Z| < sqrt(E Z²)


@every_member
def test_median_halves_the_mass(noise, oracle):
    assert float(noise.cdf(noise.median)) == pytest.approx(0.5, abs=1e-12)
    assert noise.median == pytest.approx(oracle.median(), abs=1e-10)


def test_values_worked_by_hand():
    gaussian, laplace, outliers = NOISES["gaussian"], NOISES["laplace"], NOISES["outliers"]
    assert gaussian.entropy == pytest.approx(1.4189385332)
    assert gaussian.mad == pytest.approx(np.sqrt(2 / np.pi))
    assert laplace.entropy == pytest.approx(1 + np.log(np.sqrt(2)))
    assert laplace.mad == pytest.approx(1 / np.sqrt(2))
    assert outliers.mad == pytest.approx((0.9 + 0.5) * SCALE_OF_OUTLIERS * np.sqrt(2 / np.pi))
    # Gamma(2, 1): F(g) = 1 − (1 + g)e^(−g), so E|G − 2| = 8e^(−2); standardised, divided by sqrt(2).
    two = replace(NOISES["skewed"], shape=2.0)
    assert float(two.mean_abs(0.0)) == pytest.approx(8 * np.exp(-2) / np.sqrt(2))
    assert NOISES["skewed"].median == pytest.approx(3.672060748850897 / 2 - 2)


def test_the_gaussian_has_the_largest_entropy_of_all_with_its_variance():
    assert max(NOISES.values(), key=lambda noise: noise.entropy).name == "gaussian"


@every_noise
def test_sampler_has_mean_0_and_variance_1(noise):
    # Five standard errors from n draws: 1/√n of the mean, √((E z⁴ − 1)/n) of the variance (4th moments all
    # exist).
    z = noise.sample(np.random.default_rng(12), DRAWS)
    kurtosis = integral(lambda v: v**4 * float(ORACLES[noise.name].pdf(v)))
    assert abs(z.mean()) < 5 / np.sqrt(DRAWS)
    assert abs(np.mean(z**2) - 1) < 5 * np.sqrt((kurtosis - 1) / DRAWS)


@every_noise
def test_sampler_follows_the_cdf(noise):
    # Dvoretzky–Kiefer–Wolfowitz, with Massart's constant: P(sup |empirical − F| > ε) ≤ 2·exp(−2nε²) = 1e-6
    # here.
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


@every_member
def test_quadrature_against_what_is_known_in_closed_form(noise, oracle):
    z, w = noise.quadrature
    # With 2.5 degrees of freedom the last node leaves 1 % of the variance beyond it; at k = 1.5 the density starts
    # like a square root.
    rough = getattr(noise, "degrees_of_freedom", 5) < 3 or getattr(noise, "shape", 4) < 2
    tolerance = 1e-6 if rough else 1e-9
    assert w.sum() == pytest.approx(1, abs=1e-14)
    assert w @ z == pytest.approx(0, abs=tolerance)
    assert w @ z**2 == pytest.approx(1, abs=2e-2 if rough else 1e-9)
    assert -w @ noise.log_density(z) == pytest.approx(noise.entropy, abs=tolerance)
    assert w @ np.abs(z) == pytest.approx(float(noise.mean_abs(0.0)), abs=tolerance)
    assert w @ np.abs(z - noise.median) == pytest.approx(noise.mad, abs=tolerance)
    for a in (-1.0, 0.5, 0.7):
        assert w @ np.abs(z - a) == pytest.approx(float(noise.mean_abs(a)), abs=2e-4)


@every_member
def test_quadrature_is_small_read_only_and_inside_the_support(noise, oracle):
    z, w = noise.quadrature
    assert z.shape == w.shape
    assert z.dtype == w.dtype == np.float64
    assert len(z) <= 420
    assert np.all(np.diff(z) > 0)
    assert np.all(w > 0)
    assert z[0] > noise.start
    assert noise.cdf(noise.start) == pytest.approx(0, abs=1e-15)
    assert noise.quadrature[0] is z
    for array in (z, w):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@every_noise
def test_quadrature_of_a_smooth_function(noise):
    z, w = noise.quadrature
    exact = integral(lambda v: np.log1p((v - 0.4) ** 2) * density(noise)(v))
    assert w @ np.log1p((z - 0.4) ** 2) == pytest.approx(exact, abs=1e-9)


def test_nothing_below_the_end_of_the_skewed_family_and_no_warning_there():
    skewed = NOISES["skewed"]
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(skewed.log_density([-np.inf, -2.1, -2.0]), -np.inf)
        assert np.isfinite(skewed.log_density(-1.999))
        assert skewed.cdf(-2.1) == 0


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("student_t", {"degrees_of_freedom": 2}, "degrees_of_freedom is 2: it must be finite and above 2"),
        ("student_t", {"degrees_of_freedom": np.nan}, "degrees_of_freedom is nan"),
        ("skewed", {"shape": 0.0}, "shape is 0.0: it must be finite and above 0"),
        ("outliers", {"share": 1.2}, "share is 1.2: it must be from 0 to 1"),
        ("outliers", {"ratio": 0.5}, "ratio is 0.5: it must be finite and at least 1"),
    ],
)
def test_parameters_without_a_standard_form_are_refused(name, change, message):
    with pytest.raises(ValueError, match=message):
        replace(NOISES[name], **change)


def test_what_the_rows_promise_is_what_they_hold():
    assert isinstance(NOISES["student_t"], StudentT)
    assert NOISES["student_t"].degrees_of_freedom == 5
    assert isinstance(NOISES["skewed"], ShiftedGamma)
    assert NOISES["skewed"].shape == 4
    assert isinstance(NOISES["outliers"], Outliers)
    assert (NOISES["outliers"].share, NOISES["outliers"].ratio) == (0.1, 5)


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
