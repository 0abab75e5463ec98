"""Several differences judged together: an interval never contradicts its p."""

import numpy as np
import pytest
from scipy import stats

from core.evaluation.scores import SCORES
from core.evaluation.seed_statistics import Difference, adjusted, difference, difference_words

NLL = SCORES["nll"]


def test_a_single_comparison_is_not_changed() -> None:
    alone = difference(NLL, [0.3, 0.4, 0.9], [0.1, 0.3, 0.2])
    assert alone.level == 0.95
    judged = adjusted({"other": alone})["other"]
    assert (judged.level, judged.p) == (0.95, alone.p)
    assert (judged.low, judged.high) == pytest.approx((alone.low, alone.high), abs=1e-15)


def test_each_interval_has_the_level_of_its_step() -> None:
    """The second of three is not told apart: it is judged at 1 − 0.05/2, and the third at that level too."""
    off = {"clear": [1.0, 1.1, 0.9, 1.05], "doubtful": [0.3, 0.05, 0.1, 0.4], "none": [0.2, -0.3, 0.1, -0.1]}
    judged = adjusted({name: difference(NLL, values, [0.0] * 4) for name, values in off.items()})
    assert [judged[name].real for name in off] == [True, False, False]
    for name, level in {"clear": 1 - 0.05 / 3, "doubtful": 1 - 0.05 / 2, "none": 1 - 0.05 / 2}.items():
        values = np.array(off[name])
        interval = stats.t.interval(level, 3, values.mean(), stats.sem(values))
        assert judged[name].level == pytest.approx(level, abs=1e-15)
        assert (judged[name].low, judged[name].high) == pytest.approx(interval, abs=1e-12)
    alone = difference(NLL, off["doubtful"], [0.0] * 4)
    assert "98.3 %: " in difference_words(NLL, judged["clear"])
    assert alone.n == judged["doubtful"].n == 4


def test_a_difference_is_real_if_its_interval_excludes_zero() -> None:
    """300 tables of 1 to 6 comparisons, some shifted: `real` and the interval agree in each."""
    seen = {True: 0, False: 0}
    for seed in range(300):
        rng = np.random.default_rng(np.random.SeedSequence([17, seed]))
        first = rng.normal(size=5)
        others = {str(i): first + rng.normal(rng.choice([0.0, 1.5]), 1.0, 5) for i in range(rng.integers(1, 7))}
        judged = adjusted({name: difference(NLL, list(other), list(first)) for name, other in others.items()})
        for found in judged.values():
            assert found.low is not None
            assert found.high is not None
            assert found.real == (found.low > 0 or found.high < 0)
            seen[found.real] += 1
    assert min(seen.values()) > 100


def test_a_difference_without_a_p_stays_and_does_not_count() -> None:
    pair = difference(NLL, [0.3, 0.4, 0.9], [0.1, 0.3, 0.2])
    empty, single = Difference(None, None, None, 0, None), Difference(0.2, None, None, 1, None)
    judged = adjusted({"empty": empty, "single": single, "pair": pair})
    assert (judged["empty"], judged["single"]) == (empty, single)
    assert judged["pair"].p == pair.p


def test_a_single_comparison_raises_a_false_alarm_in_one_of_twenty() -> None:
    """2,000 pairs of equal things that share the luck of their seed; ± three standard errors of the share."""
    alarms = 0
    for seed in range(2000):
        rng = np.random.default_rng(np.random.SeedSequence([18, seed]))
        luck = rng.normal(0, 10, 5)
        one, other = luck + rng.normal(size=5), luck + rng.normal(size=5)
        alarms += difference(NLL, list(one), list(other)).real
    assert alarms / 2000 == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 2000))
