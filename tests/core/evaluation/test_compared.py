"""Which of two runs is better beyond luck, against tests of SciPy and what the predictions were made from."""

import numpy as np
import pytest
from scipy.stats import ttest_rel

from core import presets, train
from core.data.dataset import Truth
from core.data.noise import NOISES
from core.distributions.laws import gaussian
from core.evaluation.compared import GAP_FACTOR, better, difference, shown
from core.evaluation.judged import Judged
from core.evaluation.scores import COMPARED

X = np.linspace(0, 1, 200)
TRUTH = Truth(np.zeros_like, np.ones_like, NOISES["gaussian"])


def judged(mean=0.0, std=1.0, n=2000, seed=0):
    y = np.random.default_rng(seed).standard_normal(n)
    at = lambda size: gaussian(np.full(size, float(mean)), np.full(size, float(std)))  # noqa: E731
    return Judged(at(n), y, at(len(X)), X, TRUTH)


@pytest.mark.parametrize("name", COMPARED)
def test_a_run_is_not_better_than_itself_or_its_twin_on_other_points(name):
    assert better(name, judged(), judged()) == 0
    assert sum(abs(better(name, judged(seed=2 * i), judged(seed=2 * i + 1))) for i in range(20)) <= 3


@pytest.mark.parametrize("name", COMPARED)
def test_what_is_clearly_better_is_marked_either_way_round(name):
    right, wrong = judged(), judged(mean=0.5, std=2.0)
    assert (better(name, right, wrong), better(name, wrong, right)) == (-1, 1)


def test_the_difference_is_the_paired_t_test():
    one, other = judged(0.02), judged(0.0, 1.05)
    found = difference("crps", one, other)
    oracle = ttest_rel(one.predictive.crps(one.y), other.predictive.crps(other.y))
    assert found.value / found.std_error == pytest.approx(oracle.statistic)


def test_pairing_sees_what_two_separate_errors_do_not():
    one, near, elsewhere = judged(), judged(std=1.1), judged(std=1.1, seed=1)
    assert better("nll", one, near) == -1
    assert better("nll", one, elsewhere) == 0
    assert difference("nll", one, elsewhere).std_error > 5 * difference("nll", one, near).std_error


def test_a_gap_must_exceed_what_seeds_make():
    near, same, far = judged(0.1), judged(0.1 * 1.05), judged(0.1 * 1.7)
    assert better("gap", near, same) == 0
    assert GAP_FACTOR < 1.7**2
    assert better("gap", near, far) == -1


def test_coverages_that_are_both_right_have_no_winner():
    assert better("coverage_95", judged(std=1.0), judged(std=1.02)) == 0
    assert better("coverage_95", judged(), judged(std=0.7)) == -1


def test_a_run_without_a_score_is_neither_better_nor_worse():
    broken = judged(std=np.nan)
    for name in COMPARED:
        assert better(name, judged(), broken) == better(name, broken, judged()) == 0
        assert shown(name, broken, broken)[0] in ("–", COMPARED[name].words(COMPARED[name].estimate(broken).value))


def test_values_have_the_digits_that_tell_them_apart():
    assert shown("rmse", judged(0.001), judged(0.0))[0] != shown("rmse", judged(0.02), judged(0.0))[0]
    assert all(len(text) < 12 for name in COMPARED for text in shown(name, judged(), judged(0.02)))


def test_quick_is_not_better_than_squared_error_by_a_gap_of_luck():
    quick, other = train(presets["quick"]), train(presets["quick"].with_settings({"loss.name": "squared_error"}))
    assert quick.gap != other.gap
    assert better("gap", quick.judged, other.judged) == 0
    posted = train(presets["posted-quick"])
    assert better("gap", quick.judged, posted.judged) == better("nll", quick.judged, posted.judged) == -1
