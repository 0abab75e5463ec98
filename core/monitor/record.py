"""The record of a monitor as JSON: what the page Check a loss opens."""

import json
import math
from typing import Any

import numpy as np

from ..data.training_log.monitor_record import MARK, VERSION
from .arrays import Array
from .loss_curve import LossCurve

_DIGITS = 7


def record_text(
    training: LossCurve,
    validation: tuple[list[int], list[float]],
    predictions: tuple[Array, Array, Array | None],
    notes: list[str],
    **told: Any,
) -> str:
    """One line of JSON. `predictions` are y, mean and std, each (n,), and std None where it is not known."""
    names = ("y", "mean", "std")
    columns = {name: _plain(values) for name, values in zip(names, predictions, strict=True) if values is not None}
    return json.dumps(
        {
            MARK: VERSION,
            **told,
            "notes": [note[:400] for note in notes[:12]],
            "training": _series(training.x, training.values),
            "validation": _series(*validation),
            "predictions": columns if columns["y"] else None,
        },
        allow_nan=False,
        ensure_ascii=False,
    )


def _series(x: list[int], values: list[float]) -> dict[str, list[Any]] | None:
    return {"step": x, "loss": _plain(values)} if x else None


def _plain(values: Any) -> list[float | None]:
    numbers = [float(f"{float(value):.{_DIGITS}g}") for value in np.asarray(values, dtype=np.float64)]
    return [value if math.isfinite(value) else None for value in numbers]
