"""The plain stepper: what a reader would write in PyTorch, one mini-batch and one optimiser step at a time.

Parameters lie in one flat vector, with their gradients in another; the layers are views of it. So the optimiser sees
a single tensor (a quarter faster than eight small ones), and a run's weights are one array.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from core.data.dataset import Dataset
from core.experiment import Experiment
from core.model.losses import LOSSES
from core.model.networks import ACTIVATIONS, INITIALISATIONS, Architecture, forward, split
from core.training.scaling import Scaling
from core.training.schedules import OPTIMIZERS, SCHEDULES


@dataclass(frozen=True)
class Batch:
    """What one step saw, kept for a diagnosis: residuals and second outputs (batch,), in training units."""

    residual: torch.Tensor
    s: torch.Tensor


class AutogradStepper:
    """Trains one network on one device. `log` holds the two loss terms of every step, in training units."""

    def __init__(
        self,
        experiment: Experiment,
        dataset: Dataset,
        architecture: Architecture,
        scaling: Scaling,
        device: str,
    ):
        settings, network = experiment.training, experiment.network
        self.loss, self.architecture, self.steps = LOSSES[experiment.loss.name], architecture, settings.steps
        self.device = device
        first, shuffling, silencing = np.random.SeedSequence(settings.seed).spawn(3)
        x = scaling.x_in(dataset.x)
        self.x = self._tensor(x)[:, None]
        self.y = self._tensor(scaling.y_in(dataset.y))
        self.batch_size = min(settings.batch_size, len(x))
        self.shuffle, self.silence = self._generator(shuffling), self._generator(silencing)
        self.epoch_x, self.epoch_y = self.x, self.y
        self.position = len(x)  # of the next batch in this epoch: past its end, so the first step shuffles

        start = INITIALISATIONS[network.init].draw(np.random.default_rng(first), architecture, x[:, None])
        self.flat = self._tensor(start)
        self.gradient = torch.zeros_like(self.flat)
        self.parameters = split(self.flat, architecture)
        for parameter, gradient in zip(self.parameters, split(self.gradient, architecture), strict=True):
            parameter.requires_grad_().grad = gradient  # backward() adds into the flat gradient
        self.trained = torch.nn.Parameter(self.flat)
        self.trained.grad = self.gradient
        row = OPTIMIZERS[settings.optimizer]
        self.optimizer = getattr(torch.optim, row.torch_name)(
            [self.trained], lr=settings.learning_rate, fused=True, **row.arguments
        )
        self.rate, self.schedule = settings.learning_rate, SCHEDULES[settings.schedule].factor
        self.activation = getattr(functional, ACTIVATIONS[network.activation].torch_name)
        self.keep = 1 - network.dropout
        self.log = torch.zeros((settings.steps, 2), device=device)

    def step(self, step: int) -> None:
        """Gradient of one mini-batch, and one change of the parameters."""
        self.backward(step)
        self.update(step)

    def backward(self, step: int) -> Batch:
        """Loss terms of the next mini-batch into `log`, its gradient into `gradient`."""
        x, y = self._next_batch()
        outputs = self._forward(x, self._dropout if self.keep < 1 else None)
        mean, s = outputs[0], outputs[-1]
        residual, scale = (term.mean() for term in self.loss.terms(torch, y, mean, s))
        self.gradient.zero_()
        (residual + scale).backward()
        with torch.no_grad():
            self.log[step, 0], self.log[step, 1] = residual, scale
        return Batch((y - mean).detach(), s.detach())

    def update(self, step: int) -> None:
        """One step of the optimiser at this step's rate."""
        self.optimizer.param_groups[0]["lr"] = self.rate * self.schedule(step, self.steps)
        self.optimizer.step()

    def outputs(self, x: np.ndarray) -> np.ndarray:
        """Outputs (n, outputs) for x (n,), both in training units, without dropout."""
        with torch.no_grad():
            outputs = self._forward(self._tensor(x)[:, None], None)
            return torch.stack(outputs, dim=-1).cpu().numpy().astype(np.float64)

    def weights(self) -> np.ndarray:
        """The parameters as one float32 array."""
        return self.flat.detach().cpu().numpy().copy()

    def terms(self, start: int, stop: int) -> np.ndarray:
        """The two loss terms of steps start … stop − 1, shape (stop − start, 2), in training units."""
        return self.log[start:stop].cpu().numpy().astype(np.float64)

    def snapshot(self) -> dict[str, Any]:
        """Everything the next step depends on."""
        return {
            "flat": self.flat.detach().clone(),
            "optimizer": _copied(self.optimizer.state[self.trained]),
            "generators": (self.shuffle.get_state(), self.silence.get_state()),
            "epoch": (self.epoch_x, self.epoch_y, self.position),
        }

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Go back to a snapshot, to the bit."""
        with torch.no_grad():
            self.flat.copy_(snapshot["flat"])
        self.optimizer.state[self.trained] = _copied(snapshot["optimizer"])
        self.shuffle.set_state(snapshot["generators"][0])
        self.silence.set_state(snapshot["generators"][1])
        self.epoch_x, self.epoch_y, self.position = snapshot["epoch"]

    def _tensor(self, values: np.ndarray) -> torch.Tensor:
        return torch.tensor(values, dtype=torch.float32, device=self.device)

    def _generator(self, stream: np.random.SeedSequence) -> torch.Generator:
        return torch.Generator(self.device).manual_seed(int(stream.generate_state(1, np.uint64)[0] >> 1))

    def _next_batch(self) -> tuple[torch.Tensor, torch.Tensor]:
        # One shuffled copy an epoch, then slices: no DataLoader, and every batch has the same size
        # (what is left over at the end of an epoch waits for the next shuffle).
        if self.position + self.batch_size > len(self.x):
            order = torch.randperm(len(self.x), generator=self.shuffle, device=self.device)
            self.epoch_x, self.epoch_y, self.position = self.x[order], self.y[order], 0
        start, self.position = self.position, self.position + self.batch_size
        return self.epoch_x[start : self.position], self.epoch_y[start : self.position]

    def _forward(self, x: torch.Tensor, dropout: Any) -> list[torch.Tensor]:
        return forward(
            self.parameters,
            x,
            self.architecture,
            activation=self.activation,
            affine=torch.addmm,
            dropout=dropout,
        )

    def _dropout(self, hidden: torch.Tensor) -> torch.Tensor:
        # functional.dropout draws from torch's global generator; this one draws from the experiment's seed.
        kept = torch.rand(hidden.shape, generator=self.silence, device=self.device) < self.keep
        return hidden * kept / self.keep


def _copied(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in state.items()}
