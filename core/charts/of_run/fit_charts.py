"""The charts of the Fit page: the fit, the spread, observed over predicted, and the loss by step."""

import math

import numpy as np

from ...diagnosis.chart_data.loss_data import loss_in_unit
from ...evaluation.loss_parts import history_in_unit
from ...experiment.experiment import loss_unit
from ...experiment.loss_settings import loss_of
from ...model.losses import Loss
from ..dates import dated
from ..domains import nice
from ..drawing import Drawing, Style
from ..fit import fit_spec, fit_table
from ..intervals import observed_spec, observed_table
from ..loss import loss_spec, loss_table
from ..rows import table_in_unit
from ..spec import Domain, Spec, axis_extent
from ..spread import spread_spec, spread_table
from .chart import Chart
from .fit_seen import fit_seen, loss_seen, observed_seen, spread_seen
from .scene import HeldOut, Moment, Shown, drawn_points, terms_of

LEVEL = 0.95  # of the intervals around predictions
MOST_K = 100.0  # the largest unit of y for the loss, relative to the present one; the smallest is its inverse


def fit(shown: Shown, style: Style) -> Drawing:
    """Data, true mean, predicted mean and its band over x."""
    data, axes, truth = shown.data, shown.scene, shown.data.truth
    x, y = drawn_points(data)
    spec = fit_spec(
        style.scheme,
        axes.x_domain,
        axes.y_domain,
        x_label=data.x_label,
        y_label=data.y_label,
        truth=truth is not None,
        extent=axis_extent(axes.y_domain, axes.std_domain),
        points=len(y),
        members=shown.has_members,
    )
    table = fit_table(
        x,
        y,
        data.x_grid,
        *_mean_and_std(shown.moment),
        None if truth is None else truth.mean(data.x_grid),
        _mean_and_std(shown.previous)[0],
        film=shown.film,
        noise_std=_std_parts(shown)[0],
        members=shown.member_means,
    )
    return _over_x(shown, Drawing(spec, table))


def spread(shown: Shown, style: Style) -> Drawing:
    """Predicted standard deviation over x, beside the true one."""
    data, axes, truth = shown.data, shown.scene, shown.data.truth
    spec = spread_spec(
        style.scheme,
        axes.x_domain,
        axes.std_domain,
        x_label=data.x_label,
        truth=truth is not None,
        extent=axis_extent(axes.y_domain, axes.std_domain),
        members=shown.has_members,
    )
    noise, ignorance = _std_parts(shown)
    table = spread_table(
        data.x_grid,
        _mean_and_std(shown.moment)[1],
        None if truth is None else truth.std(data.x_grid),
        _mean_and_std(shown.previous)[1],
        film=shown.film,
        noise_std=noise,
        ignorance_std=ignorance,
    )
    return _over_x(shown, Drawing(spec, table))


def _std_parts(shown: Shown) -> tuple[np.ndarray | None, np.ndarray | None]:
    """The standard deviations of noise and ignorance on the grid; NaN before there are any, None for one net."""
    if not shown.has_members:
        return None, None
    if (parts := shown.moment.parts) is None:
        nothing = np.full(len(shown.data.x_grid), np.nan)
        return nothing, nothing
    return np.sqrt(parts.aleatoric), np.sqrt(parts.epistemic)


def _mean_and_std(moment: Moment | None) -> tuple[np.ndarray | None, np.ndarray | None]:
    curve = None if moment is None else moment.curve
    return (None, None) if curve is None else (curve.mean, curve.std)


def _over_x(shown: Shown, drawing: Drawing) -> Drawing:
    """The chart with dates if x is a date, and in the requested unit of y."""
    spec: Spec = dated(drawing.spec, shown.scene.x_domain) if shown.data.x_is_date else drawing.spec
    return Drawing(spec, drawing.table if shown.factor == 1 else table_in_unit(drawing.table, shown.factor))


def observed(shown: Shown, style: Style) -> Drawing:
    """Held-out rows, observed against predicted: with many inputs there is no curve."""
    found = shown.rows
    rows = shown.data.distinct_on_grid if shown.held_out is None else slice(None)
    values = [shown.factor * each[rows] for each in (*_mean_and_interval(found), found.y)]
    spec = observed_spec(style.scheme, found.domain, y_label=found.label, level=LEVEL, extent=axis_extent(found.domain))
    return Drawing(spec, observed_table(*values, domain=found.domain))


def _mean_and_interval(found: HeldOut) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if found.predictive is None:
        nothing = np.full(len(found.y), np.nan)
        return nothing, nothing, nothing
    with np.errstate(all="ignore"):
        lower, upper = found.predictive.interval(LEVEL)
        return np.asarray(found.predictive.mean), lower, upper


def loss(shown: Shown, style: Style) -> Drawing:
    """The loss with its terms by step, the zero line and the floor."""
    axes, previous = shown.scene, shown.previous
    table = loss_table(
        terms_of(shown.experiment, shown.moment.history),
        step_domain=axes.step_domain,
        loss_domain=axes.loss_domain,
        floor=axes.levels.floor,
        previous=None if previous is None else previous.history,
        height=style.plot_height,
        film=shown.film,
    )
    title = f"Loss by step, {loss_unit(shown.experiment)} per point"
    return Drawing(loss_spec(style.scheme, axes.step_domain, axes.loss_domain, title=title), table)


def loss_in_new_unit(shown: Shown, k: float, style: Style) -> Drawing:
    """The loss by step with y in a unit `k` times larger."""
    row, axes = loss_of(shown.experiment.loss), shown.scene
    domain, floor = unit_domain(row, axes.loss_domain, k), axes.levels.floor
    history = history_in_unit(shown.moment.history, row.unit_power, row.unit_shift, k)
    table = loss_table(
        history[["step", "loss"]],
        step_domain=axes.step_domain,
        loss_domain=domain,
        floor=None if floor is None else float(loss_in_unit(row, floor, k)),
        height=style.plot_height,
    )
    return Drawing(loss_spec(style.scheme, axes.step_domain, domain, title="The loss by step, in the new unit"), table)


def unit_domain(row: Loss, domain: Domain, k: float) -> Domain:
    """The axis range of a loss for k from 1/MOST_K to MOST_K: fixed if the loss only moves by log k, else scaled."""
    if row.unit_power:
        low, high = (float(edge) for edge in loss_in_unit(row, np.array(domain), k))
        return low, high
    reach = abs(row.unit_shift) * math.log(MOST_K)
    return nice(domain[0] - reach, domain[1] + reach) if reach else domain


def _one_input(shown: Shown) -> bool:
    return shown.data.inputs == 1


def _many_inputs(shown: Shown) -> bool:
    return shown.data.inputs > 1


CHARTS = (
    Chart(
        "fit",
        "Fit over x",
        "Data, true mean and predicted mean with its band of two standard deviations, over x",
        "fit/left",
        Shown.at_end,
        fit,
        _one_input,
        seen=fit_seen,
    ),
    Chart(
        "spread",
        "Standard deviation over x",
        "Predicted standard deviation over x, beside the true one where it is known",
        "fit/left",
        Shown.at_end,
        spread,
        _one_input,
        seen=spread_seen,
    ),
    Chart(
        "observed",
        "Observed over predicted",
        "Observed values over their predicted means, with intervals around the diagonal",
        "fit/left",
        Shown.at_end,
        observed,
        _many_inputs,
        seen=observed_seen,
    ),
    Chart(
        "loss",
        "Loss by step",
        "Loss by step with its residual and scale terms, the zero line and the floor",
        "fit/right",
        Shown.at_end,
        loss,
        seen=loss_seen,
    ),
)
