"""Scores over seeds: Student's t, paired differences and Holm, against scipy and by hand; nothing is left out."""

import gc

import numpy as np
import pytest
from scipy import stats

from core.evaluation.scores import SCORES
from core.evaluation.seed_statistics import Difference, adjusted, difference, difference_words, summary

NLL, COVERAGE = SCORES["nll"], SCORES["coverage_95"]


@pytest.mark.parametrize("n", [2, 5, 10])
def test_a_summary_is_students_interval(n: int) -> None:
    values = np.random.default_rng(n).normal(size=n)
    found = summary(list(values))
    low, high = stats.t.interval(0.95, n - 1, values.mean(), stats.sem(values))
    assert (found.mean, found.low, found.high) == pytest.approx((values.mean(), low, high), abs=1e-12)
    assert (found.n, found.missing) == (n, ())


def test_diverged_runs_are_counted_and_named() -> None:
    found = summary([1.0, None, 3.0, float("nan")])
    assert (found.mean, found.n, found.missing) == (2.0, 2, (1, 3))
    assert summary([None, None]).mean is None
    alone = summary([1.0])
    assert (alone.mean, alone.low, alone.high) == (1.0, None, None)


@pytest.mark.parametrize("n", [2, 5, 10])
def test_a_difference_is_a_paired_t_test(n: int) -> None:
    one, other = np.random.default_rng(n).normal(size=(2, n))
    found = difference(NLL, list(one), list(other))
    test = stats.ttest_rel(one, other)
    low, high = test.confidence_interval(0.95)
    assert (found.mean, found.low, found.high) == pytest.approx(((one - other).mean(), low, high), abs=1e-12)
    assert found.p == pytest.approx(test.pvalue, abs=1e-12)


def test_a_coverage_is_judged_by_its_distance_from_the_level() -> None:
    found = difference(COVERAGE, [0.99, 0.985], [0.94, 0.945])
    assert found.mean == pytest.approx(0.0375 - 0.0075)
    assert "worse" in difference_words(COVERAGE, Difference(0.03, 0.02, 0.04, 5, 0.001))


def test_seeds_where_one_run_diverged_are_left_out_of_the_difference() -> None:
    found = difference(NLL, [1.0, None, 2.0], [0.5, 0.5, None])
    assert (found.n, found.mean, found.p) == (1, 0.5, None)
    assert difference(NLL, [None], [1.0]).mean is None
    with pytest.raises(ValueError, match="argument 2 is longer"):
        difference(NLL, [1.0], [1.0, 2.0])


def test_holm_by_hand() -> None:
    p = {"a": 0.01, "b": 0.04, "c": 0.03, "d": None}
    found = adjusted({name: Difference(1.0, 0.0, 2.0, 5, value) for name, value in p.items()})
    expected = {"a": 0.03, "b": 0.06, "c": 0.06, "d": None}
    assert {name: one.p for name, one in found.items()} == pytest.approx(expected)
    assert [name for name, one in found.items() if one.real] == ["a"]


def test_false_alarms_are_rare() -> None:
    """Four comparisons of equal things, 1,000 times: at most one in twenty tables has a "real" difference."""
    alarms = 0
    for seed in range(1000):
        first, *others = np.random.default_rng([8, seed]).normal(size=(5, 5))
        found = {str(i): difference(NLL, list(other), list(first)) for i, other in enumerate(others)}
        alarms += any(one.real for one in adjusted(found).values())
    assert alarms / 1000 < 0.065


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Difference(0.013, 0.009, 0.017, 5, 0.001), "0.0130 nats worse, real (95 %: +0.0090 to +0.0170 nats)"),
        (Difference(-0.013, -0.017, -0.009, 5, 0.001), "0.0130 nats better, real (95 %: −0.0170 to −0.0090 nats)"),
        (Difference(0.001, -0.002, 0.004, 5, 0.4), "no clear difference over 5 seeds (95 %: −0.0020 to +0.0040 nats)"),
        (Difference(0.0, 0.0, 0.0, 5, 1.0), "the same numbers"),
        (Difference(0.1, None, None, 1, None), "0.1000 nats worse on one seed, which says nothing about other seeds"),
        (Difference(None, None, None, 0, None), "no seed in which both finished"),
    ],
)
def test_words(found: Difference, words: str) -> None:
    assert difference_words(NLL, found) == words


def test_equal_numbers_and_a_constant_difference_leave_no_doubt() -> None:
    assert difference(NLL, [1.0, 2.0], [1.0, 2.0]).p == 1
    assert difference(NLL, [1.5, 2.5], [1.0, 2.0]).p == 0


@pytest.mark.parametrize(
    ("score", "words"),
    [
        ("coverage_95", "1.30 percentage points worse, real (95 %: +0.90 to +1.70 percentage points)"),
        ("rmse", "0.0130 worse, real (95 %: +0.0090 to +0.0170, unit of y)"),
    ],
)
def test_a_difference_says_its_unit(score: str, words: str) -> None:
    assert difference_words(SCORES[score], Difference(0.013, 0.009, 0.017, 5, 0.001)) == words


@pytest.mark.parametrize("n", [3, 5, 10])
def test_95_of_100_intervals_hold_the_mean(n: int) -> None:
    """Of 4,000 summaries; ± three standard errors of the share."""
    values = np.random.default_rng([31, n]).normal(2.0, 3.0, size=(4000, n))
    found = [summary(list(each)) for each in values]
    held = np.mean([one.low is not None and one.high is not None and one.low <= 2.0 <= one.high for one in found])
    assert held == pytest.approx(0.95, abs=3 * np.sqrt(0.05 * 0.95 / 4000))


def test_holm_is_that_of_statsmodels(monkeypatch: pytest.MonkeyPatch) -> None:
    from statsmodels.stats.multitest import multipletests

    # It collects garbage at each call: 0.4 s where all tests are loaded.
    monkeypatch.setattr(gc, "collect", lambda *generation: 0)
    for seed in range(20):
        rng = np.random.default_rng([32, seed])
        p = rng.uniform(size=rng.integers(1, 7)) ** 3
        found = adjusted({str(i): Difference(1.0, 0.0, 2.0, 5, float(value)) for i, value in enumerate(p)})
        assert [found[str(i)].p for i in range(p.size)] == pytest.approx(multipletests(p, method="holm")[1], abs=1e-12)
