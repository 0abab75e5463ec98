"""The rows of the chart of terms: areas that add up to the loss, the floor's band, and the words."""

import itertools

import numpy as np
import pandas as pd
import pytest

from core.charts.series import MOST_ROWS
from core.charts.terms import NUMBERS, TEXTS, terms_table

STEPS, LOSSES = (0, 500), (-2.0, 1.5)


def history(sigma: float = 0.2, regulariser: float = 0.0) -> pd.DataFrame:
    step = np.arange(1, 501)
    residual = 0.5 + 0.05 * np.random.default_rng(0).standard_normal(500)
    scale = np.log(sigma) + 1.8 * np.exp(-step / 30)
    frame = pd.DataFrame({"step": step, "residual": residual, "scale": scale, "regulariser": regulariser})
    return frame.assign(loss=residual + scale + regulariser)


def table(frame: pd.DataFrame, **options: object) -> pd.DataFrame:
    return terms_table(frame, **({"step_domain": STEPS, "loss_domain": LOSSES} | options))


def layer(found: pd.DataFrame, name: str) -> pd.DataFrame:
    return found[found["layer"] == name]


def areas(found: pd.DataFrame) -> dict[float, pd.DataFrame]:
    return {part: rows.reset_index() for part, rows in layer(found, "area").groupby("part")}


@pytest.mark.parametrize("regulariser", [0.0, 0.3, -0.2])
@pytest.mark.parametrize("sigma", [0.2, 3.0])
def test_areas_add_up_to_the_loss(sigma: float, regulariser: float) -> None:
    found = table(history(sigma, regulariser))
    total = sum(rows["high"] - rows["low"] for rows in areas(found).values())
    assert total.to_numpy() == pytest.approx(layer(found, "history")["smooth_loss"].to_numpy(), abs=1e-5)


def test_positive_terms_stack_up_and_negative_ones_down() -> None:
    found = areas(table(history(0.2, 0.3)))
    roles = [(rows["role"][0], rows["high"].iloc[-1] > 0) for rows in found.values()]
    assert roles == [("residual", True), ("regulariser", True), ("scale", True), ("scale", False)]
    residual, regulariser, early, late = found.values()
    assert (residual["low"] == 0).all()
    assert (regulariser["low"] == residual["high"]).all()
    assert (early["low"] == regulariser["high"]).all()
    assert (late["low"] == 0).all()
    assert (late["high"] <= 0).all()


def test_each_moment_has_the_scale_term_on_one_side_only() -> None:
    _, early, late = areas(table(history())).values()
    up, down = early["high"] - early["low"], late["low"] - late["high"]
    assert ((up > 0) ^ (down > 0)).all()


def test_columns_layers_and_thinning() -> None:
    found = table(history(), floor=(-1.2, -1.0))
    assert tuple(found.columns) == ("layer", *NUMBERS, *TEXTS)
    assert {*found["layer"]} == {"area", "history", "zero", "band", "floor", "note", "name"}
    assert len(layer(found, "history")) == MOST_ROWS
    assert set(found[["low", "high", "loss"]].dtypes) == {np.dtype("float32")}


def test_the_floor_is_a_band() -> None:
    found = table(history(), floor=(-1.2, -1.0))
    assert layer(found, "band")[["low", "high"]].to_numpy().tolist() == [[pytest.approx(-1.2), pytest.approx(-1.0)]]
    assert layer(found, "floor")["low"].item() == pytest.approx(-1.1)
    assert layer(found, "note")["text"].item() == "floor −1.100 ± 0.100"


@pytest.mark.parametrize("floor", [None, (float("nan"), 1.0), (float("-inf"), 1.0)])
def test_no_floor(floor: tuple[float, float] | None) -> None:
    assert not {*table(history(), floor=floor)["layer"]} & {"band", "floor", "note"}


def test_names_tell_what_each_term_came_to() -> None:
    frame = history()
    names = layer(table(frame), "name").set_index("role")["text"]
    assert list(names.index) == ["residual", "scale", "loss"]
    values = {role: float(text.rpartition(" ")[2].replace("−", "-")) for role, text in names.items()}
    assert values == pytest.approx(frame[list(values)].tail(50).mean().to_dict(), abs=6e-4)


@pytest.mark.parametrize("regulariser", [0.0, 0.05, 0.4])
@pytest.mark.parametrize("sigma", [0.1, 0.2, 0.6, 1.0, 2.0])
@pytest.mark.parametrize("rows", [1, 100, 500])
def test_names_do_not_collide(rows: int, sigma: float, regulariser: float) -> None:
    domain = (-3.0, 3.0)
    names = layer(table(history(sigma, regulariser).head(rows), loss_domain=domain, height=300.0), "name")
    gap = 15 * 6 / 300
    assert len(names) == (4 if regulariser else 3)
    assert all(abs(a - b) >= gap * (1 - 1e-5) for a, b in itertools.combinations(names["low"], 2))
    assert names["low"].between(*domain).all()


def test_a_loss_with_one_term() -> None:
    frame = pd.DataFrame({"step": [1.0, 2.0, 3.0], "loss": [3.0, 2.0, 1.0]})
    assert areas(table(frame)) == {}
    found = table(frame.assign(residual=frame["loss"]), loss_domain=(0.0, 4.0))
    assert [rows["role"][0] for rows in areas(found).values()] == ["residual"]


@pytest.mark.parametrize("frame", [history().head(0), history().assign(loss=np.nan)])
def test_nothing_to_draw_is_drawable(frame: pd.DataFrame) -> None:
    assert {*table(frame, floor=(-1.2, -1.0))["layer"]} == {"zero", "band", "floor", "note"}


def test_what_is_not_finite_is_a_gap() -> None:
    frame = history()
    frame.loc[5, "residual"] = np.inf
    assert not np.isinf(table(frame).select_dtypes("number").to_numpy()).any()


def test_terms_are_called_as_the_loss_calls_them() -> None:
    names = {"residual": "distance to y", "scale": "less half", "regulariser": "", "loss": "loss"}
    words = set(layer(table(history(), names=names), "name")["text"].str.replace(r" [−\d.]+$", "", regex=True))
    assert words == {"distance to y", "less half", "loss"}
