"""Charts that a page has no place for stand at its end."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.charts.of_run import chart_table
from pages.shared import run_charts


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_charts.CHARTS is chart_table.CHARTS  # loaded before the change, or it would keep the changed table
    row = replace(chart_table.CHARTS["loss"], name="again", label="Loss again", place="fit")
    wrong = replace(row, name="wrong", draw=lambda shown, style: float("no number"))
    of_one = replace(row, name="never", applies=lambda shown: False)
    monkeypatch.setattr(chart_table, "CHARTS", {each.name: each for each in (row, wrong, of_one)})


def page() -> None:
    from core.experiment.experiment import Experiment
    from core.training.loop import train
    from pages.shared.run_charts import rest

    rest("fit", train(Experiment.from_settings({"data.n": 100, "training.steps": 30})))


@pytest.mark.usefixtures("added")
def test_a_chart_that_is_added_is_drawn_and_one_that_cannot_be_says_why() -> None:
    app = AppTest.from_function(page).run(timeout=60)
    assert not app.exception
    assert len(app.get("vega_lite_chart")) == 1
    assert app.markdown[0].value == "### Loss again"
    assert "no number" in app.info[0].value
