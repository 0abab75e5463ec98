"""What a notebook shows: of a run, a verdict, two runs beside each other, and a calibration check."""

import copy
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats

from core import calibration, compare, load, presets, scores, table_experiment, train, verdict
from core.diagnosis.verdict.findings import verdict as finding_on
from core.distributions.laws import student_t
from core.evaluation.compared import better
from core.evaluation.scores import QUICK, estimates
from core.export.pictures import svg_of
from core.export.weights import weights_of
from core.notebook.sheet import Sheet, vega_type
from core.training.run import Run

KINDS = {"text/plain", "text/html", vega_type()}
STEPS = 300


@pytest.fixture(scope="module")
def run() -> Run:
    return train(presets["quick"].with_settings({"training.steps": STEPS, "data.n": 200}))


@pytest.fixture(scope="module")
def other() -> Run:
    settings = {"training.steps": 20, "data.n": 200, "loss.name": "squared_error"}
    return train(presets["quick"].with_settings(settings))


def test_a_run_is_one_line(run: Run) -> None:
    assert re.fullmatch(rf"<Run {run.key}: Gaussian NLL · .+ · seed 0; done, {STEPS} steps, \d+\.\d s>", repr(run))
    assert len(repr(run)) < 120
    assert len(repr(Run.without_steps(run.experiment, "failed", "No memory."))) < 120


@pytest.mark.long
def test_a_run_shows_verdict_charts_and_scores(run: Run) -> None:
    shown = run._repr_mimebundle_()
    assert set(shown) == KINDS
    found = finding_on(run)
    for text in (shown["text/plain"], words_of(shown["text/html"]), json.dumps(shown[vega_type()], ensure_ascii=False)):
        assert found.headline in text
        for score in ("NLL, full", "CRPS", "RMSE", "95 % covers"):
            assert score in text
    assert f"{run.scores['rmse']:.3f}"[:4] in shown["text/plain"]
    assert_sound(shown[vega_type()], panels=3)
    assert "<script" not in shown["text/html"]
    assert len(svg_of(shown[vega_type()])) > 10_000  # it can be drawn


def test_only_what_is_asked_for_is_made(run: Run) -> None:
    assert set(run._repr_mimebundle_(include={"text/plain"})) == {"text/plain"}
    assert set(run._repr_mimebundle_(exclude={"text/html", vega_type()})) == {"text/plain"}


def test_a_run_without_steps_or_weights_shows_its_verdict(run: Run) -> None:
    failed = Run.without_steps(run.experiment, "failed", "The memory ran out.")
    shown = failed._repr_mimebundle_()
    assert set(shown) == {"text/plain", "text/html"}
    never = Run.without_steps(run.experiment, "stopped", "Stopped before it started.")
    assert str(verdict(never)).splitlines()[1:] == ["Stopped before it started."]
    assert (
        "steps so far are kept" in verdict(replace(run, status="stopped", message="Stopped at step 3 of 9.")).sentence
    )
    broken = replace(run, weights=np.full_like(run.weights, np.nan), status="diverged")
    assert "text/plain" in broken._repr_mimebundle_()


@pytest.mark.long
def test_a_run_on_a_table_shows_observed_over_predicted_and_its_table_may_go() -> None:
    rng = np.random.default_rng(2)
    table = pd.DataFrame({"a": rng.normal(size=120), "b": rng.normal(size=120)})
    table["y"] = table["a"] + 0.1 * rng.normal(size=120)
    trained = train(table_experiment(table, target="y", settings={"training.steps": 40}))
    assert_whole(trained._repr_mimebundle_(include={vega_type()})[vega_type()], panels=2)
    kept = load(weights_of(trained))  # without its history
    assert_whole(kept._repr_mimebundle_(include={vega_type()})[vega_type()], panels=1)
    data = trained.experiment.data.model_copy(update={"csv": "0" * 64})
    gone = replace(trained, experiment=trained.experiment.model_copy(update={"data": data}))
    shown = gone._repr_mimebundle_()
    assert set(shown) == {"text/plain"}
    assert shown["text/plain"].startswith(f"<Run {gone.key}: ")
    assert "cannot be shown in full" in shown["text/plain"]


def test_a_verdict_has_its_numbers(run: Run) -> None:
    found, finding = verdict(run), finding_on(run)
    assert (found.kind, found.headline) == (finding.kind, finding.headline)
    assert list(found.claims.index) == [claim.name for claim in finding.claims]
    assert found.claims["value"].iloc[0] == finding.claims[0].value
    assert "**" not in found.sentence
    assert repr(found) == f"<Verdict: {found.headline}>"
    assert str(found).startswith(("✓", "!", "✗", "?"))
    with pytest.raises(TypeError, match="about a run"):
        verdict(3)  # type: ignore[arg-type]


@pytest.mark.long
def test_two_runs_beside_each_other(run: Run, other: Run) -> None:
    found = compare(run, other, names=("long", "short"))
    table = found.scores
    for name in ("nll", "crps", "rmse", "coverage_95"):
        assert table.loc[name, "long"] == run.scores[name]
        assert table.loc[name, "difference"] == pytest.approx(run.scores[name] - other.scores[name])
        winner = {-1: "long", 1: "short", 0: ""}[better(name, run.judged, other.judged)]
        assert table.loc[name, "better"] == winner
    assert table.loc["nll", "better"] == "long"
    assert table.loc["nll", "std_error"] > 0
    assert "Loss" in set(found.settings["setting"])
    assert "long is better by NLL" in str(found)
    shown = found._repr_mimebundle_()
    assert set(shown) == KINDS
    assert_sound(shown[vega_type()], panels=6)
    assert [each.run for each in found.verdicts] == [run, other]


def test_a_run_beside_itself_has_no_winner(run: Run) -> None:
    found = compare(run, run)
    assert (found.scores["difference"] == 0).all()
    assert (found.scores["better"] == "").all()
    assert found.settings.empty
    assert "No score differs clearly" in str(found)


def test_runs_of_different_quantities_are_not_ranked(run: Run) -> None:
    cars = train(presets["cars"].with_settings({"training.steps": 20}))
    found = compare(run, cars)
    assert "predict different quantities" in repr(found)
    assert found.scores["difference"].isna().all()
    assert (found.scores["better"] == "").all()
    assert "better by" not in str(found)
    concrete = train(presets["concrete"].with_settings({"training.steps": 20}))
    assert "predict different quantities" in repr(compare(cars, concrete))
    fewer = train(presets["cars"].with_settings({"training.steps": 20, "data.held_out": 0.3}))
    assert "judged on different points" in str(compare(cars, fewer))


@pytest.mark.parametrize(
    ("changed", "ranks"),
    [
        ({"noise.scale": 0.5}, False),
        ({"noise.profile": "linear"}, False),
        ({"data.target": "line"}, False),
        ({"data.x_max": 140.0}, False),
        ({"data.seed": 1}, True),
        ({"data.n": 1000}, True),
        ({"loss.name": "posted"}, True),
    ],
)
def test_runs_on_points_of_another_noise_are_not_ranked(run: Run, changed: dict, ranks: bool) -> None:
    """A smaller noise has a lower NLL, with the same fit."""
    other = train(run.experiment.with_settings({"training.steps": 20} | changed))
    found = compare(run, other)
    assert ("no score says which run is better" in repr(found)) is not ranks
    assert found.scores["difference"].notna().any() == ranks
    assert ranks or (found.scores["better"] == "").all()


def test_what_cannot_be_compared_is_refused(run: Run) -> None:
    failed = Run.without_steps(run.experiment, "failed", "The memory ran out.")
    with pytest.raises(ValueError, match=r"ended as failed. The memory ran out\."):
        compare(run, failed)
    with pytest.raises(TypeError, match="this is a str"):
        compare(run, "other")  # type: ignore[arg-type]
    for names in (("a", "a"), ("", "b"), ("a" * 41, "b")):
        with pytest.raises(ValueError, match="two different words"):
            compare(run, run, names=names)
    for words in ("ab", ("a",), ("a", "b", "c")):
        with pytest.raises(ValueError, match="must be two words"):
            compare(run, run, names=words)  # type: ignore[arg-type]


RNG = np.random.default_rng(5)
MEAN = RNG.normal(size=1500)
STD = np.full(1500, 0.5)
Y = MEAN + 0.8 * RNG.normal(size=1500)


def column(values: Any) -> Any:
    return torch.tensor(values, requires_grad=True)[:, None]


@pytest.mark.parametrize("of", [np.asarray, list, pd.Series, column, lambda values: pd.DataFrame({"a": values})])
def test_stds_that_are_too_small_are_found_and_corrected(of: Any) -> None:
    found = calibration(of(Y), of(MEAN), of(STD))
    assert found.kind == "warning"
    assert "1.6 times too small" in found.headline
    after = found.recalibration
    assert after.attrs["name"] == "scale"
    assert after.loc["coverage", "before"] == pytest.approx(0.78, abs=0.03)
    assert after.loc["coverage", "after"] == pytest.approx(0.95, abs=0.02)
    assert after.loc["nll", "difference"] < -5 * after.loc["nll", "std_error"]
    assert found.scores.loc["nll", "value"] == pytest.approx(-stats.norm.logpdf(Y, MEAN, STD).mean())
    assert "gap" not in found.scores.index


@pytest.mark.long
def test_right_predictions_are_called_right() -> None:
    found = calibration(Y, MEAN, np.full(1500, 0.8))
    assert found.kind == "good"
    near = found.reliability
    assert ((near["low"] <= near["observed"]) & (near["observed"] <= near["high"])).mean() > 0.9
    shown = found._repr_mimebundle_()
    assert set(shown) == KINDS
    assert_sound(shown[vega_type()], panels=2)


def test_a_law_of_another_family_is_judged_as_it_is() -> None:
    law = student_t(MEAN, STD, 4.0)
    y = law.sample(1, 11)[0]
    assert calibration(y, law).kind == "good"
    assert calibration(y, law).recalibration.loc["coverage", "before"] > 0.9
    assert calibration(y, MEAN, STD).kind == "warning"


def test_the_calibration_of_a_run_is_of_its_held_out_points(run: Run) -> None:
    found = calibration(run)
    assert found.scores.loc["nll", "value"] == run.scores["nll"]
    assert found.scores.loc["gap", "value"] == run.scores["gap"]
    assert list(estimates(run.judged, QUICK)) == [name for name in QUICK if name in found.scores.index]


def test_numbers_of_any_precision_and_masked_ones() -> None:
    half = calibration(torch.tensor(Y).float(), torch.tensor(MEAN).half(), torch.tensor(STD).bfloat16())
    assert half.kind == "warning"
    assert "too small" in half.headline
    masked = calibration(np.ma.masked_greater(Y, 1), MEAN, STD)
    assert masked.sentence.startswith(f"At {(Y > 1).sum():,} of 1,500 points y is not a finite number")


def test_series_go_by_their_order_unless_their_labels_say_another() -> None:
    shuffled = RNG.permutation(1500)
    found = calibration(pd.Series(Y, index=shuffled + 5), pd.Series(MEAN), pd.Series(STD, index=shuffled + 7))
    assert "1.6 times too small" in found.headline
    assert scores(pd.Series(Y, index=shuffled), pd.Series(MEAN, index=shuffled), list(STD))["nll"].value is not None
    with pytest.raises(ValueError, match="the same labels in another order"):
        scores(pd.Series(Y, index=shuffled), pd.Series(MEAN), STD)


def test_predictions_that_are_not_finite_are_told_of() -> None:
    found = calibration(Y, MEAN, np.where(Y > 0, STD, np.nan))
    assert found.kind == "warning"
    assert found.reliability.empty
    assert set(found._repr_mimebundle_()) == {"text/plain", "text/html"}
    assert np.isnan(found.scores.loc["nll", "value"])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((Y,), "Use calibration"),
        ((Y, MEAN), "Use calibration"),
        ((Y, MEAN, STD[:5]), "std has 5 points: all must have the same number"),
        ((Y[None], MEAN, STD), r"y has the shape \(1, 1500\)"),
        ((Y, MEAN, 0.5), r"std has the shape \(\).*numpy.full\(n, 0.5\)"),
        ((Y, pd.date_range("2026", periods=1500), STD), "mean must be a list of real numbers"),
        ((Y, stats.norm(MEAN, STD)), "from_scipy"),
        ((Y, torch.distributions.Normal(torch.tensor(MEAN), 1.0)), "from_torch"),
        ((pd.Series(Y), pd.Series(MEAN).iloc[::-1], STD), r"mean\.reindex\(y\.index\)"),
        ((Y, MEAN + 1j, STD), "mean must be a list of real numbers"),
        ((Y, ["a"] * 1500, STD), "mean must be a list of real numbers"),
        (([], [], []), "one number for each of 1 to"),
        ((Y, student_t(MEAN, STD, 4.0), STD), "its own standard deviation"),
        ((Y[:3], student_t(MEAN, STD, 4.0)), "same number of points"),
    ],
)
def test_what_is_no_prediction_is_refused(given: tuple[Any, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        calibration(*given)


def test_a_level_and_a_run_with_numbers_are_refused(run: Run) -> None:
    for level in (95, "0.9", float("nan")):
        with pytest.raises(ValueError, match="between 0 and 1"):
            calibration(Y, MEAN, STD, level=level)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="its own predictions"):
        calibration(run, MEAN, STD)


def test_names_in_a_table_are_no_html() -> None:
    sheet = Sheet("good", "<b>Right</b>", ("a < b",), {"<i>": pd.DataFrame({"<u>": ["<script>alert(1)</script>"]})})
    assert "<script" not in sheet.html
    assert "<b>" not in sheet.html
    assert "<i>" not in sheet.html
    assert sheet.bundle(exclude={vega_type()})["text/plain"].startswith("✓ <b>Right</b>")


def test_charts_that_cannot_be_drawn_leave_the_words() -> None:
    def refuse() -> None:
        raise ValueError("The axis has no numbers.")

    shown = Sheet("good", "Right", charts=refuse).bundle()
    assert set(shown) == {"text/plain", "text/html"}
    assert "There are no charts. The axis has no numbers." in shown["text/html"]


@pytest.mark.parametrize("unit", [1e200, 1e-200])
def test_any_unit_of_y_is_shown(unit: float) -> None:
    found = calibration(unit * Y, unit * MEAN, np.full(1500, 0.8 * unit))
    assert found.kind == "good"
    assert set(found._repr_mimebundle_(exclude={"text/html"})) == KINDS - {"text/html"}


def assert_whole(spec: dict[str, Any], panels: int) -> None:
    """The specification has its rows inside, as JSON, and so many panels."""
    assert sum(view.count('"data": {"name": "panel_') for view in [json.dumps(spec)]) == panels
    assert set(re.findall(r'"data": \{"name": "(\w+)"', json.dumps(spec))) == set(spec["datasets"])
    json.dumps(spec, allow_nan=False)


def assert_sound(spec: dict[str, Any], panels: int) -> None:
    """It also follows the schema of Vega-Lite."""
    assert_whole(spec, panels)
    checked = copy.deepcopy({**spec, "datasets": {}})
    del checked["config"]["legend"]["layout"]  # Vega-Lite passes it on, but its schema does not know it
    (alt.HConcatChart if "hconcat" in spec else alt.VConcatChart).from_dict(checked, validate=True)


def words_of(page: str) -> str:
    found: list[str] = []

    class Words(HTMLParser):
        def handle_data(self, data: str) -> None:
            found.append(data)

    Words().feed(page)
    return " ".join(found)
