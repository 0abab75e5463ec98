"""The plain stepper: what a reader would write in PyTorch, one mini-batch and one optimiser step at a time.

Parameters lie in one flat vector, with their gradients in another; the layers are views of it. So the optimiser sees
a single tensor (a quarter faster than eight small ones), and a run's weights are one array.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from core.model.networks import ACTIVATIONS, forward, split
from core.training.start import Batch, Start


class AutogradStepper:
    """Trains one network on one device."""

    made_with = "torch"

    def __init__(self, start: Start, device: str):
        self.start, self.device, self.step = start, device, 0
        self.x, self.y = self._tensor(start.x), self._tensor(start.y)
        self.flat = self._tensor(start.flat)
        self.gradient = torch.zeros_like(self.flat)
        self.parameters = split(self.flat, start.architecture)
        for parameter, gradient in zip(self.parameters, split(self.gradient, start.architecture), strict=True):
            parameter.requires_grad_().grad = gradient  # backward() adds into the flat gradient
        self.trained = torch.nn.Parameter(self.flat)
        self.trained.grad = self.gradient
        row = start.optimizer
        self.optimizer = getattr(torch.optim, row.torch_name)([self.trained], lr=0.0, fused=True, **row.arguments)
        self.activation = getattr(functional, ACTIVATIONS[start.architecture.activation].torch_name)
        self.log = torch.zeros((start.steps, 2), device=device)

    @staticmethod
    @contextmanager
    def one_thread() -> Iterator[None]:
        """A context in which torch uses one thread: two on products this small cost a hundred times the product."""
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)

    def advance(self, count: int) -> None:
        """The next `count` steps: gradient of one mini-batch, one change of the parameters, and so on."""
        for batch in torch.from_numpy(self.start.batches.take(count)).to(self.device):
            self._backward(batch)
            self.optimizer.param_groups[0]["lr"] = float(self.start.rates[self.step])
            self.optimizer.step()
            self.step += 1

    def examine(self) -> Batch:
        """The next step without its change of the parameters."""
        batch = torch.from_numpy(self.start.batches.take(1))[0].to(self.device)
        residual, s = self._backward(batch)
        finite = np.isfinite(self.terms(self.step, self.step + 1)).all() and torch.isfinite(self.gradient).all()
        return Batch(residual.detach().cpu().numpy(), s.detach().cpu().numpy(), bool(finite))

    def outputs(self, x: np.ndarray) -> np.ndarray:
        """Outputs (n, outputs) for x (n,), both in training units, without dropout."""
        with torch.no_grad():
            outputs = self._forward(self._tensor(x)[:, None])
            return torch.stack(outputs, dim=-1).cpu().numpy().astype(np.float64)

    def weights(self) -> np.ndarray:
        """The parameters as one float32 array."""
        return self.flat.detach().cpu().numpy().copy()

    def is_finite(self) -> bool:
        """Whether every parameter is."""
        return bool(torch.isfinite(self.flat).all())

    def terms(self, start: int, stop: int) -> np.ndarray:
        """The two loss terms of steps start … stop − 1, shape (stop − start, 2), in training units."""
        return self.log[start:stop].cpu().numpy().astype(np.float64)

    def snapshot(self) -> Any:
        """Everything the next step depends on."""
        state = {name: value.clone() for name, value in self.optimizer.state[self.trained].items()}
        return self.step, self.flat.detach().clone(), state, self.start.batches.snapshot()

    def restore(self, snapshot: Any) -> None:
        """Go back to a snapshot, to the bit."""
        self.step, flat, state, batches = snapshot
        with torch.no_grad():
            self.flat.copy_(flat)
        self.optimizer.state[self.trained] = {name: value.clone() for name, value in state.items()}
        self.start.batches.restore(batches)

    def _backward(self, batch: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Loss terms of a mini-batch into `log`, its gradient into `gradient`; residuals and second outputs."""
        loss, y = self.start.loss, self.y[batch]
        outputs = self._forward(
            self.x[batch],
            dropout=self._dropout if self.start.keep < 1 else None,
            stop=torch.Tensor.detach if loss.spares_trunk and self.start.architecture.shared else None,
        )
        mean, s = outputs[0], outputs[-1]
        residual, scale = loss.terms(torch, y, mean, s)
        if loss.objective is None:
            objective = residual + scale
        else:
            objective = loss.objective(torch, torch.Tensor.detach, y, mean, s, self.start.numbers)
        self.gradient.zero_()
        objective.mean().backward()
        with torch.no_grad():
            self.log[self.step, 0], self.log[self.step, 1] = residual.mean(), scale.mean()
        return y - mean, s

    def _forward(self, x: torch.Tensor, **more: Any) -> list[torch.Tensor]:
        return forward(
            self.parameters,
            x,
            self.start.architecture,
            activation=self.activation,
            affine=torch.addmm,
            **more,
        )

    def _dropout(self, hidden: torch.Tensor, place: int) -> torch.Tensor:
        # functional.dropout draws from torch's global generator; here the same units fall silent as in the compiled
        # stepper, on any device.
        units = torch.arange(hidden.numel(), device=self.device) + place * len(hidden)
        key = mixed(mixed(torch.tensor(self.start.silence)) ^ self.step)
        kept = mixed(units ^ key.to(self.device)) < int(self.start.keep * 2**32)
        return hidden * kept.reshape(hidden.shape) / self.start.keep

    def _tensor(self, values: np.ndarray) -> torch.Tensor:
        return torch.tensor(values, dtype=torch.float32, device=self.device)


def mixed(bits: torch.Tensor) -> torch.Tensor:
    """The hash of 32 bits that the compiled stepper uses (Wellons 2018, lowbias32), on int64 of 0 … 2³² − 1."""
    low = 0xFFFFFFFF  # the products overflow 64 bits, which leaves the lower 32 right
    bits = ((bits ^ (bits >> 16)) * 0x7FEB352D) & low
    bits = ((bits ^ (bits >> 15)) * 0x846CA68B) & low
    return bits ^ (bits >> 16)
