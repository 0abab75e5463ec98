"""Every score of every predictive distribution, to 1e-9 on random points, against scoringrules, uncertainty_toolbox,
scipy, integrals or a line by hand. No score is left out: the last test counts them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
import uncertainty_toolbox as toolbox
from scipy import integrate, optimize, stats

from core.data.dataset import Truth
from core.data.noise import NOISES
from core.distributions.laws import Gaussian, LocationScale, Predictive, scaled
from core.distributions.mixture import GaussianMixture
from core.distributions.quantiles import QuantilePredictive
from core.distributions.recalibrated import RemappedPredictive
from core.distributions.transformed import ExpPredictive
from core.evaluation.judged import Judged
from core.evaluation.scores import LEVELS, QUANTILES, SCORES, estimates
from tests.core.compiles_nothing import scoringrules
from tests.core.evaluation import samples

N = 60
Array = np.ndarray


@dataclass(frozen=True)
class Reference:
    """The same distribution in other packages: moments (n,), scoring rules of y (n,), cdf of y and quantiles."""

    mean: Array
    std: Array
    nll: Callable[[Array], Array]
    crps: Callable[[Array], Array]
    cdf: Callable[[Array], Array]
    quantile: Callable[[float], Array]


def gaussian(mean: Array, std: Array) -> Reference:
    return Reference(
        mean,
        std,
        lambda y: scoringrules.logs_normal(y, mean, std),
        lambda y: scoringrules.crps_normal(y, mean, std),
        stats.norm(mean, std).cdf,
        stats.norm(mean, std).ppf,
    )


def laplace(q: LocationScale) -> Reference:
    law = stats.laplace(q.mean, q.scale)
    return Reference(
        law.mean(),
        law.std(),
        lambda y: scoringrules.logs_laplace(y, q.mean, q.scale),
        lambda y: scoringrules.crps_laplace(y, q.mean, q.scale),
        law.cdf,
        law.ppf,
    )


def student_t(q: LocationScale) -> Reference:
    law = stats.t(q.law.df, q.mean, q.scale)
    return Reference(
        law.mean(),
        law.std(),
        lambda y: scoringrules.logs_t(y, q.law.df, q.mean, q.scale),
        lambda y: scoringrules.crps_t(y, q.law.df, q.mean, q.scale),
        law.cdf,
        law.ppf,
    )


def mixture(q: GaussianMixture) -> Reference:
    mean = np.sum(q.weights * q.means, axis=-1)
    square = np.sum(q.weights * (q.stds**2 + q.means**2), axis=-1)

    def quantile(p: float) -> Array:
        def off(y: float, w: Array, m: Array, s: Array) -> float:
            return float(w @ stats.norm.cdf(y, m, s)) - p

        rows = zip(q.weights, q.means, q.stds, strict=True)
        return np.array([optimize.brentq(off, -50, 50, row, xtol=1e-13, rtol=1e-14) for row in rows])

    return Reference(
        mean,
        np.sqrt(square - mean**2),
        lambda y: scoringrules.logs_mixnorm(y, q.means, q.stds, q.weights),
        lambda y: scoringrules.crps_mixnorm(y, q.means, q.stds, q.weights),
        lambda y: np.sum(q.weights * stats.norm.cdf(y[:, None], q.means, q.stds), axis=-1),
        quantile,
    )


def quantiles(q: QuantilePredictive) -> Reference:
    """y straight in z = Φ⁻¹(p) from one value to the next, the outer pieces going on: point by point, and integrals."""
    knots = stats.norm.ppf(q.levels)

    def at(i: int, z: float) -> tuple[float, float]:
        """y and dy/dz of point i."""
        values = np.sort(q.values[i])
        piece = int(np.searchsorted(knots[1:-1], z))
        slope = (values[piece + 1] - values[piece]) / (knots[piece + 1] - knots[piece])
        return values[piece] + slope * (z - knots[piece]), slope

    def z_of(i: int, y: float) -> float:
        return float(optimize.brentq(lambda z: at(i, z)[0] - y, -60, 60, xtol=1e-14, rtol=1e-14))

    def over(of: Callable[[float], float], *cuts: float) -> float:
        ends = [-9.0, *sorted([*knots[1:-1], *cuts]), 9.0]
        return sum(integrate.quad(of, low, high, epsabs=1e-12)[0] for low, high in pairwise(ends))

    def moment(i: int, k: int, about: float) -> float:
        return over(lambda z: (at(i, z)[0] - about) ** k * stats.norm.pdf(z))

    def crps(i: int, y: float) -> float:
        place = z_of(i, y)
        return over(lambda z: (stats.norm.cdf(z) - (z >= place)) ** 2 * at(i, z)[1], place)

    def each(of: Callable[[int, float], float]) -> Callable[[Array], Array]:
        return lambda y: np.array([of(i, value) for i, value in enumerate(y)])

    mean = np.array([moment(i, 1, 0.0) for i in range(len(q.values))])
    return Reference(
        mean,
        np.sqrt([moment(i, 2, about) for i, about in enumerate(mean)]),
        each(lambda i, y: np.log(at(i, z_of(i, y))[1]) - stats.norm.logpdf(z_of(i, y))),
        each(crps),
        each(lambda i, y: stats.norm.cdf(z_of(i, y))),
        lambda p: np.array([at(i, stats.norm.ppf(p))[0] for i in range(len(q.values))]),
    )


def pairs(seed: int = 0) -> dict[str, tuple[Predictive, Reference]]:
    """Each of our distributions, also recalibrated, beside the same law from another package."""
    ours = samples.predictions(N, seed)
    of: dict[str, Callable[..., Reference]] = {
        "gaussian": lambda q: gaussian(q.mean, q.std),
        "laplace": laplace,
        "student_t": student_t,
        "mixture": mixture,
        "quantiles": quantiles,
    }
    found = {kind: (q, of[kind](q)) for kind, q in ours.items()}
    base = ours["gaussian"]
    found["scaled"] = scaled(base, 1.7), gaussian(base.mean, 1.7 * base.std)
    found["remapped"] = RemappedPredictive(base, np.array([0, 0.3, 1.0]), np.array([0, 0.3, 1.0])), found["gaussian"][1]
    return found


PAIRS = pairs()
every_kind = pytest.mark.parametrize("kind", PAIRS)


def ence_by_hand(std: Array, residual: Array) -> float:
    """Ten bins of six points each, by increasing std, one after another."""
    order = sorted(range(N), key=lambda i: std[i])
    total = 0.0
    for b in range(10):
        rows = order[6 * b : 6 * b + 6]
        rmv = sum(std[i] ** 2 for i in rows) / 6
        rmse = sum(residual[i] ** 2 for i in rows) / 6
        total += abs(rmse**0.5 - rmv**0.5) / rmv**0.5
    return total / 10


def expected(reference: Reference, y: Array) -> dict[str, float]:
    """All scores without a truth, from references alone.

    uncertainty_toolbox knows Gaussians only: it is given Φ⁻¹(F(y)) beside N(0, 1), which has the same levels.
    """
    mean, std = reference.mean, reference.std
    errors = toolbox.metrics_accuracy.prediction_error_metrics(mean, y)
    found = {
        "nll": np.mean(reference.nll(y)),
        "crps": np.mean(reference.crps(y)),
        "rmse": errors["rmse"],
        "mae": errors["mae"],
        "mean_z2": np.mean((y - mean) ** 2 / std**2),
        "sharpness": toolbox.sharpness(std),
        "ence": ence_by_hand(std, y - mean),
    }
    for level in LEVELS:
        name, (lower, upper) = f"{100 * level:g}", (reference.quantile((1 + by * level) / 2) for by in (-1, 1))
        found[f"coverage_{name}"] = np.mean((lower <= y) & (y <= upper))
        found[f"width_{name}"] = np.mean(upper - lower)
        found[f"interval_score_{name}"] = np.mean(scoringrules.interval_score(y, lower, upper, 1 - level))
    for p in QUANTILES:
        found[f"quantile_score_{100 * p:02.0f}"] = np.mean(scoringrules.quantile_score(y, reference.quantile(p), p))
    z, zero, one = stats.norm.ppf(reference.cdf(y)), np.zeros(N), np.ones(N)
    for form in ("interval", "quantile"):
        options = {"num_bins": 100, "vectorized": True, "prop_type": form}
        found[f"mace_{form}"] = toolbox.mean_absolute_calibration_error(zero, one, z, **options)
        found[f"rmsce_{form}"] = toolbox.root_mean_squared_calibration_error(zero, one, z, **options)
        found[f"miscalibration_area_{form}"] = toolbox.miscalibration_area(zero, one, z, **options)
    return found


@every_kind
def test_every_score_is_that_of_the_references(kind: str) -> None:
    predictive, reference = PAIRS[kind]
    y = reference.mean + 0.2 + 1.2 * reference.std * np.random.default_rng(3).normal(size=N)
    wanted = expected(reference, y)
    for name, found in estimates(Judged(predictive, y), wanted).items():
        assert found.value == pytest.approx(wanted[name], abs=1e-9), name


def test_the_scores_of_a_log_normal() -> None:
    """The CRPS of exp(U) is an integral, good to 1e-9 of its std (test_transformed.py: 1e-6)."""
    inner = samples.predictions(N)["gaussian"]
    y = np.exp(inner.mean + inner.std * np.random.default_rng(4).normal(size=N))
    law, one = stats.lognorm(inner.std, scale=np.exp(inner.mean)), Judged(ExpPredictive(inner), y)
    wanted = {
        "nll": np.mean(scoringrules.logs_lognormal(y, inner.mean, inner.std)),
        "crps": np.mean(scoringrules.crps_lognormal(y, inner.mean, inner.std)),
        "rmse": np.sqrt(np.mean((y - law.mean()) ** 2)),
        "sharpness": toolbox.sharpness(law.std()),
        "width_90": np.mean(law.ppf(0.95) - law.ppf(0.05)),
        "quantile_score_95": np.mean(scoringrules.quantile_score(y, law.ppf(0.95), 0.95)),
    }
    for name, found in estimates(one, wanted).items():
        assert found.value == pytest.approx(wanted[name], rel=1e-8), name


def test_the_crps_of_dense_quantiles_agrees_with_scoringrules() -> None:
    """scoringrules.crps_quantile is twice the mean quantile score of the levels alone, ours ∫ over all: 1/Q apart."""
    base, levels = samples.predictions(N)["gaussian"], np.arange(1, 400) / 400
    values = base.mean[:, None] + stats.norm.ppf(levels) * base.std[:, None]
    y = base.mean + base.std * np.random.default_rng(5).normal(size=N)
    ours = QuantilePredictive(tuple(levels), values)
    scores = [2 * np.mean(scoringrules.quantile_score(y, values[:, k], p)) for k, p in enumerate(levels)]
    assert np.mean(scoringrules.crps_quantile(y, values, levels)) == pytest.approx(np.mean(scores), rel=1e-12)
    assert np.mean(ours.crps(y)) == pytest.approx(np.mean(scores), rel=3e-3)


OF_THE_TRUTH = ("gap", "mean_rmse", "log_std_rmse", "local_coverage_miss_95")


def test_scores_against_the_truth_by_hand() -> None:
    """Truth N(x, 0.5²), predicted N(x + 0.3, 1): ½(log 4 + 0.25 + 0.09 − 1) nats, wherever x is."""
    x = np.linspace(0, 1, 7)
    truth = Truth(lambda x: x, lambda x: 0.5 + 0 * x, NOISES["gaussian"])
    predictive = LocationScale(Gaussian(), x + 0.3, np.ones(7))
    found = estimates(Judged(predictive, x, predictive, x, truth), OF_THE_TRUTH)
    reach = stats.norm.ppf(0.975)
    covers = stats.norm.cdf((0.3 + reach) / 0.5) - stats.norm.cdf((0.3 - reach) / 0.5)
    wanted = (0.5 * (np.log(4) + 0.25 + 0.09 - 1), 0.3, np.log(2), covers - 0.95)
    for name, by_hand in zip(OF_THE_TRUTH, wanted, strict=True):
        assert found[name].value == pytest.approx(by_hand, abs=1e-9), name
        assert found[name].std_error is None


def test_no_score_is_without_a_reference() -> None:
    _, reference = PAIRS["gaussian"]
    assert {*expected(reference, reference.mean + 1), *OF_THE_TRUTH} == set(SCORES)
