"""The rows of the loss chart: thinned, smoothed, labelled, and safe from what is not finite."""

import itertools

import numpy as np
import pandas as pd
import pytest

from core.charts.loss import NUMBERS, TEXTS, loss_table
from core.charts.series import MOST_ROWS
from core.evaluation.loss_parts import final_loss

STEPS, LOSSES = (0, 500), (-2.0, 1.5)


def history(rows: int = 500, floor: float = -1.1) -> pd.DataFrame:
    """A descent from 1.5 above the floor, with noise in the residual term."""
    step = np.arange(rows) * 500 // rows + 1
    residual = 0.5 + 0.05 * np.random.default_rng(0).standard_normal(rows)
    scale = floor - 0.5 + 1.5 * np.exp(-step / 30)
    return pd.DataFrame({"step": step, "loss": residual + scale, "residual": residual, "scale": scale})


def table(frame: pd.DataFrame, **options: object) -> pd.DataFrame:
    return loss_table(frame, **({"step_domain": STEPS, "loss_domain": LOSSES} | options))


def layer(found: pd.DataFrame, name: str) -> pd.DataFrame:
    return found[found["layer"] == name]


def words(found: pd.DataFrame) -> set[str]:
    return set(found["text"].dropna())


def test_columns_and_layers() -> None:
    found = table(history(), floor=-1.109, previous=history(100))
    assert tuple(found.columns) == ("layer", *NUMBERS, *TEXTS)
    assert layer(found, "previous")["step"].size == 100
    assert {*found["layer"]} == {"zero", "previous", "history", "floor", "crossing", "note", "name"}


def test_rows_are_thinned_to_the_first_the_last_and_some_between() -> None:
    frame = history()
    drawn = layer(table(frame), "history")
    assert len(drawn) == MOST_ROWS
    assert drawn["step"].iloc[[0, -1]].tolist() == frame["step"].iloc[[0, -1]].tolist()
    recorded = frame.set_index("step")["loss"]
    assert drawn["loss"].to_numpy() == pytest.approx(recorded[drawn["step"]].to_numpy())


def test_smoothing_reads_every_row_not_only_the_drawn_ones() -> None:
    frame = history()
    last = layer(table(frame), "history").iloc[-1]
    assert last["smooth_loss"] == pytest.approx(frame["loss"].iloc[-11:].mean())


def test_the_words() -> None:
    frame = history()
    found = words(table(frame, floor=-1.1094))
    reading = f"loss {final_loss(frame['loss']):.3f}".replace("-", "−")
    assert found >= {"floor −1.109", "residual term", "scale term", reading}
    assert any(text.startswith("below zero from step ") for text in found)


@pytest.mark.parametrize("shift", [0.0, 0.3, 0.9, 1.6])
@pytest.mark.parametrize("rows", [1, 20, 150, 340, 500])
def test_names_do_not_collide(rows: int, shift: float) -> None:
    frame = history().head(rows)
    frame = frame.assign(loss=frame["loss"] + shift, scale=frame["scale"] + shift)
    names = layer(table(frame, floor=-1.1 + shift, height=380.0), "name")
    gap = 15 * (LOSSES[1] - LOSSES[0]) / 380
    assert len(names) == 3
    assert all(abs(a - b) >= gap * (1 - 1e-6) for a, b in itertools.combinations(names["y"], 2))
    assert names["y"].between(*LOSSES).all()


def test_names_stand_ahead_of_the_lines_until_there_is_no_room() -> None:
    assert set(layer(table(history().head(100)), "name")["side"]) == {"left"}
    assert set(layer(table(history()), "name")["side"]) == {"right"}


def test_the_crossing_is_on_zero_where_the_curve_meets_it() -> None:
    frame = history()
    dot = layer(table(frame), "crossing").iloc[0]
    assert dot["y"] == 0
    near = frame["loss"][(frame["step"] - dot["step"]).abs() < 3]
    assert abs(near.mean()) < 0.1


def test_a_loss_that_is_never_negative_has_no_dot() -> None:
    found = table(history().assign(loss=lambda frame: frame["loss"] + 3), loss_domain=(0.0, 5.0))
    assert layer(found, "crossing").empty


def test_below_zero_from_the_start() -> None:
    found = table(history().assign(loss=lambda frame: frame["loss"] - 3), loss_domain=(-6.0, 1.0))
    assert "below zero from the start" in words(found)


def test_rows_without_a_finite_loss_are_dropped_and_a_term_is_a_gap() -> None:
    frame = history()
    frame.loc[5, "residual"] = np.inf
    frame.loc[400:, ["loss", "residual", "scale"]] = np.nan
    found = layer(table(frame.head(450)), "history")
    assert found["step"].max() == frame["step"][399]
    assert np.isfinite(found["loss"]).all()
    numbers = found[["residual", "scale", "smooth_residual", "smooth_scale"]].to_numpy()
    assert not np.isinf(numbers).any()


@pytest.mark.parametrize("floor", [None, float("nan"), float("-inf")])
def test_no_floor(floor: float | None) -> None:
    assert layer(table(history(), floor=floor), "floor").empty


def test_a_loss_with_one_term_is_one_line() -> None:
    frame = pd.DataFrame({"step": [1.0, 2.0, 3.0], "loss": [3.0, 2.0, 1.0]})
    for given in (frame, frame.assign(residual=frame["loss"], scale=np.nan)):
        found = table(given, loss_domain=(0.0, 4.0))
        assert list(layer(found, "name")["role"]) == ["loss"]
        assert layer(found, "history")["smooth_residual"].isna().all()


@pytest.mark.parametrize("rows", [0, 1])
def test_an_empty_history_is_drawable(rows: int) -> None:
    found = table(history().head(rows), floor=-1.0, previous=history().head(0))
    assert len(layer(found, "history")) == rows
    assert len(layer(found, "zero")) == 1


def test_all_rows_not_finite() -> None:
    found = table(history().assign(loss=np.nan), floor=-1.0)
    assert {*found["layer"]} == {"zero", "floor", "note"}
