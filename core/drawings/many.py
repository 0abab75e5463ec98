"""The charts of a run on many features: residuals along one of them, and what a feature does to mean and spread."""

from collections.abc import Mapping
from types import MappingProxyType

from numpy.typing import ArrayLike

from core.charts.dependence import dependence_domain, dependence_spec, dependence_table
from core.charts.domains import nice
from core.charts.frame import Domain, Names, axis_extent
from core.charts.residuals import residuals_domain, residuals_spec, residuals_table, shortlist
from core.diagnosis.many import Axis, dependence_of, residuals_of
from core.drawings.drawing import Drawing
from core.training.run import Run


def residuals(run: Run, axis: Axis, scheme: str, *, as_z: bool) -> Drawing:
    """Residuals of held-out rows, or z, over a feature or the prediction. Raises CannotScore where no std is known."""
    y, std = residuals_of(run, as_z)
    domain = residuals_domain(y, None if as_z else std)
    names, x_domain, along = _along(axis)
    label = "z, the residual over its predicted std," if as_z else f"Observed less predicted {axis.target}"
    spec = residuals_spec(scheme, x_domain, domain, x_label=axis.label, y_label=label, extent=axis_extent(domain))
    return Drawing(spec, residuals_table(along, y, std, y_domain=domain, names=names))


def _along(axis: Axis) -> tuple[Names, Domain | Names, ArrayLike]:
    """The names of an axis that has no numbers, its domain, and where each row lies on it."""
    if axis.values is None:
        words = [] if axis.words is None else axis.words.tolist()
        names = shortlist(words)
        return names, names, words
    return (), nice(float(axis.values.min()), float(axis.values.max())), axis.values


def dependence(run: Run, axis: Axis, scheme: str) -> Mapping[str, Drawing]:
    """Partial dependence of the "mean" and of the "std" on a feature, two charts that share their margin."""
    found = dependence_of(run, axis.feature or "")
    names: Names = axis.categories or ()
    x_domain: Domain | Names = names or nice(float(found.at.min()), float(found.at.max()))
    domains = (
        dependence_domain(found.mean, found.mean_low, found.mean_high),
        dependence_domain(found.std, found.std_low, found.std_high, from_zero=True),
    )
    parts = (
        ("mean", found.mean, found.mean_low, found.mean_high),
        ("std", found.std, found.std_low, found.std_high),
    )
    drawings, extent = {}, axis_extent(*domains)
    for domain, (name, middle, low, high) in zip(domains, parts, strict=True):
        spec = dependence_spec(scheme, x_domain, domain, x_label=axis.label, y_label=f"Predicted {name}", extent=extent)
        drawings[name] = Drawing(spec, dependence_table(found.at, middle, low, high, names))
    return MappingProxyType(drawings)
