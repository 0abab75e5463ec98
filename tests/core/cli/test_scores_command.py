"""`python -m core scores` takes every form, groups, and a second file that the recalibration of the first corrects."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from core.cli.main import main


def table(seed: int, n: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    mean, std = rng.normal(size=n), np.exp(0.2 * rng.normal(size=n))
    region = rng.choice(["north", "south", "east"], n)
    z = 2 * rng.normal(size=n) * np.where(region == "north", 2, 1)
    return pd.DataFrame(
        {
            "observed": mean + std * z,
            "guess": mean,
            "unsure": std,
            "kind": region,
            "lo_90": mean + std * norm.ppf(0.05),
            "hi_90": mean + std * norm.ppf(0.95),
        }
    )


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    table(1).to_csv(tmp_path / "a.csv", index=False)
    table(2).drop(columns="observed").to_csv(tmp_path / "b.csv", index=False)
    return str(tmp_path / "a.csv"), str(tmp_path / "b.csv")


def answer(capsys: Any, *words: str) -> Any:
    assert main(["scores", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_form_that_the_names_say(capsys: Any, files: tuple[str, str]) -> None:
    found = answer(capsys, files[0])
    assert (found["form"], found["read_as"]) == ("interval", "an interval of 90 % alone")
    assert found["verdict"]["headline"] == "The intervals are too narrow"
    assert found["verdict"]["recalibration"] == "conformal_bounds"
    assert found["scores"]["coverage_90"] < 0.8
    assert found["scores"]["nll"] is None


def test_columns_a_group_and_a_form_that_are_chosen(capsys: Any, files: tuple[str, str]) -> None:
    roles = "mean=guess,std=unsure"
    found = answer(capsys, files[0], "--columns", roles, "--group", "kind")
    assert (found["form"], found["read_as"]) == ("spread", "mean and std")
    groups = {group["name"]: group for group in found["groups"]["groups"]}
    assert set(groups) == {"north", "south", "east"}
    assert groups["north"]["mark"] == "distance" or groups["north"]["mark"] == "coverage"
    assert "north" in found["groups"]["finding"]["sentence"]
    assert "**" not in found["groups"]["finding"]["sentence"]
    assert answer(capsys, files[0], "--columns", roles, "--form", "interval")["form"] == "interval"
    assert main(["scores", files[0], "--columns", roles, "--group", "kind"]) == 0
    assert "covers fewer" in (text := capsys.readouterr().out) or "larger errors" in text


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_another_file_is_corrected(capsys: Any, files: tuple[str, str], tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"fixed.{ending}"
    words = [*files[:1], "--columns", "mean=guess,std=unsure", "--group", "kind", "--recalibrate", "scale"]
    found = answer(capsys, *words, "--apply-to", files[1], "--output", str(out), "--levels", "0.8")
    assert found["columns"] == ["mean", "std", "lower_80", "upper_80"]
    fixed = pd.read_csv(out) if ending == "csv" else pd.read_parquet(out)
    other = table(2)
    factor = np.sqrt(np.mean(((table(1)["observed"] - table(1)["guess"]) / table(1)["unsure"]) ** 2))
    np.testing.assert_allclose(fixed["std"], factor * other["unsure"], rtol=1e-6)
    assert len(fixed) == len(other)


def test_rows_go_to_the_terminal_without_an_output(capsys: Any, files: tuple[str, str]) -> None:
    assert main(["scores", files[0], "--recalibrate", "conformal_bounds", "--apply-to", files[1]]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines()[0] == "lower_90,upper_90"
    assert "The second file has no y" in told.err


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--columns", "nonsense"], "“nonsense” does not say which column is what"),
        (["--columns", "colour=a"], "“colour” is not a role of a column of predictions"),
        (["--columns", "std=nix"], "The table has no column “nix”"),
        (["--form", "samples"], "have no “samples”"),
        (["--apply-to", "b.csv"], "given together with --recalibrate"),
        (["--output", "b.csv"], "given together with --apply-to"),
        (["--recalibrate", "scale"], "corrects a whole distribution"),
        (["--recalibrate", "conformal_bounds", "--apply-to", "none.csv"], "There is no file “none.csv”"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    capsys: Any, files: tuple[str, str], words: list[str], reason: str
) -> None:
    assert main(["scores", files[0], *words]) == 2
    told = capsys.readouterr().err
    assert reason in told
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("option", "value", "bad"), [("--levels", "0.5,2", "2"), ("--levels", "a,b", "a"), ("--level", "90", "90")]
)
def test_levels_that_are_none_are_refused(
    capsys: Any, files: tuple[str, str], option: str, value: str, bad: str
) -> None:
    with pytest.raises(SystemExit):
        main(["scores", files[0], option, value])
    told = capsys.readouterr().err
    assert told.endswith(f"argument {option}: it must be a number between 0 and 1, such as 0.95, not {bad}\n")


def test_a_table_comes_from_standard_input(capsys: Any, files: tuple[str, str], monkeypatch: Any) -> None:
    assert main(["scores", files[0], "--json"]) == 0
    by_file = json.loads(capsys.readouterr().out)
    with open(files[0], encoding="utf-8") as file:
        monkeypatch.setattr("sys.stdin", file)
        assert main(["scores", "-", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == by_file
