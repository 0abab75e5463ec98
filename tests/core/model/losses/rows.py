"""Every loss with several values of its parameters, and points to try them on."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from core.model.losses import LOSSES, Loss, loss_with

FORMULAS = (
    "0.5*exp(-s)*r**2 + 0.5*s",
    "abs(r)",
    "0.5*exp(-s)*sqrt(r**2) + 0.5*s",
    "max(0.9*r, -0.1*r)*exp(-s) + s",
    "log(cosh(r)) + 0.1*s**2 + 0.01*mu**2",
    "softplus(s)*(y - mu)**2 - log(softplus(s)) + tanh(y)",
)
VALUES: dict[str, tuple[Any, ...]] = {
    "beta": (0.0, 0.3, 0.5, 1.0),
    "nu": (2.1, 3.0, 5.0, 10.0, 100.0),
    "levels": ((0.05, 0.25, 0.5, 0.75, 0.95), (0.1, 0.9), (0.5,)),
    "components": (1, 3, 5),
    "evidence_weight": (0.0, 0.01, 0.5),
    "formula": FORMULAS,
}


@dataclass(frozen=True)
class Case:
    """A loss and what it was made with."""

    name: str
    values: MappingProxyType[str, Any]

    @property
    def loss(self) -> Loss:
        return loss_with(self.name, self.values)

    def bounded(self, bound: str, least_std: float = 0.05, most_std: float = 5.0, **more: Any) -> Loss:
        """The loss under a bound."""
        return loss_with(
            self.name, {**self.values, "bound": bound, "least_std": least_std, "most_std": most_std, **more}
        )

    def __str__(self) -> str:
        return " ".join([self.name, *map(str, self.values.values())])


def _cases(name: str) -> list[Case]:
    parameters = LOSSES[name].settings
    if not parameters:
        return [Case(name, MappingProxyType({}))]
    (parameter,) = parameters
    return [Case(name, MappingProxyType({parameter: value})) for value in VALUES[parameter]]


CASES = [case for name in LOSSES for case in _cases(name)]
BOUNDED = [(case, bound) for case in CASES for bound in LOSSES[case.name].bounds if bound != "none"]

every_loss = pytest.mark.parametrize("name", LOSSES)
every_case = pytest.mark.parametrize("case", CASES, ids=str)
every_bound = pytest.mark.parametrize(("case", "bound"), BOUNDED, ids=str)


def points(loss: Loss, n: int = 50, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """y (n,) and outputs (H, n) of the size that outputs of this kind have."""
    rng = np.random.default_rng(seed)
    y, outputs = rng.normal(0, 3, n), rng.normal(0, 1, (len(loss.outputs), n))
    for row, output in zip(outputs, loss.outputs, strict=True):
        row *= 3 if output.is_location else 1
        if output.name == "variance":  # before the ReLU: kept above 0
            row[:] = np.exp(row)
    return y, outputs
