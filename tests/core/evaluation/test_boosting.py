"""Boosted trees as a third baseline: on jumps, in their calibration, and without scikit-learn."""

import numpy as np
import pytest

from core.evaluation import boosting
from core.evaluation.baselines import fit_baselines
from core.evaluation.boosting import FEWEST_ROWS, MOST_ROWS, fit_boosting

RNG = np.random.default_rng(0)


def jumps(n):
    x = RNG.uniform(-1, 1, (n, 2))
    return x, np.floor(4 * x[:, 0]) % 2 + np.where(x[:, 1] > 0, 0.3, 0.1) * RNG.normal(size=n)


def test_it_finds_jumps_and_the_spread_on_rows_it_did_not_see():
    found, (x, y) = fit_boosting(*jumps(1500)), jumps(1500)
    law = found(x)
    assert np.mean(law.nll(y)) < np.mean(fit_baselines(*jumps(1500))["linear_log_variance"](x).nll(y)) - 0.3
    assert 0.9 < np.mean(np.abs(y - law.mean) < 1.96 * law.std) < 0.97
    assert np.median(law.std[x[:, 1] > 0]) == pytest.approx(0.3, rel=0.3)
    assert np.median(law.std[x[:, 1] < 0]) == pytest.approx(0.1, rel=0.5)


def test_the_same_points_give_the_same_model_and_a_vector_is_one_input():
    x, y = jumps(200)
    one, other = fit_boosting(x[:, 0], y), fit_boosting(x[:, :1], y)
    np.testing.assert_array_equal(one(x[:, 0]).std, other(x[:, :1]).std)


def test_few_rows_and_no_scikit_learn_give_none(monkeypatch):
    x, y = jumps(FEWEST_ROWS)
    assert fit_boosting(x[1:], y[1:]) is None
    monkeypatch.setattr(boosting, "find_spec", lambda name: None)
    assert not boosting.is_at_hand()
    assert fit_boosting(x, y) is None


def test_many_rows_are_taken_evenly():
    x = np.arange(2.0 * MOST_ROWS)
    y = np.sin(x / 5000) + np.where(x % 2 == 1, 1e6, 0.1 * RNG.normal(size=x.size))  # odd rows are not looked at
    assert np.abs(fit_boosting(x, y)(x[::2]).mean).max() < 2
