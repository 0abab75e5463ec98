"""The names of columns: every alias has one role, and a name is compared without regard for how it is written."""

from collections import Counter

import pytest

from core.evaluation.predictions_words import ALIASES, plain_name, role_of, squashed, words_of


def test_no_alias_has_two_roles() -> None:
    assert [
        name for name, times in Counter(name for names in ALIASES.values() for name in names).items() if times > 1
    ] == []


def test_every_alias_is_written_as_names_are_compared() -> None:
    assert all(squashed(name) == name for names in ALIASES.values() for name in names)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("  Y_True ", "y_true"),
        ("yTrue", "y true"),
        ("Ŷ", "yhat"),
        ("y\u0302", "yhat"),
        ("σ² (kg²)", "sigma2"),
        ("σ̂", "sigmahat"),
        ("lower (95 %)", "lower (95 %)"),
        ("draw[3]", "draw[3]"),
        ("(kg)", "(kg)"),
        ("PRED", "pred"),
    ],
)
def test_plain_names(name: str, plain: str) -> None:
    assert plain_name(name) == plain


def test_words_keep_numbers_apart() -> None:
    assert words_of("AutoARIMA-lo-95") == ("auto", "arima", "lo", "95")
    assert words_of("q0.05") == ("q", "0.05")


@pytest.mark.parametrize("name", ["", "x1", "colour", "time", "open", "close"])
def test_other_names_have_no_role(name: str) -> None:
    assert role_of(name) is None


def test_nothing_becomes_y_by_leaving_words_out() -> None:
    assert role_of("predicted target") is None or role_of("predicted target") != ("y", 0)
    assert role_of("y_pred_y") != ("y", 0)
