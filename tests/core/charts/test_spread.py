"""Where the std is above its axis, the chart that Vega draws has an arrow with the largest value."""

import re

import numpy as np
import pytest

from core.charts.spread import spread_spec, spread_table
from core.export.pictures import svg

X = np.linspace(50.0, 150.0, 50)


def drawn(std: np.ndarray) -> str:
    spec = spread_spec("light", (50.0, 150.0), (0.0, 0.5))
    return svg(spec, spread_table(X, std, np.full(50, 0.2))).decode()


@pytest.mark.parametrize(
    ("std", "told"),
    [
        (np.full(50, 0.2), None),
        (np.full(50, 0.5), None),
        (np.full(50, np.nan), None),
        (np.linspace(0.1, 0.992, 50), "up to 0.992"),
        (np.full(50, 1234.5), "up to 1,230"),
    ],
)
def test_a_std_above_the_axis_is_told_by_an_arrow_with_its_largest_value(std: np.ndarray, told: str | None) -> None:
    found = set(re.findall(r"up to [\d.,]+", drawn(std)))
    assert found == (set() if told is None else {told})
