"""Faults that are injected on purpose: each matters, is known, and comes from the seed."""

import json
import math

import numpy as np
import pytest

from core.diagnosis.causes import CAUSES
from core.diagnosis.finding import Cause, Finding
from core.experiment.experiment import differences
from core.model.losses import LOSSES
from core.studies import verdicts_measured
from core.studies.injected_faults import FAULTS, NONE, SAME, inject
from core.studies.named_causes import claims, lines, named
from core.studies.sound_experiments import SOUND, SUITED, drawn, gap_of, true_std

# A handful that trains in a quarter of a second each; the command tries all.
BRIEF = ("too_few_steps", "wrong_reading", "bound", "overfitting", "dead_head", NONE)


def test_each_fault_is_a_cause_in_words():
    assert set(FAULTS) - {NONE} <= set(CAUSES)
    assert {row.cause for row in SAME} | {row.also for row in SAME} <= set(CAUSES)


@pytest.mark.parametrize("cause", BRIEF)
def test_a_fault_costs_what_it_must_and_its_twin_is_at_the_floor(cause):
    found = inject(cause, 3)
    assert gap_of(found.sound) < SOUND
    assert found.nats >= FAULTS[cause].least
    changed = [path for path, _, _ in differences(found.sound.experiment, found.faulty.experiment)]
    assert all(path.split(".")[0] in {"data", "loss", "network", "training"} for path in changed)
    assert (not changed) == (cause == NONE)
    assert cause in found.names


def test_a_seed_gives_one_fault_to_the_bit():
    one, again, other = (inject("wrong_reading", seed) for seed in (5, 5, 6))
    assert one.faulty.experiment == again.faulty.experiment != other.faulty.experiment
    np.testing.assert_array_equal(one.faulty.weights, again.faulty.weights)
    assert one.nats == again.nats


def test_the_bound_that_is_injected_leaves_the_true_std_out():
    for seed in range(3):
        experiment = inject("bound", seed).faulty.experiment
        low, high = true_std(experiment)
        assert experiment.loss.least_std > low or experiment.loss.most_std < high


@pytest.mark.parametrize("noise", SUITED)
def test_each_noise_has_losses_that_suit_it(noise):
    experiment = drawn(np.random.default_rng(0), {"noise.family": noise})
    assert experiment.loss.name in SUITED[noise]
    assert all(not LOSSES[name].mistake for name in SUITED[noise])


# The table


def _verdict(*causes):
    return lambda run: Finding("warning", "Because", "of it.", causes=tuple(Cause(name, 0.5) for name in causes))


def test_the_table_counts_what_is_named_first_and_second():
    fault = inject("bound", 0)
    said = [
        _verdict("bound"),
        _verdict("too_few_steps", "bound"),
        _verdict("too_few_steps", "dropout", "bound"),
        lambda run: Finding("good", "Fine", "As low as can be."),
        lambda run: Finding("warning", "Something", "is wrong."),
    ]
    rows = [named(fault, judge) for judge in said]
    assert [(row.first, row.among_two) for row in rows] == [
        (True, True), (False, True), (False, False), (False, False), (False, False),
    ]  # fmt: skip
    (line, total) = lines(rows)
    assert (line.cause, line.n, line.first, line.among_two) == ("bound", 5, 0.2, 0.4)
    assert dict(line.mistaken) == {"too_few_steps": 2, "no cause": 1, "unnamed": 1}
    assert line.nats == fault.nats
    assert line.nats_named == 0.5
    assert (total.cause, total.first) == ("all faults", 0.2)
    assert not any(claims([line, total]).values())


def test_a_sound_run_is_right_where_nothing_is_named():
    sound = inject(NONE, 0)
    (line,) = lines([named(sound, lambda run: Finding("good", "Fine", "As low as can be."))] * 40)
    assert line.holds
    assert not line.mistaken
    (line,) = lines([named(sound, lambda run: Finding("good", "Fine", ".")), named(sound, _verdict("dropout"))])
    assert not line.holds
    assert line.mistaken == (("dropout", 1),)


def test_a_name_that_is_the_same_thing_counts():
    faults = (inject("mistake_in_loss", seed) for seed in range(20))
    fault = next(fault for fault in faults if fault.faulty.experiment.loss.name == "no_half_log")
    assert named(fault, _verdict("wrong_reading")).first
    assert not named(fault, _verdict("bound")).first
    assert math.isfinite(fault.nats)


# The command


def test_the_measurement_prints_both_tables_and_its_claims(monkeypatch):
    monkeypatch.setattr(verdicts_measured, "FAULTS", {"bound": FAULTS["bound"]})
    monkeypatch.setattr(verdicts_measured, "PER_SEED", 1)
    told = []
    found = verdicts_measured.REPRODUCTION.run([3], lambda what, seed: told.append((what, seed)))
    assert told == [("bound", 3), ("claims", 3)]
    assert "injected" in found.text
    assert "1 experiments at random, 1 checked" in found.text
    record = json.loads(json.dumps(found.record, allow_nan=False))
    assert [row["injected"] for row in record["runs"]] == ["bound"]
    assert [row["seed"] for row in record["checked"]] == [3]
    assert set(record["claims"]) == {line[7:] for line in found.text.splitlines() if line[:5] in ("holds", "FAILS")}
    assert found.holds == all(record["claims"].values())
