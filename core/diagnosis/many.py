"""What can be drawn of a run on many features: held-out rows along one of them, or along the prediction."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core.data.encoding import Feature
from core.evaluation.dependence import Dependence, partial_dependence
from core.training.new_rows import encoding_of
from core.training.run import Run

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Axis:
    """Held-out rows (n,) along something: numbers as `values`, a category as `words`; `feature` is None for the
    prediction, `categories` those of a feature that has them."""

    name: str
    label: str
    target: str
    values: Array | None
    words: NDArray[np.object_] | None
    feature: str | None
    categories: tuple[str, ...] | None


@lru_cache(maxsize=8)
def axes_of(run: Run) -> dict[str, Axis]:
    """The prediction, then each feature, by name."""
    encoding = encoding_of(run)
    prediction = _axis("the prediction", f"predicted {encoding.target}", encoding.target, run.judged.mean, None)
    axes = {"": prediction}
    x = run.dataset.x_held_out.reshape(len(run.y_held_out), -1)
    for feature in encoding.features:
        inputs = encoding.columns_of(feature.name)
        axes[feature.name] = _of_feature(feature, x[:, inputs.start : inputs.stop], encoding.target)
    return axes


def _of_feature(feature: Feature, inputs: Array, target: str) -> Axis:
    if feature.kind == "number":
        return _axis(feature.name, feature.name, target, inputs[:, 0], feature.name)
    names = np.array([*feature.categories, "(other)"], dtype=object)
    place = np.where(inputs.any(axis=1), inputs.argmax(axis=1), len(feature.categories))
    return Axis(feature.name, feature.name, target, None, names[place], feature.name, feature.categories)


def _axis(name: str, label: str, target: str, values: Array, feature: str | None) -> Axis:
    return Axis(name, label, target, values, None, feature, None)


def residuals_of(run: Run, as_z: bool) -> tuple[Array, Array]:
    """The residual y − mean of each held-out row and its predicted std; or z = residual/std, whose std is 1."""
    std = run.judged.need_std()
    return (run.judged.residual / std, np.ones(len(std))) if as_z else (run.judged.residual, std)


@lru_cache(maxsize=32)
def dependence_of(run: Run, feature: str) -> Dependence:
    """Partial dependence of mean and std on a feature, over the held-out rows."""
    encoding = encoding_of(run)
    rows = run.dataset.x_held_out.reshape(len(run.y_held_out), -1)
    kind = next(each.kind for each in encoding.features if each.name == feature)
    return partial_dependence(run.predictive, rows, list(encoding.columns_of(feature)), kind == "category")
