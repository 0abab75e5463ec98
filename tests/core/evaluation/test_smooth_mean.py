"""A mean that bends, against SciPy's smoothing spline, the truth, and a hat matrix built row by row."""

import numpy as np
import pytest
from scipy.interpolate import make_smoothing_spline

from core.evaluation import smooth_mean as module
from core.evaluation.smooth_mean import smooth_mean


def rms(values):
    return float(np.sqrt(np.mean(np.square(values))))


@pytest.mark.parametrize("curve", [lambda x: np.sin(6 * x), lambda x: np.exp(5 * x) / 20, lambda x: 2 * x])
def test_one_feature_is_fitted_as_well_as_by_scipys_smoothing_spline(curve):
    ours, theirs = [], []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        x = np.sort(rng.uniform(0, 1, 200))
        y = curve(x) + 0.3 * rng.standard_normal(200)
        ours.append(rms(smooth_mean(x[:, None], y).fitted - curve(x)))
        theirs.append(rms(make_smoothing_spline(x, y)(x) - curve(x)))
    assert np.mean(ours) < 1.1 * np.mean(theirs) + 0.015  # noise 0.3, 200 points: a line alone costs 0.03


def test_many_features_bend_and_multiply():
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 1, (500, 4))
    for truth in (3 * x[:, 0] + np.sin(6 * x[:, 1]), 5 * x[:, 0] * x[:, 1], np.exp(2 * x[:, :3].sum(axis=1)) / 20):
        found = smooth_mean(x, truth + 0.3 * rng.standard_normal(500))
        assert rms(found.fitted - truth) < 0.15
        assert 4 < found.freedom < 100


def test_what_is_left_at_each_point_is_the_residual_of_pure_noise():
    """Of one fixed fit: (I − H)(I − H)ᵀ with H made column by column, from the fit of each unit vector."""
    rng = np.random.default_rng(1)
    x = np.append(rng.uniform(0, 1, 39), 3.0)[:, None]
    columns = module._columns(x)
    y = np.sin(6 * x[:, 0]) + 0.3 * rng.standard_normal(40)
    fit, _ = module._ridge(columns, y, (1.0,))
    penalties = module._PENALTIES
    for penalty in penalties:  # the penalty that was chosen gives the same fitted values
        design = np.column_stack([columns.free, columns.bends])
        ridge = np.diag(np.r_[np.zeros(2), np.full(columns.bends.shape[1], penalty)])
        hat = design @ np.linalg.pinv(design.T @ design + ridge, rcond=1e-13) @ design.T
        if np.allclose(hat @ y, fit.fitted, atol=1e-6):
            break
    np.testing.assert_allclose(hat @ y, fit.fitted, atol=1e-6)
    rest = np.eye(40) - hat
    np.testing.assert_allclose(fit.left**2, np.maximum(np.diag(rest @ rest.T), 1e-3), atol=1e-6)
    assert fit.freedom == pytest.approx(np.trace(hat), abs=1e-5)
    assert fit.left[-1] < 0.3  # the point alone at 3 has the fit to itself


def test_equal_noise_is_equal_everywhere_after_division():
    squares = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        x = np.linspace(0, 1, 60)
        found = smooth_mean(x[:, None], np.exp(5 * x) / 20 + rng.standard_normal(60))
        squares.append((found.residual / found.left) ** 2)
    mean = np.mean(squares, axis=0)
    assert abs(np.mean(mean[:5]) - np.mean(mean[20:40])) < 0.25  # std errors 0.05 and 0.02, and a little bias
    assert np.mean(mean) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("features", [np.zeros((30, 2)), np.repeat([[0.0], [1.0]], 15, axis=0), np.eye(30)])
def test_features_without_a_bend_are_a_plane(features):
    y = np.arange(30.0) % 7
    found = smooth_mean(features, y)
    assert np.isfinite(found.fitted).all()
    np.testing.assert_allclose(found.fitted + found.residual, y, atol=1e-9)


def test_the_unit_of_y_and_x_does_not_matter():
    rng = np.random.default_rng(2)
    x = rng.uniform(0, 1, (100, 2))
    y = x[:, 0] ** 2 + 0.1 * rng.standard_normal(100)
    one, other = smooth_mean(x, y), smooth_mean(1e6 * x + 5, 1e-9 * y - 3e-9)
    np.testing.assert_allclose(other.residual / 1e-9, one.residual, atol=1e-6)
    np.testing.assert_allclose(other.left, one.left, atol=1e-6)
