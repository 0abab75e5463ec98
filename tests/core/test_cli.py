"""The command line (core/__main__.py): one JSON value out, one sentence for what is wrong, and the exit status."""

import _thread
import json
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.__main__ import main
from core.data.tables.shipped import TABLES
from core.evaluation.predictions import example
from core.evaluation.scores import SCORES as SCORE_TABLE
from core.experiment.experiment import FIELDS, Experiment
from core.experiment.presets import GROUPS, PRESETS
from core.experiment.table_recipe import on_table
from core.model.losses import LOSSES
from core.runs.library import Library
from core.runs.store import Store
from core.studies import Claim, Study, Variant
from core.training import loop
from tests.core.compiles_nothing import scoringrules
from tests.pace import at_most

ROOT = Path(__file__).parents[2]
FAST = ("--set", "data.n=100", "--set", "training.steps=3")
SILENT = ("", f"{loop.COMPILES}…\n")  # the second comes from the first training if nothing is compiled yet
KEYS = {"key", "status", "message", "seconds", "device", "steps", "scores", "loss", "recipe"}
KEYS |= {"table_checks", "warnings", "offer", "verdict"}
SCORES = {"nll", "crps", "rmse", "coverage_95", "gap"}


@pytest.fixture(autouse=True)
def own_store(tmp_path, monkeypatch):
    monkeypatch.setenv("HETEROSCOPE_STORE", f"sqlite:///{tmp_path / 'store.sqlite'}")


@pytest.fixture
def no_training(monkeypatch):
    def never(*arguments, **options):
        raise AssertionError("it trained")

    monkeypatch.setattr(loop, "train", never)


def run(*arguments):
    """Runs it as a process, as a shell would."""
    return subprocess.run(
        [sys.executable, "-m", "core", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120
    )


def answer_of(capsys, *arguments, status=0):
    assert main(["train", *arguments, "--json"]) == status
    out, err = capsys.readouterr()
    assert "".join(line for line in err.splitlines(True) if not line.startswith("Warning: ")) in SILENT
    assert len(out.splitlines()) == 1
    return json.loads(out)


def complaint_of(capsys, *arguments, command="train"):
    """The one error line for a broken input."""
    try:
        status = main([command, *arguments])
    except SystemExit as stop:
        status = stop.code
    out, err = capsys.readouterr()
    assert status == 2
    assert out == ""
    assert err.endswith("\n")
    assert len(err.splitlines()) == 1
    assert err[:-1].isprintable()
    assert "Traceback" not in err
    return err[:-1]


# As a program


def test_train_quick_prints_one_object_and_writes_predictions(tmp_path):
    file = tmp_path / "p.csv"
    done = run("train", "--preset", "quick", "--json", "--predictions", str(file))
    assert done.returncode == 0
    assert done.stderr in SILENT
    answer = json.loads(done.stdout)
    assert done.stdout.count("\n") == 1
    assert set(answer) == KEYS
    assert set(answer["scores"]) >= SCORES
    assert answer["status"] == "done"
    assert answer["key"] == PRESETS["quick"].experiment.key
    assert answer["scores"]["gap"] < 0.01
    assert -1.3 < answer["loss"] < -1.0
    table = pd.read_csv(file)
    assert list(table.columns) == ["x", "mean", "std", "var"]
    np.testing.assert_allclose(table["x"], 50 + 0.1 * np.arange(1000))
    np.testing.assert_allclose(table["std"] ** 2, table["var"])
    assert 0.15 < table["std"].mean() < 0.25


def test_an_unknown_command_is_one_line():
    done = run("trian")
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "'trian'" in done.stderr
    assert "train" in done.stderr


def test_a_bad_setting_is_one_sentence():
    done = run("train", "--preset", "quick", "--set", "noise.scale=-1", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == 'σ, averaged over x (noise.scale) cannot be "-1": it must be between 0.001 and 100.\n'


# Tables


def write_table(path):
    rng = np.random.default_rng(0)
    size = rng.uniform(0, 10, 200)
    colour = np.array(["red", "blue"])[np.arange(200) % 2]
    price = 2 * size + 3 * (colour == "red") + rng.standard_normal(200)
    pd.DataFrame({"size": size, "colour": colour, "id": range(200), "price": price}).to_csv(path, index=False)


def test_a_table_is_trained_on_and_new_rows_are_predicted(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("HETEROSCOPE_TABLES", str(tmp_path / "tables"))
    write_table(tmp_path / "data.csv")
    table = ("--csv", str(tmp_path / "data.csv"), "--target", "price", "--features", "size,colour")
    trained = answer_of(capsys, *table, "--set", "training.steps=300", "--set", "network.layers=20")
    assert trained["scores"]["rmse"] < 2
    assert (
        answer_of(capsys, *table, "--set", "training.steps=300", "--set", "network.layers=20")["key"] == trained["key"]
    )
    (tmp_path / "new.csv").write_text("colour,size\nred,5\nblue,5\nblue,70\nred,\n")
    assert main(["predict", trained["key"], str(tmp_path / "new.csv"), "--level", "0.9", "--json"]) == 0
    out, err = capsys.readouterr()
    rows = json.loads(out)["rows"]
    assert abs(rows[0]["mean"] - 13) < 1.5
    assert abs(rows[1]["mean"] - 10) < 1.5
    assert rows[0]["lower"] < rows[0]["mean"] < rows[0]["upper"]
    assert rows[2]["warning"].startswith("size is outside the training range")
    assert (rows[3]["mean"], rows[3]["warning"]) == (None, "size is missing")
    assert err.startswith("2 of 4 rows are unlike")
    saved = tmp_path / "saved.csv"
    assert main(["predict", trained["key"], str(tmp_path / "new.csv"), "--out", str(saved)]) == 0
    assert len(pd.read_csv(saved)) == 4


def test_predictions_hold_no_formula_that_a_file_brought(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("HETEROSCOPE_TABLES", str(tmp_path / "tables"))
    rng = np.random.default_rng(0)
    pd.DataFrame(rng.normal(size=(50, 3)), columns=["=1+1", "b", "y"]).to_csv(tmp_path / "data.csv", index=False)
    saved = tmp_path / "saved.csv"
    answer_of(capsys, "--csv", str(tmp_path / "data.csv"), "--set", "training.steps=3", "--predictions", str(saved))
    assert list(pd.read_csv(saved, encoding="utf-8-sig").columns) == [
        "'=1+1",
        "b",
        "mean",
        "std",
        "var",
        "std_noise",
        "std_ignorance",
        "lower",
        "upper",
        "y",
    ]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--target", "weight"), "no column “weight”"),
        (("--target", "colour"), "a target is a column of numbers"),
        (("--target", "price", "--features", "size,nope"), "no column “nope”"),
        (("--target", "price", "--features", "price"), "is the target"),
        (("--table", "engel"), "not allowed with argument"),
    ],
)
def test_a_table_that_cannot_be_used_so_is_one_sentence(arguments, says, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("HETEROSCOPE_TABLES", str(tmp_path / "tables"))
    write_table(tmp_path / "data.csv")
    command = ["train", "--csv", str(tmp_path / "data.csv"), *arguments, "--json"]
    if "--table" in arguments:
        with pytest.raises(SystemExit) as caught:
            main(command)
        assert caught.value.code == 2
    else:
        assert main(command) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert says in err


def test_a_file_of_one_column_is_predicted_where_the_run_has_one_feature(capsys, tmp_path):
    engel = answer_of(capsys, "--preset", "engel", "--set", "training.steps=3")["key"]
    (tmp_path / "new.csv").write_text("income\n500\n\n900\n")
    assert main(["predict", engel, str(tmp_path / "new.csv"), "--json"]) == 0
    assert [row["warning"] for row in json.loads(capsys.readouterr().out)["rows"]] == ["", "income is missing", ""]
    cars = answer_of(capsys, "--table", "cars", "--features", "weight,year", "--set", "training.steps=3")["key"]
    (tmp_path / "new.csv").write_text("weight\n3000\n")
    said = "There is no column “year”: this run predicts from “weight”, “year”; add what is missing, or name it so."
    assert complaint_of(capsys, cars, str(tmp_path / "new.csv"), command="predict") == said


def test_a_run_that_is_not_kept_cannot_predict(capsys, tmp_path):
    write_table(tmp_path / "data.csv")
    assert main(["predict", "0123456789abcdef", str(tmp_path / "data.csv")]) == 2
    assert capsys.readouterr().err.startswith('The run cannot be "0123456789abcdef"')


def test_tables_of_what_there_is_are_json(capsys):
    for command, names, keys in (
        ("presets", PRESETS, {"group", "name", "label", "look_for", "settings"}),
        (
            "losses",
            LOSSES,
            {
                "name",
                "label",
                "help",
                "latex",
                "outputs",
                "reading",
                "readings",
                "heads",
                "floor",
                "unit",
                "mistake",
                "outcome",
                "reference",
            },
        ),
        ("settings", FIELDS, {"name", "default", "takes", "unit", "help"}),
    ):
        assert main([command, "--json"]) == 0
        out, err = capsys.readouterr()
        assert err == ""
        rows = json.loads(out)
        assert [row["name"] for row in rows] == list(names)
        assert all(set(row) == keys for row in rows)
        assert main([command]) == 0
        lines = capsys.readouterr().out.splitlines()
        titles = list(GROUPS.values()) if command == "presets" else []
        assert [line for line in lines if line in titles] == titles
        assert [line.split()[0] for line in lines if line not in titles] == list(names)


def test_losses_tell_their_floor_and_whether_they_are_a_mistake(capsys):
    main(["losses", "--json"])
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["gaussian_nll"]["floor"] == pytest.approx(-1.1094, abs=1e-4)
    assert rows["posted"]["floor"] == pytest.approx(-0.4176, abs=1e-4)
    assert rows["wrong_sign"]["floor"] is None
    assert [rows[name]["mistake"] for name in ("gaussian_nll", "posted", "no_log_term")] == [False, True, True]
    assert (rows["posted"]["reading"], rows["pinball"]["reading"]) == ("log_variance", "quantiles")


# Scores of anyone's predictions


def test_scores_of_a_file_are_json(capsys, tmp_path):
    rng = np.random.default_rng(0)
    mean, std = rng.normal(size=300), np.exp(rng.normal(size=300))
    table = pd.DataFrame({"y": mean + std * rng.normal(size=300), "mean": mean, "std": std})
    table.to_csv(tmp_path / "p.csv", index=False)
    assert main(["scores", str(tmp_path / "p.csv"), "--json"]) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert err == ""
    assert found["n"] == 300
    assert found["reasons"] == {}
    assert set(found["scores"]) == {name for name, row in SCORE_TABLE.items() if not row.needs_truth}
    assert found["scores"]["rmse"] == pytest.approx(np.sqrt(np.mean((table["y"] - table["mean"]) ** 2)), abs=1e-12)
    assert found["scores"]["nll"] == pytest.approx(np.mean(scoringrules.logs_normal(table["y"], mean, std)), abs=1e-9)
    assert main(["scores", str(tmp_path / "p.csv")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{found['verdict']['headline']}."
    assert lines[1] == found["verdict"]["sentence"]
    assert lines[4].startswith("nll ")


def test_scores_without_a_value_say_why(capsys, tmp_path):
    (tmp_path / "p.csv").write_text("y,mean,std\n1,2,3\n1,2,0\n")
    assert main(["scores", str(tmp_path / "p.csv"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["scores"]["rmse"] == 1
    assert found["scores"]["nll"] is None
    assert found["reasons"]["nll"].endswith("is not above 0; the first is point 2.")
    assert main(["scores", str(tmp_path / "p.csv")]) == 0
    assert "So there is no nll, crps" in capsys.readouterr().out


def test_scores_with_a_verdict_and_a_recalibration(capsys, tmp_path):
    columns = example().columns
    pd.DataFrame({name: column.values for name, column in columns.items()}).to_csv(tmp_path / "p.csv", index=False)
    assert main(["scores", str(tmp_path / "p.csv"), "--json", "--recalibrate", "scale"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["verdict"]["headline"] == "The standard deviations are 1.5 times too small"
    assert "*" not in found["verdict"]["sentence"]
    fix = found["recalibration"]
    assert (fix["n_fitted"], fix["n_test"]) == (2000, 2000)
    assert fix["before"]["coverage"] < 0.85 < 0.93 < fix["after"]["coverage"] < 0.97
    assert fix["after"]["nll"] < fix["before"]["nll"]
    assert main(["scores", str(tmp_path / "p.csv"), "--recalibrate", "conformal"]) == 0
    assert "Covers" in capsys.readouterr().out.splitlines()[-5]
    assert main(["scores", str(tmp_path / "p.csv"), "--json", "--family", "laplace"]) == 0
    assert json.loads(capsys.readouterr().out)["scores"]["nll"] != found["scores"]["nll"]


def test_a_recalibration_of_too_few_points_is_one_sentence(capsys, tmp_path):
    (tmp_path / "p.csv").write_text("y,mean,std\n1,2,3\n1,2,1\n")
    assert main(["scores", str(tmp_path / "p.csv"), "--json", "--recalibrate", "conformal"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "validation points" in err
    assert len(err.splitlines()) == 1


def test_a_file_without_predictions_is_one_sentence(capsys, tmp_path):
    assert main(["scores", str(tmp_path / "none.csv"), "--json"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1


def test_settings_tell_what_experiments_take(capsys):
    main(["settings", "--json"])
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["noise.scale"]["takes"] == "between 0.001 and 100"
    defaults = {name: row["default"] for name, row in rows.items()}
    assert Experiment.from_settings(defaults) == Experiment()


def test_help_is_there_for_every_command(capsys):
    for arguments in (["--help"], ["train", "--help"], ["reproduce", "--help"], ["settings", "--help"]):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert stop.value.code == 0
        assert "usage: python -m core" in capsys.readouterr().out


# Training


def test_ctrl_c_keeps_what_it_had(capsys, tmp_path):
    file, before = tmp_path / "p.csv", signal.getsignal(signal.SIGINT)
    answer_of(capsys, *FAST)  # the code is loaded: before the first step there is nothing to keep

    def press():
        while signal.getsignal(signal.SIGINT) is before:  # until the program listens
            time.sleep(0.01)
        time.sleep(0.3)
        _thread.interrupt_main()

    threading.Thread(target=press, daemon=True).start()
    answer = answer_of(capsys, "--set", "training.steps=1000000", "--predictions", str(file), status=130)
    assert answer["status"] == "stopped"
    assert 0 < answer["steps"] < 1_000_000
    assert len(pd.read_csv(file)) == 1000
    assert signal.getsignal(signal.SIGINT) is before


def test_settings_are_changed_in_the_order_preset_then_set(capsys):
    answer = answer_of(capsys, "--preset", "posted-quick", *FAST)
    expected = PRESETS["posted-quick"].experiment.with_settings({"data.n": 100, "training.steps": 3})
    assert answer["key"] == expected.key
    assert answer["steps"] == 3


def test_the_order_of_the_settings_changes_nothing(capsys):
    """A target also sets its range and noise, but not over settings that are given, before or after it."""
    edits = ["noise.scale=0.3", "data.target=line", "loss.reading=laplace_scale", "loss.name=posted"]
    keys = [answer_of(capsys, *FAST, *(f"--set={edit}" for edit in order))["key"] for order in (edits, edits[::-1])]
    together = dict(edit.split("=") for edit in edits) | {"data.n": 100, "training.steps": 3}
    assert keys == [Experiment.from_settings(together).key] * 2


def test_an_experiment_comes_from_a_file(capsys, tmp_path):
    experiment = Experiment.from_settings({"data.n": 100, "training.steps": 3, "network.layers": [4]})
    file = tmp_path / "e.json"
    for encoding in ("utf-8", "utf-8-sig"):
        file.write_text(experiment.to_json(), encoding=encoding)
        assert answer_of(capsys, "--experiment", str(file))["key"] == experiment.key
    changed = experiment.with_settings({"training.seed": 5})
    assert answer_of(capsys, "--experiment", str(file), "--set", "training.seed=5")["key"] == changed.key


def test_a_table_brings_the_recipe_of_the_pages_along(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("HETEROSCOPE_TABLES", str(tmp_path / "tables"))
    by_file = ("--csv", str(TABLES["diabetes"].path), "--target", "progression")
    assert answer_of(capsys, *by_file)["scores"]["nll"] < 10  # the recipe for simulated points gives 893
    steps = {"training.steps": 3}
    shipped = on_table(Experiment(), {"data.table": "diabetes", **steps})
    few = ("--table", "diabetes", "--set", "training.steps=3")
    assert answer_of(capsys, *few)["key"] == shipped.key
    kept = Experiment.from_settings({"data.n": 100, **steps})
    (tmp_path / "e.json").write_text(kept.to_json())
    as_it_stands = answer_of(capsys, "--experiment", str(tmp_path / "e.json"), "--table", "diabetes")
    assert as_it_stands["key"] == kept.with_settings({"data.table": "diabetes"}).key


def test_a_table_of_very_many_columns_is_trained_on(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("HETEROSCOPE_TABLES", str(tmp_path / "tables"))
    table = pd.DataFrame(
        np.random.default_rng(0).normal(size=(60, 401)).round(3), columns=[*map("f{}".format, range(400)), "y"]
    )
    table.to_csv(tmp_path / "wide.csv", index=False)
    wide = ["--csv", str(tmp_path / "wide.csv"), "--set", "training.steps=3"]
    assert main(["train", *wide, "--json"]) == 0
    told = capsys.readouterr().err
    assert "Of 400 columns that could be features the 300 most strongly related to “y” are taken" in told
    named = ",".join(f"f{i}" for i in range(100, 250))
    assert answer_of(capsys, *wide, "--features", named)["steps"] == 3


def test_a_table_has_no_gap_and_is_predicted_over_its_range(capsys, tmp_path):
    file = tmp_path / "p.csv"
    answer = answer_of(capsys, "--preset", "engel", "--set", "training.steps=3", "--predictions", str(file))
    assert answer["scores"]["gap"] is None
    assert len(pd.read_csv(file)) == 1000


def test_a_run_is_kept_where_the_dashboard_finds_it_or_not(capsys):
    answer_of(capsys, *FAST, "--no-store")
    store = Store()
    assert Library(store).count() == 0
    key = answer_of(capsys, *FAST)["key"]
    assert store.get(key).status == "done"
    store.close()


def test_a_store_that_cannot_be_used_is_reported_and_stops_nothing(capsys, monkeypatch):
    monkeypatch.setenv("HETEROSCOPE_STORE", "nonsense://anna:hunter2@host/x")
    assert main(["train", *FAST, "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["status"] == "done"
    assert err.startswith("The store of runs ")
    assert len(err.splitlines()) == 1
    assert "hunter2" not in err


def test_plain_words_without_json(capsys):
    assert main(["train", *FAST]) == 0
    out, err = capsys.readouterr()
    assert err in SILENT
    figures, verdict = out.split("\n\n")
    words = dict(line.split(maxsplit=1) for line in figures.splitlines())
    assert words["status"] == "done"
    assert float(words["gap"]) > 0
    headline, sentence = verdict.splitlines()
    assert len(headline) > 10
    assert sentence.endswith((".", "!"))
    assert "*" not in verdict


def test_the_verdict_stands_in_the_json_with_its_claims(capsys):
    answer = answer_of(capsys, "--preset", "quick")
    verdict, claims = answer["verdict"], {claim["name"]: claim for claim in answer["verdict"]["claims"]}
    assert verdict["kind"] == "good"
    assert claims["floor"]["value"] == pytest.approx(0.5 + np.log(0.2), abs=1e-3)
    assert {"name", "value", "std_error", "means"} <= set(claims["loss_on_new"])
    assert f"{abs(claims['loss_on_new']['value']):.3f}" in verdict["sentence"]
    assert "**" not in verdict["headline"] + verdict["sentence"]


def test_a_diverged_run_ends_with_3(capsys, tmp_path):
    wild = {
        "data.target": "cubic", "data.x_min": "-1000", "data.x_max": "1000", "network.activation": "relu",
        "training.optimizer": "sgd", "training.learning_rate": "1", "training.standardise": "false", "data.n": "100",
    }  # fmt: skip
    flags = [text for name, value in wild.items() for text in ("--set", f"{name}={value}")]
    answer = answer_of(capsys, *flags, "--predictions", str(tmp_path / "p.csv"), status=3)
    assert answer["status"] == "diverged"
    assert answer["message"].startswith(f"Diverged at step {answer['steps'] + 1:,}: ")
    assert answer["verdict"]["kind"] in ("warning", "mistake")
    assert len(pd.read_csv(tmp_path / "p.csv")) == 1000


# Studies


SHORT_STUDY = Study(
    name="short",
    label="A short study",
    preset="stirn-toy",
    measures=("rmse",),
    variants={"squared error": Variant({"loss.name": "squared_error", "training.steps": 3}, ("1",))},
    claims=(Claim("It ends.", lambda table: True), Claim("It fits.", lambda table: (table["rmse"] < 1).all(axis=None))),
    seeds=2,
    reference="none",
)


def test_a_study_prints_its_runs_and_says_which_claims_hold(capsys, monkeypatch):
    monkeypatch.setattr("core.cli.reproduce_command.STUDIES", {"short": SHORT_STUDY})
    assert main(["reproduce", "short", "--json"]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    answer = json.loads(out)
    assert set(answer) == {"study", "runs", "claims", "settings", "seeds"}
    assert answer["seeds"] == [0, 1]
    assert answer["settings"]["squared error"]["data.target"] == "x_sin_x"
    assert answer["settings"]["squared error"]["training.steps"] == "3"
    assert answer["claims"] == {"It ends.": True, "It fits.": False}
    assert [(run["seed"], run["variant"], run["status"]) for run in answer["runs"]] == [
        (seed, "squared error", "done") for seed in (0, 1)
    ]
    assert main(["reproduce", "short", "--seeds", "1"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "A short study"
    assert lines[-2:] == ["holds  It ends.", "FAILS  It fits."]


def test_a_study_whose_claims_hold_ends_with_0(capsys, monkeypatch):
    monkeypatch.setattr(
        "core.cli.reproduce_command.STUDIES", {"short": replace(SHORT_STUDY, claims=SHORT_STUDY.claims[:1])}
    )
    assert main(["reproduce", "short", "--seeds", "1"]) == 0
    assert capsys.readouterr().out.endswith("holds  It ends.\n")


@pytest.mark.usefixtures("no_training")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["sine"],
            'The study cannot be "sine": it must be seitzer-sine, stirn-toy, kendall-gal-table-3, wrong-families, '
            "uci-concrete, verdicts or calibration.",
        ),
        (["stirn-toy", "--seeds", "0"], "argument --seeds: it must be a whole number between 1 and 1,000, not 0"),
        (["stirn-toy", "--seeds", "9" * 50], "argument --seeds: it must be a whole number between 1 and 1,000"),
        (["stirn-toy", "--seeds", "two"], "argument --seeds: it must be a whole number between 1 and 1,000, not two"),
        (
            ["stirn-toy", "--first", "-1"],
            "argument --first: it must be a whole number between 0 and 1,000,000,000, not -1",
        ),
        ([], "the following arguments are required: NAME"),
        (
            ["stirn-toy", "--seeds", "0001000"],
            "argument --seeds: it must be a whole number between 1 and 1,000, not 0001000",
        ),
    ],
)
def test_an_unknown_study_gets_a_sentence(arguments, words, capsys):
    assert words in complaint_of(capsys, *arguments, command="reproduce")


# What is refused, before anything trains


@pytest.mark.usefixtures("no_training")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--preset", "slow"], '--preset cannot be "slow": it must be one of growing, quick, question-as-posted, '),
        (["--preset", "quick\nslow"], '--preset cannot be "quick\\nslow": '),
        (["--set", "noise.scale"], '--set cannot be "noise.scale": it must be a setting and its value, such as'),
        (["--set", ""], '--set cannot be "": '),
        (["--set", "=3"], ' cannot be "3": there is no setting of this name; '),
        (["--set", "noise.scale=1", "--set", "noise.scale=2"], "given once, and noise.scale is given twice."),
        (["--set", "noise.scale=1e400"], 'σ, averaged over x (noise.scale) cannot be "1e400": it must be between'),
        (["--set", "network.layers=" + "9," * 5000], "Hidden layers (network.layers) cannot be "),
        (["--set", "colour=red"], 'colour cannot be "red": there is no setting of this name; '),
        (["--set", "training.device=abacus"], "Device (training.device) cannot be"),
        (["--set", "data.x_max=1"], "x to (data.x_max) cannot be 1: it must be above “x from”, which is 50."),
        (["--experiment", "/nowhere/e.json"], "a JSON file that can be read (No such file or directory)."),
        (["--experiment", str(ROOT)], "a JSON file that can be read (Is a directory)."),
        (["--experiment", "a\x00b"], '--experiment cannot be "a\\x00b": '),
        (["--experiment", str(Path(np.__file__).parent / "linalg" / "nothing")], "--experiment cannot be "),
        (["--experiment", sys.executable], "--experiment cannot be "),
        (["--experiment", __file__], "The file cannot be "),
        (["--preset", "quick", "--experiment", "e.json"], "not allowed with argument --preset"),
        (["--predictions", "/nowhere/p.csv"], '--predictions cannot be "/nowhere/p.csv": it must be a file that can'),
        (["--predictions", str(ROOT)], "it must be a file that can be written (Is a directory)."),
        (["--predictions", "a\x00b"], "--predictions cannot be "),
        (["--colour"], "unrecognized arguments: --colour"),
        (["a\nb"], "unrecognized arguments: a\\nb"),
        (["--pre", "quick"], "unrecognized arguments"),
        (["--preset"], "expected one argument"),
    ],
)  # fmt: skip
def test_a_broken_input_gets_a_sentence_before_training(arguments, words, capsys):
    assert words in complaint_of(capsys, *arguments)


@pytest.mark.usefixtures("no_training")
def test_a_broken_file_gets_a_sentence(capsys, tmp_path):
    file = tmp_path / "e.json"
    for content, words in (
        (b"{", "The file cannot be "),
        (b"\xff\xfe\x00", "a JSON file that can be read (not UTF-8)."),
        (b"[" * 10_000, "The file cannot be "),
        (b" " * 200_000, "The file's length cannot be 100001: it must be at most 100,000 characters."),
        (b'{"noise": {"scale": NaN}}', "σ, averaged over x (noise.scale) cannot be NaN: "),
    ):
        file.write_bytes(content)
        assert words in complaint_of(capsys, "--experiment", str(file))


def test_looking_whether_predictions_can_be_written_changes_nothing(capsys, tmp_path, monkeypatch):
    kept, new = tmp_path / "kept.csv", tmp_path / "new.csv"
    kept.write_text("precious")
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    for file in (kept, new):
        complaint_of(capsys, "--predictions", str(file), "--set", "training.device=cuda")
    assert kept.read_text() == "precious"
    assert not new.exists()


def test_an_absent_device_is_a_sentence(capsys, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert "Device (training.device) cannot be" in complaint_of(capsys, "--set", "training.device=cuda", *FAST)


# The doctor


def doctor_of(capsys, *arguments, status=0):
    assert main(["doctor", *arguments]) == status
    return capsys.readouterr()


def test_the_doctor_answers_with_one_object(capsys):
    out, err = doctor_of(capsys, "0.5*exp(-s)*abs(r)+0.5*s", "--noise", "gaussian", "--scale", "0.2", "--json")
    assert (err, len(out.splitlines())) == ("", 1)
    found = json.loads(out)
    assert found["formula"] == "0.5*exp(-s)*abs(r) + 0.5*s"
    assert (found["status"], found["location"], found["estimate"]["name"]) == ("found", "the median", "E|r|")
    assert found["exp_s"] == pytest.approx(0.2 * np.sqrt(2 / np.pi), rel=1e-4)
    assert found["floor"] == pytest.approx(-0.4176, abs=1e-4)


def test_the_doctor_knows_the_losses_and_formulas_that_begin_with_a_sign(capsys):
    assert "Its floor on this noise is −1.109" in doctor_of(capsys, "--loss", "natural").out
    assert "It is unbounded" in doctor_of(capsys, "-r**2").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["__import__('os')"], '"__import__": no such name'),
        (["(1).__class__"], 'at character 4, "."'),
        (["9**9**9"], "a constant exponent must be between"),
        (["(" * 10_000 + "r" + ")" * 10_000], "Formula (loss.formula) cannot be"),
        (["sigmund*r"], "no such name"),
        (["r/0"], "nothing can be divided by zero"),
        ([""], "there is no formula"),
        (["r**2", "--noise", "cauchy"], "Noise family (noise.family) cannot be"),
        (["r**2", "--scale", "0"], "σ, averaged over x (noise.scale) cannot be"),
        (["--loss", "nope"], "Loss (loss.name) cannot be"),
        ([], "a formula, or --loss and a name"),
    ],
)
def test_the_doctor_refuses_in_one_sentence(capsys, no_training, arguments, said):
    with at_most(1):
        out, err = doctor_of(capsys, *arguments, status=2)
    assert (out, len(err.splitlines())) == ("", 1)
    assert said in err


def test_what_was_left_out_of_a_table_is_reported(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("HETEROSCOPE_TABLES", str(tmp_path / "tables"))
    (tmp_path / "own.csv").write_text(
        "a,y\n" + "".join(f"{i if i else ''},{0.37 * i * i % 7 + 9:.2f}\n" for i in range(40))
    )
    assert main(["train", "--csv", str(tmp_path / "own.csv"), "--set", "training.steps=5", "--json"]) == 0
    assert capsys.readouterr().err == "Rows left out, because a feature is missing: 1.\n"


def test_what_a_table_is_warned_of_is_reported_with_the_flags_that_mend_it(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("HETEROSCOPE_TABLES", str(tmp_path / "tables"))
    rows = "".join(f"{-999 if i % 20 == 3 else i % 13},{0.37 * i * i % 7 + 9:.2f}\n" for i in range(80))
    (tmp_path / "own.csv").write_text("a,y\n" + rows)
    train = ["train", "--csv", str(tmp_path / "own.csv"), "--set", "training.steps=5", "--json", "--no-store"]
    assert main(train) == 0
    out, err = capsys.readouterr()
    assert err.splitlines() == [
        "Warning: “a” is −999 in 4 rows, far from all its other values. It may mean a missing value, but is now "
        "used as a number.",
        "  Treat as missing: --set data.missing_values=a=-999",
    ]
    (remark,) = json.loads(out)["table_checks"]
    assert (remark["name"], remark["numbers"]) == ("sentinels", {"rows of a": 4.0})
    assert main([*train, "--set", "data.missing_values=a=-999"]) == 0
    out, err = capsys.readouterr()
    assert err == "Rows left out, because a feature is missing: 4.\n"
    assert json.loads(out)["table_checks"] == []


def test_a_closed_pipe_ends_it_silently() -> None:
    """As `| head -1` does."""
    command = [sys.executable, "-m", "core", "settings", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 0
