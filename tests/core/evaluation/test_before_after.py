"""Before and after: fitted to one half, judged on the other, and never the other way round."""

import numpy as np
import pytest

from core.distributions.laws import gaussian
from core.distributions.mixture import GaussianMixture
from core.distributions.recalibrated import ConformalIntervals
from core.evaluation.before_after import MEASURES, before_and_after
from core.evaluation.judged import share_of
from core.evaluation.recalibration import RECALIBRATIONS, split

N = 2000
RNG = np.random.default_rng(5)
X = RNG.uniform(0, 1, N)
MEAN, STD = np.sin(6 * X), 0.1 + X
Y = MEAN + STD * RNG.normal(size=N)
every_recalibration = pytest.mark.parametrize("name", RECALIBRATIONS)


def twice_too_wide(at):
    """What the posted loss read as a log variance comes to."""
    return gaussian(MEAN[at], 2 * STD[at])


def right(at):
    return gaussian(MEAN[at], STD[at])


@pytest.mark.parametrize("name", sorted(set(RECALIBRATIONS) - {"shift", "shift_along"}))
def test_a_std_twice_too_wide_is_corrected(name):
    found = before_and_after(name, twice_too_wide, Y)
    coverage, width, score = (found.changes[measure] for measure in ("coverage", "width", "interval_score"))
    assert coverage.before.value > 0.99
    assert coverage.after.value == pytest.approx(0.95, abs=0.04)
    assert width.difference.value < -5 * width.difference.std_error
    assert score.difference.value < -2 * score.difference.std_error
    if name in ("scale", "isotonic"):
        # Twice too wide costs log 2 − 3/8 nats.
        assert found.changes["nll"].difference.value == pytest.approx(3 / 8 - np.log(2), abs=0.1)
        assert found.changes["crps"].difference.value < 0
    if name == "scale":
        assert found.fitted.factor == pytest.approx(0.5, abs=0.06)


def test_the_numbers_are_those_of_the_test_points():
    found = before_and_after("scale", twice_too_wide, Y, level=0.8, seed=4)
    y, mean, std = Y[found.test], MEAN[found.test], 2 * STD[found.test]
    reach = 1.2815515655446004 * std
    inside = np.abs(y - mean) <= reach
    assert found.changes["coverage"].before.value == pytest.approx(np.mean(inside))
    assert found.changes["coverage"].before.std_error == share_of(inside).std_error
    assert found.changes["width"].before.value == pytest.approx(np.mean(2 * reach))
    assert found.changes["width"].after.value == pytest.approx(found.fitted.factor * np.mean(2 * reach))
    fines = 2 / 0.2 * np.maximum(np.abs(y - mean) - reach, 0)  # Gneiting & Raftery 2007, eq. 43
    assert found.changes["interval_score"].before.value == pytest.approx(np.mean(2 * reach + fines))
    before, after = found.before.nll(y), found.after.nll(y)
    assert found.changes["nll"].after.value == pytest.approx(np.mean(after))
    assert found.changes["nll"].difference.value == pytest.approx(np.mean(after - before))
    assert found.changes["nll"].difference.std_error == pytest.approx(np.std(after - before, ddof=1) / np.sqrt(len(y)))
    assert set(found.changes) == set(MEASURES)


@every_recalibration
def test_test_points_are_never_fitted_to(name):
    validation, test = split(N, 0)
    asked = []

    def predictive_of(at):
        asked.append(at)
        return twice_too_wide(at)

    one = before_and_after(name, predictive_of, Y)
    other_y = Y.copy()
    other_y[test] += 100
    other = before_and_after(name, predictive_of, other_y)
    assert one.fitted.words == other.fitted.words
    np.testing.assert_array_equal(one.after.interval(0.9), other.after.interval(0.9))
    assert other.changes["coverage"].after.value == 0
    np.testing.assert_array_equal(one.validation, validation)
    np.testing.assert_array_equal(one.test, test)
    assert not {*validation} & {*test}
    for i, half in enumerate(asked):
        np.testing.assert_array_equal(half, (validation, test)[i % 2])


@every_recalibration
def test_another_validation_part_is_another_fit(name):
    shifted = Y.copy()
    shifted[split(N, 0)[0]] += 3
    one, other = before_and_after(name, right, Y), before_and_after(name, right, shifted)
    assert not np.array_equal(one.after.interval(0.9), other.after.interval(0.9))
    np.testing.assert_array_equal(one.before.interval(0.9), other.before.interval(0.9))


@every_recalibration
def test_the_result_is_deterministic(name):
    one, other = (before_and_after(name, twice_too_wide, Y, seed=9) for _ in range(2))
    assert one.changes == other.changes
    assert before_and_after(name, twice_too_wide, Y, seed=10).changes != one.changes


@every_recalibration
def test_a_right_prediction_hardly_gets_worse(name):
    changes = before_and_after(name, right, Y).changes
    assert changes["coverage"].after.value == pytest.approx(0.95, abs=0.04)
    if changes["nll"].difference.value is not None:
        assert abs(changes["nll"].difference.value) < 0.06


@pytest.mark.parametrize("name", ["conformal", "conformal_normalised"])
def test_intervals_alone_have_no_density(name):
    found = before_and_after(name, right, Y)
    assert isinstance(found.after, ConformalIntervals)
    for measure in ("nll", "crps"):
        change = found.changes[measure]
        assert change.before.value is not None
        for nothing in (change.after, change.difference):
            assert nothing.value is nothing.std_error is None
            assert nothing.reason == "Conformal intervals are not a distribution: they have no density."


def test_isotonic_cannot_correct_a_bias_in_x():
    """The mean is too high on the left and too low on the right: coverage becomes right, the mean stays wrong."""

    def biased(at):
        return gaussian(MEAN[at] + np.where(X[at] < 0.5, 1, -1), np.full(len(at), 0.8))

    found = before_and_after("isotonic", biased, Y)
    assert found.changes["coverage"].after.value == pytest.approx(0.95, abs=0.04)
    off = found.after.mean - MEAN[found.test]
    left = X[found.test] < 0.5
    assert np.mean(off[left]) > 0.7
    assert np.mean(off[~left]) < -0.7
    assert found.changes["nll"].after.value > before_and_after("scale", right, Y).changes["nll"].after.value + 0.3


def test_a_mixture_is_quick_and_whole():
    def mixture(at):
        n = len(at)
        means = MEAN[at][:, None] + STD[at][:, None] * [-1.5, 0, 1.5]
        return GaussianMixture(np.full((n, 3), 1 / 3), means, np.tile(STD[at][:, None], (1, 3)))

    changes = before_and_after("isotonic", mixture, Y).changes
    for change in changes.values():
        assert all(found.value is not None for found in (change.before, change.after, change.difference))
    assert changes["nll"].difference.value < 0


# What is refused, in a sentence


@pytest.mark.parametrize("n", [0, 1])
@every_recalibration
def test_no_points_to_halve(name, n):
    with pytest.raises(ValueError, match="needs at least 2 held-out points"):
        before_and_after(name, right, Y[:n])


@pytest.mark.parametrize(
    ("name", "n", "level", "words"),
    [
        (
            "conformal",
            37,
            0.95,
            r"needs at least 19 validation points for intervals of 95 %, and half of the 37 held-out",
        ),
        ("conformal_normalised", 197, 0.99, "needs at least 99 validation points .* are 98: hold out more of the data"),
        ("isotonic", 3, 0.5, "needs at least 2 validation points"),
        ("conformal", 10, 1.0, "the level is 1.0: it must be strictly between 0 and 1"),
        ("scale", 10, 0.0, "the level is 0.0: it must be strictly between 0 and 1"),
    ],
)
def test_too_few_points_or_no_level(name, n, level, words):
    with pytest.raises(ValueError, match=words):
        before_and_after(name, right, Y[:n], level)


@pytest.mark.parametrize("name", ["conformal", "conformal_normalised"])
def test_as_many_points_as_the_level_needs(name):
    assert before_and_after(name, right, Y[:38]).changes["coverage"].after.value is not None


def test_two_points_have_scores_and_no_errors():
    found = before_and_after("scale", right, Y[:2])
    for change in found.changes.values():
        assert np.isfinite(change.after.value)
        assert change.after.std_error is None


@every_recalibration
def test_a_prediction_that_is_not_finite_at_a_test_point_is_reported(name):
    _, test = split(N, 0)

    def ran_away(at):
        std = np.where(at == test[3], np.nan, STD[at])
        return gaussian(np.where(at == test[5], np.inf, MEAN[at]), std)

    for change in before_and_after(name, ran_away, Y).changes.values():
        assert change.before.value is None
        assert change.before.reason == "It is not a finite number at 2 of 1,000 test points."
        assert change.after.value is None


@every_recalibration
def test_a_prediction_that_is_not_finite_at_a_validation_point_is_refused(name):
    at_fault = split(N, 0)[0][0]
    with pytest.raises(ValueError, match="The mean is not a finite number at 1 of 1,000 validation points"):
        before_and_after(name, lambda at: gaussian(np.where(at == at_fault, np.nan, MEAN[at]), STD[at]), Y)
