"""`python -m core export`: a kept run as files."""

import json
import zipfile
from pathlib import Path

import pytest

from core.__main__ import main
from core.cli.export_command import OPTIONS
from core.data.tables.reading import read_table
from core.data.tables.table_store import table_store
from core.experiment.build import _of_table as dataset_of_table
from core.experiment.experiment import Experiment
from core.export.weights import load
from core.runs.store import Store
from core.training.loop import train
from core.training.run import Run


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("HETEROSCOPE_STORE", f"sqlite:///{tmp_path / 'store.sqlite'}")
    run = train(Experiment.from_settings({"data.n": 100, "training.steps": 20}))
    store = Store()
    store.put(run)
    store.close()
    return run


@pytest.mark.long
def test_a_kept_run_becomes_files(kept: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = (
        "script.py",
        "weights.safetensors",
        "predictions.csv",
        "history.parquet",
        "figure.svg",
        "charts.zip",
        "data.csv",
    )
    paths = [str(tmp_path / name) for name in names]
    options = [text for option, path in zip(OPTIONS, paths, strict=True) for text in (f"--{option}", path)]
    assert main(["export", kept.key, *options, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer == {"key": kept.key, "files": {path: Path(path).stat().st_size for path in paths}}
    assert load(paths[1]).key == kept.key
    assert Path(paths[4]).read_bytes().startswith(b"<svg")
    assert zipfile.is_zipfile(paths[5])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "at least one of --script"),
        (["--figure", "figure.pdf"], "a file that ends in .svg"),
        (["--weights", "weights.pt"], "a file that ends in .safetensors"),
        (["--script", "no/such/folder/script.py"], "a file that can be written (No such file or directory)"),
        (["--script", "a\0b"], "a file that can be written"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    kept: Run, options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", kept.key, *options]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


def test_a_table_that_is_gone_is_one_sentence(
    kept: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HETEROSCOPE_TABLES", str(tmp_path / "tables"))
    rows = "\n".join(f"{i},{i % 7}" for i in range(40))
    key = table_store().put(read_table(f"a,b\n{rows}\n".encode(), "rows.csv"), "rows")
    run = train(Experiment.from_settings({"data.csv": key, "training.steps": 5}))
    store = Store()
    store.put(run)
    store.close()
    monkeypatch.setenv("HETEROSCOPE_TABLES", str(tmp_path / "elsewhere"))
    dataset_of_table.cache_clear()
    assert main(["export", run.key, "--predictions", str(tmp_path / "p.csv")]) == 2
    assert capsys.readouterr().err.startswith(f"The table {key} is not here: "), "the path is not to blame"
    assert main(["export", run.key, "--weights", str(tmp_path / "w.safetensors")]) == 0


def test_a_run_that_is_not_kept_is_one_sentence(kept: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "0123456789abcdef", "--script", "script.py"]) == 2
    assert "the key of a kept run" in capsys.readouterr().err
