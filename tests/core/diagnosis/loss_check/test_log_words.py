"""What is said of a log is true: faults that were put into it are found, and sound logs raise no alarm."""

import numpy as np
import pytest

from core.data.training_log.log_reading import read_log
from core.data.training_log.training_log import Series, TrainingLog
from core.diagnosis.causes import CAUSES
from core.diagnosis.doctor.implied import implied_std
from core.diagnosis.finding import Finding
from core.diagnosis.loss_check.log_words import MOST_IMPLIED, RULES, implied_stds, log_findings
from core.model.losses import LOSSES
from tests.core.diagnosis.loss_check.log_simulation import FAULTY, SOUND, log_of

ALARMS = ("mistake", "warning")
SOUND_LOGS, FAULTY_LOGS = 40, 25  # of each kind

# The headline that tells a fault, what share of its logs must be told so, and how far off its place may be, as a share
# of the log, in nine logs of ten. Noise that is drawn small, or a fault that is, may hide some.
TOLD = {
    "overfits": ("It overfits from", 0.95, 0.15),
    "diverged": ("The training diverged", 0.95, 0.03),
    "not_finite": ("The training loss became NaN", 1.0, 0.0),
    "not_converged": ("It has not converged", 0.95, None),
    "constant": ("The loss ", 0.88, None),
    "jump": ("The loss jumps", 0.95, 0.0),
    "spikes": ("The loss has spikes", 0.95, 0.0),
    "noisy": ("The training loss is noisy", 0.75, None),
    "validation_below": ("The validation loss is below", 0.95, None),
}


def value_of(finding: Finding, name: str) -> float:
    return next(each.value for each in finding.claims if each.name == name)


def told(log: TrainingLog, headline: str, loss: str | None = None) -> Finding | None:
    findings = log_findings(log, None if loss is None else LOSSES[loss])
    return next((each for each in findings if each.headline.startswith(headline)), None)


def test_sound_logs_raise_hardly_an_alarm() -> None:
    alarms = {
        name: sum(log_findings(make(np.random.default_rng([i, 1])))[0].kind in ALARMS for i in range(SOUND_LOGS))
        for name, make in SOUND.items()
    }
    assert sum(alarms.values()) <= 0.03 * SOUND_LOGS * len(SOUND), alarms


@pytest.mark.parametrize("fault", FAULTY)
def test_a_fault_is_told_at_its_place(fault: str) -> None:
    headline, share, reach = TOLD[fault]
    found, off, others = 0, [], 0
    for i in range(FAULTY_LOGS):
        log, at = FAULTY[fault](np.random.default_rng([i, 2]))
        findings = log_findings(log)
        own = [each for each in findings if each.headline.startswith(headline)]
        others += any(each.kind in ALARMS for each in findings if each not in own)
        found += bool(own)
        if own and reach is not None:
            off.append(abs(value_of(own[0], "at") - at) / log.main.x.size)
    assert found >= share * FAULTY_LOGS
    assert others <= 0.08 * FAULTY_LOGS
    assert reach is None or np.quantile(off, 0.9) <= reach


def test_every_fault_has_its_words() -> None:
    assert set(TOLD) == set(FAULTY)
    assert set(RULES) == set(FAULTY) | {"crossed_zero", "best_place"}
    for fault, make in FAULTY.items():
        for finding in log_findings(make(np.random.default_rng([1, 2]))[0], LOSSES["gaussian_nll"]):
            assert finding.claims, fault
            assert all(claim.words in f"{finding.headline} {finding.sentence}" for claim in finding.claims)
            assert all(cause.name in CAUSES for cause in finding.causes)


def test_numbers_of_overfitting_are_those_of_the_log() -> None:
    x = np.arange(1.0, 101)
    training, validation = 1 - 0.01 * x, np.where(x <= 40, 1 - 0.01 * x, 0.6 + 0.005 * (x - 40))
    finding = told(log_of(training, validation), "It overfits", "gaussian_nll")
    assert finding is not None
    assert value_of(finding, "at") == pytest.approx(40, abs=2)
    assert value_of(finding, "rise") == pytest.approx(0.3 - 0.005 * 4.5, abs=0.02)
    assert value_of(finding, "fall") == pytest.approx(0.6 - 0.01 * 4.5, abs=0.03)
    assert "nats" in finding.sentence


def test_the_fall_at_the_end_is_that_of_the_log() -> None:
    x = np.arange(1.0, 101)
    finding = told(log_of(2 * np.exp(-x / 50), None), "It has not converged")
    assert finding is not None
    assert value_of(finding, "rate") == pytest.approx(2 / 50 * np.exp(-90 / 50), rel=0.05)
    assert value_of(finding, "to_come") == pytest.approx(2 * np.exp(-95.5 / 50), rel=0.03)


@pytest.mark.parametrize(
    ("loss", "kind", "words"),
    [
        ("gaussian_nll", "good", "below **0.607**"),
        ("posted", "good", "below **0.461**"),
        ("squared_error", "mistake", "cannot be"),
        ("gaussian_crps", "mistake", "measured in units of y"),
        (None, "open", "fine for a log density"),
    ],
)
def test_below_zero_is_judged_by_the_loss(loss: str | None, kind: str, words: str) -> None:
    values = 1.5 * np.exp(-np.arange(60) / 6) - 0.4
    findings = log_findings(log_of(values, values + 0.05), None if loss is None else LOSSES[loss])
    finding = next(each for each in findings if "zero" in each.headline or "negative" in each.headline)
    assert finding.kind == kind
    assert words in finding.sentence
    assert value_of(finding, "at") == pytest.approx(1 + 6 * np.log(1.5 / 0.35), abs=1.5)


def test_above_zero_nothing_is_said_of_zero() -> None:
    values = 1.5 * np.exp(-np.arange(60) / 6) + 0.1
    assert told(log_of(values, None), "Below zero", "gaussian_nll") is None
    dips = np.where(np.arange(60) == 30, -0.1, values)
    assert told(log_of(dips, None), "It crosses zero") is None


def test_a_loss_that_is_known_to_die_says_of_what() -> None:
    log = read_log("epoch 1 loss 0.5\nepoch 2 loss 0.1\nepoch 3 loss nan")
    finding = log_findings(log, LOSSES["posted"])[0]
    assert finding.headline == "The training loss became NaN at epoch 3"
    assert "sqrt has no derivative at zero" in finding.sentence
    assert "sqrt(r²)" not in log_findings(log, LOSSES["gaussian_nll"])[0].sentence


def test_a_jump_names_the_rates_on_both_sides() -> None:
    n = np.arange(100)
    loss = np.exp(-n / 8) + np.where(n < 50, 0.5, 0.0)
    rate = np.where(n < 50, 1e-2, 1e-3)
    finding = told(log_of(loss, None, rate=rate), "The loss jumps")
    assert finding is not None
    assert finding.kind == "open"
    assert "from 0.0100 to 0.00100 there" in finding.sentence


def test_a_rate_that_goes_to_zero_is_no_lack_of_steps() -> None:
    n = np.arange(100)
    falling = 2 * np.exp(-n / 40)
    assert told(log_of(falling, None), "It has not converged") is not None
    assert told(log_of(falling, None, rate=1e-3 * (1 - n / 100)), "It has not converged") is None


@pytest.mark.parametrize("text", ["loss: 0.5", "loss: nan", "loss: 0.5\nloss: 0.4", "val_loss: inf\nval_loss: 0.4"])
def test_short_logs_have_something_to_say(text: str) -> None:
    findings = log_findings(read_log(text), LOSSES["gaussian_nll"])
    assert findings
    assert all(finding.sentence for finding in findings)


def test_of_a_loss_that_holds_still_nothing_else_is_said() -> None:
    (finding,) = log_findings(log_of(np.full(30, 0.7), None))
    assert finding.headline == "The loss does not move"
    assert "All 30 values are **0.700**" in finding.sentence


@pytest.mark.parametrize("loss", ["gaussian_nll", "posted", "laplace_nll", "squared_error", "clamped"])
def test_the_implied_std_is_that_of_each_value(loss: str) -> None:
    values = np.array([-1.2, -0.4, 0.02, np.nan, 0.6, np.inf])
    found = implied_stds(values, LOSSES[loss])
    expected = [np.nan if not np.isfinite(v) else (implied_std(LOSSES[loss], v) or np.nan) for v in values.tolist()]
    assert found == pytest.approx(np.array(expected), nan_ok=True)


def test_many_values_are_interpolated() -> None:
    values = np.linspace(-3, 1, 20 * MOST_IMPLIED)
    exact = np.exp(values - 0.5)
    assert implied_stds(values, LOSSES["gaussian_nll"]) == pytest.approx(exact, rel=1e-6)
    moved = implied_stds(values + 0.9, LOSSES["gaussian_nll"], constant=0.9)
    assert moved == pytest.approx(exact, rel=1e-6)


def test_the_question_of_the_log_is_answered() -> None:
    text = "\n".join(f"Epoch {i}/40 - loss: {0.6 * np.exp(-i / 6) - 0.38:.4f}" for i in range(1, 41))
    findings = log_findings(read_log(text), LOSSES["posted"])
    assert [finding.kind for finding in findings] == ["good", "good", "open"]
    best = findings[-1]
    assert value_of(best, "std") == pytest.approx(implied_std(LOSSES["posted"], value_of(best, "end")))


def test_a_divergence_begins_where_the_rise_does() -> None:
    values = np.r_[0.8 * np.exp(-np.arange(40) / 8) - 0.39, 5 * 1.6 ** np.arange(20)]
    finding = told(log_of(values, None), "The training diverged")
    assert finding is not None
    assert value_of(finding, "at") == 41  # positions count from 1


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        ("loss 0.53\nloss -0.2", "the last number is −0.200"),
        ("loss 1.1\nloss 0.9\nloss 0.7", "the last number is 0.700"),
    ],
)
def test_of_a_few_values_the_last_is_said(text: str, ending: str) -> None:
    assert ending in log_findings(read_log(text))[-1].sentence


def test_an_even_fall_is_not_said_to_slow_down() -> None:
    finding = told(log_of(np.linspace(3, 1.23, 60), None), "It has not converged")
    assert finding is not None
    assert [claim.name for claim in finding.claims] == ["rate"]
    assert value_of(finding, "rate") == pytest.approx(0.03)


def test_gaps_are_no_fault() -> None:
    x = np.arange(1.0, 61)
    values = np.exp(-x / 5)
    values[10] = np.nan
    log = TrainingLog("table", "step", Series("loss", x, values), Series("val", x[::10], values[::10] + 0.1))
    assert log_findings(log)[0].kind == "good"
