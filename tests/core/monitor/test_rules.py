"""What a monitor says of the usual faults of a loop, and where it must be silent: each kind with its opposite."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from core import Monitor, check
from core.monitor.arrays import some_rows, stride_of
from core.torch import losses
from tests.core.monitor.loops import GAUSSIAN, batches, gaussian, train, watched

ROOT = Path(__file__).parents[3]


def rules(monitor: Monitor) -> list[str]:
    return [finding.rule for finding in monitor.findings]


def told(loss: Callable[..., float], steps: int = 400, **parts: Any) -> Monitor:
    """A monitor after batches of a right model with σ = 0.2, of which the loop tells `loss` and other values."""
    monitor = Monitor(tell=None)
    for batch in batches(steps):
        batch.pop("loss")
        known = batch | {name: make(batch) for name, make in parts.items()}
        monitor.step(loss(**batch), **known)
    return monitor


def nll(y: np.ndarray, mean: np.ndarray, std: np.ndarray) -> float:
    return float(np.mean(0.5 * ((y - mean) / std) ** 2 + np.log(std)))


@pytest.mark.parametrize(
    ("loss", "is_nll"),
    [
        (nll, True),
        (lambda **it: nll(**it) + 0.5 * np.log(2 * np.pi), True),
        (lambda **it: nll(**it) - 0.1, False),  # a term that is no constant of the Gaussian
        (lambda y, mean, std: float(np.mean(np.abs(y - mean) / std + np.log(2 * std))), False),  # Laplace
        (lambda y, mean, std: 0.2 * nll(y, mean, std), False),  # β-NLL with its weight
    ],
)
def test_only_the_gaussian_nll_is_called_correct_by_its_sign(loss: Callable[..., float], is_nll: bool) -> None:
    assert rules(told(loss)) == (["negative"] if is_nll else [])


def test_a_target_in_another_unit_is_named_with_its_line() -> None:
    monitor = told(nll, y=lambda batch: 70 * batch["y"] + 300)
    assert rules(monitor) == ["units"]
    start, slope = (claim.value for claim in monitor.findings[0].claims[:2])
    assert start == pytest.approx(300, rel=0.02)
    assert slope == pytest.approx(70, rel=0.05)
    assert rules(told(nll, y=lambda batch: 1.3 * batch["y"])) != ["units"]


def test_a_mean_that_is_constant_is_named() -> None:
    rng = np.random.default_rng(0)
    monitor = told(nll, y=lambda batch: rng.standard_normal(64), std=lambda batch: np.full(64, 1.4))
    assert rules(monitor) == ["mean_flat"]
    assert rules(told(nll, std=lambda batch: np.full(64, 0.2))) == ["negative"]


def test_a_training_that_diverges_and_one_that_overfits_are_told_with_their_step() -> None:
    rng, monitor = np.random.default_rng(0), Monitor(tell=None)
    for step in range(600):
        monitor.step(2 * np.exp(-step / 50) + 0.05 * rng.standard_normal() + (4.0 if step > 400 else 0.0))
    assert rules(monitor) == ["diverged"]
    assert monitor.findings[0].claims[0].value == pytest.approx(400, abs=20)
    for rises in (True, False):
        monitor = Monitor(tell=None)
        for step in range(1, 1001):
            monitor.step(2 * np.exp(-step / 300) + 0.02 * rng.standard_normal())
            if step % 50 == 0:
                rise = max(0, step - 400) / 200 if rises else 0.0
                monitor.validation(2 * np.exp(-step / 150) + rise + 0.02 * rng.standard_normal())
        assert rules(monitor) == (["overfits"] if rises else [])


def test_the_mistake_of_the_code_is_told_at_the_first_step_and_sound_code_is_not() -> None:
    for code, headline in (
        ("loss = (0.5 * torch.exp(-s) * (y - mu)**2).mean()", "grows without limit"),
        ("std = F.softplus(raw)\nloss = nn.GaussianNLLLoss()(mu, y, std)", "std is σ², not σ"),
        (GAUSSIAN, ""),
    ):
        said: list[str] = []
        Monitor(code, tell=said.append).step(1.0)
        assert [headline in words for words in said] == ([True] if headline else [])


def test_a_sum_over_batches_of_other_sizes_is_judged_by_their_mean_size() -> None:
    monitor = Monitor(nn.GaussianNLLLoss(reduction="sum"), tell=None, every=10)
    for i, batch in enumerate(batches(400)):
        n = 64 if i % 16 else 40  # the last batch of an epoch
        parts = {name: values[:n] for name, values in batch.items() if name != "loss"}
        monitor.step(n * nll(**parts), **parts)
    verdict = monitor.verdict()
    assert verdict.kind == "good"
    assert verdict.implied_std == pytest.approx(0.2, rel=0.1)


def test_a_beta_nll_with_its_weight_tells_no_std() -> None:
    """Its least value falls with σ and rises again, so one value has two σ."""
    code = "v = lv.exp()\nloss = (v.detach()**0.5 * (0.5 * (y - mu)**2 / v + 0.5 * lv)).mean()"
    monitor = Monitor(code, tell=None)
    for batch in batches():
        loss = 0.2 * batch.pop("loss")
        monitor.step(loss, **batch)
    assert monitor.verdict().implied_std is None
    assert "σ of" not in str(monitor)
    assert check(code, value=-0.22).implied_std is None


def test_a_loss_of_predictions_with_a_wrong_std_belongs_to_them() -> None:
    """The σ that the loss implies is another than the typical std, and yet both are of the same points."""
    verdict = watched(Monitor(GAUSSIAN, tell=None), told=0.9).verdict()
    assert "Loss and predictions do not agree" not in [finding.headline for finding in verdict.findings]
    assert "too large" in verdict.headline


def test_targets_of_other_units_are_judged_together() -> None:
    scale = np.array([1.0, 1000.0, 1e-3])
    for told_std, found in ((0.2, ["negative"]), (0.1, ["variance_off"])):
        monitor, rng = Monitor(GAUSSIAN, tell=None), np.random.default_rng(1)
        for _ in range(300):
            mean = scale * rng.standard_normal((64, 3))
            y, std = mean + 0.2 * scale * rng.standard_normal((64, 3)), np.broadcast_to(told_std * scale, (64, 3))
            monitor.step(nll(y, mean, std), y=y, mean=mean, std=std)
        assert rules(monitor) == found
        assert "Too good to be true" not in str(monitor)
    assert "judged together" in str(monitor)


def test_a_std_for_each_target_fits_a_table_of_targets() -> None:
    monitor = Monitor(tell=None)
    monitor.step(torch.tensor(1.0), y=torch.zeros(40, 3), mean=torch.zeros(40, 3), std=torch.tensor([1.0, 2.0, 3.0]))
    assert sorted(set(monitor.predictions[2])) == [1, 2, 3]
    monitor.step(torch.tensor(1.0), y=torch.zeros(40, 3), mean=torch.zeros(40, 3), std=torch.ones(7))
    assert rules(monitor) == ["shapes"]
    assert "the second output the shape `(7)`" in monitor.findings[0].sentence


@pytest.mark.parametrize("shape", [(256, 3), (2000, 2), (16, 1, 64, 64), (999,)])
def test_rows_are_taken_from_every_column(shape: tuple[int, ...]) -> None:
    step = stride_of(shape, 256)
    taken = some_rows(np.arange(np.prod(shape)), step, 5)
    assert 0 < taken.size <= 256
    inner = int(np.prod(shape[1:]))
    assert set(taken % min(inner, 64)) == set(range(min(inner, 64)))


@pytest.mark.parametrize(
    ("second", "says"),
    [
        ({"var": -np.ones(8)}, "tell it as `log_var=`"),
        ({"log_var": np.full(8, 2000.0)}, "overflows"),
        ({"std": np.zeros(8)}, "softplus"),
    ],
)
def test_what_to_do_about_a_variance_follows_from_what_was_told(second: dict[str, Any], says: str) -> None:
    monitor = Monitor(tell=None)
    monitor.step(1.0, y=np.zeros(8), mean=np.zeros(8), **second)
    assert rules(monitor) == ["not_positive"]
    assert says in monitor.findings[0].sentence
    monitor = Monitor(tell=None)
    monitor.step(np.nan, y=np.zeros(8), mean=np.full(8, np.nan), log_var=np.full(8, np.nan))
    assert rules(monitor) == ["not_finite"]


def test_gradients_of_any_kind_are_read() -> None:
    net = nn.Embedding(10, 2, sparse=True)
    (net(torch.arange(5)) ** 2).sum().backward()
    half = nn.Linear(1, 4).half()
    for each in half.parameters():
        each.grad = torch.full_like(each, 60000.0)  # whose square overflows
    for module in (net, half):
        monitor = Monitor(tell=None).watch(module)
        monitor.step(1.0)
        assert monitor.problem == ""
        assert 0 < monitor.gradients.norm < 1e6


def test_layers_without_a_gradient_are_named_once_as_a_whole() -> None:
    def dead(net: nn.Module) -> Any:
        return net[2](torch.relu(net[0](torch.rand(8, 1)) - 100))

    net = nn.Sequential(nn.Linear(1, 4), nn.ReLU(), nn.Linear(4, 2))
    monitor = Monitor(tell=None, every=1).watch(net)
    for _ in range(8):
        net.zero_grad()
        loss = (dead(net) ** 2).mean()
        loss.backward()
        monitor.step(loss)
    assert monitor.gradients.silent == ("0.weight", "0.bias", "2.weight")


@pytest.mark.parametrize(
    ("loss", "std"),
    [
        (losses.BetaNLLLoss(beta=0.3), "exp(s/2)"),
        (losses.gaussian_nll, "exp(s/2)"),
        (losses.LaplaceNLLLoss, "√2·exp(s)"),
        (nn.GaussianNLLLoss, "√var"),
        (F.gaussian_nll_loss, "√var"),
    ],
    ids=lambda part: getattr(part, "__name__", str(part)),
)
def test_losses_of_torch_and_of_our_own_are_read(loss: Any, std: str) -> None:
    assert Monitor(loss, tell=None).verdict().meaning.std.text == std
    assert Monitor(losses.EvidentialLoss(), tell=None).given.code == ""


def test_our_own_loss_in_a_loop_of_one_s_own() -> None:
    loss = losses.GaussianNLLLoss()
    with Monitor(loss, tell=None) as monitor:
        train(monitor, lambda mu, s, y: loss((mu, s), y))
    assert rules(monitor) == ["negative"]


LOOP = """
import logging, math
{setup}
from {name} import Monitor
Monitor().step(math.nan)
"""


@pytest.mark.parametrize(("setup", "start"), [("", "Monitor: Step 1"), ("logging.basicConfig()", "WARNING:")])
def test_a_warning_is_seen_with_and_without_logging(tmp_path: Path, setup: str, start: str) -> None:
    """In the package, whose own log of a host keeps to itself, as in a checkout."""
    (tmp_path / "heteroscope").symlink_to(ROOT / "core")
    for name in ("heteroscope", "core"):
        done = subprocess.run(
            [sys.executable, "-c", LOOP.format(setup=setup, name=name)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.stderr.startswith(start), done.stderr
        assert done.stderr.count("NaN or infinite") == 1


def test_a_notebook_gets_the_same_as_print() -> None:
    with Monitor(GAUSSIAN, tell=None) as monitor:
        train(monitor, gaussian, steps=250)
    shown = monitor._repr_markdown_()
    assert shown.startswith("250 steps watched.")
    assert "```python\n" + GAUSSIAN in shown
    assert monitor.verdict().headline in shown
