"""Data for charts of a run on many features: rows along one of them, and the rows to look at."""

import numpy as np
import pandas as pd
import pytest

from core import Experiment, train
from core.data.tables.reading import read_table
from core.data.tables.table_store import table_store
from core.diagnosis.chart_data.feature_data import (
    UNKNOWN,
    dependence_of,
    features_of,
    prediction_of,
    residuals_of,
    rows_to_look_at,
)
from core.evaluation.extremes import most_wrong
from core.training.run import Run

COLOURS = np.array(["red", "*green*", "violet"])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A net on a number called "mean" and a colour; "last" is a colour that only held-out rows have."""
    rng = np.random.default_rng(0)
    colour = COLOURS[rng.integers(0, 3, 300)]
    size = rng.normal(size=300)
    y = size + 5 * (colour == "red") + np.where(colour == "violet", 2.0, 0.3) * rng.normal(size=300)
    colour = np.append(colour[:299], "last")
    csv = pd.DataFrame({"mean": size, "colour": colour, "y": y}).to_csv(index=False).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HETEROSCOPE_TABLES", str(tmp_path_factory.mktemp("tables")))
        key = table_store().put(read_table(csv, "own.csv"), "own.csv")
        settings = {
            "data.table": "own",
            "data.csv": key,
            "data.y": "y",
            "data.split": "order",
            "network.layers": "16",
            "training.steps": 400,
            "training.device": "cpu",
        }
        found = train(Experiment.from_settings(settings))
        assert found.status == "done", found.message
        assert found.dataset.inputs == 4
        return found


def test_a_number_and_a_category_along_the_held_out_rows(run: Run) -> None:
    features = features_of(run)
    assert list(features) == ["mean", "colour"]
    np.testing.assert_array_equal(features["mean"].values, run.dataset.x_held_out[:, 0])
    words, names = features["colour"].words, features["colour"].categories
    assert set(names) == set(COLOURS)
    for row, word in zip(run.dataset.x_held_out[:-1, 1:], words[:-1], strict=True):
        assert names[int(np.argmax(row))] == word
    assert words[-1] == UNKNOWN


def test_the_prediction_is_an_axis_too(run: Run) -> None:
    assert prediction_of(run).label == "predicted y"
    np.testing.assert_array_equal(prediction_of(run).values, run.judged.mean)


def test_residuals_and_z(run: Run) -> None:
    residual, std = residuals_of(run, as_z=False)
    z, one = residuals_of(run, as_z=True)
    np.testing.assert_allclose(residual, run.y_held_out - run.judged.mean)
    np.testing.assert_allclose(z, residual / std)
    assert set(one) == {1.0}


def test_the_effect_of_the_colours_is_found(run: Run) -> None:
    found = dependence_of(run, "colour")
    place = {name: i for i, name in enumerate(features_of(run)["colour"].categories)}
    mean = dict(zip(place, found.mean, strict=True))
    std = dict(zip(place, found.std, strict=True))
    assert found.category
    assert mean["red"] - mean["*green*"] == pytest.approx(5, abs=1)
    assert std["violet"] > 2 * max(std["red"], std["*green*"])
    assert not dependence_of(run, "mean").category


def test_rows_to_look_at_are_in_the_words_of_the_table(run: Run) -> None:
    found = most_wrong(run.judged, 5)
    columns = rows_to_look_at(run, found)
    assert {len(values) for values in columns.values()} == {5}
    assert columns["observed"] == pytest.approx(run.y_held_out[found.index], rel=1e-3)
    assert columns["mean"] == pytest.approx(run.judged.mean[found.index], rel=1e-3)
    assert columns["mean (feature)"] == pytest.approx(run.dataset.x_held_out[found.index, 0], rel=1e-5)
    assert columns["colour"] == features_of(run)["colour"].words[found.index].tolist()
