"""Data for charts of a run on many features: held-out rows along one feature, or along the prediction."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.tables.encoding import Feature
from ...data.tables.overview import date_text
from ...evaluation.extremes import Extremes
from ...evaluation.partial_dependence import Dependence, partial_dependence
from ...training.run import Run

Array = NDArray[np.float64]
UNKNOWN = "(other)"  # a category that no training row has
_COLUMNS = {"observed": "y", "mean": "mean", "std": "std", "95 % from": "low", "95 % to": "high", "z": "z"}


@dataclass(frozen=True, eq=False)
class Axis:
    """The position of held-out rows (n,) on an axis, as numbers or as words."""

    label: str
    values: Array | None = None  # of a numeric feature
    words: NDArray[np.object_] | None = None  # of a category
    categories: tuple[str, ...] = ()  # in the order of the inputs


@lru_cache(maxsize=8)
def features_of(run: Run) -> Mapping[str, Axis]:
    """The axis of each feature, by its name."""
    encoding = run.input_encoding
    x = run.dataset.x_held_out.reshape(len(run.y_held_out), -1)
    return {
        feature.name: _axis(feature, x[:, list(encoding.columns_of(feature.name))]) for feature in encoding.features
    }


def prediction_of(run: Run) -> Axis:
    """The axis of the predicted mean."""
    return Axis(f"predicted {run.input_encoding.target}", run.judged.mean)


def _axis(feature: Feature, inputs: Array) -> Axis:
    if feature.kind == "number":
        return Axis(feature.name, values=inputs[:, 0])
    names = np.array([*feature.categories, UNKNOWN], dtype=object)
    place = np.where(inputs.any(axis=1), inputs.argmax(axis=1), len(feature.categories))
    return Axis(feature.name, words=names[place], categories=feature.categories)


def residuals_of(run: Run, as_z: bool) -> tuple[Array, Array]:
    """Residual and std (n,); with `as_z`, residual/std and 1. Raises CannotScore without a std."""
    std = run.judged.need_std()
    return (run.judged.residual / std, np.ones_like(std)) if as_z else (run.judged.residual, std)


@lru_cache(maxsize=32)
def dependence_of(run: Run, feature: str) -> Dependence:
    """Partial dependence of mean and std on a feature, over the held-out rows."""
    encoding = run.input_encoding
    rows = run.dataset.x_held_out.reshape(len(run.y_held_out), -1)
    category = bool(features_of(run)[feature].categories)
    return partial_dependence(run.predictive, rows, list(encoding.columns_of(feature)), category)


def rows_to_look_at(run: Run, extremes: Extremes) -> dict[str, list[Any]]:
    """The columns of a table of these rows: observation and prediction with four digits, then the features."""
    columns: dict[str, list[Any]] = {
        label: [float(f"{value:.4g}") for value in getattr(extremes, name)] for label, name in _COLUMNS.items()
    }
    for feature, axis in zip(run.input_encoding.features, features_of(run).values(), strict=True):
        name = feature.name if feature.name not in columns else f"{feature.name} (feature)"
        if axis.words is not None:
            columns[name] = axis.words[extremes.index].tolist()
        elif axis.values is not None:
            values = axis.values[extremes.index]
            columns[name] = [date_text(value) if feature.is_date else float(f"{value:.6g}") for value in values]
    return columns
