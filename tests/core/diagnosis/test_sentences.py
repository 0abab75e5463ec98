"""The sentences of findings hold the numbers of their run, and its fixes work."""

from dataclasses import replace

import numpy as np
import pytest

from core import train
from core.diagnosis.finding import Claim, Finding
from core.diagnosis.verdict.blame import Blame
from core.diagnosis.verdict.claims import claim
from core.diagnosis.verdict.evidence import Evidence
from core.diagnosis.verdict.findings import FINDINGS, verdict
from core.experiment.experiment import Experiment
from core.model.losses import LOSSES
from core.training.run import Run


def claims(finding: Finding) -> dict[str, float]:
    return {each.name: each.value for each in finding.claims}


def test_a_sentence_says_what_its_claims_carry_and_no_other_number() -> None:
    floor, change = claim("floor", -1.10944), claim("change", "64, 64")
    finding = Finding.said("good", "At {floor}", "With {change}.", (floor, change))
    assert (finding.headline, finding.sentence) == ("At −1.109", "With 64, 64.")
    assert finding.as_record()["claims"][0] == {
        "name": "floor",
        "value": -1.10944,
        "std_error": None,
        "means": "lowest expected loss at the x of the held-out points",
    }
    for sentence, carried in (("At 5.", ()), ("At {floor}.", ()), ("At it.", (floor,)), ("{floor}", (floor, floor))):
        with pytest.raises(ValueError, match="claim"):
            Finding.said("good", "So", sentence, carried)
    with pytest.raises(KeyError):
        claim("no such claim", 1.0)


def test_every_claim_of_a_verdict_stands_in_its_words(run_of) -> None:
    for name in ("quick", "posted", "short", "few points", "clamped", "squared, linear", "engel", "outliers"):
        finding = verdict(run_of(name))
        said = f"{finding.headline} {finding.sentence}"
        assert finding.claims
        assert all(isinstance(each, Claim) and each.words in said for each in finding.claims), finding


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
    assert "sqrt has no derivative at zero" in finding.sentence
    assert [fix.settings for fix in finding.fixes] == [{"loss.name": "gaussian_nll"}]


@pytest.mark.parametrize(
    ("settings", "cause", "fix"),
    [
        (
            {
                "training.standardise": False,
                "training.optimizer": "sgd",
                "training.learning_rate": 0.05,
                "data.target": "cubic",
            },
            "raw_units",
            {"training.standardise": True},
        ),
        (
            {"training.optimizer": "sgd", "training.learning_rate": 1.0},
            "rate_too_high",
            {"training.learning_rate": 0.01},
        ),
        (
            # s begins near 0, and below it log(s) has no value: no rate helps
            {"loss.name": "typed", "loss.formula": "abs(r)/s + log(s)"},
            "mistake_in_loss",
            {"loss.name": "gaussian_nll"},
        ),
    ],
)
def test_diverged_names_the_change_that_ends_without(settings, cause: str, fix) -> None:
    experiment = Experiment.from_settings({"data.n": 500, "network.layers": "24", "training.steps": 200, **settings})
    run = train(experiment)
    finding = verdict(run)
    assert run.status == "diverged"
    assert [each.name for each in finding.causes] == [cause]
    assert [dict(each.settings) for each in finding.fixes] == [pytest.approx(fix)]
    if cause != "mistake_in_loss":
        assert train(experiment.with_settings(fix)).status == "done"
    else:
        assert "has no value where s is −0.0" in finding.sentence


def test_stopped_says_where(run_of) -> None:
    run = run_of("stopped")
    assert f"{run.steps_done:,} of 500,000" in verdict(run).sentence


@pytest.mark.parametrize(
    ("name", "exp_s", "variance", "ratio"),
    [
        ("posted", 0.1596, 0.04, 1.998),
        ("posted, σ of 5", 3.989, 25.0, 0.3995),
        ("Laplace as variance", 0.156, 0.04, 1.97),
    ],
)
def test_misread(run_of, name: str, exp_s: float, variance: float, ratio: float) -> None:
    run = run_of(name)
    finding = verdict(run)
    found = claims(finding)
    assert "takes |r|, not r²" in finding.sentence
    assert found["exp_s"] == pytest.approx(exp_s, rel=0.08)
    assert found["true_variance"] == pytest.approx(variance)
    assert found["gap"] == pytest.approx(run.scores["gap"], abs=1e-9)
    assert found["gap"] == pytest.approx(found["cost_of_reading"] + found["gap_after"])
    assert found.get("std_ratio", found.get("std_ratio_low")) == pytest.approx(ratio, rel=0.08)
    best = run.with_reading(finding.fixes[0].settings["loss.reading"])
    assert found["gap_after"] == pytest.approx(best.scores["gap"], abs=1e-9)


def test_misread_where_the_noise_varies(run_of) -> None:
    linear, both = (claims(verdict(run_of(name))) for name in ("posted, linear", "posted, σ to both sides"))
    assert linear["true_variance"] == pytest.approx(0.04 * (1 + 1.6**2 / 12), abs=1e-4)  # mean of σ², not of σ
    assert 1 < linear["std_ratio_low"] < 2 < linear["std_ratio_high"]
    assert both["std_ratio_low"] < 1 < both["std_ratio_high"]


def test_misread_says_the_loss_is_fine_only_where_it_is(run_of) -> None:
    settled = verdict(run_of("posted"))
    assert settled.headline == "The loss is fine; the variance is read wrongly"
    assert settled.sentence.endswith("No retraining needed.")
    short = verdict(run_of("posted, short"))  # of its gap of 0.7 nats the training costs most
    assert short.headline == "Too few steps"
    assert short.causes[0].name == "too_few_steps"
    assert "wrong_reading" in [cause.name for cause in short.causes]
    assert short.sentence.endswith("Besides, the outputs are read wrongly.")


def test_a_right_reading_of_a_mistake_is_no_fault(run_of) -> None:
    """Of 3.4 nats another reading would win 0.14, by chance: the net is not trained, and it is read rightly."""
    settings = {"loss.name": "no_half_log", "loss.reading": "half_variance", "training.steps": "5"}
    run = run_of("&".join(f"{name}={value}" for name, value in settings.items()))
    finding = verdict(run)
    assert finding.causes[0].name == "too_few_steps"
    assert "wrong_reading" not in [cause.name for cause in finding.causes]


@pytest.mark.parametrize("name", ["posted", "posted, linear", "Laplace as variance", "engel, posted"])
def test_misread_is_fixed_without_training(run_of, name: str) -> None:
    run = run_of(name)
    reading, *_, loss = (fix.settings for fix in verdict(run).fixes)
    fixed = run.with_reading(reading["loss.reading"])
    assert fixed.scores["nll"] < run.scores["nll"]
    assert FINDINGS["misread"](Blame(Evidence(fixed))) is None
    assert loss == {"loss.name": "gaussian_nll"}


def test_misread_on_real_data_goes_by_new_points(run_of) -> None:
    run = run_of("engel, posted")
    best = run.with_reading(verdict(run).fixes[0].settings["loss.reading"])
    assert claims(verdict(run))["nll_saved"] == pytest.approx(run.scores["nll"] - best.scores["nll"], abs=1e-9)


@pytest.mark.parametrize("name", ["few points", "engel, overfit"])
def test_overfitted(run_of, name: str) -> None:
    run = run_of(name)
    finding, evidence = verdict(run), Evidence(run)
    found = claims(finding)
    assert (finding.kind, finding.headline) == ("warning", "Overfitting")
    assert found["loss_on_training"] == evidence.on_trained.mean
    assert found["loss_on_new"] == evidence.on_new.mean > evidence.on_trained.mean + 0.05
    assert found["n_trained"] == len(run.dataset.y)
    if evidence.floor is None:
        assert "band_low" not in found
        return
    half = 1.4142 / np.sqrt(20)  # 2 standard errors of ½z² + … on 20 points
    assert (found["band_low"], found["band_high"]) == pytest.approx((-1.1094 - half, -1.1094 + half), abs=1e-3)
    assert found["loss_on_training"] < found["band_high"]


@pytest.mark.parametrize(
    ("name", "cause", "settings"),
    [
        ("dropout", "dropout", {"network.dropout": 0.0}),
        ("high rate", "rate_too_high", {"training.learning_rate": 0.01}),
        ("short", "too_few_steps", {"training.steps": 400}),
        ("long warm-up", "warm_up", {"training.warmup_steps": 0}),
        ("squared, short", "too_few_steps", {"training.steps": 400}),
    ],
)
def test_underfitted_names_the_change_that_helps(run_of, name: str, cause: str, settings) -> None:
    run = run_of(name)
    finding, evidence = verdict(run), Evidence(run)
    found = claims(finding)
    assert finding.causes[0].name == cause
    assert dict(finding.fixes[0].settings) == settings
    changed = Evidence(train(run.experiment.with_settings(settings)))
    assert changed.above_floor < 0.5 * evidence.above_floor
    assert found["loss_after"] == pytest.approx(changed.on_new.mean, abs=1e-9)
    assert finding.causes[0].nats == pytest.approx(evidence.above_floor - changed.above_floor)
    assert found["truth_on_new"] == evidence.truth_on_new.mean


def test_the_parts_of_a_gap_add_up(run_of) -> None:
    for name in ("short", "posted", "squared, linear", "Laplace as variance", "learned ν", "mixture"):
        run = run_of(name)
        split = Evidence(run).split
        parts = split.mean, split.width, split.along_x, split.shape
        assert min(parts) >= -1e-12
        assert sum(parts) == pytest.approx(split.total) == pytest.approx(run.scores["gap"], abs=1e-9)


def test_one_spread(run_of) -> None:
    constant, linear = verdict(run_of("squared")), verdict(run_of("squared, linear"))
    assert constant.kind == "good"
    assert claims(constant)["floor"] == pytest.approx(0.02)
    assert (linear.kind, linear.causes[0].name) == ("warning", "constant_std")
    found = claims(linear)
    assert found["floor"] == pytest.approx(0.02 * (1 + 1.6**2 / 12), abs=1e-4)
    assert (found["true_std_low"], found["true_std_high"]) == (pytest.approx(0.04), pytest.approx(0.36, abs=1e-3))
    u = (np.arange(2000) + 0.5) / 2000
    std = 0.2 * (0.2 + 1.6 * u)
    assert found["cost_of_one_std"] == pytest.approx(0.5 * np.log(np.mean(std**2)) - np.mean(np.log(std)), abs=2e-3)


@pytest.mark.parametrize(
    ("name", "floor", "below"),
    [("quick", -1.1094, 0.6065), ("posted as E|r|", -0.4178, 0.461), ("Laplace", -0.9558, 0.520)],
)
def test_at_floor_says_why_it_is_negative(run_of, name: str, floor: float, below: float) -> None:
    run = run_of(name)
    finding = verdict(run)
    assert (finding.kind, finding.headline) == ("good", "Your loss is negative, and that is correct")
    assert (finding.fixes, finding.causes) == ((), ())
    found = claims(finding)
    assert found["floor"] == pytest.approx(floor, abs=1e-3)
    assert found["negative_below"] == pytest.approx(below, abs=1e-3)
    assert found["n_new"] == 5000
    assert found["truth_on_new"] < found["loss_on_new"] < found["truth_on_new"] + 0.05
    assert LOSSES[run.experiment.loss.name].floor(run.dataset.truth.noise, found["negative_below"]) == pytest.approx(0)


def test_at_floor_above_zero(run_of) -> None:
    finding = verdict(run_of("wide"))
    assert finding.headline == "As low as this noise allows"
    assert "negative" not in finding.sentence


def test_at_floor_says_what_the_floor_hides(run_of) -> None:
    finding = verdict(run_of("posted as Laplace"))
    assert "Read as a Gaussian's E|r|" in finding.sentence
    assert claims(finding)["cost_of_reading"] == pytest.approx(0.048, abs=0.004)
    for name in ("quick", "posted as E|r|", "Laplace"):
        assert "cost_of_reading" not in claims(verdict(run_of(name)))


def test_real_data(run_of) -> None:
    run = run_of("engel")
    finding, found = verdict(run), claims(verdict(run))
    assert finding.headline == "The scatter changes along x"
    std = run.predictive(run.dataset.x_grid).std
    assert (found["std_low"], found["std_high"]) == (std.min(), std.max())
    assert found["coverage"] == run.scores["coverage_95"]
    assert found["n_new"] == len(run.dataset.y_held_out)


@pytest.mark.parametrize(
    ("spread", "headline"),
    [
        (lambda x: np.full_like(x, 100.0), "The scatter is nearly the same everywhere"),
        (lambda x: 100 + 200 * np.exp(-(((x - 2500) / 500) ** 2)), "The scatter changes along x"),  # equal at both ends
        (lambda x: np.full_like(x, 5.0), "The predicted std is too small for new points"),
    ],
)
def test_real_data_of_every_kind(run_of, monkeypatch: pytest.MonkeyPatch, spread, headline: str) -> None:
    """The Engel run with another std: equal at both ends and wide between, or too narrow for the points."""
    run = replace(run_of("engel"))
    fitted = run_of("engel").outputs

    def outputs(self: Run, x: np.ndarray) -> np.ndarray:
        return np.column_stack([fitted(x)[:, 0], 2 * np.log(spread(np.asarray(x, dtype=float)))])

    monkeypatch.setattr(Run, "outputs", outputs)
    finding = FINDINGS["real_data"](Blame(Evidence(run)))
    assert finding.headline == headline
    if "changes" in headline:
        assert "largest, **300**, at x = 2,495" in finding.sentence
