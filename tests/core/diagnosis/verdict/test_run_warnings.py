"""Warnings of a run on a table: that a bad fit has one, that a good one has none, and how often chance raises one."""

import numpy as np
import pandas as pd
import pytest

from core import Experiment, table_experiment, train
from core.diagnosis.finding import Finding
from core.diagnosis.verdict import run_warnings as module
from core.diagnosis.verdict.against_baselines import BOOSTED, beside_baselines, or_boosted
from core.diagnosis.verdict.run_warnings import run_warnings
from core.experiment.experiment import DEFAULT
from core.experiment.table_recipe import on_table

ALL = "age,sex,bmi,bp,s1,s2,s3,s4,s5,s6"


@pytest.fixture(scope="module")
def by_recipe():
    return train(on_table(DEFAULT, {"data.table": "diabetes", "data.features": ALL}))


def test_a_fit_by_the_toys_recipe_is_warned_of(by_recipe):
    """The one that ends at an NLL of hundreds and covers a tenth."""
    run = train(Experiment.from_settings({"data.table": "diabetes", "data.features": ALL, "training.steps": 2000}))
    coverage = run.scores["coverage_95"]
    assert coverage < 0.6
    first, *others = run_warnings(run)
    assert f"{round(coverage * 88)} of 88 held-out rows, {coverage:.0%}" in first
    assert any("better than this network" in words for words in others)
    assert not any("**" in words for words in (first, *others))
    assert run_warnings(by_recipe) == ()


def test_drawn_points_have_none(run_of):
    assert run_warnings(run_of("quick")) == ()


def test_right_intervals_are_seldom_warned_of():
    rng = np.random.default_rng(0)
    for n in (1, 5, 50, 500):
        held = rng.binomial(n, 0.95, 20_000)
        assert np.mean(module.special.bdtr(held, n, module.LEVEL) < module.CHANCE) < 1.05 * module.CHANCE + 5e-4
    assert module.special.bdtr(1, 11, module.LEVEL) < module.CHANCE  # 9 % of eleven rows


def test_boosted_trees_are_named_where_they_are_better_beyond_luck():
    rng, first = np.random.default_rng(1), Finding("good", "The network is better than a linear model", "So it does.")
    net, noise = rng.normal(size=(2, 300))
    noise -= noise.mean()
    better, line = net - 0.3 + 0.1 * noise, {"line": net + 1}
    found = or_boosted(first, net, line, better)
    assert (found.kind, "**0.300" in found.sentence, "So it does." in found.sentence) == ("warning", True, True)
    assert or_boosted(first, net, line, net - 0.01 + noise) is first  # luck
    assert or_boosted(first, net, line, net + 0.1) is first
    assert or_boosted(first, net, {"line": better - 1}, better) is first  # the line is better still


def test_the_trees_stand_beside_the_linear_models(by_recipe):
    labels = [line.label for line in beside_baselines(by_recipe).lines]
    assert labels[-1] == BOOSTED


def test_a_few_impossible_rows_are_told_although_no_test_tells_them_from_luck(tmp_path, monkeypatch):
    monkeypatch.setenv("HETEROSCOPE_TABLES", str(tmp_path))
    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    rare = pd.DataFrame({"x": x, "y": 3 * x + 0.01 * rng.normal(size=200) + 5 * (np.arange(200) % 20 == 0)})
    alone = {"training.members": 1, "training.patience": 0, "data.validation": 0.0, "loss.name": "gaussian_nll"}
    *_, found = run_warnings(train(table_experiment(rare, target="y", settings=alone)))
    assert "nats per held-out row higher" in found
    few = pd.DataFrame({"x": x[:12], "y": x[:12]})
    assert not any("nats" in words for words in run_warnings(train(table_experiment(few, target="y"))))
