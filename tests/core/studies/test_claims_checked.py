"""The checker of claims: its own truth is right, it passes true claims, and catches false ones."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import core.diagnosis.verdict
from core.data.noise import NOISES
from core.diagnosis.causes import CAUSES
from core.diagnosis.finding import Cause, Claim, Finding
from core.diagnosis.verdict.claims import KINDS
from core.diagnosis.verdict.findings import verdict
from core.diagnosis.verdict.suspects import SUSPECTS
from core.experiment.experiment import Experiment
from core.experiment.loss_settings import loss_of
from core.model.losses import LOSSES
from core.model.readings import READINGS
from core.studies import own_laws, own_losses, own_optima
from core.studies.causes_checked import CAUSES_CHECKED, SAYINGS, false_words, is_checked
from core.studies.checked_verdicts import checked_verdict
from core.studies.claims_checked import CHECKS, is_false, is_well_said, misses
from core.studies.injected_faults import FAULTS, NONE
from core.studies.judged_case import Case
from core.studies.random_experiments import random_experiment
from core.training.loop import train

VERDICT = Path(core.diagnosis.verdict.__file__).parent
SMALL = {"data.n": 4000, "network.layers": [32, 32], "training.steps": 400}


@pytest.fixture(scope="module")
def run_of():
    """Runs by their settings, each trained once."""
    runs = {}

    def of(**settings):
        key = tuple(sorted(settings.items()))
        if key not in runs:
            named = {name.replace("__", "."): value for name, value in settings.items()}
            runs[key] = train(Experiment.from_settings({**SMALL, **named}))
        return runs[key]

    return of


# Nothing is forgotten


def test_every_kind_of_claim_has_a_truth():
    assert set(CHECKS) == set(KINDS)


def test_every_cause_that_a_verdict_may_name_can_be_tried():
    sources = "".join(path.read_text(encoding="utf-8") for path in VERDICT.glob("*.py"))
    named = {name for name in CAUSES if f'"{name}"' in sources}
    assert "overfitting" in named
    assert named <= set(CAUSES_CHECKED) <= set(CAUSES)
    assert {suspect.cause for suspect in SUSPECTS} <= set(CAUSES_CHECKED)
    assert set(FAULTS) - {NONE} <= set(CAUSES_CHECKED)


def test_every_loss_and_reading_is_written_again():
    assert set(own_losses.LOSSES) == set(LOSSES) - {"typed"}
    assert set(own_laws.READINGS) == set(READINGS)
    assert set(own_laws.NOISES) == set(NOISES)


# Its own truth


@pytest.mark.parametrize("noise", NOISES)
def test_quadrature_has_the_moments_of_the_noise(noise):
    z, weights = own_laws.quadrature(noise)
    np.testing.assert_allclose([weights.sum(), weights @ z, weights @ z**2], [1, 0, 1], atol=1e-6)


def test_the_entropies_are_those_of_the_textbook():
    assert own_laws.entropy("gaussian") == pytest.approx(0.5 * np.log(2 * np.pi * np.e))
    assert own_laws.entropy("laplace") == pytest.approx(1 + np.log(np.sqrt(2)))
    assert own_laws.entropy("student_t") == pytest.approx(float(stats.t(5, scale=np.sqrt(0.6)).entropy()))
    assert own_laws.entropy("skewed") == pytest.approx(float(stats.gamma(4, scale=0.5).entropy()))


def test_the_gap_between_two_gaussians_is_the_closed_form():
    std, f, v, mean = 0.3, 1.0, 0.2, 1.2
    predicted = own_laws.predicted("log_variance", np.array([[mean, np.log(v)]]), {})
    worked = 0.5 * (np.log(v / std**2) + (std**2 + (f - mean) ** 2) / v - 1)
    assert own_laws.gap(predicted, np.array([f]), np.array([std]), "gaussian")[0] == pytest.approx(worked)


@pytest.mark.parametrize(
    ("loss", "noise", "floor"),
    [
        ("gaussian_nll", "gaussian", 0.5 + np.log(0.2)),
        ("laplace_nll", "laplace", 1 + np.log(0.2 / np.sqrt(2))),
        ("gaussian_crps", "gaussian", 0.2 / np.sqrt(np.pi)),
        ("student_t", "student_t", np.log(0.2) + float(stats.t(5, scale=np.sqrt(0.6)).entropy())),
        ("mixture", "outliers", np.log(0.2) + own_laws.entropy("outliers")),
        ("no_half_residual", "gaussian", 0.5 + 0.5 * np.log(2 * 0.04)),
    ],
)
def test_the_lowest_loss_is_the_entropy_or_the_closed_form(loss, noise, floor):
    experiment = Experiment.from_settings({"loss.name": loss})
    settings = experiment.loss.model_dump()
    best = own_optima.best(loss_of(experiment.loss), settings, noise, np.zeros(1), np.full(1, 0.2))
    z, weights = own_laws.quadrature(noise)
    formula = own_losses.loss(loss, settings)
    assert (formula(0.2 * z[None], [each[:, None] for each in best.T], settings) @ weights)[0] == pytest.approx(
        floor, abs=1e-4
    )


def test_epsilon_adds_to_the_variance():
    """0.0966 nats at ε = σ² = 0.04, as worked out by hand."""
    experiment = Experiment.from_settings({"loss.bound": "epsilon", "loss.least_std": 0.2})
    settings = experiment.loss.model_dump()
    best = own_optima.best(loss_of(experiment.loss), settings, "gaussian", np.zeros(1), np.full(1, 0.2))
    assert np.exp(best[0, 1]) == pytest.approx(0.08, rel=1e-3)
    predicted = own_laws.predicted("log_variance", best, settings)
    gap = own_laws.gap(predicted, np.zeros(1), np.full(1, 0.2), "gaussian")
    assert gap[0] == pytest.approx(0.0966, abs=2e-4)


# What it says of verdicts

CASES = [
    {},
    {"loss__name": "posted", "loss__reading": "log_variance"},
    {"loss__bound": "clamp", "loss__least_std": 0.5},
    {"network__layers": (2,)},
    {"data__n": 40},
]
some_runs = pytest.mark.parametrize("settings", CASES, ids=["sound", "misread", "bounded", "narrow", "few"])


@some_runs
def test_claims_of_a_verdict_are_true(run_of, settings):
    run = run_of(**settings)
    case = Case(run, verdict(run))
    assert is_checked(case)
    assert misses(case) == []


@some_runs
def test_a_claim_that_is_moved_is_caught(run_of, settings):
    run = run_of(**settings)
    finding = verdict(run)
    numbers = [claim for claim in finding.claims if not isinstance(claim.value, str)]
    assert numbers
    for claim in numbers:
        moved = replace(claim, value=1.1 * claim.value + 0.05, words=claim.words)
        others = tuple(each for each in finding.claims if each.name != claim.name)
        found = misses(Case(run, replace(finding, claims=(*others, moved))))
        assert claim.name in {miss.name for miss in found}


@pytest.mark.parametrize(
    ("said", "false"),
    [
        (Finding("good", "As low as this noise allows", "It is."), True),
        (Finding("warning", "Above its floor", "So it is."), False),
        (Finding("warning", "Something", "is.", causes=(Cause("net_too_small"),)), False),
        (Finding("warning", "Something", "is.", causes=(Cause("dropout"),)), True),
        (Finding("warning", "Overfitting", "It learnt the noise."), True),
    ],
)
def test_words_are_held_against_the_truth(run_of, said, false):
    assert bool(false_words(Case(run_of(network__layers=(2,)), said))) == false


def test_a_headline_that_nobody_knows_is_not_checked(run_of):
    assert not is_checked(Case(run_of(), Finding("warning", "Who knows", "what this is.")))
    assert all(words.strip() == words and words for words in SAYINGS)


def _claim(value, words):
    return Claim("gap", value, words, "…")


@pytest.mark.parametrize(
    ("value", "words", "well"),
    [
        (-1.1094, "−1.109", True),
        (-1.1094, "1.109", False),
        (12345.4, "12,345", True),
        (0.123, "12 %", True),
        (0.138, "12 %", False),
        (3.14e7, "3.1e+07", True),
        (np.inf, "∞", True),
        (0.5, "half", False),
    ],
)
def test_words_say_their_value_to_the_last_digit(value, words, well):
    assert is_well_said(_claim(value, words)) == well


def test_a_claim_is_false_beyond_its_margin():
    check = CHECKS["gap"]
    assert not is_false(_claim(1.005, "1.005"), 1.0, check)
    assert is_false(_claim(1.02, "1.020"), 1.0, check)
    assert is_false(_claim(np.inf, "∞"), 1.0, check)
    assert not is_false(_claim(np.inf, "∞"), np.inf, check)


# The experiments


def test_experiments_at_random_are_of_every_kind():
    drawn = [random_experiment(seed) for seed in range(300)]
    assert {each.loss.name for each in drawn} == set(LOSSES)
    assert {each.noise.family for each in drawn} == set(NOISES)
    assert len({each.loss.bound for each in drawn}) == 4
    assert min(each.data.n for each in drawn) < 20
    assert random_experiment(7) == drawn[7]


def test_a_verdict_at_random_is_checked_as_a_whole():
    row = checked_verdict(3)
    assert row.claims > 0
    assert not row.problem
