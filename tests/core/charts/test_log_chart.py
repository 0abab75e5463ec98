"""The rows of the chart of a log: its lines, its lowest place, what the pointer tells, and what is thinned away."""

import numpy as np
import pandas as pd
import pytest

from core.charts.drawing import Style
from core.charts.log_chart import MOST_ROWS, NUMBERS, TEXTS, log_domain, log_table
from core.charts.of_log import log_drawings
from core.data.training_log.log_reading import read_log
from core.model.losses import LOSSES

X = np.arange(1.0, 51)
FALLING = 2 * np.exp(-X / 8) - 0.4


def layer(found: pd.DataFrame, name: str) -> pd.DataFrame:
    return found[found["layer"] == name]


def test_columns_and_layers() -> None:
    found = log_table((X, FALLING), (X, FALLING + 0.1), x_domain=(1, 50), loss_domain=(-1, 2))
    assert tuple(found.columns) == ("layer", *NUMBERS, *TEXTS)
    assert {*found["layer"]} == {"training", "validation", "zero", "told", "best", "name", "note"}
    assert layer(found, "validation")["validation"].to_numpy() == pytest.approx(FALLING + 0.1)


def test_the_lowest_place_is_that_of_the_validation_loss() -> None:
    validation = FALLING + 0.01 * np.maximum(X - 20, 0)
    found = log_table((X, FALLING), (X, validation), x_domain=(1, 50), loss_domain=(-1, 2))
    best = layer(found, "best")
    assert best["x"].item() == X[np.argmin(validation)]
    assert best["y"].item() == pytest.approx(validation.min())
    alone = log_table((X, FALLING), None, x_domain=(1, 50), loss_domain=(-1, 2))
    assert layer(alone, "best")["x"].item() == 50
    assert layer(alone, "validation").empty


def test_no_spike_is_thinned_away() -> None:
    x = np.arange(100_000.0)
    values = np.exp(-x / 2e4)
    values[31_234] = 7.0
    values[50_000] = np.nan
    found = log_table((x, values), None, x_domain=(0, 1e5), loss_domain=(-1, 8))
    drawn = layer(found, "training")
    assert len(drawn) <= MOST_ROWS
    assert drawn["training"].max() == 7.0
    assert drawn["x"].iloc[[0, -1]].tolist() == [0, 99_999]


def test_the_pointer_tells_both_losses_and_the_implied_std() -> None:
    loss = LOSSES["gaussian_nll"]
    log = read_log("epoch,loss,val_loss\n" + "\n".join(f"{i},{v},{v + 0.1}" for i, v in zip(X, FALLING, strict=True)))
    drawing, below = log_drawings(log, Style(), loss)
    told = layer(drawing.table, "told")
    assert told["std"].to_numpy() == pytest.approx(np.exp(FALLING + 0.1 - 0.5))
    assert told["training"].to_numpy() == pytest.approx(FALLING)
    assert below is not None
    assert below.table["std"].to_numpy() == pytest.approx(np.exp(FALLING + 0.1 - 0.5))
    assert drawing.spec["title"]["text"] == "Loss by epoch, nats per point"
    without, none = log_drawings(log, Style())
    assert none is None
    assert without.spec["title"]["text"] == "Loss by epoch"
    assert len(drawing.table.to_json()) < 1_000_000


def test_words_stay_in_the_picture() -> None:
    domain = log_domain(FALLING)
    found = log_table((X, FALLING), (X, FALLING + 0.02), x_domain=(1, 50), loss_domain=domain)
    written = found[found["text"].notna()]
    assert written["y"].between(*domain).all()


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        (FALLING, -1.0, 2.0),
        (np.r_[1e6, FALLING], -2.0, 5.0),  # a first value far off does not flatten the rest
        (np.full(5, 0.7), 0.0, 0.7),
        (np.array([-3.0]), -4.0, 0.0),
    ],
)
def test_the_domain_holds_zero_and_the_losses(values: np.ndarray, low: float, high: float) -> None:
    found = log_domain(values)
    assert low <= found[0] <= 0 <= found[1] <= high + 0.5
    assert found[0] <= values.min()


@pytest.mark.parametrize(
    "text", ["loss: 0.5", "loss: nan\nloss: 0.5", "step 5 loss 1\nstep 6 loss inf", "loss 0\nloss 0"]
)
def test_small_logs_are_drawn(text: str) -> None:
    drawing, _ = log_drawings(read_log(text), Style(), LOSSES["gaussian_nll"])
    assert not layer(drawing.table, "training").empty


def test_a_log_without_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="no finite value"):
        log_drawings(read_log("loss: nan\nloss: nan"), Style())
