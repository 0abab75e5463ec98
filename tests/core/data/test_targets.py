"""Targets: each against values worked by hand, and the table's promises."""

import math

import numpy as np
import pytest

from core.data.targets import TARGETS

HAND_WORKED = {
    "two_sines": {60.0: 2 + math.sin(1), 50.0: math.sin(-2 / 3) + 2, 150.0: math.sin(6) + 2 + math.sin(10)},
    "seitzer_sine": {0.25: 0.4, 0.5: 0.0, 11.75: -0.4},
    "x_sin_x": {0.0: 0.0, math.pi / 2: math.pi / 2, 3 * math.pi / 2: -3 * math.pi / 2},
    "step": {-1.0: 0.0, -1e-12: 0.0, 0.0: 1.0, 1.0: 1.0},
    "cubic": {-4.0: -64.0, 0.5: 0.125, 3.0: 27.0},
    "line": {-0.5: 0.0, 0.0: 1.0, 1.0: 3.0},
}
USUAL = {  # x_min, x_max, noise_scale
    "two_sines": (50, 150, 0.2),
    "seitzer_sine": (0, 12, 0.01),
    "x_sin_x": (0, 10, 1),
    "step": (-1, 1, 0.1),
    "cubic": (-4, 4, 3),
    "line": (0, 1, 0.2),
}


def test_no_target_is_forgotten_here():
    assert set(HAND_WORKED) == set(USUAL) == set(TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_values_worked_by_hand(name):
    x = np.array(list(HAND_WORKED[name]))
    np.testing.assert_allclose(TARGETS[name].function(x), list(HAND_WORKED[name].values()), atol=1e-13)


@pytest.mark.parametrize("name", TARGETS)
def test_usual_range_and_noise(name):
    target = TARGETS[name]
    assert (target.x_min, target.x_max, target.noise_scale) == USUAL[name]


def test_two_sines_is_the_posted_formula_point_by_point():
    x = np.linspace(50, 150, 777)
    posted = [math.sin(v / 15 - 4) + 2 + math.sin(v / 10 - 5) for v in x]
    np.testing.assert_allclose(TARGETS["two_sines"].function(x), posted, rtol=1e-14)


@pytest.mark.parametrize("target", TARGETS.values(), ids=lambda target: target.name)
@pytest.mark.parametrize("shape", [(), (7,), (2, 3)])
def test_vectorised_in_any_shape_float64_and_leaves_x_alone(target, shape):
    x = np.random.default_rng(0).uniform(target.x_min, target.x_max, shape)
    before = np.array(x)
    f = np.asarray(target.function(np.asarray(x)))
    assert f.shape == shape
    assert f.dtype == np.float64
    assert np.isfinite(f).all()
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("name", TARGETS)
def test_rows_are_named_by_their_key_and_say_what_they_are(name):
    target = TARGETS[name]
    assert target.name == name
    assert all((target.label, target.help, target.formula, target.reference))


def test_table_is_read_only():
    with pytest.raises(TypeError):
        TARGETS["line"] = TARGETS["step"]
    with pytest.raises(AttributeError):
        TARGETS["line"].noise_scale = 1.0
