"""Predictions that are less than a distribution say what they have, and what is missing."""

import numpy as np
import pytest

from core.distributions.stated import MeanAlone, QuantilesAlone

VALUES = np.array([[0.0, 2.0], [1.0, 5.0]])


def test_an_interval_has_its_own_quantiles_alone() -> None:
    law = QuantilesAlone((0.05, 0.95), VALUES, np.full(2, np.nan))
    np.testing.assert_array_equal(law.interval(0.9), VALUES.T)
    assert law.central == pytest.approx(0.9)
    with pytest.raises(ValueError, match="There is only an interval of 90 %"):
        law.quantile(0.5)
    assert np.isnan(law.std).all()


def test_quantiles_that_bound_no_central_interval() -> None:
    law = QuantilesAlone((0.5, 0.9), VALUES, np.full(2, np.nan))
    assert law.central is None
    assert law.what_is_missing == "There are the quantiles of 50 % and 90 % only, not a distribution."


def test_means_have_no_quantile() -> None:
    law = MeanAlone(np.zeros(2))
    assert law.stated == ()
    with pytest.raises(ValueError, match="only means"):
        law.quantile(0.5)
