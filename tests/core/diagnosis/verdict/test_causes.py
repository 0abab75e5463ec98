"""Inputs on which a verdict once blamed the wrong cause, each with the right one, and the costs that it names."""

import numpy as np
import pytest

from core import Experiment, train
from core.data.noise import NOISES
from core.diagnosis.causes import CAUSES
from core.diagnosis.finding import Finding
from core.diagnosis.verdict.blame import Blame
from core.diagnosis.verdict.evidence import Evidence
from core.diagnosis.verdict.findings import first_look, verdict
from core.diagnosis.verdict.suspects import DIVERGED, SUSPECTS
from core.training.run import Run


def run_of(settings: dict) -> Run:
    return train(Experiment.from_settings({"training.device": "cpu", **settings}))


def claims(finding: Finding) -> dict[str, float]:
    return {each.name: each.value for each in finding.claims}


def typed(formula: str, **more) -> dict:
    return {"loss.name": "typed", "loss.formula": formula, "data.n": 4000, "network.layers": "24,24", **more}


CUBIC = {"data.target": "cubic", "noise.scale": 3.0}
SOFTPLUS = "0.5*r**2/softplus(s)**2 + log(softplus(s))"
CASES = {
    "raw x up to 1,000: not learnt noise, but scales": (
        {**CUBIC, "data.x_min": -1000, "data.x_max": 1000, "training.standardise": False},
        "raw_units",
    ),
    "a high rate on 25 points: no overfitting, for the training loss is high too": (
        {
            **CUBIC, "data.n": 25, "data.x_min": -4, "data.x_max": 4, "network.layers": "100",
            "network.activation": "relu", "training.steps": 40, "training.batch_size": 20,
            "training.learning_rate": 0.1,
        },
        "rate_too_high",
    ),
    "raw units and too few steps, not too many": (
        {
            "loss.name": "student_t_learned", "noise.family": "laplace", "noise.profile": "steep", "data.n": 300,
            "data.target": "cubic", "noise.scale": 0.6629, "training.standardise": False,
        },
        "raw_units",
    ),
    "ε of the true std": ({"loss.bound": "epsilon", "loss.least_std": 0.2}, "epsilon"),
    "the penalty of evidence, not the family": ({"loss.name": "evidential", "noise.scale": 10.0}, "regulariser"),
    "a half read rightly, but not trained": (
        {"loss.name": "no_half_log", "loss.reading": "half_variance", "training.steps": 10},
        "too_few_steps",
    ),
    "a clamp that starts above its range": ({"loss.bound": "clamp", "loss.least_std": 1.0}, "bound"),
    "any s below 0 is as good": (typed("exp(-max(s, 0))*r**2 + max(s, 0)"), "dead_head"),
    "s goes to −∞": (typed("softplus(s) + r**2/exp(softplus(s))"), "mistake_in_loss"),
    "a log of a negative number": (typed("abs(r)/s + log(s)"), "mistake_in_loss"),
    "softplus is sound": (typed(SOFTPLUS), ""),
    "softplus read as a log variance": (typed(SOFTPLUS, **{"loss.reading": "log_variance"}), "wrong_reading"),
    "a head that throws s about its pole": ({"loss.head": "abs"}, "head"),
    "a head without a value below 0": (
        {"loss.head": "linear", "network.init": "torch", "training.seed": 1, "training.steps": 20},
        "head",
    ),
    "a head that is sound": ({"loss.head": "softplus"}, ""),
    "the formula of a row": (typed("0.5*exp(-s)*r**2 + 0.5*s"), ""),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_right_cause_is_named(case: str) -> None:
    settings, cause = CASES[case]
    finding = verdict(run_of(settings))
    assert (finding.causes[0].name if finding.causes else "") == cause, finding
    assert (finding.kind == "good") == (not cause)


@pytest.mark.parametrize(("least", "price"), [(0.2, 0.0966), (0.3, 0.243), (0.5, 0.559)])
def test_the_price_of_epsilon_is_that_of_its_variance(least: float, price: float) -> None:
    """The variance comes to σ² + ε: ½[log(v/σ²) + σ²/v − 1]."""
    v, var = 0.04 + least**2, 0.04
    assert price == pytest.approx(0.5 * (np.log(v / var) + var / v - 1), abs=6e-4)
    finding = verdict(run_of({"loss.bound": "epsilon", "loss.least_std": least, "data.n": 4000}))
    assert claims(finding)["cost_of_bound"] == pytest.approx(price, abs=6e-4)
    assert finding.causes[0].nats == pytest.approx(price, abs=6e-4)


@pytest.mark.parametrize(("scale", "ratio"), [(0.2, 0.2), (5.0, 5.0)])
def test_a_softplus_head_is_sound_at_every_scale(scale: float, ratio: float) -> None:
    """Read as a log std the outputs fit by chance at σ = 0.2, and not at σ = 5: its own formula is offered."""
    misread = typed(SOFTPLUS, **{"noise.scale": scale, "loss.reading": "log_variance"})
    finding = verdict(run_of(misread))
    assert finding.headline == "The formula is fine; the variance is read wrongly"
    assert claims(finding)["own_std"] == "softplus(s)"
    fix = finding.fixes[0]
    assert fix.label == "Read it as std = softplus(s)"
    fixed = verdict(run_of({**misread, **fix.settings}))
    assert (fixed.kind, fixed.causes) == ("good", ())
    assert claims(finding)["cost_of_reading"] == pytest.approx(claims(finding)["gap"], abs=0.02)


@pytest.mark.parametrize(
    ("formula", "used"), [("exp(-max(s, 0))*r**2 + max(s, 0)", 1.0), ("softplus(s) + r**2/exp(softplus(s))", 1.0),
                          ("0.5*exp(-max(s, -1.76))*r**2 + 0.5*max(s, -1.76)", np.exp(-0.88))]
)  # fmt: skip
def test_no_reading_fixes_an_output_that_cannot_learn(formula: str, used: float) -> None:
    finding = verdict(run_of(typed(formula)))
    assert finding.kind == "mistake"
    assert claims(finding)["std_used"] == pytest.approx(used, rel=1e-3)
    assert "No reading fixes that." in finding.sentence


def test_overfitting_needs_a_training_loss_in_the_band() -> None:
    """Of twenty points 60 steps do not even fit the training points: whatever else is wrong, it is no overfitting."""
    run = run_of({"data.n": 20, "network.layers": "8", "training.steps": 60})
    evidence = Evidence(run)
    assert evidence.on_trained.mean > evidence.band[1] + 0.3  # far enough that no processor's rounding matters
    finding = verdict(run)
    assert finding.headline != "Overfitting"
    assert "overfitting" not in {cause.name for cause in finding.causes}


def test_a_misreading_is_not_charged_with_the_error_of_the_mean() -> None:
    """The gap holds what training left; the reading costs what another reading wins, and no more."""
    run = run_of({"loss.name": "posted", "training.steps": 60, "data.n": 4000})
    finding = verdict(run)
    found = claims(finding)
    assert finding.causes[0].name == "wrong_reading"
    assert found["cost_of_reading"] < found["gap"] - 0.03
    assert finding.causes[0].nats == pytest.approx(found["cost_of_reading"], abs=0.02)
    assert finding.causes[0].nats <= found["cost_of_reading"] + 1e-9


def test_a_first_look_trains_nothing_and_names_no_cause_that_takes_training() -> None:
    run = run_of({"training.steps": 20, "data.n": 4000})
    look = first_look(run)
    assert (look.kind, look.causes) == ("warning", ())
    assert claims(look)["loss_on_new"] == claims(verdict(run))["loss_on_new"]
    sound = run_of({"data.n": 4000, "network.layers": "24,24"})
    assert first_look(sound) == verdict(sound)


def test_every_cause_of_a_suspect_is_in_the_table() -> None:
    assert {suspect.cause for suspect in (*SUSPECTS, *DIVERGED)} <= set(CAUSES)


@pytest.mark.parametrize("noise", NOISES)
def test_prices_add_up_to_the_gap_at_the_optimum(noise: str) -> None:
    run = run_of({"noise.family": noise, "loss.name": "posted", "data.n": 4000, "training.steps": 600})
    prices = Blame(Evidence(run)).prices
    assert min(prices.reading, prices.family) >= 0
    assert prices.total == pytest.approx(run.gap, abs=0.06)
