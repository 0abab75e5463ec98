"""The page Sweeps without a browser: the form counts its runs, a sweep trains, and its results outlive the window."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared import shell
from pages.views import sweeps

ROOT = Path(__file__).parents[3]
LINK = {"data.n": "300", "training.steps": "30", "v": "2"}

pytestmark = pytest.mark.long


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HETEROSCOPE_SWEEPS", str(tmp_path / "sweeps"))
    yield
    sweeps._made.clear()


@pytest.fixture(scope="module", autouse=True)
def _closed_laboratory() -> Iterator[None]:
    yield
    shell._laboratory.clear()


def opened(**query: str) -> AppTest:
    page = AppTest.from_file(ROOT / "app.py", default_timeout=60).switch_page("pages/sweeps.py")
    page.query_params.update({**LINK, **query})
    return page.run()


def until_finished(page: AppTest) -> AppTest:
    deadline = time.monotonic() + 60
    while any("So far" in header.value for header in page.header) and time.monotonic() < deadline:
        time.sleep(0.3)
        page.run()
    assert not page.exception
    return page


def test_a_sweep_is_counted_trained_and_found_again_by_its_link() -> None:
    page = opened()
    assert page.header[0].value.endswith("Which settings are best?")
    assert any("6 points × 3 seeds" in each.value for each in page.markdown)
    page.number_input(key="sweep seeds").set_value(2).run()
    assert page.button(key="sweep train").label == "Train 12 runs"
    page.button(key="sweep train").click().run()
    until_finished(page)
    assert "Lowest NLL, full" in page.header[0].value
    table = page.dataframe[0].value
    assert len(table) == 12
    assert set(table["Loss"]) == {"Gaussian NLL", "β-NLL"}
    page.multiselect(key="sweep only loss.name 2").set_value(["beta_nll"]).run()
    assert set(page.dataframe[0].value["Loss"]) == {"β-NLL"}
    again = opened(sweep=page.query_params["sweep"])
    assert len(again.dataframe[0].value) == 12
    assert not again.error


def test_what_is_typed_wrong_is_said_and_nothing_can_be_started() -> None:
    page = opened()
    page.text_input(key="sweep typed 1 training.learning_rate grid").set_value("0.1, fast").run()
    assert 'Learning rate cannot be "fast"' in page.error[0].value.replace("\\", "")
    assert not [button for button in page.button if button.key == "sweep train"]


def test_too_many_runs_and_an_address_of_no_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HETEROSCOPE_MOST_SWEEP_RUNS", "17")
    page = opened(sweep="0" * 16)
    assert "not here any more" in page.warning[0].value
    assert "at most 17 on this page" in page.error[0].value.replace("\\", "")
