"""A table from Python: the experiment that the command line would train, whose default is fit for small tables."""

import json

import numpy as np
import pandas as pd
import pytest

from core import InvalidExperiment, table_experiment, train
from core.__main__ import main
from core.data.tables.columns import Choices, TableError
from core.data.tables.shipped import TABLES
from core.evaluation.baselines import fit_baselines
from core.experiment.table_recipe import follows_recipe


@pytest.fixture(autouse=True)
def own_stores(tmp_path, monkeypatch):
    monkeypatch.setenv("HETEROSCOPE_TABLES", str(tmp_path / "tables"))
    monkeypatch.setenv("HETEROSCOPE_STORE", f"sqlite:///{tmp_path / 'store.sqlite'}")


def drawn(rows=400):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 4))
    y = x[:, 0] - 0.5 * x[:, 1] + np.exp(0.4 * x[:, 2]) * rng.normal(size=rows)
    return pd.DataFrame({**{f"x{i}": x[:, i] for i in range(4)}, "y": y})


@pytest.mark.parametrize("of", ["diabetes", "drawn"])
def test_the_default_covers_and_is_no_worse_than_least_squares(of):
    """Recipes for tables that stood here before covered 9 and 43 % of tables such as these."""
    table = TABLES["diabetes"].path if of == "diabetes" else drawn()
    run = train(table_experiment(table, target="progression" if of == "diabetes" else "y"))
    data = run.dataset
    x, y = np.concatenate([data.x, data.x_validation]), np.concatenate([data.y, data.y_validation])
    line = np.mean(fit_baselines(x, y)["linear"](data.x_held_out).nll(data.y_held_out))
    assert 0.85 <= run.scores["coverage_95"] <= 1
    assert run.scores["nll"] < line + 0.1


def test_python_and_the_command_line_train_the_same(capsys):
    path = TABLES["diabetes"].path
    settings = {"training.steps": 60, "training.patience": 60}
    here = train(table_experiment(path, target="progression", settings=settings))
    flags = [f"--set={name}={value}" for name, value in settings.items()]
    assert main(["train", "--csv", str(path), "--target", "progression", *flags, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["key"] == here.key
    assert answer["scores"] == here.scores


def test_a_frame_is_the_table_that_its_file_is(tmp_path):
    frame = drawn(30).round(3)
    frame.to_csv(tmp_path / "t.csv", index=False)
    chosen = {"target": "y", "features": ["x1", "x0"]}
    by_frame, by_file = (table_experiment(source, **chosen) for source in (frame, str(tmp_path / "t.csv")))
    assert by_frame == by_file
    assert follows_recipe(by_frame)
    assert by_frame.data.feature_names == ("x1", "x0")
    assert table_experiment("engel", settings={"training.seed": 3}).training.seed == 3


def test_what_is_no_table_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(TableError, match=r"There is no file “nothing\.csv”"):
        table_experiment(tmp_path / "nothing.csv")
    with pytest.raises(TableError, match="The DataFrame cannot be kept"):
        table_experiment(pd.DataFrame({"x": [object()] * 20, "y": range(20)}))
    with pytest.raises(InvalidExperiment, match="Members"):
        table_experiment(drawn(30), settings={"training.members": 51})


def test_what_was_repaired_in_reading_is_a_warning_and_a_choice_settles_what_is_open(tmp_path):
    path = tmp_path / "prices.tsv"
    path.write_text("x\ty\n" + "".join(f"{i}\t{i % 7 + 1},{100 + 37 * i % 800}\n" for i in range(60)))
    with pytest.warns(UserWarning, match="It is unclear whether"):
        as_thousands = table_experiment(path)
    with pytest.warns(UserWarning, match="The decimal sign in “y” is “,”, as you chose: 1,100 is 1.100"):
        as_decimals = table_experiment(path, choices=Choices(decimal=","))
    assert as_thousands.data.csv != as_decimals.data.csv
