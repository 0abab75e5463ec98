"""Some of the points of a predictive distribution: a law of array parameters with fewer of them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from .blend import Blend
from .drawn import SamplePredictive
from .law import Law, Value
from .laws import Gamma, Gaussian, Laplace, LocationScale, StudentT
from .mixture import GaussianMixture
from .quantiles import QuantilePredictive
from .transformed import ExpPredictive


def at_rows(law: Law, rows: Any) -> Law:
    """The law at some of its points: `rows` are indices, a slice or a mask of the first axis of its parameters.

    Parameters that all points share stay as they are. Raises ValueError for a law of another kind.
    """
    make = _OF.get(type(law))
    if make is None:
        known = ", ".join(kind.__name__ for kind in _OF)
        raise ValueError(f"{type(law).__name__} cannot be divided by points. These can: {known}.")
    return make(law, rows)


def _of_fields(*names: str) -> Callable[[Any, Any], Law]:
    return lambda law, rows: replace(law, **{name: _some(getattr(law, name), rows) for name in names})


def _some(values: Value, rows: Any) -> Value:
    return values[rows] if np.ndim(values) else values


_OF: Mapping[type[Law], Callable[[Any, Any], Law]] = MappingProxyType(
    {
        Gaussian: lambda law, rows: law,
        Laplace: lambda law, rows: law,
        StudentT: _of_fields("df"),
        Gamma: _of_fields("shape"),
        LocationScale: lambda law, rows: LocationScale(
            at_rows(law.law, rows), *(_some(each, rows) for each in (law.loc, law.scale, law.centre))
        ),
        GaussianMixture: _of_fields("weights", "means", "stds"),
        QuantilePredictive: _of_fields("values"),
        SamplePredictive: _of_fields("samples", "u"),
        Blend: lambda law, rows: Blend(tuple(at_rows(part, rows) for part in law.laws)),
        ExpPredictive: lambda law, rows: ExpPredictive(at_rows(law.inner, rows)),
    }
)
