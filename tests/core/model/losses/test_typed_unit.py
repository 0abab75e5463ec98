"""The unit of a typed loss: “nats” stands on its axis only where the loss is a log-likelihood."""

import pytest

from core.experiment.experiment import Experiment, loss_unit
from core.model.losses.typed_unit import UNKNOWN


@pytest.mark.parametrize(
    ("formula", "unit"),
    [
        ("0.5*exp(-s)*r**2 + 0.5*s", "nats"),
        ("0.5*exp(-s)*abs(r) + 0.5*s", "nats"),
        ("r**2/(2*s**2) + log(s)", "nats"),
        ("r**2", "squared units of y"),
        ("abs(r) + 0*s", "units of y"),
        ("sqrt(r**2 + s**2)", "units of y"),
        ("r**2 + s", "squared units of y"),
        ("r**2 + exp(s) + s", UNKNOWN),
        ("log(1 + r**2)", UNKNOWN),
        ("sqrt(-1 - r**2)", UNKNOWN),
    ],
)
def test_the_unit_of_a_formula(formula: str, unit: str) -> None:
    assert loss_unit(Experiment.from_settings({"loss.name": "typed", "loss.formula": formula})) == unit
