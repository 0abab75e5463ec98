"""The rows of the pull on s: a line for each spread, named once where lines lie over one another."""

import numpy as np
import pytest

from core.charts.head_pull import NUMBERS, TEXTS, head_spec, head_table

R = np.linspace(0, 4, 81)
SCALES = np.array([0.05, 0.2, 1.0, 5.0])
ALIKE = np.tile(0.5 * R**2 - 0.5, (4, 1))
FADING = ALIKE * np.array([[1.0], [0.98], [0.6], [0.2]])


def layer(table, name):
    return table[table["layer"] == name]


def test_columns_and_layers():
    found = head_table(R, SCALES, FADING, pull_domain=(-1.0, 5.0))
    assert tuple(found.columns) == ("layer", *NUMBERS, *TEXTS)
    assert found["layer"].value_counts().to_dict() == {"curve": 4 * 81, "name": 3, "zero": 1}
    curves = layer(found, "curve").groupby("scale")
    assert curves["strength"].first().is_monotonic_increasing
    assert curves["last"].first().tolist() == [0, 0, 0, 1]


def test_lines_that_lie_over_one_another_have_one_name():
    assert list(layer(head_table(R, SCALES, ALIKE, pull_domain=(-1.0, 5.0)), "name")["text"]) == ["at every σ"]
    names = list(layer(head_table(R, SCALES, FADING, pull_domain=(-1.0, 5.0)), "name")["text"])
    assert names == ["σ = 5", "σ = 1", "σ = 0.05, 0.2"]


def test_names_are_in_the_picture():
    names = layer(head_table(R, SCALES, FADING * 50, pull_domain=(-10.0, 60.0)), "name")
    assert names["pull"].between(-10, 60).all()
    assert names["residual"].between(0, 4).all()


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="pulls has shape"):
        head_table(R, SCALES[:3], ALIKE, pull_domain=(-1.0, 5.0))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_axes_are_those_that_are_given(scheme):
    spec = head_spec(scheme, (0.0, 4.0), (-1.0, 5.0))
    assert "[0.0, 4.0]" in str(spec)
    assert "[-1.0, 5.0]" in str(spec)
