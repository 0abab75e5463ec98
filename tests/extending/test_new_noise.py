"""A new noise, by the recipe: every loss, the doctor, a run, its script, pages and the study of families have it."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from tests.extending.recipes import carried_out, opened, passes, run

pytestmark = pytest.mark.long

LINK = {"noise.family": "uniform", "training.steps": "60", "v": "2"}

ASKED = """
import json
from pathlib import Path
from core import Experiment, train
from core.data.noise import NOISES
from core.diagnosis.doctor.examination import examine
from core.export.script import script_of
from core.model.losses import LOSSES
from core.studies.family_prices import theory

noise = NOISES["uniform"]
trained = train(Experiment.from_settings({"noise.family": "uniform", "data.n": 500, "training.steps": 200}))
Path("../script.py").write_text(script_of(trained), encoding="utf-8")
print(json.dumps({
    "statuses": {name: loss.optimum(noise).status for name, loss in LOSSES.items()},
    "floors": {name: float(loss.floor(noise, 1.0)) for name, loss in LOSSES.items()},
    "learns": examine(LOSSES["posted"], noise, 0.2).outputs,
    "scores": trained.scores,
    "prices": {loss: price for (family, loss), price in theory().items() if family == "uniform"},
}))
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with the noise."""
    return carried_out("A noise", tmp_path_factory.mktemp("noise"))


@pytest.fixture(scope="module")
def answers(house: Path) -> dict[str, Any]:
    """What the copy says of it."""
    found: dict[str, Any] = json.loads(run(house, "-c", ASKED).splitlines()[-1])
    return found


def test_every_loss_has_its_floor(answers: dict[str, Any]) -> None:
    floors = answers["floors"]
    assert floors["gaussian_nll"] == pytest.approx(0.5)
    assert floors["laplace_nll"] == pytest.approx(1 + math.log(math.sqrt(3) / 2))  # E|Z| = √3/2
    assert 1 / math.sqrt(3) < floors["gaussian_crps"] < 0.6  # the noise's own is half of E|Z − Z'|
    assert floors["wrong_sign"] == -math.inf
    assert {name for name, status in answers["statuses"].items() if status == "undefined"} == set()


def test_a_run_is_scored_against_it(answers: dict[str, Any]) -> None:
    entropy = math.log(2 * math.sqrt(3))
    assert answers["scores"]["gap"] > answers["prices"]["gaussian_nll"] - 0.01
    assert answers["prices"]["gaussian_nll"] == pytest.approx(0.5 * math.log(2 * math.pi * math.e) - entropy, abs=1e-4)


def test_its_script_runs(house: Path, answers: dict[str, Any]) -> None:
    test, _ = run(house.parent, "-I", "script.py").splitlines()[-2:]
    assert float(test.removeprefix("test NLL ")) == pytest.approx(answers["scores"]["nll"], abs=1e-3)


@pytest.mark.parametrize("page", ["fit", "seeds"])
def test_pages_draw_it(house: Path, page: str) -> None:
    opened(house, page, LINK)


def test_the_command_line_has_it(house: Path) -> None:
    assert "uniform" in run(house, "-m", "core", "settings")
    run(house, "-m", "core", "doctor", "0.5*exp(-s)*r**2+0.5*s", "--noise", "uniform")


def test_the_suite_follows(house: Path) -> None:
    places = ("data/test_noise.py", "data/test_dataset.py", "model/losses/test_loss_floors.py")
    passes(house, *(f"tests/core/{each}" for each in places), "-k", "uniform or oracle")
