"""The study of calibration: each row has the fault that it says, and its counts become claims."""

import numpy as np
import pytest

from core.diagnosis.causes import CAUSES
from core.studies import calibration_power
from core.studies.calibration_cases import FAULTS, RIGHT
from core.studies.calibration_power import REPRODUCTION, SHARES, claims_of


@pytest.mark.parametrize("family", RIGHT)
def test_a_right_model_is_right(family: str) -> None:
    case = RIGHT[family](np.random.default_rng(1), 4000)
    pit = np.sort(case.judged.pit)
    assert np.max(np.abs(pit - (np.arange(4000) + 0.5) / 4000)) < 1.95 / np.sqrt(4000)  # Kolmogorov, one in a thousand
    some = np.array([5, 7])
    assert case.to_recalibrate().predictive_of(some).mean == pytest.approx(case.judged.mean[some])


def test_faults_have_a_name_in_the_table_of_causes() -> None:
    assert {fault.cause for fault in FAULTS} <= set(CAUSES)
    for fault in FAULTS:
        assert fault.make(np.random.default_rng(0), 30).judged.y.size == 30


def test_a_few_seeds_give_both_tables_and_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration_power, "SHARES", {20: SHARES[20]})
    found = REPRODUCTION.run(range(3), lambda words, seed: None)
    assert [row["n"] for row in found.record["right"]] == [20] * len(RIGHT)
    assert len(found.record["faults"]) == len(FAULTS)
    for row in found.record["faults"]:
        assert row["first"] <= row["first_two"] <= row["drawn"]
        assert row["first"] + sum(row["others"].values()) == row["drawn"]
    assert all(words in found.text for words in found.record["claims"])
    assert found.holds == all(found.record["claims"].values())


@pytest.mark.parametrize(("first", "holds"), [(180, True), (170, True), (120, False)])
def test_a_bar_fails_beyond_sampling_error_alone(first: int, holds: bool) -> None:
    row = {"fault": "a bias", "cause": "bias", "n": 200, "bar": 0.9, "drawn": 200, "first": first}
    *_, (words, found) = claims_of([{"n": n, "warned": 0, "drawn": 9} for n in SHARES], [row])
    assert words.endswith(f"{first} of 200.")
    assert found == holds
