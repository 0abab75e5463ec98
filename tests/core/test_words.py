"""Numbers as words."""

import numpy as np
import pytest

from core.words import amount, axis_name, margin, number, quantity, rounded, size, width, without_markdown


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (-1.1094, "−1.109"),
        (0.0004, "0.000"),
        (-0.0004, "0.000"),
        (12345.6, "12,346"),
        (-163_852_124_160.0, "−1.6e+11"),
        (-250.5, "−250"),
        (np.inf, "∞"),
        (-np.inf, "−∞"),
        (np.nan, "not a number"),
    ],
)
def test_number(value: float, words: str) -> None:
    assert number(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.04, "0.0400"),
        (0.16004, "0.160"),
        (0.00005, "5.00e−05"),
        (1.2345e-9, "1.23e−09"),
        (1.0021e9, "1.00e+09"),
        (3.9712, "3.97"),
        (25.0, "25.0"),
        (99.97, "100"),
        (4957.8, "4,958"),
        (-0.36, "−0.360"),
        (0.0, "0.00"),
        (np.inf, "∞"),
    ],
)
def test_quantity(value: float, words: str) -> None:
    assert quantity(value) == words


@pytest.mark.parametrize(
    ("ratios", "words"),
    [
        (np.full(100, 2.0), "2.0 times too wide"),
        (np.full(100, 0.4), "2.5 times too narrow"),
        (np.linspace(1.9, 2.1, 100), "2.0 times too wide"),
        (np.linspace(1, 4, 101), "1.1 to 3.9 times too wide"),
        (1 / np.linspace(2, 4, 101), "2.1 to 3.9 times too narrow"),
        (np.linspace(0.5, 2.5, 101), "1.7 times too narrow in places, 2.4 times too wide in others"),
        (np.append(np.full(99, 2.0), 50.0), "2.0 times too wide"),
    ],
)
def test_width(ratios: np.ndarray, words: str) -> None:
    assert width(ratios) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.04, "0.0400"), (4957.8, "4,958"), (6.92e-75, "6.9e−75"), (1e-4, "0.000100"), (2e7, "2.0e+07"), (0.0, "0.00"),
     (-3e-9, "−3.0e−09"), (np.inf, "∞")],
)  # fmt: skip
def test_size_of_extreme_values(value: float, words: str) -> None:
    assert size(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.00999, "0.010"), (0.0052, "0.005"), (0.0149, "0.015"), (3.2, "3"), (12.0, "12"), (0.0, "0"), (250.0, "250"),
     (2e-8, "2.0e−08"), (1.7e-5, "0.000017"), (1.66e-80, "1.7e−80")],
)  # fmt: skip
def test_margin(value: float, words: str) -> None:
    assert margin(value) == words


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (0.20211, 0.0020, "0.202 ± 0.002"),
        (0.20211, 0.0012, "0.2021 ± 0.0012"),
        (0.20211, 0.00999, "0.202 ± 0.010"),
        (-1.10943, 0.0142, "−1.109 ± 0.014"),
        (-19.6123, 0.0142, "−19.612 ± 0.014"),
        (0.0021043, 1.7e-5, "0.002104 ± 0.000017"),
        (0.00004, 1.7e-5, "4.0e−05 ± 0.000017"),
        (1.00213e-9, 1.7e-12, "1.0021e−09 ± 1.7e−12"),
        (1.00213e9, 2.3e6, "1.002e+09 ± 2.3e+06"),
        (12345.6, 234.0, "12,346 ± 234"),
        (12345.6, 23.4, "12,346 ± 20"),
        (0.0004, 0.03, "0.00 ± 0.03"),
        (0.3, 5e-17, "0.30000000 ± 5.0e−17"),
        (0.2, 0.0, "0.200 ± 0"),
    ],
)
def test_a_value_has_the_digits_of_its_error(value: float, error: float, words: str) -> None:
    assert f"{rounded(value, error)} ± {margin(error)}" == words


@pytest.mark.parametrize("power", range(-9, 10))
def test_every_unit_keeps_the_digits_that_its_error_allows(power: int) -> None:
    value, error = 2.0211 * 10.0**power, 0.0012 * 10.0**power
    assert float(rounded(value, error).replace("−", "-").replace(",", "")) == pytest.approx(value, abs=error)
    assert float(amount(value).replace("−", "-").replace(",", "")) == pytest.approx(value, rel=0.003)
    assert len(rounded(value, error)) <= 11


def test_a_value_without_an_error_has_three_digits() -> None:
    assert rounded(0.20211, None) == amount(0.20211) == "0.202"
    assert [amount(value) for value in (0.0, 0.02021, 1.23456, 12345.6)] == ["0.000", "0.0202", "1.235", "12,346"]


def test_a_sentence_for_a_terminal() -> None:
    assert without_markdown(r"**2 \* 3** of `x`, \[a\] = −1") == "2 * 3 of x, [a] = −1"


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("power (horsepower)", "power"),
        ("x", "x"),
        ("(x)", "(x)"),
        ("f (a) of b", "f (a) of b"),
        ("a name of more than twenty letters (m)", "a name of more than…"),
    ],
)
def test_an_axis_by_name(label: str, name: str) -> None:
    assert axis_name(label, 20) == name
