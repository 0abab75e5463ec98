"""The moving average, and the step from which a loss stays below zero."""

import numpy as np
import pytest

from core.charts.series import lasting_crossing, smooth


def test_smooth_worked_by_hand() -> None:
    assert smooth([3.0, 0.0, 6.0, 3.0, 9.0], half=1) == pytest.approx([3.0, 3.0, 3.0, 6.0, 6.0])


def test_smooth_keeps_a_line_up_to_the_right_edge() -> None:
    line = np.arange(50.0)
    assert smooth(line, half=5)[:45] == pytest.approx(line[:45])


def test_smooth_ends_on_the_mean_of_the_last_window() -> None:
    values = np.random.default_rng(0).standard_normal(40)
    assert smooth(values, half=9)[-1] == pytest.approx(values[-10:].mean())


def test_smooth_does_not_hide_what_is_not_finite() -> None:
    found = smooth([1.0, np.nan, 3.0, np.inf, 5.0], half=1)
    assert np.isnan(found[[1, 3]]).all()
    assert found[[0, 2, 4]] == pytest.approx([1.0, 3.0, 5.0])


def test_smooth_survives_a_huge_value_far_away() -> None:
    assert smooth([1e300, 1.0, 2.0, 3.0, 4.0, 5.0], half=1)[3] == pytest.approx(3.0)


@pytest.mark.parametrize("size", [0, 1, 3])
def test_smooth_of_few_values(size: int) -> None:
    assert smooth(np.ones(size), half=10) == pytest.approx(np.ones(size))


@pytest.mark.parametrize(("values", "half"), [(np.ones((2, 2)), 1), (np.ones(3), -1)])
def test_smooth_refuses(values: np.ndarray, half: int) -> None:
    with pytest.raises(ValueError, match="smooth takes"):
        smooth(values, half)


def test_crossing_is_interpolated_and_names_the_recorded_step() -> None:
    found = lasting_crossing([0, 10, 20, 30, 40], [3.0, 1.0, -1.0, -2.0, -2.0])
    assert found is not None
    assert (found.step, found.at, found.from_start) == (20.0, pytest.approx(15.0), False)


def test_crossing_that_comes_back_does_not_count() -> None:
    found = lasting_crossing(np.arange(8), [1.0, -1.0, -1.0, -1.0, 1.0, -1.0, -1.0, -1.0])
    assert found is not None
    assert found.step == 5.0


@pytest.mark.parametrize(
    "loss",
    [[], [1.0, 1.0, 1.0, 1.0], [1.0, -1.0, -1.0, -1.0, 1.0], [1.0, 1.0, -1.0, -1.0], [np.nan] * 5, [0.0] * 5],
    ids=["empty", "never", "came back", "too short", "not finite", "zero"],
)
def test_no_crossing(loss: list[float]) -> None:
    assert lasting_crossing(np.arange(len(loss)), loss) is None


def test_below_zero_from_the_start() -> None:
    found = lasting_crossing([1, 2, 3], [-1.0, -2.0, -3.0])
    assert found is not None
    assert (found.step, found.at, found.from_start) == (1.0, 1.0, True)


def test_crossing_passes_over_what_is_not_finite() -> None:
    found = lasting_crossing(np.arange(6), [1.0, np.nan, -1.0, np.inf, -1.0, -1.0])
    assert found is not None
    assert (found.step, found.at) == (2.0, pytest.approx(1.0))
