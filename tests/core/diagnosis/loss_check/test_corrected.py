"""Corrected lines are the person's own, changed where they are wrong alone, and when run they find the right std."""

from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats

from core.diagnosis.loss_check.corrected import corrected
from core.diagnosis.loss_check.correction import Corrected
from core.diagnosis.loss_check.edit_reasons import REASONS
from core.diagnosis.loss_check.edit_search import EDITS
from core.diagnosis.loss_check.edit_sheet import EditSheet
from core.loss_code.reading import read_code
from tests.core.diagnosis.loss_check.corrected_cases import CASES
from tests.core.diagnosis.loss_check.running_lines import minimised

SIGMA = 0.7
RANKS = (np.arange(1000) + 0.5) / 1000
# Points at even ranks of each law, which have its moments: nothing is left to luck.
NOISE = {
    "any noise": stats.norm(1.5, SIGMA).ppf(RANKS),
    "Gaussian noise": stats.norm(1.5, SIGMA).ppf(RANKS),
    "Laplace noise": stats.laplace(1.5, SIGMA / np.sqrt(2)).ppf(RANKS),
    "Student-t noise (ν = 5)": stats.t(5, 1.5, SIGMA * np.sqrt(3 / 5)).ppf(RANKS),
}


@pytest.mark.parametrize("name", CASES)
def test_the_lines_and_the_line_of_the_std(name: str) -> None:
    text, expected, std_line = CASES[name]
    found = corrected(read_code(text))
    assert found.is_sound
    assert found.was_sound == (expected == "")
    if expected is not None:
        assert found.text == (expected or text)
    assert found.std_line == std_line
    assert bool(found.changes) == (found.text != text)
    assert put_back(found) == text
    assert comments(found.text) == comments(text)


def put_back(found: Corrected) -> str:
    """The corrected text with the changed lines as they were: the person's own, if nothing else was touched."""
    lines = found.text.split("\n")
    for change in reversed(found.changes):
        end = change.line - 1 + len(change.after.split("\n"))
        assert lines[change.line - 1 : end] == change.after.split("\n")
        lines[change.line - 1 : end] = change.before.split("\n")
        assert change.reason.endswith(".")
    return "\n".join(lines)


def comments(text: str) -> list[str]:
    return [line.partition("#")[2] for line in text.split("\n") if "#" in line]


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name, (_, _, std_line) in CASES.items() if std_line])
def test_the_lines_find_the_std_when_they_are_run(name: str) -> None:
    code = read_code(CASES[name][0])
    found = corrected(code)
    assert minimised(found.text, found.std_line, code, NOISE[found.std_on]) == pytest.approx(SIGMA, rel=0.02)


def test_the_question_is_told_what_its_trained_net_says() -> None:
    found = corrected(read_code(CASES["the question's own"][0]))
    assert found.std_before == "std = 2**0.5 * torch.exp(s)"
    (change,) = found.changes
    assert change.line == 1
    assert "is |r|" in change.reason
    assert "no gradient at r = 0" in change.reason


@pytest.mark.parametrize(
    ("text", "std_line", "sound_loss"),
    [
        (
            "loss = torch.log(torch.cosh((y - mu) / s)) + torch.log(s)",
            None,
            "loss = (0.5 * (y - mu)**2 / s**2 + torch.log(s)).mean()",
        ),
        ("loss = (torch.exp(-s) * (y - mu)**2 + torch.log(1 + torch.exp(s))).mean()", None, None),
        ("var = torch.var(outputs)\nloss = 0.5 * r**2 / var + 0.5 * torch.log(var)", "std = torch.sqrt(var)", None),
        ("kl = 0.5*(s_t - s + (exp(s) + (m - m_t)**2)/exp(s_t) - 1)", None, ""),
    ],
)
def test_where_no_small_change_helps_that_is_said(text: str, std_line: str | None, sound_loss: str | None) -> None:
    found = corrected(read_code(text))
    assert not found.is_sound
    assert found.text == text
    assert not found.changes
    assert std_line is None or found.std_line == std_line
    assert sound_loss is None or found.sound_loss == sound_loss


def test_a_name_alone_that_misleads_changes_no_line() -> None:
    found = corrected(read_code("loss = 0.5 * (torch.exp(-var) * (y - mu)**2 + var).mean()"))
    assert (found.was_sound, found.is_sound, found.changes) == (False, True, ())
    assert found.std_line == "std = torch.exp(0.5 * var)"


@pytest.mark.parametrize(
    ("text", "corrected_text", "std_line"),
    [
        (r"L = \frac{1}{2\sigma^2}(y-\mu)^2 + \frac{1}{2}\log\sigma^2", None, r"std = \sigma"),
        (
            r"\frac{1}{2} e^{-s} |y - \hat{y}| + \frac{1}{2} s",
            r"L = \tfrac12 e^{-s} (y - \hat{y})^2 + \tfrac12 s",
            r"std = e^{\tfrac12 s}",
        ),
        (r"\frac{(y-\mu)^2}{2\sigma^2}", r"L = \frac{(y - \mu)^2}{2 \sigma^2} + \log \sigma", r"std = \sigma"),
    ],
)
def test_a_formula_comes_back_as_one(text: str, corrected_text: str | None, std_line: str) -> None:
    found = corrected(read_code(text))
    assert found.text == (corrected_text or text)
    assert found.std_line == std_line
    if corrected_text is not None:
        again = corrected(read_code(corrected_text))
        assert (again.was_sound, again.std_line) == (True, std_line)


def test_a_corrected_text_is_right_when_it_is_asked_again() -> None:
    for name in ("two slips", "relu and a lost half", "an epsilon in the log", "a class", "TensorFlow", "a mixture"):
        found = corrected(read_code(corrected(read_code(CASES[name][0])).text))
        assert found.was_sound, name
        assert not found.changes


def test_every_kind_of_edit_has_a_reason() -> None:
    kinds = set()
    for text, *_ in CASES.values():
        sheet = EditSheet(read_code(text))
        kinds |= {edit.kind for propose in EDITS for edit in propose(sheet)}
    assert kinds == set(REASONS)


def test_a_long_script_is_corrected_in_its_loss_alone() -> None:
    before = [f"def layer_{i}(x):\n    return x * {i} + torch.exp(0.5 * x)\n" for i in range(150)]
    loss = "def nll_loss(mu, log_var, y):\n    return (torch.exp(-log_var) * (y - mu)**2 + 0.5 * log_var).mean()\n"
    text = "import torch\n\n" + "\n".join([*before, loss])
    found = corrected(read_code(text, function="nll_loss"))
    (change,) = found.changes
    assert change.after == "    return (0.5 * torch.exp(-log_var) * (y - mu)**2 + 0.5 * log_var).mean()"


def test_the_corrected_lines_of_the_question_train_to_the_right_std() -> None:
    found = corrected(read_code(CASES["the question's own"][0]))
    loss_code = compile(f"loss = {found.text}", "corrected", "exec")
    std_code = compile(found.std_line, "corrected", "exec")
    torch.manual_seed(0)
    x = torch.linspace(-1, 1, 400)[:, None]
    std = 0.1 + 0.1 * (x[:, 0] > 0)
    t = torch.sin(3 * x[:, 0]) + std * torch.randn(400)
    layers = torch.nn.Linear(1, 32), torch.nn.Tanh(), torch.nn.Linear(32, 32), torch.nn.Tanh(), torch.nn.Linear(32, 2)
    net = torch.nn.Sequential(*layers)
    step = torch.optim.Adam(net.parameters(), lr=1e-2)
    names: dict[str, Any] = {"torch": torch, "t": t}
    for _ in range(400):
        names["m"], names["s"] = net(x).unbind(-1)
        exec(loss_code, names)  # noqa: S102
        step.zero_grad()
        names["loss"].backward()
        step.step()
    exec(std_code, names)  # noqa: S102
    found_std = names["std"].detach()
    for side in (x[:, 0] < -0.1, x[:, 0] > 0.1):
        assert float(found_std[side].median()) == pytest.approx(float(std[side].mean()), rel=0.12)
