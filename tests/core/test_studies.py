"""Studies: what their table says is true of each run; every claim can fail. The slow tests train them in full."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.presets import PRESETS
from core.studies import STUDIES, Study, checked, conduct, summary
from core.training.loop import train

SHORT = {"data.n": 50, "training.batch_size": 50, "training.steps": 20}
COLUMNS = ["seed", "variant", "status", "rmse", "training_rmse", "loss", "floor", "apart"]

# What a full training gives, rounded: (rmse, training_rmse, loss, floor) of each variant.
FULL = {
    "seitzer-sine": {
        "squared error": (0.01, 0.015, 1e-4, 5e-5),
        "β-NLL, β = 1": (0.01, 0.014, -3.8, -4.105),
        "faithful": (0.01, 0.015, -3.4, -4.105),
        "β-NLL, β = 0.5": (0.17, 0.17, -2.6, -4.105),
        "CRPS": (0.18, 0.18, 0.075, 0.0056),
        "Gaussian NLL": (0.23, 0.23, -1.73, -4.105),
    },
    "stirn-toy": {
        "squared error": (0.9, 2.6, 3.2, 3.9),
        "faithful": (0.9, 2.6, 1.33, 1.4),
        "β-NLL, β = 1": (1.0, 2.6, 1.32, 1.4),
        "Gaussian NLL": (5.5, 2.7, 1.33, 1.4),
    },
}

every_study = pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES)


def short(study: Study) -> Study:
    variants = {name: replace(row, settings={**row.settings, **SHORT}) for name, row in study.variants.items()}
    return replace(study, variants=variants)


def full(study: Study) -> pd.DataFrame:
    rows = [
        {"seed": seed, "variant": name, "status": "done", "apart": 0.0, **dict(zip(COLUMNS[3:7], numbers, strict=True))}
        for seed in range(2)
        for name, numbers in FULL[study.name].items()
    ]
    return pd.DataFrame(rows)[COLUMNS]


@every_study
def test_a_study_is_whole(study):
    assert STUDIES[study.name] is study
    assert study.preset in PRESETS
    assert study.measure in COLUMNS
    assert all((study.label, study.reference, study.claims, study.seeds))
    keys = {study.experiment(name, seed).key for name in study.variants for seed in (0, 1)}
    assert len(keys) == 2 * len(study.variants)
    assert PRESETS[study.preset].experiment.key in keys
    assert list(FULL[study.name]) == list(study.variants)


@every_study
def test_each_row_of_the_table_is_measured_on_its_run(study):
    small, told = short(study), []
    table = conduct(small, [3, 4], on_run=lambda *started: told.append(started))
    assert list(table.columns) == COLUMNS
    assert [tuple(row) for row in table[["variant", "seed"]].itertuples(index=False)] == told
    assert told == [(name, seed) for seed in (3, 4) for name in study.variants]
    assert (table["status"] == "done").all()
    row, first = table.iloc[-1], next(iter(study.variants))
    run, other = (train(small.experiment(name, 4)) for name in (row["variant"], first))
    data = run.dataset
    x = data.x_evaluation
    mean, mean_of_other = (each.predictive(x).mean for each in (run, other))
    assert row["rmse"] == pytest.approx(np.sqrt(np.mean((mean - data.truth.mean(x)) ** 2)))
    assert row["training_rmse"] == pytest.approx(np.sqrt(np.mean((run.predictive(data.x).mean - data.y) ** 2)))
    assert row["apart"] == pytest.approx(np.abs(mean - mean_of_other).max())
    assert row["loss"] == pytest.approx(run.history["loss"].tail(2).mean())
    assert row["floor"] == pytest.approx(0.5 + np.mean(np.log(data.truth.std(data.x))))  # the last is a Gaussian NLL


@every_study
def test_the_claims_hold_of_a_full_training(study):
    assert set(checked(study, full(study)).values()) == {True}


@every_study
def test_every_claim_can_fail(study):
    """On a table with one number of one run spoiled, and on each claim by some such number."""
    fallen, right = set(), full(study)
    spoils = {"status": ["diverged"], "apart": [1e-4], "loss": [0.0, np.nan], "floor": [0.0]}
    for column, values in {**spoils, "rmse": [0.2, 50.0, np.nan], "training_rmse": [0.005, 0.16, 0.24, 0.5]}.items():
        for place in range(len(right)):
            for value in values:
                table = right.copy()
                table.loc[place, column] = value
                fallen |= {words for words, holds in checked(study, table).items() if not holds}
    assert fallen == {claim.words for claim in study.claims}


@every_study
def test_the_summary_has_a_line_for_every_variant(study):
    lines = summary(study, full(study)).splitlines()
    assert [line[:16].rstrip() for line in lines[1:]] == list(study.variants)
    column = COLUMNS.index(study.measure) - 3
    for line, (name, numbers) in zip(lines[1:], FULL[study.name].items(), strict=True):
        assert study.variants[name].published in line
        assert line.count(f"{numbers[column]:.4f}") >= 3
