"""The lines to copy run in torch as they stand, and give the loss of their row, or of what a person typed."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.diagnosis.doctor.remedy import lines_of, remedy, same_row
from core.model.losses import LOSSES, Loss, loss_with
from core.model.readings import READINGS

POINTS = 40
SOUND = [name for name, row in LOSSES.items() if not row.mistake and name != "typed"]
# Typed formulas that are no row's, and the std that their lines come to, from mean and s.
TYPED = {
    "exp(-s)*abs(r)**1.5 + s": None,
    "exp(-s)*max(0.9*r, -0.1*r) + s": None,
    "0.5*exp(-2*s)*r**2 + s": lambda s: np.exp(s),
    "log(cosh(r)) + exp(-s)*r**2 + s": None,
    "0.5*r**2/s + 0.5*log(s)": lambda s: np.sqrt(s),
}
CASES = {name: LOSSES[name] for name in SOUND} | {text: loss_with("typed", {"formula": text}) for text in TYPED}
RUN = """
import json, sys, torch
found = {}
for name, case in json.load(open(sys.argv[1])).items():
    outputs = torch.tensor(case["outputs"], dtype=torch.float64).T.contiguous().requires_grad_()
    given = {"net": lambda x: outputs, "x": None, "y": torch.tensor(case["y"], dtype=torch.float64)}
    exec(open(case["file"]).read(), given)
    given["loss"].backward()
    std = given["std"].detach().expand(len(given["y"])).tolist() if "std" in given else None
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
    """Random y and outputs, the same for each call; positive where the log of s is taken."""
    rng = np.random.default_rng(4)
    y, outputs = rng.normal(size=POINTS), rng.normal(size=(len(loss.outputs), POINTS)) * 0.7
    return y, np.abs(outputs) if "log(s)" in loss.formula else outputs


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    folder: Path = tmp_path_factory.mktemp("remedies")
    cases = {}
    for i, (name, loss) in enumerate(CASES.items()):
        file = folder / f"{i}.py"
        file.write_text(remedy(loss), encoding="utf-8")
        y, outputs = points(loss)
        cases[name] = {"file": str(file), "y": y.tolist(), "outputs": outputs.tolist()}
    (folder / "cases.json").write_text(json.dumps(cases))
    command = [sys.executable, "-c", RUN, str(folder / "cases.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", CASES)
def test_the_lines_give_the_loss_and_its_gradient(name: str, ran: dict[str, dict]) -> None:
    loss = CASES[name]
    y, outputs = points(loss)
    assert ran[name]["loss"] == pytest.approx(loss.objective(np, y, outputs).mean(), rel=1e-9)
    np.testing.assert_allclose(ran[name]["slopes"], loss.gradient(y, outputs), rtol=1e-7, atol=1e-9)
    assert ran[name]["refused"], "a column of targets"


@pytest.mark.parametrize("name", [name for name in SOUND if name not in ("squared_error", "pinball")])
def test_the_lines_read_the_std(name: str, ran: dict[str, dict]) -> None:
    loss = LOSSES[name]
    _, outputs = points(loss)
    read = READINGS[loss.readings[0]].predictive(outputs.T, loss.values)
    np.testing.assert_allclose(ran[name]["std"], read.std, rtol=1e-7)


@pytest.mark.parametrize("text", [text for text, std in TYPED.items() if std is not None])
def test_the_lines_of_a_typed_formula_read_the_std_that_it_learns(text: str, ran: dict[str, dict]) -> None:
    _, outputs = points(CASES[text])
    np.testing.assert_allclose(ran[text]["std"], TYPED[text](outputs[1]), rtol=1e-5)


def test_a_mistake_gets_what_was_meant_and_nothing_else_does() -> None:
    for row in LOSSES.values():
        meant = LOSSES[row.meant] if row.mistake else same_row(row)
        assert remedy(row).removeprefix(had(row)) == lines_of(meant), row.name
    assert remedy(LOSSES["posted_abs"]).endswith(lines_of(LOSSES["absolute_log_variance"]))


def had(row: Loss) -> str:
    """The lines of a mistake that read the net that it has trained."""
    text = remedy(row)
    return text[: text.index("import ")] if row.mistake else ""


@pytest.mark.parametrize(
    ("name", "std"),
    [
        ("posted", "1.25331 * torch.exp(s)"),
        ("no_half_residual", "0.707107 * torch.exp(s / 2)"),
        ("no_half_log", "1.41421 * torch.exp(s / 2)"),
        ("std_as_variance", "torch.exp(s / 2)"),
    ],
)
def test_of_a_mistake_the_net_that_it_trained_can_be_read(name: str, std: str) -> None:
    lines = had(LOSSES[name]).splitlines()
    assert lines == [f"# The network you have, on Gaussian noise: std = {std}", "# The network to train:"]


def test_a_mistake_whose_spread_runs_away_has_no_std_to_read() -> None:
    assert had(LOSSES["no_log_term"]) == had(LOSSES["wrong_sign"]) == ""


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("exp(-s)*abs(r)+s", "laplace_nll"),
        ("s + abs(mu - y)/exp(s)", "laplace_nll"),
        ("0.5*(r**2*exp(-s) + s)", "gaussian_nll"),
        ("r**2/2", "squared_error"),
        ("0.5*exp(-s)*abs(r) + 0.5*s", "posted_abs"),
        ("0.5*exp(-s)*sqrt(r**2) + 0.5*s", "posted"),
        ("exp(-s)*abs(r)**1.5 + s", "typed"),
    ],
)
def test_a_typed_formula_that_is_a_rows_has_the_lines_of_that_row(text: str, name: str) -> None:
    loss = loss_with("typed", {"formula": text})
    assert same_row(loss).name == name
    row = LOSSES[name]
    if name != "typed":
        assert remedy(loss) == remedy(row)


def test_a_formula_with_nothing_to_learn_gets_another_loss_and_is_told_so() -> None:
    text = remedy(loss_with("typed", {"formula": "0.5*exp(s)*r**2 + 0.3*s"}))
    assert text.startswith("# Your formula has no minimum. A loss that has one: Gaussian NLL.\n")
    assert text.endswith(lines_of(LOSSES["gaussian_nll"]))


def test_a_function_among_the_lines_has_one_docstring() -> None:
    assert lines_of(LOSSES["evidential"]).count('"""') == 2
