"""The charts of simulated points before any net: the points, and their noise beside the true σ; for all sessions."""

from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from ..data.dataset import Dataset
from ..evaluation.unequal_variance import FEWEST_IN_WINDOW, running_spread, unequal_variance
from ..experiment.build import dataset_of
from ..experiment.experiment import Experiment
from .domains import fit_domain, nice, union
from .drawing import Drawing, Style
from .of_table import Look
from .scatter import scatter_table
from .sigma import sigma_spec, sigma_table
from .spec import Domain, axis_extent


@dataclass(frozen=True, eq=False)
class Points:
    """What is drawn of simulated points: how they scatter, and σ over x with the std of the drawn noise."""

    scatter: Look
    sigma: pd.DataFrame
    sigma_domain: Domain


@lru_cache(maxsize=32)
def points_look(experiment: Experiment) -> Points:
    """The training points of an experiment on simulated data, looked at as rows of a table would be."""
    data = dataset_of(experiment)
    truth = data.truth
    if truth is None:
        raise ValueError("the experiment is on a table: its true σ is not known")
    enough = len(data.y) >= FEWEST_IN_WINDOW
    sigma = truth.std(data.x_grid)
    drawn = running_spread(data.x, data.y - truth.mean(data.x)) if enough else None
    rows = scatter_table(data.x, data.y, running_spread(data.x, data.y) if enough else None)
    reach = nice(0.0, 1.15 * float(sigma.max()) or 1.0, count=4)
    if drawn is not None:
        reach = union(reach, nice(0.0, float(drawn.std.max()) or 1.0, count=4))
    look = Look(
        rows,
        _x_domain(data),
        fit_domain(data.y),
        int((rows["layer"] == "data").sum()),
        False,
        unequal_variance(data.x, data.y, along=data.x_label),
    )
    return Points(look, sigma_table(data.x_grid, sigma, drawn), reach)


def _x_domain(data: Dataset) -> Domain:
    return float(data.x_grid[0]), float(data.x_grid[-1])


def sigma_over_x(found: Points, x_label: str, style: Style) -> Drawing:
    """The true σ over x, and the standard deviation of the drawn noise."""
    extent = axis_extent(found.sigma_domain)
    spec = sigma_spec(style.scheme, found.scatter.x_domain, found.sigma_domain, x_label=x_label, extent=extent)
    return Drawing(spec, found.sigma)
