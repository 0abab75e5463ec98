"""What a chart is said to show is what its numbers are: told again from the run, the points and the truth."""

import re
from dataclasses import replace

import numpy as np
import pytest

from core.charts.groups import groups_seen
from core.charts.of_log import log_seen
from core.charts.of_run.chart_table import charts_for
from core.charts.of_run.fit_seen import fit_seen, floor_words, loss_seen, observed_seen, spread_seen
from core.charts.of_run.row_chart import row_seen
from core.charts.of_run.scene import EMPTY, Moment, Shown
from core.charts.seeds import seeds_seen
from core.data.training_log.log_reading import read_log
from core.diagnosis.chart_data.point_data import curve_seen, one_point
from core.diagnosis.chart_data.row_data import row_curve
from core.evaluation.loss_parts import final_loss
from core.experiment.experiment import Experiment
from core.model.losses import LOSSES
from core.training.loop import train
from core.training.run import Run
from core.words import number, quantity

QUICK = {"data.n": 2_000, "training.steps": 300, "noise.profile": "linear"}
TABLE = {"data.table": "concrete", "training.steps": 60}


@pytest.fixture(scope="module")
def run() -> Run:
    return train(Experiment.from_settings(QUICK))


@pytest.fixture(scope="module")
def table_run() -> Run:
    return train(Experiment.from_settings(TABLE))


def told(run: Run) -> dict[str, str]:
    shown = [(row, row.of_run(run)) for row in charts_for(run)]
    return {row.name: row.told(each) for row, each in shown if row.applies(each)}


@pytest.mark.parametrize("which", ["run", "table_run"])
def test_every_chart_says_what_is_seen_with_numbers(which: str, request: pytest.FixtureRequest) -> None:
    for name, words in told(request.getfixturevalue(which)).items():
        assert re.search(r"\d", words), (name, words)
        assert words.endswith("."), (name, words)
        assert not re.search(r"\*\*|nan|None", words), (name, words)


def test_the_fit_is_told_by_its_numbers(run: Run) -> None:
    shown, data = Shown.at_end(run), run.dataset
    assert data.truth is not None
    grid, predicted = data.x_grid, run.predictive(data.x_grid)
    off = np.abs(predicted.mean - data.truth.mean(grid))
    words = fit_seen(shown)
    most = int(np.argmax(off))
    assert f"off the true mean by {quantity(float(np.sqrt(np.mean(off**2))))} (root mean square)" in words
    assert f"at most {quantity(float(off[most]))} at x = {quantity(float(grid[most]))}" in words
    inside = np.abs(data.y - run.predictive(data.x).mean) <= 2 * run.predictive(data.x).std
    said = int(re.search(r"([\d,]+) of 2,000 points", words)[1].replace(",", ""))  # type: ignore[index]
    assert abs(said - int(inside.sum())) <= 5  # the curve is drawn between the points of a grid
    widens = re.search(r"Its band widens from ±\u00a0([\d.]+) at x = 50.0 to ±\u00a0([\d.]+) at x = 150", words)
    assert widens is not None
    assert [float(end) for end in widens.groups()] == pytest.approx(2 * predicted.std[[0, -1]], rel=0.006)


def test_another_unit_of_y_is_told_in_that_unit(run: Run) -> None:
    shown = Shown.at_end(run)
    off = re.compile(r"off the true mean by ([\d.]+)")
    one, hundred = (float(off.search(fit_seen(each))[1]) for each in (shown, shown.in_unit(100)))  # type: ignore[index]
    assert hundred == pytest.approx(100 * one, rel=0.006)


def test_the_std_is_told_beside_the_true_one(run: Run) -> None:
    words, grid = spread_seen(Shown.at_end(run)), run.dataset.x_grid
    assert run.dataset.truth is not None
    sigma = run.dataset.truth.std(grid)
    ratio = np.quantile(run.predictive(grid).std / sigma, [0.05, 0.95])
    assert f"the predicted std is {quantity(ratio[0])} to {quantity(ratio[1])} times the true σ" in words
    assert f"The true σ rises from {quantity(float(sigma[0]))} at x = 50.0" in words


def test_the_loss_is_told_with_its_floor_and_crossing(run: Run) -> None:
    shown = Shown.at_end(run)
    words, final, floor = loss_seen(shown), final_loss(run.history["loss"]), shown.scene.levels.floor
    assert final is not None
    assert floor is not None
    side = "above" if final > floor else "below"
    assert f"ends at {number(final)}, {number(abs(final - floor))} {side} its floor of {number(floor)}." in words
    step = int(re.search(r"below zero from step ([\d,]+)", words)[1].replace(",", ""))  # type: ignore[index]
    loss = run.history.set_index("step")["loss"]
    assert loss[loss.index < step].iloc[0] > 0 > loss[loss.index > step + 30].max()
    for name in ("residual", "scale"):
        assert f"{name} term {'ends ' if name == 'residual' else ''}at {number(final_loss(run.history[name]))}" in words  # type: ignore[arg-type]


def test_a_loss_at_its_floor_is_not_said_to_be_beside_it() -> None:
    loss = LOSSES["gaussian_nll"]
    assert floor_words(loss, -1.2, -1.2004) == ", at its floor of −1.200."
    assert floor_words(loss, -1.1, -1.2) == ", 0.100 above its floor of −1.200."
    assert floor_words(loss, -1.3, -1.2) == ", 0.100 below its floor of −1.200."
    assert floor_words(loss, -1.3, None) == "."


def test_before_there_is_a_run_the_charts_say_so(run: Run) -> None:
    shown = replace(Shown.at_end(run), moment=EMPTY)
    assert fit_seen(shown) == "2,000 points. Nothing is predicted yet."
    assert spread_seen(shown).startswith("Nothing is predicted yet. The true σ rises")
    assert loss_seen(shown) == "No step has a finite loss yet."


def test_the_run_before_is_named(run: Run) -> None:
    shown = replace(Shown.at_end(run), previous=Moment.of_run(run, behind=True))
    assert "Grey: the mean of the run before." in fit_seen(shown)
    assert "Grey: the run before, which ends at" in loss_seen(shown)


def test_rows_of_a_table_are_counted(table_run: Run) -> None:
    judged = table_run.judged
    lower, upper = judged.predictive.interval(0.95)
    inside = int(np.sum((judged.y >= lower) & (judged.y <= upper)))
    words = observed_seen(Shown.at_end(table_run))
    assert words.startswith(f"{inside} of {judged.y.size} held-out rows are inside their 95 % intervals.")
    rmse = quantity(float(np.sqrt(np.mean(judged.residual**2))))
    assert words.endswith(f"The predicted means are off by {rmse} (root mean square).")


def test_a_new_row_is_told_with_its_interval(run: Run) -> None:
    found = row_curve(run, np.array([100.0]), run.input_encoding.features[0].name, 0.95)
    assert found is not None
    predicted = run.predictive(np.array([100.0]))
    lower, upper = predicted.interval(0.95)
    words = row_seen(found, 0.95)
    ends = f"{quantity(float(lower[0]))} to {quantity(float(upper[0]))}"
    assert words.startswith(f"For the row the mean is {quantity(float(predicted.mean[0]))}, its 95 % interval {ends}.")


def test_a_row_of_words_is_told_by_its_categories(run: Run) -> None:
    found = row_curve(run, np.array([100.0]), run.input_encoding.features[0].name, 0.9)
    assert found is not None
    curve = replace(found.curve, mean=np.array([3.0, 1.0, 2.0]))
    words = row_seen(replace(found, curve=curve, words=("red", "green", "blue")), 0.9)
    assert words.endswith("The mean is lowest for green, 1.00, highest for red, 3.00.")


def test_seeds_and_groups_are_told_by_their_values() -> None:
    said = seeds_seen(("A", "B", "C"), (1.0, 0.5, None), (0.9, None, None), (1.1, None, None), "NLL")
    assert said == "A: mean NLL 1.000, interval 0.900 to 1.100. B: mean NLL 0.500. C: no value."
    said = groups_seen(("n", "s", "w"), (0.95, 0.80, 0.97), (0.93, 0.75, 0.90), (0.97, 0.85, 0.99), 0.95)
    assert said == "Lowest: s, 80.0 %; highest: w, 97.0 %. 1 of 3 intervals miss 95 %."


def test_a_log_is_told_by_its_ends_and_its_lowest_place() -> None:
    log = read_log("epoch,loss,val_loss\n1,2.0,2.1\n2,1.0,0.5\n3,0.5,1.2\n")
    losses, implied = log_seen(log, LOSSES["gaussian_nll"])
    assert losses.startswith("The training loss falls from 2.00 at epoch = 1.00 to 0.500 at epoch = 3.00.")
    assert losses.endswith(
        "The validation loss is 2.10 at epoch = 1.00, 1.20 at epoch = 3.00, lowest 0.500 at epoch = 2.00."
    )
    assert implied.startswith("The implied σ is ")


def test_the_loss_of_a_point_is_told_by_its_minimum() -> None:
    found = one_point(LOSSES["gaussian_nll"], 0.2, 1.0)
    at = np.log(0.2**2)  # ½·r²·exp(−s) + ½·s is lowest where exp(s) = r²
    assert f"It is lowest, {number(0.5 + at / 2)}, at s = {number(at)}, where exp(s) = 0.0400 = r²." in curve_seen(
        found, "s"
    )
