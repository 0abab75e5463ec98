"""The baselines: against known coefficients, other solvers, and degenerate designs."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import optimize

from core.evaluation.baselines import BASELINES, MOST_SCORED, fit_baselines
from tests.pace import at_most

MEAN, LOG_VAR = np.array([1.0, -2.0, 0.5]), np.array([0.8, 0.0, -0.4])
every_baseline = pytest.mark.parametrize("name", BASELINES)


def points(n: int = 4000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """y = 3 + x·MEAN + exp(½(−1 + x·LOG_VAR))·Z over three inputs of different units."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    y = 3 + x @ MEAN + np.exp(0.5 * (-1 + x @ LOG_VAR)) * rng.normal(size=n)
    return x * [1.0, 1000.0, 1e-3] + [5.0, -1e4, 0.0], y


def slopes(of: np.ndarray) -> np.ndarray:
    """Slopes of a linear function, from its values at 0 and one step along each input."""
    return of[1:] - of[0]


def test_every_row_is_fitted_and_named() -> None:
    found = fit_baselines(*points(50))
    assert list(found) == list(BASELINES)
    assert all(row.help.endswith(".") for row in BASELINES.values())


def test_known_coefficients_come_back() -> None:
    x, y = points(40_000)
    at = np.vstack([np.zeros(3), np.eye(3)]) * [1.0, 1000.0, 1e-3] + [5.0, -1e4, 0.0]
    predicted = fit_baselines(x, y)["linear_log_variance"](at)
    np.testing.assert_allclose(slopes(predicted.mean), MEAN, atol=0.02)
    np.testing.assert_allclose(slopes(np.log(predicted.var)), LOG_VAR, atol=0.04)
    assert predicted.mean[0] == pytest.approx(3, abs=0.02)
    assert np.log(predicted.var[0]) == pytest.approx(-1, abs=0.04)


@pytest.mark.parametrize("inputs", [[0], [0, 1, 2]])
def test_the_constant_spread_is_statsmodels_ols(inputs: list[int]) -> None:
    x, y = points(300)
    x = x[:, inputs]
    reference = sm.OLS(y, sm.add_constant(x)).fit()
    predicted = fit_baselines(x, y)["linear"](x)
    np.testing.assert_allclose(predicted.mean, reference.fittedvalues, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(predicted.std, np.sqrt(reference.mse_resid), rtol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_the_log_variance_agrees_with_another_optimiser(seed: int) -> None:
    x, y = points(250, seed)
    design = sm.add_constant((x - x.mean(axis=0)) / x.std(axis=0))

    def nll(both: np.ndarray) -> float:
        s = design @ both[4:]
        return float(0.5 * np.mean(np.log(2 * np.pi) + s + (y - design @ both[:4]) ** 2 * np.exp(-s)))

    start = np.concatenate([np.linalg.lstsq(design, y, rcond=None)[0], [np.log(y.var()), 0, 0, 0]])
    best = optimize.minimize(nll, start, method="BFGS", options={"gtol": 1e-8}).fun
    found = float(np.mean(fit_baselines(x, y)["linear_log_variance"](x).nll(y)))
    assert found == pytest.approx(best, abs=1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_the_training_nll_is_never_above_that_of_the_constant_spread(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(8, 400)), int(rng.integers(1, 5))
    x, y = rng.standard_cauchy(size=(n, k)), rng.standard_cauchy(size=n)
    found = fit_baselines(x, y)
    nll = {name: float(np.mean(one(x).nll(y))) for name, one in found.items()}
    assert nll["linear_log_variance"] <= nll["linear"] + 1e-12


def test_one_feature_may_be_a_vector() -> None:
    x, y = points(500)
    for vector, matrix in zip(fit_baselines(x[:, 0], y).values(), fit_baselines(x[:, :1], y).values(), strict=True):
        one, other = vector(x[:, 0]), matrix(x[:, :1])
        np.testing.assert_array_equal(one.mean, other.mean)
        np.testing.assert_array_equal(one.std, other.std)


@every_baseline
def test_a_collinear_column_changes_nothing(name: str) -> None:
    x, y = points(400)
    plain = fit_baselines(x, y)[name](x)
    more = np.column_stack([x, x[:, 0], x[:, 0] - 2 * x[:, 2], np.full(len(x), 7.0)])
    repeated = fit_baselines(more, y)[name](more)
    np.testing.assert_allclose(repeated.mean, plain.mean, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(repeated.std, plain.std, rtol=1e-5)


@every_baseline
def test_all_categories_of_a_column_beside_the_constant(name: str) -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 3, 3000)
    y = np.array([0.0, 5.0, -1.0])[codes] + np.array([0.1, 1.0, 3.0])[codes] * rng.normal(size=3000)
    predicted = fit_baselines(np.eye(3)[codes], y)[name](np.eye(3))
    np.testing.assert_allclose(predicted.mean, [y[codes == code].mean() for code in range(3)], atol=1e-6)
    if name == "linear_log_variance":  # each category has a log variance of its own
        np.testing.assert_allclose(predicted.std, [y[codes == code].std() for code in range(3)], rtol=1e-5)


@every_baseline
def test_the_log_variance_of_a_group_without_scatter_is_bounded(name: str) -> None:
    x = np.repeat([0.0, 1.0], 50)
    y = np.concatenate([np.full(50, 2.0), np.random.default_rng(0).normal(size=50)])
    predicted = fit_baselines(x, y)[name](np.array([-1e6, 0.0, 1.0, 1e6]))
    assert np.isfinite(predicted.mean).all()
    assert np.isfinite(predicted.std).all()
    assert (predicted.std > 0).all()


@every_baseline
def test_a_line_without_scatter_has_the_smallest_allowed_spread(name: str) -> None:
    x = np.linspace(0, 1, 50)
    predicted = fit_baselines(x, 3 * x - 1)[name](x)
    np.testing.assert_allclose(predicted.mean, 3 * x - 1, atol=1e-9)
    assert (predicted.std > 0).all()
    assert (predicted.std < 1e-4).all()


@every_baseline
@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_another_unit_of_y_is_the_same_model(name: str, unit: float) -> None:
    x, y = points(300)
    one, other = fit_baselines(x, y)[name](x), fit_baselines(x, unit * y)[name](x)
    np.testing.assert_allclose(other.mean, unit * one.mean, rtol=1e-6, atol=1e-6 * unit)
    np.testing.assert_allclose(other.std, unit * one.std, rtol=1e-6)


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (np.arange(20.0), np.full(20, 0.1), "the same in every row"),
        (np.eye(4), np.arange(4.0), "4 rows are too few for 5 coefficients"),
        (np.array([[0.0, 1], [2, np.nan], [1, 1]]), np.arange(3.0), "Row 2 of column 2 of x is not a finite number"),
        (np.arange(3.0), np.array([0.0, 1, np.inf]), "Row 3 of y is not a finite number"),
        (np.arange(3.0), np.arange(4.0), "as many values as x has rows, 3"),
        (np.zeros((2, 2, 2)), np.arange(2.0), "must be"),
    ],
)
def test_what_cannot_be_fitted_is_refused_in_one_sentence(x: np.ndarray, y: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words) as raised:
        fit_baselines(x, y)
    assert str(raised.value).endswith(".")


def test_a_row_of_another_width_is_refused() -> None:
    x, y = points(50)
    with pytest.raises(ValueError, match=r"must be \(n, 3\)"):
        fit_baselines(x, y)["linear"](x[:, :2])


def test_more_rows_than_the_log_variance_takes() -> None:
    x, y = points(2 * MOST_SCORED + 1)
    found = fit_baselines(x, y)
    again = fit_baselines(x, y)
    for name, one in found.items():
        np.testing.assert_array_equal(one(x[:9]).std, again[name](x[:9]).std)
    exact = np.exp(0.5 * (-1 + (x[:9] - [5.0, -1e4, 0.0]) / [1.0, 1000.0, 1e-3] @ LOG_VAR))
    np.testing.assert_allclose(found["linear_log_variance"](x[:9]).std, exact, rtol=0.02)


def test_a_million_rows_take_seconds() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1_000_000, 10))
    y = x[:, 0] + np.exp(0.3 * x[:, 1]) * rng.normal(size=1_000_000)
    with at_most(5):
        fit_baselines(x, y)
