"""The charts of the Fit page, and the axis of a loss in another unit."""

import pytest

from core.charts.of_run.fit_charts import unit_domain
from core.model.losses import LOSSES


def test_the_axis_stays_while_an_nll_moves_and_goes_along_with_a_squared_error() -> None:
    nll, squared = LOSSES["gaussian_nll"], LOSSES["squared_error"]
    assert unit_domain(nll, (-2.0, 1.0), 0.01) == unit_domain(nll, (-2.0, 1.0), 100)
    assert unit_domain(squared, (0.0, 1.0), 10) == pytest.approx((0.0, 0.01))
