"""Several targets on the command line: trained as one net, scored one by one, predicted side by side."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, place in (("STORE", f"sqlite:///{tmp_path / 'store.sqlite'}"), ("TABLES", str(tmp_path / "tables"))):
        monkeypatch.setenv(f"HETEROSCOPE_{name}", place)
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 10, 80)
    price, rent = 5 + 2 * x + rng.normal(size=80), 100 - 3 * x + rng.normal(size=80)
    rows = [f"{a},{a % 1},{b},{c}" for a, b, c in zip(x, ["", *price[1:]], rent, strict=True)]
    (tmp_path / "houses.csv").write_text("x,z,price,rent\n" + "\n".join(rows))
    (tmp_path / "new.csv").write_text("x,z\n3,0.5\n30,0.1\n")
    return tmp_path / "houses.csv"


QUICK = ("--set", "training.steps=60", "--set", "training.members=2")


def test_each_is_scored_and_predicted(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    predicted = file.with_name("p.csv")
    options = ["--csv", str(file), *QUICK, "--json", "--predictions", str(predicted)]
    assert main(["train", "--targets", "rent,price", *options]) == 0
    out, err = capsys.readouterr()
    answer = json.loads(out)
    assert list(answer["targets"]) == ["price", "rent"]
    assert answer["scores"] == answer["targets"]["rent"] != answer["targets"]["price"]
    assert "Rows left out, because they have no value of “price”: 1." in err
    assert {"price_mean", "price_y", "rent_std", "x"} <= set(predicted.read_text().splitlines()[0].split(","))
    assert main(["train", "--targets", "price,rent", *options]) == 0
    other = json.loads(capsys.readouterr().out)
    assert (other["key"], other["targets"]) == (answer["key"], answer["targets"])
    assert other["scores"] == answer["targets"]["price"]

    assert main(["predict", answer["key"], str(file.with_name("new.csv")), "--json"]) == 0
    row, beyond = json.loads(capsys.readouterr().out)["rows"]
    assert row["price_mean"] < 40 < row["rent_mean"]
    assert row["price_std"] ** 2 == pytest.approx(row["price_std_noise"] ** 2 + row["price_std_ignorance"] ** 2)
    assert row["warning"] == ""
    assert "x is outside the training range" in beyond["warning"]

    weights = str(file.with_name("w.safetensors"))
    assert main(["export", answer["key"], "--script", str(file.with_name("s.py"))]) == 2
    assert "a script trains one target" in capsys.readouterr().err
    assert main(["export", answer["key"], "--weights", weights]) == 0
    assert main(["predict", weights, str(file.with_name("new.csv")), "--json"]) == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--targets", "price,price"], "Further targets (data.also) cannot be"),
        (["--targets", "price,nope"], "no column “nope”"),
        (["--targets", ",".join("abcdefghi")], "at most 8 targets"),
        (["--targets", ""], "--targets cannot be"),
        (["--targets", "price,rent", "--target", "price"], "used without --target"),
        (["--targets", "price,rent", "--features", "x,rent"], "Column “rent” is a target"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    file: Path, options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "--csv", str(file), *options]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
