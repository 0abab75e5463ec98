"""Training loops that a monitor watches in tests: real ones of PyTorch, small, and batches without any network."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from core import Monitor

GAUSSIAN = "0.5 * torch.exp(-s) * (y - mu)**2 + 0.5 * s"
STEPS = 600
Loss = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]


def gaussian(mu: torch.Tensor, s: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return (0.5 * torch.exp(-s) * (y - mu) ** 2 + 0.5 * s).mean()


def train(monitor: Monitor | None, loss_of: Loss = gaussian, steps: int = STEPS, name: str = "log_var") -> Any:
    """A usual loop on sin(x) with noise of σ = 0.2; returns the net, whose parameters say whether anything changed."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    x = torch.rand(2000, 1) * 6
    y = torch.sin(x) + 0.2 * torch.randn_like(x)
    net = torch.nn.Sequential(torch.nn.Linear(1, 32), torch.nn.Tanh(), torch.nn.Linear(32, 32), torch.nn.Tanh())
    net.append(torch.nn.Linear(32, 2))
    optimiser = torch.optim.Adam(net.parameters(), 1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 1e-2, steps)
    if monitor is not None:
        monitor.watch(net)
    for _ in range(steps):
        rows = torch.randint(0, len(x), (64,))
        mu, s = net(x[rows]).chunk(2, 1)
        loss = loss_of(mu, s, y[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if monitor is not None:
            monitor.step(loss, y=y[rows], mean=mu, **{name: s})
    return net


def batches(steps: int = 400, std: float = 0.2, told: float | None = None) -> Iterator[dict[str, Any]]:
    """What a perfect model of noise `std` would tell, as NumPy arrays; `told` is the std that it says instead."""
    rng = np.random.default_rng(5)
    told = std if told is None else told
    for _ in range(steps):
        mean = rng.standard_normal(64)
        y = mean + std * rng.standard_normal(64)
        z = (y - mean) / told
        yield {"loss": float(np.mean(0.5 * z**2) + np.log(told)), "y": y, "mean": mean, "std": np.full(64, told)}


def watched(monitor: Monitor, **how: Any) -> Monitor:
    """The monitor after these batches."""
    with monitor:
        for batch in batches(**how):
            monitor.step(batch.pop("loss"), **batch)
    return monitor
