"""What Heteroscope is compared with: the question's script, and the quick recipe as written in PyTorch today.

Both are generators: after each epoch, or so many steps, they yield the seconds of training so far and a function from
x to mean and log variance. The stopwatch is stopped while the caller evaluates.
"""

import time
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset

Predict = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


class Clock:
    """A stopwatch, in seconds."""

    def __init__(self) -> None:
        self.seconds, self._since = 0.0, time.perf_counter()

    def stop(self) -> float:
        """Stop it. Returns the seconds so far."""
        self.seconds += time.perf_counter() - self._since
        return self.seconds

    def go(self) -> None:
        """Start it again."""
        self._since = time.perf_counter()


def _column(values: np.ndarray) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float32)[:, None]


def _nll(mean: torch.Tensor, log_var: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return (0.5 * torch.exp(-log_var) * (y - mean) ** 2 + 0.5 * log_var).mean()


class QuestionNet(torch.nn.Module):
    """1 → 32 → 64 → 128, tanh after each, and two heads."""

    def __init__(self) -> None:
        super().__init__()
        layers = [torch.nn.Linear(1, 32), torch.nn.Linear(32, 64), torch.nn.Linear(64, 128)]
        self.layers = torch.nn.ModuleList(layers)
        self.mean, self.log_var = torch.nn.Linear(128, 1), torch.nn.Linear(128, 1)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and log variance, (n, 1) each."""
        for layer in self.layers:
            x = torch.tanh(layer(x))
        return self.mean(x), self.log_var(x)


def question_script(x: np.ndarray, y: np.ndarray, seed: int, *, epochs: int = 50) -> Iterator[tuple[float, Predict]]:
    """The question's recipe with the right loss: raw x and y, batches of 10 from a DataLoader, Adam 1e-3."""
    torch.manual_seed(seed)
    clock = Clock()
    net = QuestionNet()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    batches = DataLoader(TensorDataset(_column(x), _column(y)), batch_size=10, shuffle=True)

    def predict(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        with torch.no_grad():
            mean, log_var = net(_column(x))
        return mean[:, 0].double().numpy(), log_var[:, 0].double().numpy()

    for _ in range(epochs):
        reported = 0.0
        for batch_x, batch_y in batches:
            mean, log_var = net(batch_x)
            loss = _nll(mean, log_var, batch_y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            reported += loss.item()
        yield clock.stop(), predict
        clock.go()


def idiomatic(
    x: np.ndarray, y: np.ndarray, seed: int, *, steps: int = 500, batch_size: int = 128, every: int = 25
) -> Iterator[tuple[float, Predict]]:
    """The same net as one writes it today: standardised, data in one tensor, Adam 1e-2 with a one-cycle schedule."""
    torch.manual_seed(seed)
    clock = Clock()
    shift_x, scale_x, shift_y, scale_y = x.mean(), x.std(), y.mean(), y.std()
    data_x, data_y = _column((x - shift_x) / scale_x), _column((y - shift_y) / scale_y)
    net = QuestionNet()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-2, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1e-2, total_steps=steps, pct_start=0.1)

    def predict(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        with torch.no_grad():
            mean, log_var = net(_column((x - shift_x) / scale_x))
        log_var = log_var[:, 0].double().numpy() + 2 * np.log(scale_y)
        return mean[:, 0].double().numpy() * scale_y + shift_y, log_var

    step = 0
    while step < steps:
        order = torch.randperm(len(data_x))
        for start in range(0, min(len(order) - batch_size + 1, (steps - step) * batch_size), batch_size):
            chosen = order[start : start + batch_size]
            mean, log_var = net(data_x[chosen])
            loss = _nll(mean, log_var, data_y[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            step += 1
            if step % every == 0:
                yield clock.stop(), predict
                clock.go()
