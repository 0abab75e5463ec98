"""Running spread and tests of unequal variance, against statsmodels, scipy and what the data were drawn from."""

import numpy as np
import pytest
from scipy.stats import rankdata, spearmanr
from statsmodels.stats.diagnostic import het_breuschpagan

from core.data.tables.shipped import TABLES
from core.diagnosis.chart_data.scatter_words import is_unequal
from core.evaluation.smooth_mean import smooth_mean
from core.evaluation.unequal_variance import MOST_ROWS, breusch_pagan, running_spread, spearman, unequal_variance
from tests.core.samples import points_of


def drawn(n=500, growth=0.0, curve=0.0, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 10, n)
    return x, 2 * x + curve * np.sin(x) + np.exp(growth * x) * rng.standard_normal(n)


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("growth", [0.0, 0.3])
def test_breusch_pagan_is_that_of_statsmodels(k, growth):
    rng = np.random.default_rng(k)
    x = rng.standard_normal((300, k)) * [1e-3, 1.0, 1e4][:k] + 5
    residual = np.exp(growth * (x[:, 0] - 5) * 1e3) * rng.standard_normal(300)
    statistic, p, _, _ = het_breuschpagan(residual, np.column_stack([np.ones(300), x]), robust=True)
    np.testing.assert_allclose(breusch_pagan(residual, x), (statistic, p), rtol=1e-9)


@pytest.mark.parametrize("name", TABLES)
def test_the_whole_test_is_that_of_statsmodels_on_the_same_residuals(name):
    x, y = points_of(name)
    found, mean = unequal_variance(x, y), smooth_mean(x[:, None], y)
    kept = mean.left >= 0.7
    residual, x = (mean.residual / mean.left)[kept], x[kept]
    ranks = rankdata(x)
    statistic, p, _, _ = het_breuschpagan(residual, np.column_stack([np.ones(len(x)), ranks]), robust=True)
    np.testing.assert_allclose((found.statistic, found.p), (statistic, p), rtol=1e-8)
    oracle = spearmanr(np.abs(residual), x)
    np.testing.assert_allclose((found.rank, found.rank_p), (oracle.statistic, oracle.pvalue), rtol=1e-6)
    oracle = spearmanr(np.abs(residual), np.abs(ranks - np.mean(ranks)))
    np.testing.assert_allclose((found.ends, found.ends_p), (oracle.statistic, oracle.pvalue), rtol=1e-6, atol=1e-12)


def test_many_features_are_ordered_by_the_fitted_value():
    table = TABLES["concrete"].columns()
    x = np.column_stack([table[name].values for name in TABLES["concrete"].features])
    y = table["strength"].values
    found, mean = unequal_variance(x, y), smooth_mean(x, y)
    kept = mean.left >= 0.7
    oracle = spearmanr(np.abs(mean.residual / mean.left)[kept], mean.fitted[kept])
    np.testing.assert_allclose((found.rank, found.rank_p), (oracle.statistic, oracle.pvalue), rtol=1e-6)
    assert (found.along, found.n) == ("the fitted value", 1030)


def test_ranks_are_those_of_scipy_with_ties():
    rng = np.random.default_rng(3)
    a, b = rng.integers(0, 9, 200), rng.integers(0, 5, 200).astype(float)
    oracle = spearmanr(a, b)
    np.testing.assert_allclose(spearman(a, b), (oracle.statistic, oracle.pvalue), rtol=1e-10)
    assert spearman([1, 2, 3], [2, 4, 6]) == (1.0, 0.0)
    assert spearman([1, 2, 3], [5, 5, 5]) == (0.0, 1.0)


def test_growing_and_falling_scatter_is_detected_and_constant_scatter_is_not():
    for growth, sign in ((0.1, 1), (-0.1, -1)):
        found = unequal_variance(*drawn(growth=growth))
        assert max(found.p, found.rank_p) < 1e-4
        assert np.sign(found.rank) == sign
        assert np.sign(found.high_std - found.low_std) == sign


def test_p_is_uniform_where_the_scatter_is_constant():
    found = [unequal_variance(*drawn(n=200, curve=1.5, seed=seed)) for seed in range(200)]
    # 200 draws of a share of 0.05 have a standard error of 0.015.
    for p in ([each.p for each in found], [each.rank_p for each in found]):
        assert 0.01 < np.mean(np.less(p, 0.05)) < 0.1


def log_uniform(rng, n):
    return np.exp(rng.uniform(np.log(0.1), np.log(5.0), (n, 2)))


CURVES = {
    "two log-uniform features": (log_uniform, lambda x: 3 * x[:, 0] + x[:, 0] ** 2),
    "an exponential": (lambda rng, n: rng.uniform(0, 1, n), lambda x: np.exp(5 * x) / 20),
    "a kink": (lambda rng, n: rng.uniform(0, 1, n), lambda x: 20 * np.maximum(x - 0.7, 0)),
    "a few extreme x": (lambda rng, n: np.exp(1.5 * rng.standard_normal(n)), np.log),
    "a product": (lambda rng, n: rng.uniform(0.2, 1, (n, 2)), lambda x: x[:, 0] / x[:, 1]),
}


@pytest.mark.parametrize("name", CURVES)
def test_a_curved_mean_is_not_mistaken_for_unequal_variance(name):
    x_of, mean = CURVES[name]
    alarms = 0
    for seed in range(100):
        rng = np.random.default_rng(1000 + seed)
        x = x_of(rng, 200)
        alarms += is_unequal(unequal_variance(x, mean(x) + 0.3 * rng.standard_normal(200)))
    assert alarms <= 7  # a true 3 % gives more in 1 of 100 tries; the mean as a plane gave 27 to 100


def test_unequal_noise_about_a_curve_is_found():
    rng = np.random.default_rng(4)
    x = rng.uniform(0, 1, 300)
    assert is_unequal(unequal_variance(x, np.sin(6 * x) + (0.1 + 0.1 * x) * rng.standard_normal(300)))
    x = rng.uniform(2, 58, 133)  # as in the motorcycle data
    mean = np.where(x < 14, 0, -130 * np.exp(-(((x - 21) / 6) ** 2)) + 40 * np.exp(-(((x - 32) / 6) ** 2)))
    std = np.where(x < 14, 2, np.where(x < 40, 28, 15))
    assert is_unequal(unequal_variance(x, mean + std * rng.standard_normal(133)))


@pytest.mark.parametrize("sign", [1, -1])
def test_a_variance_large_at_both_ends_or_in_the_middle_is_found(sign):
    rng = np.random.default_rng(5)
    x = rng.uniform(-1, 1, 300)
    std = 0.25 + sign * 0.15 * (2 * x**2 - 1)
    found = unequal_variance(x, x + std * rng.standard_normal(300))
    assert found.ends_p < 1e-4
    assert np.sign(found.ends) == sign
    assert np.sign(found.low_std - found.middle_std) == np.sign(found.high_std - found.middle_std) == sign
    assert found.rank_p > 0.01


@pytest.mark.parametrize(
    ("name", "feature", "ratio"),
    [("engel", "income", 3.3), ("cars", "horsepower", 1 / 1.8), ("diabetes", "bmi", 1.4), ("diabetes", "age", None)],
)
def test_scatter_of_the_shipped_tables(name, feature, ratio):
    columns = TABLES[name].columns()
    found = unequal_variance(columns[feature].values, columns[TABLES[name].target].values, along=feature)
    assert found.along == feature
    if ratio is None:
        assert min(found.p, found.rank_p) > 0.1
    else:
        assert max(found.p, found.rank_p) < 1e-3
        assert found.high_std / found.low_std == pytest.approx(ratio, abs=0.05)


@pytest.mark.parametrize(
    ("x", "y", "sentence"),
    [
        (
            np.arange(10.0),
            np.arange(10.0),
            "10 complete rows are too few to test whether the scatter differs: at least 20",
        ),
        (np.arange(30.0), np.full(30, 2.5), "The target is 2.5 in every row: it has no scatter."),
        (np.arange(30.0), 3 * np.arange(30.0), "The points are exactly on a curve: there is no scatter to test."),
        (np.arange(30.0), np.arange(30.0) ** 2, "The points are exactly on a curve: there is no scatter to test."),
        (np.zeros((30, 40)), np.arange(30.0), "30 complete rows are too few to test whether"),
        (np.full(30, np.nan), np.arange(30.0), "0 complete rows are too few"),
    ],
)
def test_what_cannot_be_tested_has_a_reason(x, y, sentence):
    found = unequal_variance(x, y)
    assert found.why_not.startswith(sentence)
    assert np.isnan([found.p, found.rank_p, found.statistic]).all()


def test_constant_and_duplicate_features_do_not_count():
    x, y = drawn(growth=0.05)
    single = unequal_variance(np.column_stack([x, np.ones_like(x)]), y)
    double = unequal_variance(np.column_stack([x, 2 * x, np.ones_like(x)]), y)
    assert double.p == pytest.approx(single.p, rel=0.1)  # the product of x and 2x is one more bend
    assert unequal_variance(np.ones(50), y[:50]).p == 1.0
    assert np.isfinite(unequal_variance(np.repeat([0.0, 1.0], 100), y[:200]).p)


def test_missing_rows_are_left_out_and_many_are_thinned():
    x, y = drawn(n=MOST_ROWS + 50_000, growth=0.02)
    y[:100] = np.nan
    assert unequal_variance(x, y).n == MOST_ROWS
    assert unequal_variance(np.column_stack([x, -x]), y).n == MOST_ROWS // 2
    assert unequal_variance(x[:300], y[:300]).n == 200


def test_running_spread_is_that_of_each_window_about_its_line():
    x, y = drawn(n=1000, growth=0.2)
    found = running_spread(x, y, 50)
    assert found.rows == 100
    assert len(found.x) == len(found.mean) == len(found.std) == 50
    order = np.argsort(x)
    for at, start in ((0, 0), (-1, 900)):
        u, v = x[order][start : start + 100], y[order][start : start + 100]
        residual = v - np.polyval(np.polyfit(u, v, 1), u)
        np.testing.assert_allclose((found.x[at], found.mean[at]), (u.mean(), v.mean()))
        np.testing.assert_allclose(found.std[at], np.sqrt(np.sum(residual**2) / 98))
    assert (np.diff(found.x) > 0).all()


def test_a_slope_does_not_count_as_scatter():
    x, y = drawn(n=2000)
    np.testing.assert_allclose(running_spread(x, 100 * x + y).std, 1.0, atol=0.3)
    assert running_spread(x, 3 * x).std.max() < 1e-6


def test_running_spread_of_a_few_rows_of_one_x_and_of_gaps():
    assert len(running_spread(np.arange(10.0), np.arange(10.0)).x) == 1
    same = running_spread(np.ones(40), np.arange(40.0) % 2)
    np.testing.assert_allclose(same.std, np.std([0, 1] * 5, ddof=1))
    gaps = running_spread(np.append(np.arange(40.0), np.nan), np.append(np.arange(40.0), 1.0))
    assert gaps.x.max() < 40
    with pytest.raises(ValueError, match="9 rows are too few for a running std: at least 10 are needed"):
        running_spread(np.arange(9.0), np.arange(9.0))
    with pytest.raises(ValueError, match=r"x has shape \(3,\) and y \(4,\)"):
        running_spread(np.arange(3.0), np.arange(4.0))
