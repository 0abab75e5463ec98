"""Names beside lines are apart, inside the picture, and on the side that is wanted."""

import itertools

import numpy as np
import pytest

from core.charts.labels import Label, Spot, along, at_a_rule, on_a_clear_stretch, place, share

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


X = np.linspace(0.0, 1.0, 11)


def test_a_name_above_a_rising_curve_ends_where_it_is_highest() -> None:
    spot = along(X, X - 1, [], DOMAIN, GAP)
    assert (spot.x, spot.side) == (1.0, "right")
    assert spot.y == pytest.approx(0.75 * GAP)


def test_a_name_under_a_rising_curve_begins_where_it_is_lowest() -> None:
    spot = along(X, X - 1, [], DOMAIN, GAP, above=False)
    assert (spot.x, spot.side) == (0.0, "left")
    assert spot.y == pytest.approx(-1 - 0.75 * GAP)


def test_a_name_goes_to_the_other_side_where_it_must() -> None:
    assert along(X, np.full(11, 1.99), [], DOMAIN, GAP).y < 1.99
    assert along(X, X, [np.full(11, 1.15)], DOMAIN, GAP).y < 0
    assert along(X, X, [np.full(11, np.nan)], DOMAIN, GAP).y > 1


def test_a_curves_summit_has_its_name_over_its_middle() -> None:
    assert along(X, -((X - 0.5) ** 2), [], DOMAIN, GAP).side == "center"


def test_words_at_a_rule_stand_at_its_foot_and_read_downwards() -> None:
    spots = at_a_rule(["one", "two"], 0.1, X, [np.ones(11)], DOMAIN, GAP)
    assert [spot.side for spot in spots] == ["left", "left"]
    assert [spot.y for spot in spots] == pytest.approx([-2 + 1.8 * GAP, -2 + 0.8 * GAP])


def test_words_at_a_rule_stand_at_its_head_where_the_foot_is_taken() -> None:
    spots = at_a_rule(["one", "two"], 0.1, X, [np.full(11, -1.8)], DOMAIN, GAP)
    assert [spot.y for spot in spots] == pytest.approx([2 - 0.8 * GAP, 2 - 1.8 * GAP])


@pytest.mark.parametrize(("at", "side"), [(0.0, "left"), (0.45, "left"), (0.55, "right"), (1.0, "right")])
def test_words_at_a_rule_have_room(at: float, side: str) -> None:
    long = "as long as two thirds of it"
    assert 0.6 < share(long) < 0.8
    assert at_a_rule([long], at, X, [], DOMAIN, GAP)[0].side == side


def test_a_name_stands_where_its_curve_is_alone() -> None:
    """Two curves that part on the left half: the name is there, on the free side."""
    x = np.linspace(0.0, 1.0, 101)
    low, high = np.zeros(101), np.where(x < 0.5, 1.0, 0.0)
    spot = on_a_clear_stretch("name", x, low, [high], [], DOMAIN, GAP)
    assert spot.x < 0.5
    assert spot.y == pytest.approx(0.85 * GAP)
    assert on_a_clear_stretch("name", x, high, [low], [], DOMAIN, GAP).y == pytest.approx(1 + 0.85 * GAP)


def test_a_name_on_a_clear_stretch_is_the_rightmost_and_minds_the_others() -> None:
    x = np.linspace(0.0, 1.0, 101)
    first = on_a_clear_stretch("name", x, np.zeros(101), [], [], DOMAIN, GAP)
    assert first == Spot(pytest.approx(0.94), pytest.approx(0.85 * GAP), "center")
    second = on_a_clear_stretch("name", x, np.zeros(101), [], [first], DOMAIN, GAP)
    assert abs(second.x - first.x) >= share("name") or abs(second.y - first.y) >= GAP
    edge = on_a_clear_stretch("name", x, np.full(101, 2.0), [], [], DOMAIN, GAP)
    assert edge.y == pytest.approx(2 - 0.85 * GAP)


def test_a_name_passes_over_gaps() -> None:
    gaps = np.where(X > 0.3, np.nan, 0.0)
    assert on_a_clear_stretch("n", X, gaps, [gaps], [], DOMAIN, GAP).x <= 0.3 + share("n")
    with pytest.raises(ValueError, match="cannot be labelled"):
        on_a_clear_stretch("n", X, np.full(11, np.nan), [], [], DOMAIN, GAP)
