"""What a law is asked: values of y and probabilities, refused with one sentence where they cannot be used."""

from collections.abc import Callable
from functools import wraps
from types import MappingProxyType
from typing import Any

import numpy as np

Method = Callable[[Any, Any], Any]


def of_values(method: Method) -> Method:
    """The method of a law, for real numbers of a shape that goes with the law's own; else it raises.

    A wrong shape is looked for only where the method has failed: right values cost nothing.
    """

    @wraps(method)
    def asked(law: Any, y: Any) -> Any:
        y = real(y, "y")
        try:
            return method(law, y)
        except ValueError:
            _check_shape(law, y, "y", "one value for each row, or one for all")
            raise

    return asked


def of_probabilities(method: Method) -> Method:
    """The method of a law, for probabilities of a shape that goes with the law's own; else it raises."""

    @wraps(method)
    def asked(law: Any, p: Any) -> Any:
        if type(p) is float and 0 <= p <= 1:
            return method(law, p)
        p = probability(p, "p")
        try:
            return method(law, p)
        except ValueError:
            _check_shape(law, p, "p", "one probability for all rows, or a column (m, 1) of several")
            raise

    return asked


CHECKED = MappingProxyType(
    {
        "quantile": of_probabilities,
        **dict.fromkeys(("cdf", "log_density", "nll", "log_prob", "crps", "mean_abs"), of_values),
    }
)


def real(values: Any, name: str) -> Any:
    """A number as it is, anything else as an array of real numbers. Raises TypeError for words and complex numbers."""
    if isinstance(values, int | float | np.floating) or (isinstance(values, np.ndarray) and values.dtype.kind == "f"):
        return values
    try:
        found = np.asarray(values)
        if found.dtype.kind == "O" and found.ndim:
            found = found.astype(np.float64)
        # A column (n, 1) would go with n rows as n values for each.
        if found.dtype.kind not in "fiub" or hasattr(values, "columns"):
            raise TypeError
    except (TypeError, ValueError, RuntimeError):  # the last is torch's
        raise TypeError(f"{name} is {_shown(values)}: give a real number, or an array of real numbers.") from None
    return found


def probability(values: Any, name: str) -> Any:
    """The same of numbers from 0 to 1. Raises TypeError as `real` does, and ValueError for other numbers."""
    found = real(values, name)
    inside = np.asarray((found >= 0) & (found <= 1))
    if not inside.all():
        other = np.asarray(found)[~inside][0]
        raise ValueError(f"{name} is {other:g}: it must lie between 0 and 1, such as 0.9.")
    return found


def _check_shape(law: Any, values: Any, name: str, right: str) -> None:
    try:
        np.broadcast_shapes(np.shape(values), law._dims)
    except ValueError:
        raise ValueError(
            f"{name} has shape {np.shape(values)}, and the distribution has shape {law._dims}: give {right}."
        ) from None


def _shown(values: Any) -> str:
    text = repr(values)
    return text if len(text) <= 40 and "\n" not in text else f"a {type(values).__name__}"
