"""SCHEDULES: the learning rate over time, as a factor of the largest; and OPTIMIZERS, by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

WARM_UP = 0.1  # share of the steps over which one-cycle climbs to its largest rate


@dataclass(frozen=True)
class Schedule:
    """`factors(steps)`, shape (steps,), each in (0, 1]: a step's rate is learning_rate × its factor."""

    name: str
    label: str
    factors: Callable[[int], np.ndarray]


def _cosine(steps: int) -> np.ndarray:
    return 0.5 * (1 + np.cos(np.pi * np.arange(steps) / max(1, steps)))


def _one_cycle(steps: int) -> np.ndarray:
    # Smith & Topin 2018, arXiv:1708.07120, in the form most use: climb in a line, fall as a cosine.
    climb = min(steps, max(1, round(WARM_UP * steps)))
    return np.concatenate([np.arange(1, climb + 1) / climb, _cosine(steps - climb)])


SCHEDULES: Mapping[str, Schedule] = MappingProxyType(
    {
        row.name: row
        for row in (
            Schedule("constant", "constant", np.ones),
            Schedule("cosine", "cosine to zero", _cosine),
            Schedule("one_cycle", "one cycle: up, then to zero", _one_cycle),
        )
    }
)


@dataclass(frozen=True)
class Optimizer:
    """A class in torch.optim and its arguments, and the same as the numbers of its compiled form."""

    name: str
    label: str
    torch_name: str
    arguments: Mapping[str, Any]

    @property
    def numbers(self) -> np.ndarray:
        """The arguments one after another, as float64."""
        return np.array(np.hstack(list(self.arguments.values())), dtype=np.float64)


def _adam(decay: float) -> Mapping[str, Any]:
    return MappingProxyType({"betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": decay})


OPTIMIZERS: Mapping[str, Optimizer] = MappingProxyType(
    {
        row.name: row
        for row in (
            Optimizer("adam", "Adam", "Adam", _adam(0.0)),
            Optimizer("adamw", "AdamW (weight decay 0.01)", "AdamW", _adam(0.01)),
            Optimizer("sgd", "SGD with momentum 0.9", "SGD", MappingProxyType({"momentum": 0.9})),
        )
    }
)
