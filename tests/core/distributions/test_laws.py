"""Each law against scipy.stats, and the numerical defaults against what the laws state in closed form."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, stats

from core.distributions.law import Law
from core.distributions.laws import Gamma, Gaussian, Laplace, LocationScale, StudentT
from core.distributions.mixture import GaussianMixture
from tests.core.distributions.oracles import Mixture

Z = np.array([-60, -12, -5, -2, -1, -0.3, 0, 1e-9, 0.4, 1, 2.5, 7, 30, 200])
LAWS = {
    "Gaussian": (Gaussian(), stats.norm()),
    "Laplace": (Laplace(), stats.laplace()),
    "Student's t of 2.5": (StudentT(2.5), stats.t(2.5)),
    "Student's t of 5": (StudentT(5.0), stats.t(5)),
    "Student's t of 40": (StudentT(40.0), stats.t(40)),
    "Gamma of 1.5": (Gamma(1.5), stats.gamma(1.5)),
    "Gamma of 4": (Gamma(4.0), stats.gamma(4)),
    "Gamma of 30": (Gamma(30.0), stats.gamma(30)),
    "mixture": (
        GaussianMixture(np.array([0.3, 0.7]), np.array([-1.0, 0.5]), np.array([0.6, 2.0])),
        Mixture((0.3, 0.7), (stats.norm(-1, 0.6), stats.norm(0.5, 2))),
    ),
    "moved and scaled": (LocationScale(Gamma(4.0), 0.5, 0.25, 4.0), stats.gamma(4, loc=-0.5, scale=0.25)),
}
every_law = pytest.mark.parametrize(("law", "oracle"), LAWS.values(), ids=LAWS)
# Where the defaults keep 12 digits: smooth, with a tail that the panels reach the end of.
smooth = pytest.mark.parametrize(
    "law", [LAWS[name][0] for name in LAWS if name not in ("Student's t of 2.5", "Gamma of 1.5")]
)


class Bare(Law):
    """A law that states its density and support alone."""

    def __init__(self, law):
        self.law = law

    @property
    def support(self):
        return self.law.support

    def log_density(self, z):
        return self.law.log_density(z)


def integral(f, support):
    cuts = np.unique(np.clip([-np.inf, -100, -10, -3, -1, 0, 1, 3, 10, 30, 100, np.inf], *support))
    return sum(integrate.quad(f, a, b, epsabs=1e-10, epsrel=1e-10, limit=200)[0] for a, b in pairwise(cuts))


@every_law
def test_a_law_agrees_with_scipy_stats(law, oracle):
    with np.errstate(all="raise", under="ignore"):
        np.testing.assert_allclose(np.exp(law.log_density(Z)), oracle.pdf(Z), rtol=1e-9, atol=1e-300)
        np.testing.assert_allclose(law.cdf(Z), oracle.cdf(Z), rtol=1e-10, atol=1e-14)
    assert (law.mean, law.std) == pytest.approx((oracle.mean(), oracle.std()), rel=1e-12)
    for p in (1e-6, 0.1, 0.5, 0.9, 0.999):
        assert float(oracle.cdf(law.quantile(p))) == pytest.approx(p, rel=1e-9)
    if hasattr(oracle, "entropy"):
        assert law.entropy == pytest.approx(float(oracle.entropy()), abs=1e-10)


@every_law
def test_deviations_by_integrating_the_oracle(law, oracle):
    low, high = law.support
    spread = integral(lambda z: float(oracle.cdf(z)) * (1 - float(oracle.cdf(z))), law.support)
    assert law.mean_difference == pytest.approx(2 * spread, rel=1e-7)
    for a in (-3.0, 0.0, 0.4, 5.0):
        below = integral(lambda z, a=a: float(oracle.cdf(z)), (low, np.clip(a, low, high)))
        above = integral(lambda z, a=a: 1 - float(oracle.cdf(z)), (np.clip(a, low, high), high))
        outside = max(low - a, 0) + max(a - high, 0)
        assert float(law.mean_abs(a)) == pytest.approx(below + above + outside, rel=1e-6)


@smooth
def test_the_defaults_find_what_the_law_states(law):
    bare = Bare(law)
    np.testing.assert_allclose(bare.cdf(Z), law.cdf(Z), atol=1e-9)
    assert bare.cdf(np.inf) == 1
    np.testing.assert_allclose(bare.mean_abs(Z), law.mean_abs(Z), rtol=1e-9)
    assert bare.cdf(np.ones((2, 3))).shape == bare.mean_abs(np.ones((2, 3))).shape == (2, 3)
    for piece in ("mean", "std", "var", "median", "mad", "mean_difference", "entropy"):
        assert getattr(bare, piece) == pytest.approx(getattr(law, piece), abs=1e-9), piece
    for p in (0.001, 0.3, 0.97):
        assert bare.quantile(p) == pytest.approx(float(law.quantile(p)), abs=1e-8)
    np.testing.assert_allclose(bare.crps(Z), law.crps(Z), rtol=1e-9)
    noise = LocationScale(Laplace(), scale=np.sqrt(0.5))
    assert bare.cross_entropy(0.3, 0.7, noise) == pytest.approx(float(law.cross_entropy(0.3, 0.7, noise)), abs=1e-4)


class Triangle(Law):
    """From 0 up to its mode at 0.3, and down to 1: a kink that is not at 0."""

    support = 0.0, 1.0
    kinks = (0.3,)

    def log_density(self, z):
        rising, falling = np.asarray(z) / 0.3, (1 - np.asarray(z)) / 0.7
        with np.errstate(divide="ignore"):
            return np.log(np.maximum(2 * np.minimum(rising, falling), 0))


def test_a_kink_that_a_law_names_costs_no_digit_there_or_moved():
    law = Triangle()
    assert (law.mean, law.var) == pytest.approx((1.3 / 3, (1 + 0.09 - 0.3) / 18), abs=1e-14)
    assert law.cdf(0.3) == pytest.approx(0.3, abs=1e-14)
    assert LocationScale(law, 0.7, 2.0).moments() == pytest.approx((1, 0.7 + 2 * law.mean, 4 * law.var), abs=1e-12)


class Uniform(Law):
    """On 2 to 3, far from the defaults' usual place: both ends count."""

    @property
    def support(self):
        return 2.0, 3.0

    def log_density(self, z):
        return np.where((np.asarray(z) < 2) | (np.asarray(z) > 3), -np.inf, 0.0)


def test_a_law_with_two_ends_worked_by_hand():
    law = Uniform()
    np.testing.assert_allclose(law.cdf([0, 2, 2.25, 3, 9]), [0, 0, 0.25, 1, 1], atol=1e-14)
    np.testing.assert_allclose(law.mean_abs([2.5, 2, 4]), [0.25, 0.5, 1.5], rtol=1e-13)
    found = (law.mean, law.var, law.median, law.mean_difference, law.entropy, law.quantile(0.1))
    assert found == pytest.approx((2.5, 1 / 12, 2.5, 1 / 3, 0, 2.1), abs=1e-13)
    z, w = law.quadrature
    assert (z.min() > 2) & (z.max() < 3)
    assert w @ z == pytest.approx(2.5, abs=1e-14)


def test_what_a_law_does_not_state_is_named():
    with pytest.raises(NotImplementedError, match="Law states no log_density"):
        Law().cdf(0.0)
    with pytest.raises(NotImplementedError, match="Gamma states no log_mgf"):
        Gamma(2.0).exponential_moment(1.0)
