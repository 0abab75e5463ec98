"""The pages Fit and Data of a fit on all rows: nothing there takes its training rows for rows that were held out."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import HeteroscopeRegressor
from core.experiment.experiment import Experiment
from pages.shared import shell

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Experiment]:
    folder = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HETEROSCOPE_TABLES", str(folder / "tables"))
        patch.setenv("HETEROSCOPE_STORE", f"sqlite:///{folder / 'runs.sqlite3'}")
        rng = np.random.default_rng(3)
        x = rng.normal(size=(60, 2))
        estimator = HeteroscopeRegressor(steps=40, members=2, layers=(8,), random_state=0, held_out=0)
        estimator.fit(x, x[:, 0] + rng.normal(size=60))
        with pytest.warns(UserWarning, match="No rows were held out"):
            estimator.keep()
        yield estimator.experiment_
        shell._laboratory.clear()


def texts(name: str, experiment: Experiment) -> list[str]:
    page = AppTest.from_file(ROOT / "app.py", default_timeout=120).switch_page(f"pages/{name}.py")
    page.query_params.update(experiment.to_query())
    page.run()
    assert not page.exception
    assert not page.error
    return [each.value.replace("\\", "") for each in (*page.header, *page.markdown, *page.caption)]


def test_the_page_fit_says_it_first(kept: Experiment) -> None:
    said = "\n".join(texts("fit", kept))
    assert "No rows were held out" in said
    assert "It was trained on every row that it is scored on" in said
    assert not [words for words in ("kept from training", "** on new points", "The network is better") if words in said]


def test_the_page_data_counts_no_row_twice(kept: Experiment) -> None:
    said = "\n".join(texts("data", kept))
    assert "60 rows to train on, 60 of these again to test; 2 inputs." in said
    assert "60 (100 %) are also training rows" in said
