"""The unit of a typed loss: found by putting y into another unit, as a person does who measures in centimetres."""

from dataclasses import replace

import numpy as np

from ..bounds import UNBOUNDED
from .row import Loss

UNKNOWN = "the formula's unit"
_K = 1.7  # times as large: any number but 1
_UNITS = ((0, "nats"), (1, "units of y"), (2, "squared units of y"))
# What may happen to s when y is k times as large: nothing, a step if it is a logarithm, a factor if it is a spread.
_FOLLOWS = (
    lambda s: s,
    *(lambda s, steps=steps: s + steps * np.log(_K) for steps in (1, 2, -1, -2)),
    *(lambda s, power=power: s * _K**power for power in (1, 2, -1, -2)),
)


def typed_unit(loss: Loss) -> str:
    """Nats if the loss moves by a constant like an NLL, units of y (squared) if it grows with them; else UNKNOWN."""
    loss = replace(loss, offset=0.0, limits=UNBOUNDED)  # neither of them is of the formula
    rng = np.random.default_rng(0)
    y, mu, s = rng.normal(0, 1, 24), rng.normal(0, 1, 24), rng.uniform(0.3, 1.6, 24)
    with np.errstate(all="ignore"):
        before = _values(loss, y, mu, s)
        for follows in _FOLLOWS:
            after = _values(loss, _K * y, _K * mu, follows(s))
            if not np.isfinite(after).all() or not np.isfinite(before).all():
                continue
            if np.allclose(after - before, (after - before)[0], rtol=0, atol=1e-9):
                return "nats"
            for power, unit in _UNITS[1:]:
                if np.allclose(after, _K**power * before, rtol=1e-9):
                    return unit
    return UNKNOWN


def _values(loss: Loss, y: np.ndarray, mu: np.ndarray, s: np.ndarray) -> np.ndarray:
    return np.broadcast_to(loss.value(y, [mu, s][: len(loss.outputs)]), y.shape)
