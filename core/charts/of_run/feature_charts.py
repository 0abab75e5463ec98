"""The charts of a run on many features: residuals along one of them, and what a feature does to mean and spread."""

import re
from dataclasses import dataclass
from functools import partial

from ...diagnosis.chart_data.distance_data import distances_of
from ...diagnosis.chart_data.feature_data import Axis, dependence_of, features_of, prediction_of, residuals_of
from ...training.run import Run
from ..dependence import dependence_domain, dependence_spec, dependence_table
from ..distance import distance_domains, distance_spec, distance_table
from ..domains import nice
from ..drawing import Drawing, Style
from ..residuals import residuals_domain, residuals_spec, residuals_table, shortlist
from ..spec import Domain, Names, axis_extent
from .chart import Chart
from .feature_seen import dependence_seen, distance_seen, residuals_seen

PARTS = ("mean", "std")
_LONGEST_NAME = 40  # characters of a feature in the name of a chart


@dataclass(frozen=True, eq=False)
class Along:
    """A run along a feature, or where `axis` is None along its prediction; residuals `as_z`, or in the unit of y."""

    run: Run
    axis: Axis | None = None
    as_z: bool = False


def residuals(shown: Along, style: Style) -> Drawing:
    """Residuals of held-out rows, or z, over a feature or the prediction. Raises CannotScore where no std is known."""
    run, axis = shown.run, shown.axis or prediction_of(shown.run)
    y, std = residuals_of(run, shown.as_z)
    domain = residuals_domain(y, None if shown.as_z else std)
    names: Names = () if axis.words is None else shortlist(axis.words.tolist())
    along = axis.words if axis.values is None else axis.values
    assert along is not None
    x_domain: Domain | Names = names or nice(float(along.min()), float(along.max()))
    spec = residuals_spec(style.scheme, x_domain, domain, x_label=axis.label, z=shown.as_z, extent=axis_extent(domain))
    return Drawing(spec, residuals_table(along, y, std, y_domain=domain, names=names))


def dependence(part: str, shown: Along, style: Style) -> Drawing:
    """Partial dependence of the "mean" or "std" on a feature; the two charts have the same margin."""
    axis = shown.axis
    assert axis is not None
    found = dependence_of(shown.run, axis.label)
    ends = (float(found.at.min()), float(found.at.max()))
    x_domain: Domain | Names = axis.categories or (ends if ends[0] < ends[1] else nice(*ends))
    domains = {
        "mean": dependence_domain(found.mean, found.mean_low, found.mean_high),
        "std": dependence_domain(found.std, found.std_low, found.std_high, from_zero=True),
    }
    middle, low, high = (getattr(found, f"{part}{end}") for end in ("", "_low", "_high"))
    spec = dependence_spec(
        style.scheme,
        x_domain,
        domains[part],
        x_label=axis.label,
        y_label=f"Predicted {part}",
        extent=axis_extent(*domains.values()),
    )
    return Drawing(spec, dependence_table(found.at, middle, low, high, axis.categories))


def distance(shown: Along, style: Style) -> Drawing:
    """Noise and ignorance of held-out rows over their distance to the training rows."""
    found = distances_of(shown.run)
    assert found is not None
    columns = found.distance, found.noise, found.ignorance
    x_domain, y_domain = distance_domains(*columns)
    spec = distance_spec(style.scheme, x_domain, y_domain, extent=axis_extent(y_domain))
    return Drawing(spec, distance_table(*columns))


def _has_distances(shown: Along) -> bool:
    return _many_inputs(shown) and distances_of(shown.run) is not None


def _many_inputs(shown: Along) -> bool:
    return shown.run.dataset.inputs > 1


def _residuals_seen(shown: Along) -> str:
    return residuals_seen(shown.run, shown.as_z)


_RESIDUALS = "Residuals over a feature or the prediction, with the 95 % band of the predicted std"

CHARTS = (
    Chart(
        "z",
        "z over the prediction",
        _RESIDUALS,
        "fit/residuals",
        lambda run: Along(run, as_z=True),
        residuals,
        _many_inputs,
        seen=_residuals_seen,
    ),
    Chart(
        "residuals",
        "Residuals over the prediction",
        _RESIDUALS,
        "fit/residuals",
        Along,
        residuals,
        _many_inputs,
        seen=_residuals_seen,
    ),
    Chart(
        "ignorance",
        "Ignorance over distance",
        "Standard deviations of noise and ignorance over the distance to the training rows",
        "fit/ignorance",
        Along,
        distance,
        _has_distances,
        seen=lambda shown: distance_seen(shown.run),
    ),
)


def dependence_charts(run: Run) -> list[Chart[Along]]:
    """Partial dependence of mean and std on each feature of a run, in their order; none of a run on one input."""
    if run.dataset.inputs == 1:
        return []
    return [
        dependence_chart(f"{i:02d}_{_in_a_name(axis.label)}", axis, part)
        for i, axis in enumerate(features_of(run).values(), 1)
        for part in PARTS
    ]


def dependence_chart(name: str, axis: Axis, part: str) -> Chart[Along]:
    """Partial dependence of the "mean" or of the "std" on one feature."""
    return Chart(
        f"dependence_{name}_{part}",
        f"Predicted {part} by {axis.label}, on average over rows",
        f"Partial dependence of the predicted {part} on a feature",
        "fit/dependence",
        lambda run: Along(run, axis),
        partial(dependence, part),
        seen=lambda shown: dependence_seen(shown.run, axis, part),
    )


def _in_a_name(label: str) -> str:
    """The part of a feature's name that is allowed in a file name on any system."""
    return re.sub(r"\W+", "_", label, flags=re.ASCII).strip("_")[:_LONGEST_NAME] or "feature"
