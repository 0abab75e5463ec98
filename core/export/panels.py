"""The question's figure as one picture: the fit with its band, the spread beside the true one, the loss by step."""

from typing import TYPE_CHECKING, Any

import numpy as np

from core.charts.dates import dated
from core.charts.domains import fit_domain, loss_domain, nice, spread_domain, union
from core.charts.fit import fit_spec, fit_table
from core.charts.frame import Domain, Spec, axis_extent
from core.charts.loss import loss_spec, loss_table
from core.charts.observed import observed_spec, observed_table
from core.charts.spread import spread_spec, spread_table
from core.evaluation.levels import converged_std, levels, lowest_in_view
from core.experiment.build import read
from core.experiment.experiment import loss_unit
from core.experiment.loss_settings import loss_of
from core.export.facts import ExportError
from core.export.figures import pixels, png_of, stacked, svg_of
from core.export.run_tables import LEVEL
from core.model.losses import LOSSES
from core.training.run import Run

if TYPE_CHECKING:
    import pandas as pd

FIT_CM, SPREAD_CM, LOSS_CM, OBSERVED_CM = 8.0, 5.0, 7.0, 10.0
Panel = tuple[Spec, Any, float]  # a chart, its table, and its height in centimetres
_LEGEND = 46  # pixels of a panel that are not its plot


def three_panels(run: Run, form: str = "svg", scale: float = 1.0) -> bytes:
    """The fit, the spread and the loss of a run below each other, 16 cm wide, as "svg" or as "png" at 300 dpi.

    With many inputs, over which no curve can be drawn, the observed over the predicted, and the loss. Raises
    ExportError where the run has no curve, ValueError for another form.
    """
    if form not in ("svg", "png"):
        raise ValueError(f"form is {form!r}; it takes svg or png")
    whole = figure_of(run)
    return svg_of(whole) if form == "svg" else png_of(whole, scale)


def figure_of(run: Run) -> Spec:
    """The panels as one Vega-Lite spec with its rows."""
    if not run.has_curve:
        raise ExportError("This run has no curve to draw: train it, and export it then.")
    data = run.dataset
    above = over_x(run) if data.inputs == 1 else (observed(run),)
    return stacked([*above, loss_by_step(run)])


def observed(run: Run) -> Panel:
    """Over many inputs there is no curve: what was observed, over what was predicted."""
    y, name = run.y_held_out, "" if run.encoding is None else run.encoding.target
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        lower, upper = run.judged.predictive.interval(LEVEL)
        mean = np.asarray(run.judged.predictive.mean)
    domain = fit_domain(y, None, None)
    spec = observed_spec("light", domain, y_label=name, level=LEVEL, extent=axis_extent(domain))
    return spec, observed_table(mean, lower, upper, y, domain=domain), OBSERVED_CM


def over_x(run: Run) -> tuple[Panel, Panel]:
    """The fit and the spread over the one input of a run that has a curve."""
    data = run.dataset
    loss, grid, curve = loss_of(run.experiment.loss), np.ravel(data.x_grid), read(run.experiment, run.frame_outputs[-1])
    mean, std = (None, None) if data.truth is None else (data.truth.mean(grid), data.truth.std(grid))
    x, y = np.ravel(data.x), data.y
    if data.truth is None:  # the few rows of a table are all of them worth a look
        x, y = np.append(x, np.ravel(data.x_held_out)), np.append(y, data.y_held_out)
    x_domain, y_domain = (float(grid[0]), float(grid[-1])), fit_domain(y, mean, std)
    reaches = converged_std(loss, run.experiment.loss.reading, data)
    std_domain = spread_domain(std, y=data.y, reaches=reaches)
    extent, truth = axis_extent(y_domain, std_domain), data.truth is not None
    labels = {"x_label": data.x_label, "truth": truth, "extent": extent}
    fit = fit_spec("light", x_domain, y_domain, y_label=data.y_label, points=len(y), **labels)
    spread = spread_spec("light", x_domain, std_domain, **labels)
    if data.x_is_date:
        fit, spread = dated(fit, x_domain), dated(spread, x_domain)
    return (
        (fit, fit_table(x, y, grid, curve.mean, curve.std, mean), FIT_CM),
        (spread, spread_table(grid, curve.std, std), SPREAD_CM),
    )


def loss_by_step(run: Run, height_cm: float = LOSS_CM) -> Panel:
    """The loss and its terms by step, for a picture of this height."""
    loss, steps, domain = loss_of(run.experiment.loss), (0, run.steps_done), loss_axis(run)
    table = loss_table(
        _terms(run),
        step_domain=steps,
        loss_domain=domain,
        floor=levels(loss, run.dataset).floor,
        height=pixels(height_cm) - _LEGEND,
    )
    return (
        loss_spec("light", steps, domain, title=f"Loss by step, {loss_unit(run.experiment)} per point"),
        table,
        height_cm,
    )


def loss_axis(run: Run) -> Domain:
    """The axis of the losses of a run that has ended.

    On a page it stands before there is a loss; here, where no truth is known, it may hold all of it but jumps.
    """
    loss, data = loss_of(run.experiment.loss), run.dataset
    found = shown = levels(loss, data)
    meant = loss
    if shown.constant is None:  # it has no end: the range of the loss that was meant
        meant = LOSSES[loss.meant]
        shown = levels(meant, data)
    floor, scale = lowest_in_view(meant, data)
    domain = loss_domain(floor, scale if len(meant.term_names) > 1 else None, shown.constant)
    if found.floor is not None:
        return domain
    history = _terms(run)
    names = [name for name in ("loss", "residual", "scale") if name in history]
    return union(domain, _reach(history[names].to_numpy(dtype=float), domain))


def _terms(run: Run) -> "pd.DataFrame":
    """The history with the terms that the loss has."""
    several = len(loss_of(run.experiment.loss).term_names) > 1
    return run.history if several else run.history.drop(columns="scale")


def _reach(losses: np.ndarray, domain: Domain) -> Domain:
    """The range of nine tenths of the losses and their terms; `domain` where it is none, or too wide to read."""
    found = losses[np.isfinite(losses)]
    if not found.size:
        return domain
    low, high = (float(end) for end in np.quantile(found, [0.05, 0.95]))
    wide = high - low > 20 * (domain[1] - domain[0])
    return domain if wide else nice(min(low, domain[0]), max(high, domain[1]))
