"""Studies: their tables hold for each run, and every claim can fail. The slow tests train them in full."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.data.noise import NOISES
from core.evaluation.ensemble import decompose
from core.evaluation.price import price
from core.experiment.loss_settings import loss_of
from core.experiment.presets import PRESETS
from core.studies import STUDIES, Study, checked, conduct, recipe, settings_of, summary
from core.training.loop import train

SHORT = {"data.n": 50, "training.batch_size": 50, "training.steps": 20}
COLUMNS = {
    "seitzer-sine": ["rmse", "training_rmse", "loss", "floor", "apart"],
    "stirn-toy": ["rmse", "training_rmse", "loss", "floor", "apart"],
    "kendall-gal-table-3": [
        "aleatoric_inside",
        "epistemic_inside",
        "aleatoric_outside",
        "epistemic_outside",
        "error",
    ],
    "wrong-families": ["gap", "price", "over"],
    "uci-concrete": ["rmse", "nll", "coverage", "mixture_nll", "linear_nll"],
}
SPOILT = (0.0, 1e-4, 0.005, 0.16, 0.24, 0.5, 50.0, np.nan)

# Rounded results of a full training of each variant, in the columns above; "apart" is left out where it is 0.
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
    "kendall-gal-table-3": {
        "n = 2000": (0.96, 5e-5, 1.14, 2e-3, 0.003),
        "n/2 = 1000": (1.0, 7e-5, 1.2, 3e-3, 0.006),
        "n/4 = 500": (0.94, 1.3e-4, 1.1, 4e-3, 0.009),
    },
    "uci-concrete": {
        "Gaussian NLL": (5.6, 3.1, 0.89, 3.1, 3.6),
        "five nets, NLL": (5.4, 3.0, 0.92, 3.0, 3.6),
        "log of the target": (6.0, 3.1, 0.89, 3.1, 3.6),
        "squared error": (5.6, 3.2, 0.9, 3.2, 3.6),
    },
    "wrong-families": {
        name: (float(row.published[0]) + over, float(row.published[0]), over)
        for name, row in STUDIES["wrong-families"].variants.items()
        for over in (0.007 if "mixture" in name else 0.0013,)
    },
}

every_study = pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES)


def short(study: Study) -> Study:
    variants = {name: replace(row, settings={**row.settings, **SHORT}) for name, row in study.variants.items()}
    return replace(study, variants=variants)


def full(study: Study) -> pd.DataFrame:
    columns = COLUMNS[study.name]
    rows = [
        {"seed": seed, "variant": name, "status": "done", **dict.fromkeys(columns, 0.0)}
        | dict(zip(columns, numbers, strict=False))
        for seed in range(2)
        for name, numbers in FULL[study.name].items()
    ]
    return pd.DataFrame(rows)


@every_study
def test_a_study_is_whole(study):
    assert STUDIES[study.name] is study
    assert study.preset in PRESETS
    assert {*study.measures, *study.columns} <= {*COLUMNS[study.name]}
    assert all((study.label, study.reference, study.claims, study.seeds))
    assert all(len(variant.published) == len(study.measures) for variant in study.variants.values())
    trained = set()
    for name, variant in study.variants.items():
        keys = [each.key for seed in (0, 1) for each in study.experiments(name, seed)]
        assert len({*keys}) == len(keys) == 2 * (variant.members or study.members)
        trained |= {*keys}
    assert PRESETS[study.preset].experiment.key in trained
    assert list(FULL[study.name]) == list(study.variants)


@every_study
def test_every_variant_is_trained_from_every_seed(study):
    small, told = short(study), []
    table = conduct(small, [3, 4], on_run=lambda *started: told.append(started))
    assert list(table.columns) == ["seed", "variant", "status", *COLUMNS[study.name]]
    assert [tuple(row) for row in table[["variant", "seed"]].itertuples(index=False)] == told
    assert told == [(name, seed) for seed in (3, 4) for name in study.variants]
    assert (table["status"] == "done").all()


@pytest.mark.parametrize("name", ["seitzer-sine", "stirn-toy"])
def test_a_mean_is_measured_on_its_run(name):
    small = short(STUDIES[name])
    row, first = conduct(small, [4]).iloc[-1], next(iter(small.variants))
    run, other = (train(small.experiments(variant, 4)[0]) for variant in (row["variant"], first))
    data = run.dataset
    x = data.x_evaluation
    mean, mean_of_other = (each.predictive(x).mean for each in (run, other))
    assert row["rmse"] == pytest.approx(np.sqrt(np.mean((mean - data.truth.mean(x)) ** 2)))
    assert row["training_rmse"] == pytest.approx(np.sqrt(np.mean((run.predictive(data.x).mean - data.y) ** 2)))
    assert row["apart"] == pytest.approx(np.abs(mean - mean_of_other).max())
    assert row["loss"] == pytest.approx(run.history["loss"].tail(2).mean())
    assert row["floor"] == pytest.approx(0.5 + np.mean(np.log(data.truth.std(data.x))))  # the last is a Gaussian NLL


def test_a_gap_stands_beside_its_price():
    small = short(STUDIES["wrong-families"])
    row = conduct(small, [4]).set_index("variant").loc["laplace noise, Gaussian NLL"]
    run = train(small.experiments("laplace noise, Gaussian NLL", 4)[0])
    assert row["gap"] == run.scores["gap"]
    assert row["price"] == pytest.approx(0.5 * np.log(2 * np.pi * np.e) - 1 - 0.5 * np.log(2))
    assert row["over"] == row["gap"] - row["price"]


def test_the_parts_of_the_variance_are_those_of_five_nets():
    small = short(STUDIES["kendall-gal-table-3"])
    row = conduct(small, [4]).iloc[0]
    runs = [train(each) for each in small.experiments("n = 2000", 4)]
    assert [run.experiment.training.seed for run in runs] == [20, 21, 22, 23, 24]
    assert {run.experiment.data.seed for run in runs} == {4}
    for place, x in (
        ("inside", np.arange(1000) / 1000),
        ("outside", [*-np.arange(1, 101), *(500 + np.arange(1, 101))]),
    ):
        x = np.asarray(x) / (1 if place == "inside" else 500)  # the range is 0 to 1, a fifth of it past each end
        nets = [run.predictive(x) for run in runs]
        parts = decompose([net.mean for net in nets], [net.std**2 for net in nets])
        assert row[f"aleatoric_{place}"] == pytest.approx(parts.aleatoric.mean() / 0.2**2)
        assert row[f"epistemic_{place}"] == pytest.approx(parts.epistemic.mean() / 0.2**2)
        if place == "inside":
            error = np.mean((np.mean([net.mean for net in nets], axis=0) - (1 + 2 * x)) ** 2)
            assert row["error"] == pytest.approx(error / 0.2**2)


def test_the_prices_in_the_table_are_those_of_theory():
    study = STUDIES["wrong-families"]
    for name, variant in study.variants.items():
        experiment = study.experiments(name, 0)[0]
        found = price(loss_of(experiment.loss), NOISES[experiment.noise.family])
        assert variant.published == (f"{abs(found):.4f}",), name


@every_study
def test_the_claims_hold_of_a_full_training(study):
    assert set(checked(study, full(study)).values()) == {True}


@pytest.mark.long
@every_study
def test_every_claim_can_fail(study):
    """A table with one wrong number of one run fails a claim, and every claim fails for some such number."""
    right, upright = full(study), {claim.words for claim in study.claims}
    places = range(len(study.variants))  # runs of the first seed
    spoilt = [(place, "status", "diverged") for place in places]
    spoilt += itertools.product(places, COLUMNS[study.name], SPOILT)
    for place, column, value in spoilt:
        table = right.copy()
        table.loc[place, column] = value
        upright -= {words for words, holds in checked(study, table).items() if not holds}
        if not upright:
            break
    assert upright == set()


@every_study
def test_the_summary_has_a_line_for_every_variant_and_measure(study):
    blocks, width = summary(study, full(study)).split("\n\n"), max(16, *map(len, study.variants))
    assert len(blocks) == len(study.measures)
    for k, (block, measure) in enumerate(zip(blocks, study.measures, strict=True)):
        head, *lines = block.splitlines()
        assert head.split()[:2] == [f"{measure}:", study.beside]
        assert [line[:width].rstrip() for line in lines] == list(study.variants)
        style = ".1e" if measure.startswith("epistemic") else ".4f"
        for line, (name, numbers) in zip(lines, FULL[study.name].items(), strict=True):
            assert study.variants[name].published[k] in line
            assert line.count(format(numbers[COLUMNS[study.name].index(measure)], style)) >= 3


@every_study
def test_the_recipe_names_every_setting_once_with_its_values(study):
    line = recipe(study)
    stated = {path for settings in settings_of(study).values() for path in settings}
    names = [part.split("=")[0] for part in line.split("  ")]
    assert len(names) == len(set(names))
    assert set(names) == stated
    assert not any(path.endswith("seed") for path in stated)


def test_a_setting_that_varies_is_written_with_all_its_values():
    assert "data.n=2000|1000|500" in recipe(STUDIES["kendall-gal-table-3"])


@pytest.mark.long
def test_wrong_families_cost_their_price():
    """One seed in full: the slow tests take three."""
    study = STUDIES["wrong-families"]
    table = conduct(study, [0])
    assert [words for words, holds in checked(study, table).items() if not holds] == [], table.to_string()


@pytest.mark.long
def test_more_points_reduce_the_epistemic_variance_only():
    study = STUDIES["kendall-gal-table-3"]
    table = conduct(study, range(study.seeds))
    assert [words for words, holds in checked(study, table).items() if not holds] == [], table.to_string()


@every_study
def test_every_study_is_in_the_document(study):
    text = (Path(__file__).parents[2] / "docs" / "reproductions.md").read_text(encoding="utf-8")
    assert f"python -m core reproduce {study.name}" in text
    lines = text.splitlines()
    for measure in study.measures:
        assert any(line.startswith(f"{measure}:") for line in lines), measure
    for variant in study.variants:
        assert sum(line.startswith(f"{variant} ") for line in lines) >= len(study.measures), variant
