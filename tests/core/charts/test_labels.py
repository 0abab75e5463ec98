"""Names beside lines are apart, inside the picture, and on the side that is wanted."""

import itertools

import numpy as np
import pytest

from core.charts.labels import Label, place

DOMAIN, GAP = (-2.0, 2.0), 0.2


@pytest.mark.parametrize("beside", [True, False])
@pytest.mark.parametrize("levels", [(0.0, 0.0, 0.0), (2.0, 2.0, 1.95), (-2.0, -1.9, -2.0), (9.0, 0.1, -9.0), (0.1,)])
def test_names_are_apart_and_inside(levels: tuple[float, ...], beside: bool) -> None:
    places = place([Label(level, beside=beside) for level in levels], [], DOMAIN, GAP)
    assert all(abs(a - b) >= GAP * (1 - 1e-6) for a, b in itertools.combinations(places, 2))
    assert all(DOMAIN[0] <= y - 0.4 * GAP and y + 0.4 * GAP <= DOMAIN[1] for y in places)


def test_names_of_random_levels_are_apart() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        levels = rng.uniform(-2.5, 2.5, 3)
        places = place([Label(level) for level in levels], [(level, level) for level in levels], DOMAIN, GAP)
        assert min(abs(a - b) for a, b in itertools.combinations(places, 2)) >= GAP * (1 - 1e-6)


@pytest.mark.parametrize(("above", "expected"), [(True, 0.17), (False, -0.17)])
def test_the_side_that_is_wanted(above: bool, expected: float) -> None:
    assert place([Label(0.0, above=above)], [(0.0, 0.0)], DOMAIN, GAP) == [pytest.approx(expected)]


def test_another_line_turns_the_name_to_the_other_side() -> None:
    assert place([Label(0.0)], [(0.0, 0.0), (0.1, 0.2)], DOMAIN, GAP) == [pytest.approx(-0.17)]


def test_beside_its_end_a_name_stays_on_its_level() -> None:
    assert place([Label(0.5, beside=True)], [], DOMAIN, GAP) == [0.5]
