"""Predictions and history as tables, which no spreadsheet takes for formulas."""

import csv
import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.experiment.experiment import Experiment
from core.export.run_tables import predictions_table, rows_of, safe_cell, to_csv, to_parquet
from core.training.loop import train
from core.training.run import Run

HOSTILE = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", '=HYPERLINK("http://x","y")')


@pytest.fixture(scope="module")
def run() -> Run:
    return train(Experiment.from_settings({"data.table": "engel", "training.steps": 100}))


def test_predictions_are_those_of_the_held_out_rows(run: Run) -> None:
    table = predictions_table(run)
    expected = run.predict(run.dataset.x_held_out)
    for name in ("mean", "std", "lower", "upper"):
        assert table[name].to_numpy() == pytest.approx(expected[name].to_numpy())
    y = table["foodexp"]
    assert y.to_numpy() == pytest.approx(run.dataset.y_held_out)
    assert table["z"].to_numpy() == pytest.approx(((y - table["mean"]) / table["std"]).to_numpy())
    assert table["inside"].mean() == pytest.approx(run.scores["coverage_95"])


def test_csv_holds_every_digit(run: Run) -> None:
    table = predictions_table(run)
    back = pd.read_csv(io.BytesIO(to_csv(table)), float_precision="round_trip")  # pandas 2 has another one
    assert back.equals(table)


def test_parquet_holds_the_table(run: Run) -> None:
    assert pd.read_parquet(io.BytesIO(to_parquet(run.history))).equals(run.history)


def test_no_cell_is_a_formula() -> None:
    table = pd.DataFrame({"=cmd|' /C calc'!A0": HOSTILE, "-5": np.linspace(-1, 1, len(HOSTILE))})
    table["kind"] = pd.Categorical(HOSTILE)
    header, *rows = csv.reader(io.StringIO(to_csv(table).decode(), newline=""))
    assert header == ["'=cmd|' /C calc'!A0", "'-5", "kind"]
    for (text, number, kind), value, given in zip(rows, table["-5"], HOSTILE, strict=True):
        assert text == kind == f"'{given}"
        assert float(number) == value


@pytest.mark.parametrize("value", [-5.0, 3, None, True, "plain", "a=b", ""])
def test_what_is_no_formula_stays(value: object) -> None:
    assert safe_cell(value) == value


def test_rows_are_those_of_the_dataset(run: Run) -> None:
    rows = pd.read_csv(io.BytesIO(rows_of(run)))
    assert rows["part"].unique().tolist() == ["train", "test"], "in words"
    of = {part: each.drop(columns="part").to_numpy() for part, each in rows.groupby("part")}
    assert np.allclose(of["train"], np.column_stack([run.dataset.x, run.dataset.y]), rtol=1e-12)
    assert np.allclose(of["test"][:, -1], run.dataset.y_held_out, rtol=1e-12)


def test_an_input_that_is_called_part_stays_apart(run: Run) -> None:
    feature = replace(run.encoding.features[0], name="part")
    named = replace(run, encoding=replace(run.encoding, features=(feature,)))
    assert rows_of(named).splitlines()[0].startswith(b"part,part (input),")


def test_of_a_log_target_all_is_in_its_own_unit() -> None:
    settings = {"data.table": "concrete", "data.log_y": True, "training.steps": 60}
    run = train(Experiment.from_settings(settings))
    table = predictions_table(run)
    assert list(table.columns[:8]) == list(run.input_names)
    assert table[run.encoding.target].to_numpy() == pytest.approx(np.exp(run.dataset.y_held_out))
    assert table["inside"].mean() == pytest.approx(run.scores["coverage_95"])


def test_inputs_that_are_called_as_predictions_stay_apart(run: Run) -> None:
    feature = replace(run.encoding.features[0], name="mean")
    named = replace(run, encoding=replace(run.encoding, features=(feature,), target="std"))
    assert list(predictions_table(named).columns[:4]) == ["mean (input)", "std (input)", "mean", "std"]
