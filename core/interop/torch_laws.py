"""Predictive distributions to and from `torch.distributions`. PyTorch is loaded at the first use."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from ..distributions.blend import Blend
from ..distributions.law import Law
from ..distributions.laws import Gamma, LocationScale, gaussian, laplace, student_t
from ..distributions.mixture import GaussianMixture
from ..distributions.transformed import ExpPredictive
from .kinds import Standard, refused, standard


def to_torch(law: Law, *, dtype: Any = None, device: Any = None) -> Any:
    """The law as a distribution of torch, with the points as its batch; float64 on the CPU unless told otherwise.

    A mixture is a MixtureSameFamily, the exponential of a law a LogNormal or a TransformedDistribution. Raises
    ImportError without PyTorch, and ValueError for a law through quantiles or remapped ones, which torch does not have.
    """
    torch = _torch()

    def tensor(values: Any) -> Any:
        return torch.as_tensor(np.array(values), dtype=dtype or torch.float64, device=device)

    return _told(law, torch.distributions, tensor)


def from_torch(distribution: Any) -> Law:
    """The predictive distribution of a `torch.distributions` object: Normal, Laplace, StudentT, Gamma, LogNormal.

    Also MixtureSameFamily of normal components. The batch is the points; gradients are left behind. Raises ImportError
    without PyTorch, TypeError for what is no such distribution, ValueError for another family.
    """
    distributions = _torch().distributions
    if not isinstance(distribution, distributions.Distribution):
        raise TypeError(f"A distribution of torch is needed, not {type(distribution).__name__}.")
    name = type(distribution).__name__
    if name not in _FROM:
        hint = " Use its base_dist." if hasattr(distribution, "base_dist") else ""
        raise ValueError(f"The distribution {name} cannot be used. These can: {', '.join(_FROM)}.{hint}")
    return _FROM[name](distribution)


def _torch() -> Any:
    try:
        import torch
    except ImportError:
        raise ImportError('PyTorch is not installed: pip install "heteroscope[torch]"') from None
    return torch


def _told(law: Law, distributions: Any, tensor: Callable[[Any], Any]) -> Any:
    if isinstance(law, GaussianMixture):
        components = distributions.Normal(tensor(law.means), tensor(law.stds))
        return distributions.MixtureSameFamily(distributions.Categorical(tensor(law.weights)), components)
    if isinstance(law, ExpPredictive):
        inner = _told(law.inner, distributions, tensor)
        if isinstance(inner, distributions.Normal):
            return distributions.LogNormal(inner.loc, inner.scale)
        return distributions.TransformedDistribution(inner, distributions.transforms.ExpTransform())
    if isinstance(law, Blend):
        return _blend(law, distributions, tensor)
    found = standard(law)
    if found is None:
        raise refused(law, "torch")
    return _standard(found, distributions, tensor)


def _standard(found: Standard, distributions: Any, tensor: Callable[[Any], Any]) -> Any:
    loc, scale = (tensor(each) for each in np.broadcast_arrays(found.loc, found.scale))
    if found.family == "student_t":
        return distributions.StudentT(tensor(found.shape["df"]), loc, scale)
    if found.family == "gamma":
        moved = distributions.Gamma(tensor(found.shape["shape"]).expand(scale.shape), 1 / scale)
        if not np.any(found.loc):
            return moved
        return distributions.TransformedDistribution(moved, distributions.transforms.AffineTransform(loc, 1.0))
    return {"normal": distributions.Normal, "laplace": distributions.Laplace}[found.family](loc, scale)


def _blend(law: Blend, distributions: Any, tensor: Callable[[Any], Any]) -> Any:
    """The equal mixture of members of one family, a component each."""
    each = [standard(member) for member in law.laws]
    first = each[0]
    if first is None or any(other is None or other.family != first.family for other in each):
        raise refused(law, "torch")

    def together(values: list[Any]) -> Any:
        return np.stack(np.broadcast_arrays(*values), axis=-1)

    locs, scales = (together([getattr(one, name) for one in each]) for name in ("loc", "scale"))
    shape = {name: together([one.shape[name] for one in each if one]) for name in first.shape}
    components = _standard(Standard(first.family, locs, scales, shape), distributions, tensor)
    weights = tensor(np.full(locs.shape, 1 / len(each)))
    return distributions.MixtureSameFamily(distributions.Categorical(weights), components)


def _array(values: Any) -> np.ndarray:
    return np.asarray(values.detach().cpu().double().numpy())


def _gamma(given: Any) -> Law:
    shape = np.unique(_array(given.concentration))
    if shape.size != 1:
        raise ValueError("A gamma distribution must have one concentration for all points.")
    return LocationScale(Gamma(float(shape[0])), 0.0, 1 / _array(given.rate))


def _mixture(given: Any) -> Law:
    components = given.component_distribution
    if type(components).__name__ != "Normal":
        raise ValueError(f"The components are {type(components).__name__}: only a mixture of Normal can be used.")
    means = _array(components.loc)
    weights = np.broadcast_to(_array(given.mixture_distribution.probs), means.shape)
    return GaussianMixture(weights, means, _array(components.scale))


_FROM: Mapping[str, Callable[[Any], Law]] = MappingProxyType(
    {
        "Normal": lambda given: gaussian(_array(given.loc), _array(given.scale)),
        "Laplace": lambda given: laplace(_array(given.loc), _array(given.scale)),
        "StudentT": lambda given: student_t(_array(given.loc), _array(given.scale), _array(given.df)),
        "Gamma": _gamma,
        "LogNormal": lambda given: ExpPredictive(gaussian(_array(given.loc), _array(given.scale))),
        "MixtureSameFamily": _mixture,
    }
)
