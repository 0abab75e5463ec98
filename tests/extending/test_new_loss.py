"""A new loss, by the recipe: both steppers train it; script, page, command line and document have it."""

import json
import math
from pathlib import Path

import pytest

from tests.extending.recipes import carried_out, opened, passes, run

pytestmark = pytest.mark.long

NAME, LABEL = "generalised_normal", "Generalised normal, shape 4"
OF_THE_TABLE = "forgotten or documented or as_it_is_passes"
TRAINED = """
import sys
from core import Experiment, train
from core.export.script import script_of

experiment = Experiment.from_settings({
    "loss.name": "generalised_normal", "loss.reading": "log_std", "training.steps": 200, "training.batch_size": 64,
    "data.n": 2000, "network.layers": "16",
})
fast, plain = train(experiment), train(experiment.with_settings({"training.stepper": "plain"}))
open("script.py", "w", encoding="utf-8").write(script_of(fast))
print(fast.device, plain.device, fast.scores["nll"], plain.scores["nll"], sep="|")
"""
ASKED = """
from core.diagnosis.doctor.ask import answer
from core.diagnosis.doctor.question import question

print(answer(question({"ask.loss": "generalised_normal", "ask.value": -0.9, "ask.variance": None})).code)
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with the loss."""
    return carried_out("A loss", tmp_path_factory.mktemp("loss"))


def test_both_steppers_train_it_and_the_exported_script_comes_to_the_same(house: Path) -> None:
    fast, plain, nll, nll_plain = run(house, "-c", TRAINED).strip().split("|")
    assert (fast, plain) == ("CPU", "CPU, PyTorch")
    assert float(nll_plain) == pytest.approx(float(nll), abs=1e-3)
    said = run(house, "script.py").splitlines()
    assert float(said[-2].removeprefix("test NLL ")) == pytest.approx(float(nll), abs=1e-3)


def test_the_doctor_and_the_command_line_know_it(house: Path) -> None:
    losses = json.loads(run(house, "-m", "core", "losses", "--json"))
    (row,) = (row for row in losses if row["name"] == NAME)
    # exp(4s) = E r⁴ = 3σ⁴ on Gaussian noise: the floor is ¼ + log(3^¼·σ).
    assert row["floor"] == pytest.approx(0.25 + math.log(3**0.25 * 0.2), abs=1e-5)
    assert row["latex"] == r"\tfrac14 e^{-4 s} (y-\mu)^4 + s"


def test_ask_gives_its_own_lines(house: Path) -> None:
    code = run(house, "-c", ASKED)
    assert "loss = (0.25 * torch.exp(-4 * s) * (y - mean) ** 4 + s).mean()" in code
    assert "std = torch.exp(s)  # s is a log std" in code


def test_a_page_says_what_it_learns(house: Path) -> None:
    """The old address of the doctor leads to the check of its lines: exp(s) is 3^¼·σ."""
    shown = opened(house, "doctor", {"loss.name": NAME, "loss.reading": "log_std", "v": "2"})
    assert any("0.76·exp(s)" in text for text in shown["markdown"]), shown["markdown"]


def test_the_document_and_the_suite_follow(house: Path) -> None:
    run(house, "-m", "docs.tables")
    assert f"| `{NAME}` | `0.25*exp(-4*s)*r**4 + s` |" in (house / "docs" / "losses.md").read_text(encoding="utf-8")
    of_losses = ("model/losses", "evaluation/test_levels.py", "evaluation/test_documented.py", "diagnosis/doctor")
    passes(
        house,
        *(f"tests/core/{each}" for each in of_losses),
        "-k",
        f"{NAME} or forgotten or documented or as_it_is_passes",
    )
    by_torch = ("training/test_autograd.py", "training/test_compiled.py", "torch/test_losses.py", "torch/test_heads.py")
    passes(house, *(f"tests/core/{each}" for each in by_torch), "-k", f"{NAME} or every_sound_loss")
