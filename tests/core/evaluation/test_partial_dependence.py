"""Partial dependence against brute force, and against models whose answer is known."""

import numpy as np
import pytest

from core.distributions.laws import LocationScale, gaussian
from core.evaluation.partial_dependence import MOST_POINTS, MOST_ROWS, partial_dependence

RNG = np.random.default_rng(0)
X = np.column_stack([RNG.normal(size=300), RNG.exponential(size=300), np.eye(3)[RNG.integers(0, 3, 300)]])


def additive(x: np.ndarray) -> LocationScale:
    """mean = sin x₀ + x₁² + (0, 1, 2 by category), var = e^x₀ + x₁ + (1, 2, 3 by category)."""
    mean = np.sin(x[:, 0]) + x[:, 1] ** 2 + x[:, 2:] @ [0.0, 1.0, 2.0]
    return gaussian(mean, np.sqrt(np.exp(x[:, 0]) + x[:, 1] + x[:, 2:] @ [1.0, 2.0, 3.0]))


def product(x: np.ndarray) -> LocationScale:
    return gaussian(x[:, 0] * x[:, 1], np.exp(x[:, 0] - x[:, 1]))


def test_for_an_additive_model_it_is_the_term_plus_a_constant() -> None:
    found = partial_dependence(additive, X, [0])
    others = X[:, 1] ** 2 + X[:, 2:] @ [0.0, 1.0, 2.0]
    np.testing.assert_allclose(found.mean, np.sin(found.at) + others.mean(), rtol=1e-12)
    np.testing.assert_allclose(found.mean_low, np.sin(found.at) + np.quantile(others, 0.1), rtol=1e-12)
    np.testing.assert_allclose(found.mean_high, np.sin(found.at) + np.quantile(others, 0.9), rtol=1e-12)
    variance = X[:, 1] + X[:, 2:] @ [1.0, 2.0, 3.0]
    np.testing.assert_allclose(found.std**2, np.exp(found.at) + variance.mean(), rtol=1e-12)
    np.testing.assert_allclose(found.std_high**2, np.exp(found.at) + np.quantile(variance, 0.9), rtol=1e-12)
    np.testing.assert_allclose(found.std_low**2, np.exp(found.at) + np.quantile(variance, 0.1), rtol=1e-12)


def test_against_one_row_at_a_time() -> None:
    found = partial_dependence(product, X, [1])
    for i in (0, 17, found.at.size - 1):
        means, variances = [], []
        for row in X:
            changed = row.copy()
            changed[1] = found.at[i]
            means.append(float(product(changed[None]).mean[0]))
            variances.append(float(product(changed[None]).std[0]) ** 2)
        assert found.mean[i] == pytest.approx(np.mean(means), rel=1e-12)
        assert found.std[i] == pytest.approx(np.sqrt(np.mean(variances)), rel=1e-12)


def test_each_category_has_its_own_value() -> None:
    found = partial_dependence(additive, X, [2, 3, 4])
    others = np.mean(np.sin(X[:, 0]) + X[:, 1] ** 2)
    variance = np.mean(np.exp(X[:, 0]) + X[:, 1])
    assert found.category
    np.testing.assert_array_equal(found.at, [0, 1, 2])
    np.testing.assert_allclose(found.mean, others + np.arange(3), rtol=1e-12)
    np.testing.assert_allclose(found.std**2, variance + np.arange(1, 4), rtol=1e-12)


def test_a_single_category_is_one_place() -> None:
    found = partial_dependence(additive, X, [2], category=True)
    np.testing.assert_array_equal(found.at, [0])
    assert found.mean[0] == pytest.approx(
        float(np.mean(additive(np.column_stack([X[:, :2], np.ones(300), X[:, 3:]])).mean))
    )


def test_the_grid_follows_the_quantiles_and_leaves_out_the_ends() -> None:
    found = partial_dependence(product, X, [1])
    assert found.at.size == MOST_POINTS
    assert found.at[0] == pytest.approx(np.quantile(X[:, 1], 0.01))
    assert found.at[-1] == pytest.approx(np.quantile(X[:, 1], 0.99))
    between = np.searchsorted(np.sort(X[:, 1]), found.at)
    assert np.ptp(np.diff(between)) <= 2


@pytest.mark.parametrize(("values", "at"), [([1.0, 2.0, 5.0], [1, 2, 5]), ([4.0], [4]), ([0.0, 1.0], [0, 1])])
def test_few_values_are_taken_as_they_are(values: list[float], at: list[float]) -> None:
    x = np.column_stack([np.resize(values, 90), np.arange(90.0)])
    np.testing.assert_array_equal(partial_dependence(product, x, [0]).at, at)


def test_a_value_that_one_row_in_a_thousand_has_is_left_out() -> None:
    x = np.column_stack([np.where(np.arange(1000) == 500, 99.0, np.arange(1000) % 4), np.ones(1000)])
    np.testing.assert_array_equal(partial_dependence(product, x, [0]).at, [0, 1, 2, 3])


def test_many_rows_are_taken_evenly_and_x_stays() -> None:
    x = np.column_stack([np.arange(20_000.0), np.linspace(0, 1, 20_000)])
    before = x.copy()
    seen: list[int] = []

    def predict(rows: np.ndarray) -> LocationScale:
        seen.append(len(rows))
        return gaussian(rows[:, 1], np.ones(len(rows)))

    found = partial_dependence(predict, x, [0])
    assert set(seen) == {MOST_ROWS} == {found.rows}
    assert found.mean[0] == pytest.approx(0.5, abs=1e-3)
    np.testing.assert_array_equal(x, before)


def test_a_prediction_that_is_not_finite_gives_nan() -> None:
    found = partial_dependence(lambda x: gaussian(np.exp(1000 * x[:, 0]), np.full(len(x), np.nan)), X, [0])
    assert np.isinf(found.mean[-1])
    assert np.isnan(found.std).all()


@pytest.mark.parametrize(
    ("x", "inputs", "category", "words"),
    [
        (np.arange(3.0), [0], None, "must be"),
        (np.empty((0, 2)), [0], None, "a row at least"),
        (X, [0, 1], False, "2 inputs"),
        (X, [], None, "0 inputs"),
    ],
)
def test_invalid_arguments_are_refused(x: np.ndarray, inputs: list[int], category: bool | None, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        partial_dependence(product, x, inputs, category)
