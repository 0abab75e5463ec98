"""The chart of a table: its target over one column, computed once for all sessions."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from ..diagnosis.chart_data.scatter_words import points_along
from ..evaluation.unequal_variance import FEWEST_IN_WINDOW, UnequalVariance, running_spread, unequal_variance
from ..experiment.build import columns_of, dataset_of
from ..experiment.data_settings import Data
from ..experiment.experiment import Experiment
from .dates import dated
from .domains import fit_domain, nice
from .drawing import Drawing, Style
from .scatter import scatter_spec, scatter_table
from .spec import Domain, axis_extent


@dataclass(frozen=True, eq=False)
class Look:
    """A chart's rows and axes, and the test of unequal variance."""

    rows: pd.DataFrame
    x_domain: Domain
    y_domain: Domain
    points: int
    dates: bool
    test: UnequalVariance


@lru_cache(maxsize=32)
def look(data: Data, target: str, feature: str) -> Look | None:
    """The rows and axes for a target over a column; None if too few rows have both."""
    columns = columns_of(data)
    x, y = points_along(columns, target, feature, log_target=data.log_y)
    if not len(x):
        return None
    running = running_spread(x, y) if len(x) >= FEWEST_IN_WINDOW else None
    rows = scatter_table(x, y, running)
    return Look(
        rows,
        nice(float(x.min()), float(x.max())),
        fit_domain(y),
        int((rows["layer"] == "data").sum()),
        columns[feature].kind == "date",
        unequal_variance(x, y, along=feature),
    )


@lru_cache(maxsize=32)
def about_all(experiment: Experiment) -> UnequalVariance | None:
    """The test of unequal variance about a mean of all inputs of a table, of every row; None if there is only one."""
    data = dataset_of(experiment)
    if data.inputs < 2:
        return None
    x = np.concatenate([data.x, data.x_validation, data.x_held_out])
    return unequal_variance(x, np.concatenate([data.y, data.y_validation, data.y_held_out]))


def scatter(found: Look, x_label: str, y_label: str, style: Style) -> Drawing:
    """The points with their running mean and spread."""
    spec = scatter_spec(
        style.scheme,
        found.x_domain,
        found.y_domain,
        x_label=x_label,
        y_label=y_label,
        extent=axis_extent(found.y_domain),
        points=found.points,
    )
    return Drawing(dated(spec, found.x_domain) if found.dates else spec, found.rows)
