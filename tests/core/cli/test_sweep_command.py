"""`python -m core sweep`: its table, its JSON, what is best, and one sentence for each thing that is wrong."""

import json
from pathlib import Path

import pandas as pd
import pytest

from core.cli.main import main
from core.sweeps.chunk import Row
from core.sweeps.results import Results
from core.sweeps.sweep_file import sweep_of
from tests.core.sweeps.sweeps import TOML


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A sweep whose runs are there: nothing needs a worker."""
    path = tmp_path / "sweep.toml"
    path.write_text(TOML, encoding="utf-8")
    values = [0.5, 0.9, 0.4, 0.7, 0.5, 0.8, None, 0.6]
    rows = [
        Row(
            number,
            f"{number:016x}",
            "diverged" if value is None else "done",
            "=1+1",
            0.1,
            20,
            value,
            value,
            value,
            value,
        )
        for number, value in enumerate(values)
    ]
    Results(tmp_path / "sweep.sqlite", sweep_of(TOML)).add(rows)
    return path


def test_what_is_best_is_said(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", str(file)]) == 0
    said = capsys.readouterr().out
    assert "8 of 8 runs" in said
    assert "Without scores: 1 diverged" in said
    assert "Lowest NLL, full: 0.400" in said
    assert "1 of 2 seeds  σ, averaged over x 0.3 · Loss Gaussian NLL" in said


def test_a_json_object_and_tables(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", str(file), "--json", "--score", "coverage_95", "--table", str(tmp_path / "t.csv")]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["statuses"] == {"diverged": 1, "done": 7}
    assert answer["best"][0]["settings"] == {"noise.scale": 0.1, "loss.name": "beta_nll"}
    assert answer["best"][0]["median"] == pytest.approx(0.85)
    table = pd.read_csv(tmp_path / "t.csv")
    assert table["noise.scale"].tolist() == [0.1, 0.1, 0.3, 0.3] * 2
    assert table["message"].tolist() == ["'=1+1"] * 8, "no cell is a formula"
    assert main(["sweep", str(file), "--table", str(tmp_path / "t.json")]) == 0
    assert json.loads((tmp_path / "t.json").read_text())[6]["nll"] is None


def test_only_what_is_there_without_training(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", str(file), "--out", str(tmp_path / "new.sqlite"), "--no-train"]) == 0
    assert "0 of 8 runs" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["none.toml"], 'The sweep cannot be "none.toml": it must be a TOML file that can be read'),
        (["{file}", "--out", "{file}"], "it must be a new file, or one that a sweep has written."),
        (
            ["{file}", "--out", "/nowhere/r.sqlite"],
            "it must be a file that can be written (No such file or directory).",
        ),
        (["{file}", "--table", "/nowhere/t.csv"], '--table cannot be "/nowhere/t.csv"'),
    ],
)
def test_what_is_wrong_is_one_sentence(
    file: Path, words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", *(word.replace("{file}", str(file)) for word in words)]) == 2
    told = capsys.readouterr()
    assert sentence in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""


def test_results_of_another_sweep_are_refused(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(TOML.replace("seeds = 2", "seeds = 3"), encoding="utf-8")
    assert main(["sweep", str(file)]) == 2
    assert "it must be a new file: it has the results of another sweep." in capsys.readouterr().err


@pytest.mark.parametrize("workers", ["0", "513", "two", "٣"])
def test_workers_are_a_whole_number(file: Path, workers: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["sweep", str(file), "--workers", workers])
    assert ended.value.code == 2
    assert "it must be a whole number between 1 and 512" in capsys.readouterr().err
