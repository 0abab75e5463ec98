"""A curve in words: its ends, its extremes, and where they are."""

import numpy as np
import pytest

from core.charts.curve_words import curve_words, place_on

X = np.linspace(0.0, 10.0, 101)
CASES = (
    (np.full(101, 0.2), "It is about 0.200 throughout."),
    (0.2 + 0.05 * X, "It rises from 0.200 at x = 0.00 to 0.700 at x = 10.0."),
    (1 - 0.05 * X, "It falls from 1.00 at x = 0.00 to 0.500 at x = 10.0."),
    ((X - 5) ** 2, "It is 25.0 at x = 0.00, 25.0 at x = 10.0, lowest 0.00 at x = 5.00."),
    (np.where(X < 1, np.nan, X), "It rises from 1.00 at x = 1.00 to 10.0 at x = 10.0."),
    (np.full(101, np.nan), ""),
)


@pytest.mark.parametrize(("y", "words"), CASES)
def test_a_curve_in_words(y: np.ndarray, words: str) -> None:
    assert curve_words("It", X, y, place_on("x")) == words


def test_a_band_has_its_own_words() -> None:
    said = curve_words("Its band", X, 0.1 + X, place_on("x"), ("widens", "narrows"), sign="± ")
    assert said == "Its band widens from ± 0.100 at x = 0.00 to ± 10.1 at x = 10.0."
    both = curve_words("Its band", X, 1 + np.abs(X - 5), place_on("x"), ("widens", "narrows"), sign="± ")
    assert both.endswith("narrowest ± 1.00 at x = 5.00.")
