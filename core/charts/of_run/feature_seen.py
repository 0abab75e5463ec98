"""What is seen on the charts of a run on many features, in words with numbers."""

import numpy as np

from ...diagnosis.chart_data.distance_data import distance_finding, distances_of
from ...diagnosis.chart_data.feature_data import Axis, dependence_of, residuals_of
from ...training.run import Run
from ...words import axis_name, quantity
from ..curve_words import curve_words, place_on
from ..residuals import WIDTH


def residuals_seen(run: Run, as_z: bool) -> str:
    """How many residuals are inside the band, and how large the largest is."""
    y, std = residuals_of(run, as_z)
    inside, largest = int(np.sum(np.abs(y) <= WIDTH * std)), float(y[int(np.argmax(np.abs(y)))])
    what = "z" if as_z else "residual"
    return (
        f"{inside:,} of {y.size:,} rows are inside ± {WIDTH} predicted std. "
        f"The mean {what} is {quantity(float(y.mean()))}; the one farthest from 0 is {quantity(largest)}."
    )


def dependence_seen(run: Run, axis: Axis, part: str) -> str:
    """How the predicted mean, or std, runs with a feature, or for which category it is lowest and highest."""
    found = dependence_of(run, axis.label)
    values = np.asarray(getattr(found, part))
    if not axis.categories:
        return curve_words(f"The predicted {part}", found.at, values, place_on(axis_name(axis.label)))
    low, high = int(np.argmin(values)), int(np.argmax(values))
    ends = (
        f"{name} for {axis.categories[i]}, {quantity(float(values[i]))}"
        for name, i in (("lowest", low), ("highest", high))
    )
    return f"The predicted {part} is {', and '.join(ends)}."


def distance_seen(run: Run) -> str:
    """Whether ignorance grows with the distance."""
    found = distances_of(run)
    return "" if found is None else distance_finding(found).sentence
