"""The rows of one point's loss in s: its terms, and its minimum."""

import numpy as np
import pandas as pd
import pytest

from core.charts.point_curve import NUMBERS, TEXTS, point_table

S = np.linspace(-8.0, 4.0, 241)
LOSSES = (-4.0, 4.0)


def table(residual: float, **options: object) -> pd.DataFrame:
    terms = 0.5 * np.exp(-S) * residual**2, 0.5 * S
    lowest = (2 * np.log(residual), 0.5 + np.log(residual)) if residual else None
    given = {"loss_domain": LOSSES, "minimum": lowest, "meaning": f"exp(s) = {residual**2:.3g}"}
    return point_table(S, sum(terms), *terms, **(given | options))


def layer(found: pd.DataFrame, name: str) -> pd.DataFrame:
    return found[found["layer"] == name]


def test_columns_and_curves() -> None:
    found = table(0.2)
    assert tuple(found.columns) == ("layer", *NUMBERS, *TEXTS)
    curve = layer(found, "curve")
    assert (curve["residual"] + curve["scale"]).to_numpy() == pytest.approx(curve["loss"].to_numpy(), rel=1e-5)


def test_the_minimum_is_a_dot_with_words() -> None:
    found = table(0.2)
    dot = layer(found, "minimum")
    assert dot[["s", "y"]].to_numpy().ravel() == pytest.approx([np.log(0.04), 0.5 + np.log(0.2)], abs=1e-6)
    assert list(layer(found, "note")["text"]) == ["lowest at s = −3.219", "exp(s) = 0.04"]


def test_without_a_minimum_only_the_words_for_it() -> None:
    found = table(0.0, meaning="no minimum")
    assert layer(found, "minimum").empty
    assert list(layer(found, "note")["text"]) == ["no minimum"]
    assert layer(table(0.0, meaning=""), "note").empty


def test_a_term_that_is_all_or_nothing_of_the_loss_is_not_drawn() -> None:
    found = table(0.0)
    assert layer(found, "curve")[["residual", "scale"]].isna().all(axis=None)
    assert list(layer(found, "name")["role"]) == ["loss"]


@pytest.mark.parametrize("residual", [0.02, 0.05, 0.2, 0.5, 1.0, 3.0])
def test_words_are_in_the_picture_and_apart(residual: float) -> None:
    words = table(residual, height=260.0)
    names, notes = layer(words, "name"), layer(words, "note")
    assert set(names["role"]) == {"loss", "residual", "scale"}
    assert names["y"].between(*LOSSES).all()
    assert notes["y"].between(*LOSSES).all()
    gap = 15 * 8 / 260
    assert abs(np.diff(notes["y"])) == pytest.approx(gap)


def test_names_of_curves_that_end_together_stand_apart() -> None:
    """The posted loss: at the right end its scale term is all but the loss itself."""
    s = np.linspace(-4.8, 2.2, 241)
    residual, scale = 0.08 * np.exp(-s), 0.5 * s
    found = point_table(s, residual + scale, residual, scale, loss_domain=(-1.0, 2.0), height=224)
    names = layer(found, "name").set_index("role")
    assert abs(names["s"]["loss"] - names["s"]["scale"]) > 2 or abs(names["y"]["loss"] - names["y"]["scale"]) > 0.2
    assert abs(names["y"]["scale"] - 0.5 * names["s"]["scale"]) < 0.3, "it stands at its own line"


@pytest.mark.parametrize("name", ["loss", "residual", "scale"])
def test_a_curve_off_the_grid_is_refused(name: str) -> None:
    curves = {"loss": S, "residual": S, "scale": S} | {name: S[:-1]}
    with pytest.raises(ValueError, match=f"{name} has shape"):
        point_table(S, **curves, loss_domain=LOSSES)


def test_what_is_not_finite_is_a_gap() -> None:
    with np.errstate(over="ignore"):
        broken = np.where(S < -2, np.inf, S)
    found = point_table(S, broken, loss_domain=LOSSES)
    assert not np.isinf(found.select_dtypes("number").to_numpy()).any()
    assert layer(found, "curve")["loss"].isna().sum() == np.sum(S < -2)
