"""The sentences of findings hold the numbers of their run, and its fixes work."""

import re
from dataclasses import replace

import numpy as np
import pytest

from core.diagnosis.verdict.evidence import Evidence
from core.diagnosis.verdict.findings import FINDINGS, Finding, verdict
from core.evaluation.levels import levels
from core.experiment.experiment import Experiment
from core.model.losses import LOSSES
from core.training.run import Run
from core.words import number


def bold(finding: Finding) -> list[str]:
    return re.findall(r"\*\*(.+?)\*\*", finding.sentence)


def value(text: str) -> float:
    return float(text.removesuffix(" nats").replace("−", "-").replace(",", ""))


def test_failed_repeats_the_reason(run_of) -> None:
    assert verdict(run_of("failed")).sentence == "The worker ran out of memory."
    assert not verdict(run_of("failed")).fixes


def test_failed_on_a_chosen_device_offers_any(run_of) -> None:
    experiment = Experiment.from_settings({"training.device": "mps"})
    finding = verdict(Run.without_steps(experiment, "failed", "No such device."))
    assert [dict(fix.settings) for fix in finding.fixes] == [{"training.device": "auto"}]


def test_diverged_names_the_square_root(run_of) -> None:
    finding = verdict(run_of("diverged"))
    assert finding.kind == "mistake"
    assert "step 1:" in finding.sentence
    assert "sqrt(r²) at r = 0" in finding.sentence
    assert [fix.settings for fix in finding.fixes] == [{"loss.name": "gaussian_nll"}]


@pytest.mark.parametrize(
    ("settings", "fix"),
    [
        ({"training.standardise": False}, {"training.standardise": True}),
        ({"training.learning_rate": 0.5}, {"training.learning_rate": 0.05}),
    ],
)
def test_diverged_for_another_reason(run_of, settings, fix) -> None:
    run = run_of("diverged")
    other = run.experiment.with_settings({"training.standardise": True, **settings})
    finding = verdict(replace(run, experiment=other, message="Diverged at step 3: the gradient is too large."))
    assert [dict(m.settings) for m in finding.fixes] == [pytest.approx(fix)]


def test_stopped_says_where(run_of) -> None:
    run = run_of("stopped")
    assert f"{run.steps_done:,} of 500,000" in verdict(run).sentence


@pytest.mark.parametrize(
    ("name", "exp_s", "variance", "band"),
    [
        ("posted", 0.1596, 0.04, r"2\.0 times too wide"),
        ("posted, σ of 5", 3.989, 25.0, r"2\.5 times too narrow"),
        ("Laplace as variance", 0.156, 0.04, r"1\.[5-9] to 2\.[0-9] times too wide|(1\.9|2\.0) times too wide"),
    ],
)
def test_misread(run_of, name: str, exp_s: float, variance: float, band: str) -> None:
    run = run_of(name)
    finding = verdict(run)
    assert "takes |r|, not r²" in finding.sentence
    said, true, width, cost = bold(finding)
    assert value(said) == pytest.approx(exp_s, rel=0.08)
    assert value(true) == variance
    assert value(cost) == pytest.approx(run.scores["gap"], abs=6e-4)
    assert re.fullmatch(band, width)
    assert "averaged over x" not in finding.sentence


def test_misread_where_the_noise_varies(run_of) -> None:
    linear, both = verdict(run_of("posted, linear")), verdict(run_of("posted, σ to both sides"))
    assert value(bold(linear)[1]) == pytest.approx(0.04 * (1 + 1.6**2 / 12), abs=1e-4)  # mean of σ², not of σ
    assert "averaged over x" in linear.sentence
    assert re.fullmatch(r"1\.\d to [345]\.\d times too wide", bold(linear)[2])
    assert re.fullmatch(r"1\.\d times too narrow in places, [12]\.\d times too wide in others", bold(both)[2])


def test_misread_says_the_loss_is_fine_only_where_it_is(run_of) -> None:
    settled, unsettled = verdict(run_of("posted")), verdict(run_of("posted, short"))
    assert settled.headline == "The loss is fine; the variance is read wrongly"
    assert settled.sentence.endswith("Nothing need be trained again.")
    assert unsettled.headline == "The variance is read wrongly"
    assert "trained again" not in unsettled.sentence


@pytest.mark.parametrize("name", ["posted", "posted, linear", "Laplace as variance", "engel, posted"])
def test_misread_is_fixed_without_training(run_of, name: str) -> None:
    run = run_of(name)
    reading, *_, loss = (fix.settings for fix in verdict(run).fixes)
    mended = run.with_reading(reading["loss.reading"])
    assert mended.scores["nll"] < run.scores["nll"]
    assert FINDINGS["misread"](Evidence(mended)) is None
    assert loss == {"loss.name": "gaussian_nll"}


def test_misread_on_real_data_goes_by_new_points(run_of) -> None:
    run = run_of("engel, posted")
    best = run.with_reading(verdict(run).fixes[0].settings["loss.reading"])
    (saved,) = bold(verdict(run))
    assert value(saved) == pytest.approx(run.scores["nll"] - best.scores["nll"], abs=6e-4)


@pytest.mark.parametrize("name", ["few points", "engel, overfit"])
def test_overfitted(run_of, name: str) -> None:
    run = run_of(name)
    finding, evidence = verdict(run), Evidence(run)
    assert finding.kind == "warning"
    trained, new = map(value, bold(finding))
    assert trained == pytest.approx(evidence.on_trained.mean, abs=6e-4)
    assert new == pytest.approx(evidence.on_new.mean, rel=1e-2)
    assert new > trained + 0.05
    assert f" {len(run.dataset.y):,} points" in finding.sentence
    if evidence.floor is None:
        assert "best net" not in finding.sentence
        return
    low, high = evidence.band  # 2 standard errors of ½z² + … on 20 points
    assert (low, high) == pytest.approx((-1.1094 - 1.4142 / np.sqrt(20), -1.1094 + 1.4142 / np.sqrt(20)), abs=1e-3)
    assert f"below the {number(low)} to {number(high)} that the best net has" in finding.sentence


def test_above_floor(run_of) -> None:
    run = run_of("short")
    finding = verdict(run)
    assert finding.headline == "Negative, but not yet good"
    loss, floor = map(value, bold(finding))
    assert floor == -1.109
    assert loss == pytest.approx(Evidence(run).on_new.mean, abs=6e-4)
    assert f"{loss - floor:.3f}"[:-1] in finding.sentence  # "nats to go"; its last digit may round otherwise
    assert verdict(run_of("short raw")).headline == "Not yet at the floor"
    assert [dict(fix.settings) for fix in verdict(run_of("short raw")).fixes] == [
        {"training.schedule": "one_cycle"},
        {"training.standardise": True},
    ]


@pytest.mark.parametrize(
    ("name", "suspects", "settings"),
    [
        ("dropout", "the dropout of 0.9, then too few steps (100)", {"network.dropout": 0.0}),
        ("high rate", "the learning rate of 1, then too few steps (100)", {"training.learning_rate": 0.01}),
        ("short", "too few steps (20), then too few units", {"training.steps": 40}),
    ],
)
def test_above_floor_names_the_likeliest_setting_first(run_of, name, suspects, settings) -> None:
    finding = verdict(run_of(name))
    assert f"The first suspect is {suspects}." in finding.sentence
    assert dict(finding.fixes[0].settings) == settings


def test_above_floor_of_a_squared_error_is_a_ratio_of_errors(run_of) -> None:
    finding = verdict(run_of("squared, short"))
    loss, floor = map(value, bold(finding))
    assert floor == 0.02
    assert f"{np.sqrt(loss / floor):.1f} times the error" in finding.sentence
    assert "nats" not in finding.sentence


def test_one_spread(run_of) -> None:
    constant, linear = verdict(run_of("squared")), verdict(run_of("squared, linear"))
    assert constant.kind == "good"
    assert value(bold(constant)[1]) == 0.02
    assert linear.kind == "warning"
    _, floor, low, high = map(value, bold(linear))
    assert floor == pytest.approx(0.02 * (1 + 1.6**2 / 12), abs=1e-4)
    assert (low, high) == (pytest.approx(0.04), pytest.approx(0.36, abs=1e-3))


@pytest.mark.parametrize(
    ("name", "floor", "below"),
    [("quick", -1.109, "0.607"), ("posted as E|r|", -0.418, "0.461"), ("Laplace", -0.956, "0.520")],
)
def test_at_floor_says_why_it_is_negative(run_of, name: str, floor: float, below: str) -> None:
    run = run_of(name)
    finding = verdict(run)
    assert (finding.kind, finding.headline, finding.fixes) == ("good", "Negative, and right", ())
    least, mine = map(value, bold(finding)[:2])
    assert least == floor == pytest.approx(levels(LOSSES[run.experiment.loss.name], run.dataset).floor, abs=6e-4)
    assert mine == pytest.approx(Evidence(run).on_new.mean, abs=6e-4)
    assert f"σ is below {below} in the unit of y" in finding.sentence
    assert "5,000 of them" in finding.sentence


def test_at_floor_above_zero(run_of) -> None:
    finding = verdict(run_of("wide"))
    assert finding.headline == "As low as this noise allows"
    assert "negative" not in finding.sentence


def test_at_floor_says_what_the_floor_hides(run_of) -> None:
    finding = verdict(run_of("posted as Laplace"))
    assert "Read as a Gaussian's E|r|" in finding.sentence
    assert value(bold(finding)[-1]) == pytest.approx(0.048, abs=0.004)
    for name in ("quick", "posted as E|r|", "Laplace"):
        assert len(bold(verdict(run_of(name)))) == 2


def test_real_data(run_of) -> None:
    run = run_of("engel")
    finding = verdict(run)
    assert finding.headline == "The scatter changes along x"
    smallest, largest, coverage = bold(finding)
    std = run.predictive(run.dataset.x_grid).std
    assert value(smallest) == pytest.approx(std.min(), rel=6e-3)
    assert value(largest) == pytest.approx(std.max(), rel=6e-3)
    assert coverage == f"{100 * run.scores['coverage_95']:.0f} %"
    assert f"{len(run.dataset.y_held_out)} points kept" in finding.sentence


@pytest.mark.parametrize(
    ("spread", "headline"),
    [
        (lambda x: np.full_like(x, 100.0), "The scatter is nearly the same everywhere"),
        (lambda x: 100 + 200 * np.exp(-(((x - 2500) / 500) ** 2)), "The scatter changes along x"),  # equal at both ends
        (lambda x: np.full_like(x, 5.0), "The band is too narrow for new points"),
    ],
)
def test_real_data_of_every_kind(run_of, monkeypatch: pytest.MonkeyPatch, spread, headline: str) -> None:
    """The Engel run with another spread: equal at both ends and wide between, or too narrow for the points."""
    run = replace(run_of("engel"))
    fitted = run_of("engel").outputs

    def outputs(self: Run, x: np.ndarray) -> np.ndarray:
        return np.column_stack([fitted(x)[:, 0], 2 * np.log(spread(np.asarray(x, dtype=float)))])

    monkeypatch.setattr(Run, "outputs", outputs)
    finding = FINDINGS["real_data"](Evidence(run))
    assert finding.headline == headline
    if "changes" in headline:
        assert "largest, **300**, at x = 2,495" in finding.sentence
