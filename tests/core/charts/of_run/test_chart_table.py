"""The table of the charts of a run: each row has its place and its words, and one that is added is printed too."""

import io
import zipfile
from dataclasses import replace

import pytest

from core.charts.of_run import chart_table
from core.charts.of_run.chart_table import CHARTS, charts_at
from core.experiment.experiment import Experiment
from core.export.chart_files import charts_zip
from core.training.loop import train
from core.training.run import Run

# Places where a page draws each chart that the table has there; and those where it draws certain charts by name.
DRAWN = {"fit", "fit/left", "anatomy", "anatomy/pull", "calibration"}
DRAWN |= {"calibration/promise", "calibration/along", "calibration/width"}
BY_NAME = {
    "": ["quantiles"],
    "fit/right": ["loss"],
    "fit/residuals": ["z", "residuals"],
    "fit/ignorance": ["ignorance"],
    "anatomy/terms": ["terms", "floor"],
    "anatomy/point": ["one_point"],
    "anatomy/head": ["head_pull"],
    "calibration/recalibration": ["recalibrated"],
}


@pytest.fixture(scope="module")
def run() -> Run:
    return train(Experiment.from_settings({"data.n": 100, "training.steps": 30}))


@pytest.mark.parametrize("name", CHARTS)
def test_each_chart_has_words_and_a_place(name: str) -> None:
    row = CHARTS[name]
    assert row.place in DRAWN or name in BY_NAME[row.place]
    assert len(row.alt.split()) > 4
    assert row.label[0] == row.label[0].upper() or row.label[0] == "z"


def test_each_row_of_calibration_says_what_it_shows() -> None:
    for section in ("promise", "along", "width"):
        assert all(row.words is not None for row in charts_at(f"calibration/{section}"))


def test_a_chart_that_is_added_is_printed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    added = replace(CHARTS["loss"], name="loss_again", place="fit")
    monkeypatch.setattr(chart_table, "CHARTS", {"loss_again": added})
    with zipfile.ZipFile(io.BytesIO(charts_zip(run))) as file:
        assert {"loss_again.svg", "loss_again.png"} <= set(file.namelist())
