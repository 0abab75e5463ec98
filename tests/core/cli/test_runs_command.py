"""`python -m core runs …`: one JSON value or plain lines out, one sentence for what is wrong, exit status 2."""

import json

import pytest

from core.__main__ import main
from core.cli.runs_command import ACTS
from core.experiment.experiment import Experiment
from core.runs.library import Library
from core.runs.store import Store
from core.training.loop import train

SMALL = Experiment.from_settings({"data.n": 100, "network.layers": [4], "training.steps": 5})


@pytest.fixture
def library(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'runs.sqlite'}"
    monkeypatch.setenv("HETEROSCOPE_STORE", url)
    library = Library(Store(url))
    for loss in ("gaussian_nll", "laplace_nll"):
        library.store.put(train(SMALL.with_settings({"loss.name": loss})))
    yield library
    library.store.close()


def answer_of(capsys, *words, status=0):
    assert main(["runs", *words, "--json"]) == status
    out, err = capsys.readouterr()
    assert err == ""
    return json.loads(out)


def test_the_list(capsys, library):
    assert [row["loss"] for row in answer_of(capsys)] == ["laplace_nll", "gaussian_nll"]
    (row,) = answer_of(capsys, "--search", "laplace", "--sort", "nll")
    (entry,) = library.entries("laplace")
    assert (row["id"], row["key"], row["nll"]) == (entry.id, entry.key, entry.nll)
    assert answer_of(capsys, "list", "--starred") == []
    assert main(["runs"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert library.entries()[0].key in lines[0]


def test_star_name_and_notes(capsys, library):
    key = library.entries("gaussian_nll")[0].key
    assert answer_of(capsys, "star", key, "2", "1") == {"starred": [1, 2]}
    assert answer_of(capsys, "unstar", "2") == {"unstarred": [2]}
    assert answer_of(capsys, "rename", "1", "my", "best\x1b[31m") == {"changed": [1]}
    assert answer_of(capsys, "note", key, "why not") == {"changed": [1]}
    (entry,) = library.entries(starred_only=True)
    assert (entry.id, entry.name, entry.notes) == (1, "my best\\x1b[31m", "why not")


def test_delete_and_undo(capsys, library):
    assert answer_of(capsys, "delete", "1", "2") == {"deleted": [1, 2]}
    assert main(["runs"]) == 0
    assert capsys.readouterr().out == "No run matches.\n"
    assert answer_of(capsys, "undo", "2") == {"back": [2]}
    assert library.count() == 1


def test_one_file_out_and_in(capsys, library, tmp_path, monkeypatch):
    path = str(tmp_path / "runs.zip")
    assert answer_of(capsys, "export", path, "--search", "laplace") == {"exported": [2], "file": path}
    assert answer_of(capsys, "export", path, "1", "2") == {"exported": [1, 2], "file": path}
    assert answer_of(capsys, "import", path) == {"added": 0, "already_there": 2, "refused": []}
    monkeypatch.setenv("HETEROSCOPE_STORE", f"sqlite:///{tmp_path / 'other.sqlite'}")
    assert answer_of(capsys, "import", path) == {"added": 2, "already_there": 0, "refused": []}
    assert len(answer_of(capsys)) == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["star"], "Which run? Give its number or its key: python -m core runs lists both."),
        (["star", "7"], "Run 7 is no longer in the library."),
        (["star", "9" * 30], "is not a run: give its number or its key"),
        (["star", "0123456789abcdef"], "“0123456789abcdef” is not a run"),
        (["delete", "../x"], "“../x” is not a run"),
        (["rename", "1"], "runs rename takes a run and what to write"),
        (["rename", "1", "x" * 81], "A name can have at most 80 characters, not 81."),
        (["undo", "1"], "Nothing to undo"),
        (["export"], "runs export takes a file"),
        (["export", "/nowhere/x.zip", "1"], 'runs export cannot be "/nowhere/x.zip": it must be a file that can be'),
        (["import"], "runs import takes one file"),
        (["import", "/nowhere"], 'runs import cannot be "/nowhere": it must be a file that can be read'),
        (["import", __file__], "The file is not an export of runs, or is incomplete."),
    ],
)
def test_what_cannot_be_is_one_sentence(capsys, library, words, sentence):
    assert main(["runs", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert sentence in err
    assert library.count() == 2


def test_a_store_that_cannot_be_used_is_told(capsys, monkeypatch):
    monkeypatch.setenv("HETEROSCOPE_STORE", "nonsense")
    assert main(["runs", "--json"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("The store of runs")


def test_every_act_is_explained(capsys):
    with pytest.raises(SystemExit) as end:
        main(["runs", "--help"])
    assert end.value.code == 0
    words = " ".join(capsys.readouterr().out.split())
    for name, act in ACTS.items():
        assert " ".join([name, *act.arguments]) + ": " + act.help in words
