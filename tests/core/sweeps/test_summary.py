"""What results say: medians, their intervals with a coverage that holds, the best, and the table."""

import numpy as np
import pytest
from scipy import stats

from core.sweeps.chunk import Row
from core.sweeps.summary import best, best_words, order_interval, results_table, spread, spreads
from tests.core.sweeps.sweeps import small


@pytest.mark.parametrize("n", [*range(2, 40), 1000])
def test_the_interval_is_the_narrowest_that_covers_95_per_cent(n: int) -> None:
    """By SciPy's binomial distribution."""
    rank, coverage = order_interval(n)
    assert coverage == pytest.approx(1 - 2 * stats.binom.cdf(rank, n, 0.5), abs=1e-9)
    assert coverage >= 0.95 or rank == 0
    assert 1 - 2 * stats.binom.cdf(rank + 1, n, 0.5) < 0.95
    assert (coverage >= 0.95) == (n >= 6)


def test_the_interval_covers_the_median_of_skewed_scores() -> None:
    rng = np.random.default_rng(1)
    drawn = rng.lognormal(size=(3000, 10))  # their median is 1
    found = [spread(row) for row in drawn]
    share = np.mean([one.low <= 1 <= one.high for one in found])  # type: ignore[operator]
    assert share == pytest.approx(found[0].coverage, abs=0.012)


def test_values_that_are_missing_are_counted() -> None:
    found = spread([3.0, None, 1.0, float("inf")])
    assert (found.median, found.low, found.high, found.n, found.of) == (2.0, 1.0, 3.0, 2, 4)
    assert spread([None]).median is None
    assert spread([1.0]).coverage is None


def rows(values: list[float | None]) -> list[Row]:
    return [
        Row(number, "k", "done" if value is not None else "diverged", "", 0.1, 20, value, value, value, value, value)
        for number, value in enumerate(values)
    ]


def test_the_best_point_has_the_lowest_median_or_the_nearest_to_the_aim() -> None:
    sweep = small(seeds=3)
    found = rows([0.9, 0.96, 0.3, 0.1, 0.8, 0.97, 0.4, None, 0.7, 0.95, 0.5, None])
    assert [one.point for one in best(sweep, found, "nll")] == [2, 0, 1, 3], "the last has one value of three"
    assert best(sweep, found, "coverage_95")[0].point == 1
    assert spreads(sweep, found, "nll")[0].median == 0.8
    headline, sentence = best_words(sweep, found, "nll")
    assert headline == "Lowest NLL, full: 0.400"
    assert "median of 3 of 3 seeds with σ, averaged over x 0.3 · Loss Gaussian NLL" in sentence
    assert "So few seeds cannot say whether the order is chance." in sentence


def test_the_table_has_a_line_for_each_run_with_its_settings() -> None:
    sweep = small()
    table = results_table(sweep, rows([0.1, None, 0.3]))
    assert list(table["noise.scale"]) == [0.1, 0.1, 0.3]
    assert list(table["loss.name"]) == ["gaussian_nll", "beta_nll", "gaussian_nll"]
    assert list(table["status"]) == ["done", "diverged", "done"]
    assert np.isnan(table["nll"][1])
    assert results_table(sweep, []).empty
