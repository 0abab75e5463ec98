"""The predictions in a file are examined like those of a run: the same numbers, words and recalibration."""

import numpy as np
import pytest

from core.charts.of_run.calibration_charts import along_domain
from core.data.tables.columns import Columns, number_column
from core.diagnosis.calibration import chart_words as words
from core.diagnosis.calibration.calibration_verdict import calibration_verdict
from core.diagnosis.calibration.case import case_of
from core.diagnosis.calibration.examined import examined
from core.diagnosis.calibration.recalibration_effect import effect_of, why_not
from core.evaluation.predictions import Predictions, example, predictions_of
from core.experiment.experiment import Experiment
from core.experiment.presets import presets
from core.training.loop import train
from core.training.run import Run


@pytest.fixture(scope="module")
def run() -> Run:
    return train(presets["quick"].with_settings({"loss.name": "posted"}))


def table_of(**values: np.ndarray) -> Columns:
    columns = {name: number_column(name, np.asarray(cells, dtype=float)) for name, cells in values.items()}
    return Columns(columns, len(values["y"]))


@pytest.fixture(scope="module")
def written(run: Run) -> Predictions:
    """The predictions of the run as a file."""
    judged = run.judged
    return predictions_of(table_of(y=judged.y, mean=judged.mean, std=judged.std, x=case_of(run).along))


def test_a_runs_predictions_in_a_file_are_examined_alike(run: Run, written: Predictions) -> None:
    one, other = (examined(subject, 0.9, "quantile") for subject in (run, written))
    np.testing.assert_array_equal(one.reliability.observed, other.reliability.observed)
    np.testing.assert_array_equal(one.along.covered, other.along.covered)
    np.testing.assert_array_equal(one.by_std.error, other.by_std.error)
    assert one.maps is not None
    assert other.maps is None
    ours, theirs = calibration_verdict(run), calibration_verdict(written)
    assert ours.headline == theirs.headline
    assert ours.sentence.replace("held-out ", "") == theirs.sentence


def test_a_file_is_recalibrated_on_one_half_and_judged_on_the_other(written: Predictions) -> None:
    found = effect_of(written, "scale", 0.95).comparison
    assert not set(found.validation) & set(found.test)
    assert len(found.validation) + len(found.test) == written.y.size
    after = found.changes["coverage"].after
    assert after.value == pytest.approx(0.95, abs=4 * (after.std_error or 0))
    np.testing.assert_array_equal(found.before.mean, written.mean[found.test])


def test_one_subject_is_examined_once(run: Run, written: Predictions) -> None:
    for subject in (run, written):
        assert examined(subject, 0.95, "interval") is examined(case_of(subject), 0.95, "interval")
        assert effect_of(subject, "scale", 0.95) is effect_of(subject, "scale", 0.95)


def test_without_x_coverage_is_along_the_prediction() -> None:
    found = predictions_of(table_of(y=[0, 1, 2.0], mean=[5, 7, 6.5], std=[1, 1, 1.0]))
    case = case_of(found)
    np.testing.assert_array_equal(case.along, [5, 7, 6.5])
    assert not case.of_one_input
    low, high = along_domain(case_of(found))
    assert low <= 5 < 7 <= high


def test_the_example_is_diagnosed_and_recalibrated() -> None:
    found = predictions_of(example())
    assert calibration_verdict(found).headline == "The standard deviations are 1.5 times too small"
    assert "Every standard deviation times 1.5" in effect_of(found, "scale", 0.95).sentence


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"y": [1.0, 2], "mean": [0, 1e99], "std": [1, 1]}, "the predicted mean is not a finite number"),
        ({"y": [1.0, 2], "mean": [0, 0], "std": [1, 0]}, "is not above 0"),
        ({"y": [np.nan, np.nan], "mean": [0, 0], "std": [1, 1]}, "y is not a finite number"),
    ],
)
def test_the_verdict_says_what_cannot_be_judged(values: dict[str, list[float]], reason: str) -> None:
    found = predictions_of(table_of(**{name: np.array(cells) for name, cells in values.items()}))
    verdict = calibration_verdict(found)
    assert verdict.headline == "The standard deviations cannot be judged"
    assert reason in verdict.sentence
    assert reason in why_not(found, "scale", 0.95)


def test_one_point_and_no_error_have_verdicts_of_their_own() -> None:
    one = predictions_of(table_of(y=np.ones(1), mean=np.zeros(1), std=np.ones(1)))
    assert calibration_verdict(one).headline == "One point is too few"
    perfect = predictions_of(table_of(y=np.arange(20.0), mean=np.arange(20.0), std=np.ones(20)))
    assert calibration_verdict(perfect).headline == "No errors, but a standard deviation"
    assert examined(perfect, 0.95, "interval").by_std.error.max() == 0


def test_numbers_at_the_edge_of_float64_break_nothing() -> None:
    z = np.random.default_rng(0).standard_normal(40)
    cases = {"wild": 10.0 ** np.linspace(-59, 59, 40), "right": np.full(40, 1e59), "narrow": np.full(40, 1e-59)}
    for name, std in cases.items():
        found = predictions_of(table_of(y=1e59 * z, mean=np.cos(np.arange(40)), std=std))
        for say in (words.by_std_words, words.along_words, words.ordered_words, words.qq_words):
            assert say(examined(found, 0.95, "interval")).shown
        assert calibration_verdict(found).kind == ("good" if name == "right" else "warning")
        assert effect_of(found, "scale", 0.95).sentence


def test_a_single_point_and_equal_ones_are_examined() -> None:
    for n in (1, 3):
        found = predictions_of(table_of(y=np.ones(n), mean=np.zeros(n), std=np.ones(n), x=np.full(n, 2.0)))
        assert examined(found, 0.95, "interval").ordered.rank.size == n
        low, high = along_domain(case_of(found))
        assert low < 2 < high


def test_rows_that_other_members_have_learnt_recalibrate_nothing() -> None:
    settings = {"data.table": "engel", "training.steps": 30, "training.patience": 30, "training.members": 2}
    shared = train(Experiment.from_settings(settings))
    own = train(Experiment.from_settings({**settings, "training.own_validation": True}))
    assert case_of(shared).to_recalibrate().validation == len(shared.dataset.y_validation)
    points = case_of(own).to_recalibrate()
    assert points.validation == 0
    assert len(points.y) == len(own.y_held_out)
