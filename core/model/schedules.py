"""SCHEDULES: the learning rate over time, as a factor of the largest; and OPTIMIZERS, by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from ..source import check_source


@dataclass(frozen=True)
class Schedule:
    """`factors(steps)`, shape (steps,), each in (0, 1]: a step's rate is learning_rate × its factor.

    Exported scripts carry the source of `factors`. Raises ValueError where a script could not.
    """

    name: str
    label: str
    factors: Callable[[int], np.ndarray]

    def __post_init__(self) -> None:
        check_source(self.factors, f"schedule {self.name}")


def _constant(steps: int) -> np.ndarray:
    return np.ones(steps)


def cosine(steps: int) -> np.ndarray:
    """From 1 to nearly 0, (steps,)."""
    return 0.5 * (1 + np.cos(np.pi * np.arange(steps) / max(1, steps)))


def _one_cycle(steps: int) -> np.ndarray:
    # Smith & Topin 2018, arXiv:1708.07120, in the usual form: a linear rise over a tenth of the steps, then a cosine.
    climb = min(steps, max(1, round(0.1 * steps)))
    return np.concatenate([np.arange(1, climb + 1) / climb, cosine(steps - climb)])


_SCHEDULES = (
    Schedule("constant", "constant", _constant),
    Schedule("cosine", "cosine to zero", cosine),
    Schedule("one_cycle", "one cycle: up, then to zero", _one_cycle),
)
SCHEDULES: Mapping[str, Schedule] = MappingProxyType({row.name: row for row in _SCHEDULES})


@dataclass(frozen=True)
class Optimizer:
    """A class in torch.optim, with its arguments."""

    name: str
    label: str
    torch_name: str
    arguments: Mapping[str, Any]

    @property
    def numbers(self) -> np.ndarray:
        """The arguments one after another, as float64: what the compiled form takes."""
        return np.array(np.hstack(list(self.arguments.values())), dtype=np.float64)

    @property
    def code(self) -> str:
        """The line that makes it in a script, for `parameters` at LEARNING_RATE."""
        arguments = "".join(f", {name}={value!r}" for name, value in self.arguments.items())
        return f"torch.optim.{self.torch_name}(parameters, lr=LEARNING_RATE{arguments})"


def _adam(decay: float) -> Mapping[str, Any]:
    return MappingProxyType({"betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": decay})


_OPTIMIZERS = (
    Optimizer("adam", "Adam", "Adam", _adam(0.0)),
    Optimizer("adamw", "AdamW (weight decay 0.01)", "AdamW", _adam(0.01)),
    Optimizer("sgd", "SGD with momentum 0.9", "SGD", MappingProxyType({"momentum": 0.9})),
)
OPTIMIZERS: Mapping[str, Optimizer] = MappingProxyType({row.name: row for row in _OPTIMIZERS})
