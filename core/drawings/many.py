"""The charts of a run on many features: residuals along one of them, and what a feature does to mean and spread."""

from collections.abc import Mapping
from types import MappingProxyType

from core.charts.dependence import dependence_domain, dependence_spec, dependence_table
from core.charts.domains import nice
from core.charts.frame import Domain, Names, axis_extent
from core.charts.residuals import residuals_domain, residuals_spec, residuals_table, shortlist
from core.diagnosis.chart_data.feature_data import Axis, dependence_of, residuals_of
from core.drawings.drawing import Drawing
from core.training.run import Run


def residuals(run: Run, axis: Axis, scheme: str, *, as_z: bool) -> Drawing:
    """Residuals of held-out rows, or z, over a feature or the prediction. Raises CannotScore where no std is known."""
    y, std = residuals_of(run, as_z)
    domain = residuals_domain(y, None if as_z else std)
    names: Names = () if axis.words is None else shortlist(axis.words.tolist())
    along = axis.words if axis.values is None else axis.values
    assert along is not None
    x_domain: Domain | Names = names or nice(float(along.min()), float(along.max()))
    spec = residuals_spec(scheme, x_domain, domain, x_label=axis.label, z=as_z, extent=axis_extent(domain))
    return Drawing(spec, residuals_table(along, y, std, y_domain=domain, names=names))


def dependence(run: Run, axis: Axis, scheme: str) -> Mapping[str, Drawing]:
    """Partial dependence of the "mean" and of the "std" on a feature, two charts that share their margin."""
    found = dependence_of(run, axis.label)
    ends = (float(found.at.min()), float(found.at.max()))
    x_domain: Domain | Names = axis.categories or (ends if ends[0] < ends[1] else nice(*ends))
    domains = {
        "mean": dependence_domain(found.mean, found.mean_low, found.mean_high),
        "std": dependence_domain(found.std, found.std_low, found.std_high, from_zero=True),
    }
    drawings, extent = {}, axis_extent(*domains.values())
    for name, domain in domains.items():
        middle, low, high = (getattr(found, f"{name}{end}") for end in ("", "_low", "_high"))
        spec = dependence_spec(scheme, x_domain, domain, x_label=axis.label, y_label=f"Predicted {name}", extent=extent)
        drawings[name] = Drawing(spec, dependence_table(found.at, middle, low, high, axis.categories))
    return MappingProxyType(drawings)
