"""Predictive distributions to and from scipy's frozen distributions."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from ..distributions.law import Law
from ..distributions.laws import Gamma, LocationScale, gaussian, laplace, student_t
from ..distributions.transformed import ExpPredictive
from .kinds import refused, standard

Arguments = Mapping[str, Any]


def _gamma(given: Arguments) -> Law:
    if np.ndim(given["a"]):
        raise ValueError("A gamma distribution must have one shape parameter for all points.")
    return LocationScale(Gamma(float(given["a"])), given["loc"], given["scale"])


def _log_normal(given: Arguments) -> Law:
    if np.any(given["loc"] != 0):
        raise ValueError("A shifted log-normal distribution cannot be used: its loc must be 0.")
    return ExpPredictive(gaussian(np.log(given["scale"]), given["s"]))


_FROM: Mapping[str, Callable[[Arguments], Law]] = MappingProxyType(
    {
        "norm": lambda given: gaussian(given["loc"], given["scale"]),
        "laplace": lambda given: laplace(given["loc"], given["scale"]),
        "t": lambda given: student_t(given["loc"], given["scale"], given["df"]),
        "gamma": _gamma,
        "lognorm": _log_normal,
    }
)


def to_scipy(law: Law) -> Any:
    """The law as a frozen distribution of `scipy.stats`, with the same points: norm, laplace, t, gamma or lognorm.

    Raises ValueError for a mixture, a distribution through quantiles, and what was recalibrated by a remapping: scipy
    has no frozen distribution for them.
    """
    from scipy import stats  # takes a second

    if isinstance(law, ExpPredictive):
        inner = standard(law.inner)
        if inner is None or inner.family != "normal":
            raise refused(law, "scipy")
        return stats.lognorm(s=inner.scale, scale=np.exp(inner.loc))
    found = standard(law)
    if found is None:
        raise refused(law, "scipy")
    own = {"df": "df", "shape": "a"}
    names = {"normal": "norm", "laplace": "laplace", "student_t": "t", "gamma": "gamma"}
    shape = {own[name]: value for name, value in found.shape.items()}
    return getattr(stats, names[found.family])(**shape, loc=found.loc, scale=found.scale)


def from_scipy(frozen: Any) -> Law:
    """The predictive distribution of a frozen one, such as `scipy.stats.norm(mean, std)`.

    The family may be norm, laplace, t, gamma or lognorm.

    Raises TypeError for what is no frozen distribution, ValueError for another family and for parameters that are not
    finite or outside their range.
    """
    dist = getattr(frozen, "dist", None)
    if dist is None or not hasattr(frozen, "kwds"):
        raise TypeError(
            f"A frozen distribution is needed, as scipy.stats.norm(mean, std); not {type(frozen).__name__}."
        )
    if dist.name not in _FROM:
        raise ValueError(f"The distribution {dist.name} cannot be used. These can: {', '.join(_FROM)}.")
    shapes = [name.strip() for name in (dist.shapes or "").split(",") if name.strip()]
    given = {"loc": 0.0, "scale": 1.0, **dict(zip([*shapes, "loc", "scale"], frozen.args, strict=False)), **frozen.kwds}
    arrays = dict(zip(given, np.broadcast_arrays(*map(_floats, given.values())), strict=True))
    for name, values in arrays.items():
        if not np.isfinite(values).all() or (name != "loc" and not (values > 0).all()):
            raise ValueError(f"{name} must be finite{'' if name == 'loc' else ' and above 0'} at every point.")
    if dist.name == "gamma" and np.ndim(given["a"]) == 0:
        arrays["a"] = _floats(given["a"])
    return _FROM[dist.name](arrays)


def _floats(values: Any) -> np.ndarray:
    return np.asarray(values, dtype=np.float64)
