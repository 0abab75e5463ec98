"""The lines to copy run in torch as they stand, and give the loss of their row."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.diagnosis.doctor.remedy import REMEDIES, remedy
from core.model.losses import LOSSES, Loss
from core.model.readings import READINGS

POINTS = 40
RUN = """
import json, sys, torch
found = {}
for name, case in json.load(open(sys.argv[1])).items():
    outputs = torch.tensor(case["outputs"], dtype=torch.float64).T.contiguous().requires_grad_()
    given = {"net": lambda x: outputs, "x": None, "y": torch.tensor(case["y"], dtype=torch.float64)}
    exec(open(case["file"]).read(), given)
    given["loss"].backward()
    std = given["std"].detach().expand(len(given["y"])).tolist()
    shaped = {"net": given["net"], "x": None, "y": given["y"][:, None]}
    try:
        exec(open(case["file"]).read(), shaped)
        refused = False
    except AssertionError:
        refused = True
    slopes = (outputs.grad.T * len(given["y"])).tolist()
    found[name] = {"loss": given["loss"].item(), "std": std, "slopes": slopes, "refused": refused}
print(json.dumps(found))
"""


def points(loss: Loss) -> tuple[np.ndarray, np.ndarray]:
    """Random y and outputs, the same for each call."""
    rng = np.random.default_rng(4)
    return rng.normal(size=POINTS), rng.normal(size=(len(loss.outputs), POINTS)) * 0.7


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    folder: Path = tmp_path_factory.mktemp("remedies")
    cases = {}
    for name, code in REMEDIES.items():
        file = folder / f"{name}.py"
        file.write_text(code, encoding="utf-8")
        y, outputs = points(LOSSES[name])
        cases[name] = {"file": str(file), "y": y.tolist(), "outputs": outputs.tolist()}
    (folder / "cases.json").write_text(json.dumps(cases))
    command = [sys.executable, "-c", RUN, str(folder / "cases.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", REMEDIES)
def test_the_lines_give_the_loss_and_its_gradient(name: str, ran: dict[str, dict]) -> None:
    loss = LOSSES[name]
    y, outputs = points(loss)
    expected = loss.trained(np, lambda held: held, y, outputs).mean()
    assert ran[name]["loss"] == pytest.approx(expected, rel=1e-9)
    np.testing.assert_allclose(ran[name]["slopes"], loss.slopes(y, outputs), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("name", [name for name in REMEDIES if name not in ("squared_error", "pinball")])
def test_the_lines_read_the_std(name: str, ran: dict[str, dict]) -> None:
    loss = LOSSES[name]
    _, outputs = points(loss)
    read = READINGS[loss.readings[0]].predictive(outputs.T, loss.numbers)
    np.testing.assert_allclose(ran[name]["std"], read.std, rtol=1e-7)


@pytest.mark.parametrize("name", REMEDIES)
def test_a_column_of_targets_is_refused(name: str, ran: dict[str, dict]) -> None:
    assert ran[name]["refused"]


def test_every_loss_has_its_lines() -> None:
    assert set(REMEDIES) == {name for name, row in LOSSES.items() if not row.mistake and name != "typed"}
    for row in LOSSES.values():
        assert remedy(row) in REMEDIES.values()


def test_a_mistake_gets_what_was_meant() -> None:
    assert remedy(LOSSES["posted"]) == REMEDIES["gaussian_nll"]
    assert remedy(LOSSES["posted_abs"]) == REMEDIES["absolute_log_variance"]
