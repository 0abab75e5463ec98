"""`python -m core check`: the question's own numbers, files beside the code, and what cannot be used."""

import json
from pathlib import Path

import pytest

from core.cli.main import main

POSTED = "m, s = model(x)\nloss = 1/len(m) * (0.5*torch.exp(-s)*torch.sqrt(torch.pow(t - m, 2)) + 0.5*s).sum()\n"


@pytest.fixture
def code(tmp_path: Path) -> Path:
    file = tmp_path / "loss.py"
    file.write_text(POSTED)
    return file


def test_the_question_as_json(code: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(code), "--value", "-0.38", "--std-y", "0.83", "--variance", "0.16", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["headline"].startswith("exp(s) is E|r|")
    assert found["implied_std"] == pytest.approx(0.2156, rel=1e-3)
    assert {role["name"]: role["kind"] for role in found["roles"]} == {"m": "mean", "s": "second", "t": "target"}
    assert "torch.pow(t - m, 2)" in found["corrected"]
    assert "sqrt" not in found["corrected"]


def test_roles_files_and_text(code: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "log.txt").write_text("epoch 1 loss 0.5\nepoch 2 loss -0.4\n")
    (tmp_path / "p.csv").write_text("y_true,y_pred,y_std\n" + "0.1,0,0.2\n-0.3,0,0.2\n" * 20)
    files = ["--log", str(tmp_path / "log.txt"), "--predictions", str(tmp_path / "p.csv")]
    assert (
        main(["check", "--code", "0.5*exp(-a)*(b - c)**2 + 0.5*a", "--role", "b=target", "--role", "c=mean", *files])
        == 0
    )
    told = capsys.readouterr().out
    assert "exp(a/2)" in told
    assert "`" not in told
    assert "**" not in told.partition("a: ")[0]


def test_columns_that_no_name_tells_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "p.csv").write_text("a,b,c\n" + "0.1,0,0.2\n-0.3,0,0.2\n" * 20)
    words = ["check", "--code", "r**2", "--predictions", str(tmp_path / "p.csv")]
    assert main(words) == 2
    assert "y" in capsys.readouterr().err
    assert main([*words, "--columns", "y=a,mean=b,std=c"]) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--code", "x <- 3; sum(x^2)"], "R"),
        (["--code", "loss = foo(y, mu"], "line 1"),
        (["/no/such/file.py"], "cannot be read"),
        (["--code", "r**2", "--value", "nan"], "(--value) cannot be"),
        (["--code", "r**2", "--role", "r"], "a name and what it is"),
        (["--code", "r**2", "--role", "r=moon"], "--role cannot be"),
        (["--code", "r**2", "--log", str(Path(__file__).parents[3] / "LICENSE")], "epoch"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", *words]) == 2
    told = capsys.readouterr()
    assert said.lower() in told.err.lower()
    assert told.err.count("\n") == 1
    assert not told.out


def test_nothing_to_check_is_refused(capsys):
    for words in ([], ["--value", "-0.3"], ["--code", ""]):
        assert main(["check", *words]) == 2
        assert "a FILE, --code, --log or --predictions" in capsys.readouterr().err
