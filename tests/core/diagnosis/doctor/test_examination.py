"""The loss doctor against stationary points worked out by hand, and against what training comes to."""

import json
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from core.data.noise import NOISES
from core.diagnosis.doctor.examination import Diagnosis, examine
from core.diagnosis.doctor.result import noise_in_words
from core.experiment.experiment import Experiment
from core.experiment.loss_settings import loss_of
from core.model.losses import LOSSES, loss_with
from core.training.loop import train
from tests.pace import at_most

STD = 0.2
MAD = np.sqrt(2 / np.pi)  # E|Z| of a standard normal
LIMIT_S = 0.5


def expected(of) -> float:
    """E of(r) for r ~ N(0, STD²), by adaptive quadrature."""
    halves = [(-10 * STD, 0), (0, 10 * STD)]
    return sum(integrate.quad(lambda r: of(r) * stats.norm.pdf(r, 0, STD), *half, limit=200)[0] for half in halves)


def cauchy_scale() -> float:
    """exp(s) with E[q/(1 + q)] = ½, q = r²/exp(s)."""
    return optimize.brentq(lambda scale: expected(lambda r: r**2 / (scale + r**2)) - 0.5, 1e-4, 1.0)


@dataclass(frozen=True)
class Case:
    """What is true of a typed loss under N(0, 0.2²): exp(s), its name, where the first output goes."""

    formula: str
    exp_s: float | None
    name: str | None
    location: str


CASES = (
    Case("0.5*exp(-s)*r**2 + 0.5*s", STD**2, "σ²", "the mean"),
    Case("0.5*(s + r**2/exp(s))", STD**2, "σ²", "the mean"),
    Case("½·e^(−s)·r² + ½s", STD**2, "σ²", "the mean"),
    Case("(y - mu)**2*exp(-s) + s", STD**2, "σ²", "the mean"),
    Case("exp(-s)*r**2 + 0.5*s", 2 * STD**2, "2σ²", "the mean"),
    Case("0.5*exp(-s)*r**2 + s", 0.5 * STD**2, "½σ²", "the mean"),
    Case("0.5*exp(-2*s)*r**2 + s", STD, "σ", "the mean"),
    Case("0.5*exp(s)*r**2 - 0.5*s", STD**-2, "1/σ²", "the mean"),
    Case("0.5*exp(-s)*abs(r) + 0.5*s", MAD * STD, "E|r|", "the median"),
    Case("0.5*exp(-s)*sqrt(r**2) + 0.5*s", MAD * STD, "E|r|", "the median"),
    Case("exp(-s)*|y - mu| + s", MAD * STD, "E|r|", "the median"),
    Case("sqrt(2)*exp(-s/2)*abs(r) + s/2", 2 * (MAD * STD) ** 2, "2(E|r|)²", "the median"),
    Case("exp(s)*abs(r) - s", 1 / (MAD * STD), "1/E|r|", "the median"),
    Case("exp(-s)*r**4 + 2*s", 1.5 * STD**4, None, "the middle"),
    Case("exp(-s)*max(0.9*r, -0.1*r) + s", STD * stats.norm.pdf(stats.norm.ppf(0.9)), None, "the 0.9 quantile"),
    Case("max(0.9*r, -0.1*r)", None, None, "the 0.9 quantile"),
    Case("log(1 + r**2*exp(-s)) + 0.5*s", cauchy_scale(), None, "the middle"),
    Case("softplus(s)*r**2/0.04 - log(softplus(s))", np.expm1(0.04 / STD**2), None, "the mean"),
    Case("0.5*exp(-s)*(r**2 + 0.01) + 0.5*s", STD**2 + 0.01, None, "the mean"),
    Case("exp(-s)*sqrt(1 + r**2) + s", expected(lambda r: np.sqrt(1 + r**2)), None,
         "the middle"),
    Case("exp(-s)*log(cosh(3*r)) + s", expected(lambda r: np.log(np.cosh(3 * r))), None,
         "the middle"),
    Case("r**2 + (s - 1)**2", np.e, None, "the mean"),
)  # fmt: skip
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.formula)


def diagnosis(formula: str, noise: str = "gaussian", std: float = STD) -> Diagnosis:
    return examine(loss_with("typed", {"formula": formula}), NOISES[noise], std)


def test_there_are_twenty_at_least() -> None:
    assert len(CASES) >= 20


@every_case
def test_the_stationary_point_is_the_one_by_hand(case: Case) -> None:
    found = diagnosis(case.formula)
    assert found.status == "found"
    assert found.location == case.location
    if case.exp_s is None:
        assert found.exp_s is None
    else:
        assert found.exp_s == pytest.approx(case.exp_s, rel=2e-4)
    assert (found.estimate is not None and found.estimate.name) == case.name or case.name is None
    assert found.bounded_in_expectation


@every_case
def test_the_answer_comes_in_time(case: Case) -> None:
    examine.cache_clear()
    loss = loss_with("typed", {"formula": case.formula})
    diagnosis(case.formula)
    examine.cache_clear()
    with at_most(LIMIT_S):
        examine(loss, NOISES["gaussian"], STD * 1.1)


@every_case
def test_what_mends_it_gives_sigma(case: Case) -> None:
    """The named std, worked out from exp(s) at another σ."""
    found = diagnosis(case.formula)
    if found.estimate is None:
        return
    at = diagnosis(case.formula, std=0.7)
    std = (at.exp_s / found.estimate.factor) ** (1 / found.estimate.power)
    assert std == pytest.approx(0.7, rel=1e-3)
    assert found.estimate.repair.startswith("std = ")


@pytest.mark.parametrize(
    ("formula", "repair", "code"),
    [
        ("0.5*exp(-s)*abs(r) + 0.5*s", "std = √(π/2)·exp(s)", "std = 1.25331 * exp(s)"),
        ("0.5*exp(-s)*r**2 + 0.5*s", "std = exp(s/2)", "std = exp(s / 2)"),
        ("exp(-s)*r**2 + 0.5*s", "std = √½·exp(s/2)", "std = 0.707107 * exp(s / 2)"),
        ("0.5*exp(-s)*r**2 + s", "std = √2·exp(s/2)", "std = 1.41421 * exp(s / 2)"),
        ("0.5*exp(s)*r**2 - 0.5*s", "std = exp(−s/2)", "std = exp(-s / 2)"),
    ],
)
def test_the_repair_in_words_and_code(formula: str, repair: str, code: str) -> None:
    estimate = diagnosis(formula).estimate
    assert estimate.repair == repair
    assert float(estimate.code.removeprefix("std = ").split(" * ")[0]) if " * " in code else estimate.code == code
    assert estimate.code[:14] == code[:14]


def test_on_laplace_noise_the_factor_is_another() -> None:
    assert diagnosis("0.5*exp(-s)*abs(r) + 0.5*s", "laplace").estimate.repair == "std = √2·exp(s)"


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("0.5*log(s) + 0.5*r**2/s", "s itself is the variance, "),
        ("log(s) + 0.5*(r/s)**2", "s itself is the standard deviation, "),
        ("0.5*s**2*r**2 - log(s)", "Here s is 5.000."),  # a precision's root: it follows σ, but is neither
    ],
)
def test_an_s_without_an_exp_is_named(formula: str, words: str) -> None:
    found = diagnosis(formula)
    assert found.estimate is None
    assert found.sentences[0].startswith(words)


@pytest.mark.parametrize(
    ("formula", "status"),
    [
        ("0.5*exp(s)*r**2 + 0.5*s", "unbounded"),
        ("-r**2", "unbounded"),
        ("r", "unbounded"),
        ("s*r**2", "unbounded"),
        ("exp(-s)*r**2", "escapes"),
        ("exp(s)*r**2", "escapes"),
        ("r**2 + 0*s", "not unique"),
        ("(s**2 - 1)**2 + r**2", "not unique"),
        ("log(r)", "undefined"),
    ],
)
def test_what_has_no_point_is_named(formula: str, status: str) -> None:
    found = diagnosis(formula)
    assert found.status == status
    assert found.estimate is None
    assert found.exp_s is None
    assert len(found.sentences) >= 1
    assert found.bounded_in_expectation == (status in ("escapes", "not unique"))


@pytest.mark.parametrize(
    ("formula", "finite"),
    [
        ("0.5*exp(-s)*sqrt(r**2) + 0.5*s", False),
        ("0.5*exp(-s)*abs(r) + 0.5*s", True),
        ("exp(-s)*r**2 + s", True),
        ("sqrt(abs(r))", False),
    ],
)
def test_the_gradient_at_an_exact_hit(formula: str, finite: bool) -> None:
    found = diagnosis(formula)
    assert found.gradient_at_zero is finite
    assert any("not a number" in words for words in found.sentences) is not finite


@pytest.mark.parametrize(
    ("formula", "bounded"),
    [
        ("0.5*exp(-s)*r**2 + 0.5*s", False),
        ("0.5*exp(-s)*(r**2 + 0.01) + 0.5*s", True),
        ("r**2", True),
        ("0.5*exp(s)*r**2 - 0.5*s", False),
        ("r**2 + (s - 1)**2", True),
        ("0.5*exp(-s/10)*r**2 + 0.05*s", False),
        ("0.5*log(s) + 0.5*r**2/s", False),  # at s → 0
        ("s*r**2 - log(s)", False),  # no faster than a logarithm
        ("log(abs(r))", False),
        ("abs(r)", True),
        ("exp(-s)*r**2 + exp(s)", True),
    ],
)
def test_bounded_at_an_exact_hit_is_another_thing_than_on_average(formula: str, bounded: bool) -> None:
    found = diagnosis(formula)
    assert found.bounded_in_expectation
    assert found.bounded_at_zero is bounded


@pytest.mark.parametrize("written", ["{} - 5000", "1000*({})", "1e-6*({})", "{} - 17.2"])
def test_a_factor_and_a_constant_change_nothing_but_the_floor(written: str) -> None:
    plain = diagnosis("0.5*exp(-s)*r**2 + 0.5*s")
    found = diagnosis(written.format("0.5*exp(-s)*r**2 + 0.5*s"))
    assert (found.status, found.estimate.name, found.location) == ("found", "σ²", "the mean")
    assert found.exp_s == pytest.approx(plain.exp_s, rel=1e-4)
    assert found.bounded_at_zero is plain.bounded_at_zero is False


@pytest.mark.parametrize(
    ("formula", "std", "s"),
    [
        ("s*r**2 - log(s)", 0.2, 0.2**-2),  # s a precision
        ("s*r**2 - log(s)", 100.0, 100.0**-2),
        ("0.5*log(s) + 0.5*r**2/s", 0.2, 0.2**2),  # s a variance
        ("0.5*exp(-s/10)*r**2 + 0.05*s", 0.2, 20 * np.log(0.2)),
        ("0.5*exp(-s/4)*r**2 + s/8", 100.0, 8 * np.log(100)),
        ("exp(-10*s)*r**2 + 10*s", 0.2, 0.2 * np.log(0.2)),
    ],
)
def test_s_is_found_however_it_counts_the_spread(formula: str, std: float, s: float) -> None:
    found = diagnosis(formula, std=std)
    assert found.status == "found"
    assert found.outputs["s"] == pytest.approx(s, rel=1e-3)


@pytest.mark.parametrize(
    ("formula", "status"),
    [
        ("0.5*r**2/s**2 + log(abs(s))", "found"),  # s and −s are one std
        ("(r**2 - 1)**2", "not unique"),  # the mean on either side
        ("exp(-max(s, -2))*r**2 + max(s, -2)", "not unique"),  # level on one side
        ("r**2/s + s", "unbounded"),  # at s → 0 from below
        ("r**2 - 2000", "found"),
        ("1e-10*r**2", "found"),
    ],
)
def test_the_status_where_the_valley_has_another_shape(formula: str, status: str) -> None:
    assert diagnosis(formula).status == status


def test_a_power_that_holds_for_other_sigmas_is_not_said_of_this_one() -> None:
    """A variance bounded from below: σ² where it is wide, σ² + 1e-4 = 2σ² at σ = 0.01."""
    formula = "exp(-s)*(r**2 + 1e-4) + s"
    assert diagnosis(formula).estimate.name == "σ²"
    narrow = diagnosis(formula, std=0.01)
    assert narrow.exp_s == pytest.approx(2e-4, rel=1e-3)
    assert narrow.estimate is None


def test_the_posted_loss_in_sentences() -> None:
    found = diagnosis("0.5*exp(-s)*abs(r)+0.5*s")
    assert found.sentences == (
        "exp(s) learns E|r|: 0.160, where σ is 0.200.",
        "The first output learns the median of y.",
        "The standard deviation is √(π/2)·exp(s) on Gaussian noise.",
        "Its floor on this noise is −0.418: residual term 0.500, scale term −0.918.",
        "On average it is bounded; at an exact hit (r = 0) it is not: there s grows without limit.",
    )


@pytest.mark.parametrize(
    "name", ["gaussian_nll", "natural", "mixture", "student_t", "posted", "relu_variance", "evidential"]
)
def test_a_density_has_no_end_on_an_exact_hit(name: str) -> None:
    assert not examine(LOSSES[name], NOISES["gaussian"], STD).bounded_at_zero


@pytest.mark.parametrize("name", ["squared_error", "gaussian_crps", "pinball", "no_log_term", "clamped"])
def test_what_is_never_negative_or_is_held_has_one(name: str) -> None:
    assert examine(LOSSES[name], NOISES["gaussian"], STD).bounded_at_zero


@pytest.mark.parametrize("name", LOSSES)
def test_every_row_of_the_table_has_a_diagnosis(name: str) -> None:
    found = examine(LOSSES[name], NOISES["gaussian"], STD)
    json.dumps(found.to_dict(), allow_nan=False)
    assert found.sentences
    floor = float(LOSSES[name].floor(NOISES["gaussian"], STD))
    assert found.floor == pytest.approx(floor, abs=1e-4) if np.isfinite(floor) else found.floor is None


TRAINED = {
    "data.target": "line", "data.n": 8000, "network.layers": "24,24", "training.steps": 600, "noise.scale": STD,
    "training.device": "cpu",
}  # fmt: skip
TWO_HEADED = [
    name
    for name, row in LOSSES.items()
    if len(row.outputs) == 2 and row.optimum(NOISES["gaussian"], STD).status == "found" and not row.fits_constant
]


@pytest.mark.long
@pytest.mark.parametrize(
    "settings",
    [
        *({"loss.name": "typed", "loss.formula": case.formula} for case in CASES if case.exp_s is not None),
        *({"loss.name": name} for name in TWO_HEADED if name not in ("typed", "relu_variance")),
    ],
    ids=lambda settings: settings.get("loss.formula", settings["loss.name"]),
)
def test_training_comes_to_what_was_predicted(settings) -> None:
    """exp of the second output, median over x, within 5 %."""
    experiment = Experiment.from_settings({**TRAINED, **settings})
    predicted = examine(loss_of(experiment.loss), NOISES["gaussian"], STD).exp_s
    run = train(experiment)
    assert run.status == "done"
    assert np.median(np.exp(run.on_evaluation[:, 1])) == pytest.approx(predicted, rel=0.05)


def test_an_output_whose_exp_no_float_holds_is_no_number_in_json() -> None:
    found = examine(loss_with("typed", {"formula": "r**2*exp(-s)+s*y"}), NOISES["gaussian"], 0.2)
    json.dumps(found.to_dict(), allow_nan=False)


def test_a_head_without_exp_is_put_in_words() -> None:
    softplus = diagnosis("0.5*r**2/softplus(s)**2 + log(softplus(s))")
    assert softplus.status == "found"
    assert "The standard deviation is softplus(s)." in softplus.sentences
    laplace = diagnosis("abs(r)/softplus(s) + log(softplus(s))")
    assert "The standard deviation is √(π/2)·softplus(s) on Gaussian noise." in laplace.sentences


def test_two_signs_of_s_are_one_std() -> None:
    found = diagnosis("0.5*log(s**2) + r**2/s**2/2")
    assert (found.status, found.gradient_at_zero) == ("found", True)
    assert found.outputs["s"] == pytest.approx(STD, rel=1e-4)
    assert "The standard deviation is |s|." in found.sentences
    assert not any("positive" in words or "unique" in words for words in found.sentences)


@pytest.mark.parametrize("std", [0.2, 3.0])
def test_an_s_that_no_simple_formula_reads_follows_the_noise(std: float) -> None:
    """0.5·r²/s² + log(1 + s²): 2s⁴ = σ²(1 + s²), so s² = (σ² + √(σ⁴ + 8σ²))/4."""
    found = diagnosis("0.5*r**2/s**2 + log(1+s**2)", std=std)
    assert found.status == "found"
    assert found.outputs["s"] ** 2 == pytest.approx((std**2 + np.sqrt(std**4 + 8 * std**2)) / 4, rel=1e-4)
    assert found.head.follows_noise
    assert "no simple formula" in found.sentences[0]
    assert "does not follow σ" in diagnosis("r**2 + (s - 1)**2").sentences[0]


def test_a_loss_that_is_infinite_at_a_hit() -> None:
    """½·e^(−s)·r² + ½s + ½·log|r|: exp(s) = σ², and E log|r| = log σ − (γ + log 2)/2."""
    found = diagnosis("0.5*exp(-s)*r**2 + 0.5*s + 0.5*log(abs(r))")
    assert found.estimate.name == "σ²"
    assert found.floor == pytest.approx(0.5 + 1.5 * np.log(STD) - (np.euler_gamma + np.log(2)) / 4, abs=1e-5)
    assert found.floor == pytest.approx(-2.2317, abs=1e-4)
    assert not found.gradient_at_zero


@pytest.mark.parametrize(
    "formula", ["exp(-s)*r**4 + 2*s", "log(1 + r**2*exp(-s)) + 0.5*s", "exp(-s)*sqrt(1 + r**2) + s"]
)
@pytest.mark.parametrize("noise", ["gaussian", "laplace", "student_t", "outliers"])
def test_where_mean_and_median_are_one_no_other_middle_is_named(formula: str, noise: str) -> None:
    said = " ".join(diagnosis(formula, noise).sentences)
    assert "The first output learns the middle of y: this noise is symmetric." in said
    on_skewed = diagnosis(formula, "skewed")
    assert on_skewed.location in ("a value between the mean and the median", "neither the mean nor the median")
    assert on_skewed.on_skewed is None


@pytest.mark.parametrize("name", [name for name, row in LOSSES.items() if row.mistake])
def test_what_is_wrong_with_a_row_is_said_first(name: str) -> None:
    assert examine(LOSSES[name], NOISES["gaussian"], STD).sentences[0].lower() == f"{LOSSES[name].mistake}.".lower()


def test_a_loss_that_learns_one_constant_does_not_read_as_sound() -> None:
    said = " ".join(examine(LOSSES["broadcast"], NOISES["gaussian"], STD).sentences)
    assert "the same at every x: 0.0400 where their standard deviation is 0.200" in said
    assert "It says nothing about the noise." in said
    assert "on this noise" not in said


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("softplus(s) + r**2/exp(softplus(s))", "s goes to −∞, and the standard deviation it uses approaches 1.00"),
        ("0.5*exp(-s)*r**2", "s goes to ∞, and the standard deviation it uses grows without limit"),
        (
            "exp(-max(s,0))*r**2 + max(s,0)",
            "every s up to 0 is as good. The standard deviation it uses there is 1",
        ),
        ("abs(r)/s + log(s)", "near 0; below 0 the loss has no value"),
    ],
)
def test_where_s_goes_and_starts_is_said(formula: str, words: str) -> None:
    assert any(words in said for said in diagnosis(formula).sentences)


@pytest.mark.parametrize(("weight", "std"), [(0.01, "0.244: 1.22 times σ"), (0.1, "1.60 times σ")])
def test_evidence_on_outliers(weight: float, std: float) -> None:
    found = examine(loss_with("evidential", {"evidence_weight": weight}), NOISES["outliers"], STD)
    assert found.status == "found"
    assert any(std in words for words in found.sentences)


def test_outputs_that_run_away_and_predict_one_distribution() -> None:
    said = " ".join(examine(LOSSES["student_t_learned"], NOISES["gaussian"], STD).sentences)
    assert "the prediction settles" in said
    assert "its standard deviation is 0.200: σ." in said
    endless = examine(loss_with("evidential", {"evidence_weight": 1.0}), NOISES["gaussian"], 1.0)
    assert any("grows without limit" in words for words in endless.sentences)


def test_a_noise_is_named_as_one_says_it() -> None:
    assert [noise_in_words(NOISES[name]) for name in ("laplace", "outliers")] == [
        "Laplace noise",
        "Gaussian noise with outliers",
    ]
