"""SCHEDULES: the learning rate over time, as a factor of the largest; and OPTIMIZERS, by name."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

WARM_UP = 0.1  # share of the steps over which one-cycle climbs to its largest rate


@dataclass(frozen=True)
class Schedule:
    """`factor(step, steps)`, in (0, 1], for step = 0 … steps − 1; the rate is learning_rate × factor."""

    name: str
    label: str
    factor: Callable[[int, int], float]


def _cosine(step: int, steps: int) -> float:
    return 0.5 * (1 + math.cos(math.pi * step / steps))


def _one_cycle(step: int, steps: int) -> float:
    # Smith & Topin 2018, arXiv:1708.07120, in the form most use: climb in a line, fall as a cosine.
    climb = max(1, round(WARM_UP * steps))
    return (step + 1) / climb if step < climb else _cosine(step - climb, steps - climb)


SCHEDULES: Mapping[str, Schedule] = MappingProxyType(
    {
        row.name: row
        for row in (
            Schedule("constant", "constant", lambda step, steps: 1.0),
            Schedule("cosine", "cosine to zero", _cosine),
            Schedule("one_cycle", "one cycle: up, then to zero", _one_cycle),
        )
    }
)


@dataclass(frozen=True)
class Optimizer:
    """A class in torch.optim and the arguments that differ from its own defaults."""

    name: str
    label: str
    torch_name: str
    arguments: Mapping[str, float]


OPTIMIZERS: Mapping[str, Optimizer] = MappingProxyType(
    {
        row.name: row
        for row in (
            Optimizer("adam", "Adam", "Adam", MappingProxyType({})),
            Optimizer("adamw", "AdamW (weight decay 0.01)", "AdamW", MappingProxyType({"weight_decay": 0.01})),
            Optimizer("sgd", "SGD with momentum 0.9", "SGD", MappingProxyType({"momentum": 0.9})),
        )
    }
)
