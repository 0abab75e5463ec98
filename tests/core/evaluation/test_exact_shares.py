"""Exact tests and intervals of shares, against scipy.stats."""

import pytest
from scipy import stats

from core.evaluation.exact_shares import binomial_p, fisher_p, share_interval

CASES = [(0, 10), (10, 10), (3, 7), (90, 100), (950, 1000), (1, 1)]


@pytest.mark.parametrize(("k", "n"), CASES)
def test_the_interval_is_that_of_clopper_and_pearson(k: int, n: int) -> None:
    interval = stats.binomtest(k, n).proportion_ci(0.95, "exact")
    assert share_interval(k, n) == pytest.approx((interval.low, interval.high), abs=1e-12)


@pytest.mark.parametrize(("k", "n"), CASES)
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_the_binomial_test_is_twice_the_smaller_tail(k: int, n: int, share: float) -> None:
    law = stats.binom(n, share)
    assert binomial_p(k, n, share) == pytest.approx(min(1, 2 * min(law.cdf(k), law.sf(k - 1))), rel=1e-9)


@pytest.mark.parametrize(
    "table", [(3, 10, 90, 100), (10, 10, 90, 100), (0, 5, 0, 9), (50, 100, 480, 500), (7, 7, 0, 3)]
)
def test_fishers_test_is_twice_the_smaller_tail(table: tuple[int, int, int, int]) -> None:
    k, n, other_k, other_n = table
    law = stats.hypergeom(n + other_n, k + other_k, n)
    assert fisher_p(*table) == pytest.approx(min(1, 2 * min(law.cdf(k), law.sf(k - 1))), rel=1e-8)
