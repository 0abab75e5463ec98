"""The charts of the tour: each assembled from a run, on axes that stay as the step's control is moved."""

import numpy as np
import pandas as pd

from ..charts.domains import fit_domain, nice, union
from ..charts.drawing import Drawing, Style
from ..charts.fit import BAND_STDS
from ..charts.floor_curve import floor_spec, floor_table
from ..charts.loss import loss_spec, loss_table
from ..charts.of_run.scene import Moment, drawn_points, scene, terms_of
from ..charts.spec import Domain, axis_extent
from ..charts.true_band import true_band_spec, true_band_table
from ..diagnosis.chart_data.loss_data import constant_of, floor_curve
from ..evaluation.levels import levels
from ..experiment.build import dataset_of
from ..experiment.experiment import Experiment, loss_unit
from ..experiment.loss_settings import loss_of
from ..training.run import Run

_MARGIN = 1.3  # of the widest band drawn


def band(
    run: Run, axes_of: tuple[Experiment, ...], style: Style, *, widest: float = 1.0, factor: float = 1.0
) -> Drawing:
    """The predicted band beside the true one, on axes for all of `axes_of`.

    `widest` says how many times wider than the true band the predicted one may be and still be seen. All that is in
    the unit of y is multiplied by `factor`.
    """
    data, curve = run.dataset, Moment.of_run(run, behind=True).curve
    assert data.truth is not None
    x, y = drawn_points(data)
    low, high = union(*(_y_domain(each, widest) for each in axes_of))
    y_domain = (factor * low, factor * high)
    spec = true_band_spec(
        style.scheme,
        (float(data.x_grid[0]), float(data.x_grid[-1])),
        y_domain,
        title=f"{data.y_label} over {data.x_label}",
        extent=axis_extent(y_domain),
        points=len(y),
    )
    mean, std = (None, None) if curve is None else (factor * curve.mean, factor * curve.std)
    truth = factor * data.truth.mean(data.x_grid), factor * data.truth.std(data.x_grid)
    return Drawing(spec, true_band_table(x, factor * np.asarray(y), data.x_grid, mean, std, *truth))


def _y_domain(experiment: Experiment, widest: float) -> Domain:
    """The axis of y: the true band, `widest` times as wide, and a margin."""
    data = dataset_of(experiment)
    assert data.truth is not None
    return fit_domain(
        data.y, data.truth.mean(data.x_grid), data.truth.std(data.x_grid), stds=_MARGIN * BAND_STDS * widest
    )


def loss(run: Run, style: Style) -> Drawing:
    """The loss by step with its zero line and its floor, drawn as far as the film is."""
    moment, axes = Moment.of_run(run), scene(run.experiment)
    first = float(moment.history["loss"].iloc[: len(moment.history) // 20].max())
    domain = nice(axes.loss_domain[0], max(axes.loss_domain[1], first))
    table = loss_table(
        terms_of(run.experiment, moment.history)[["step", "loss"]],
        step_domain=axes.step_domain,
        loss_domain=domain,
        floor=axes.levels.floor,
        height=style.plot_height,
        film=None if moment.film is None else moment.film.run,
    )
    title = f"Loss by step, {loss_unit(run.experiment)} per point"
    return Drawing(loss_spec(style.scheme, axes.step_domain, domain, title=title), table)


def moved_loss(
    before: Run, history: pd.DataFrame, floor: float | None, loss_domain: Domain, title: str, style: Style
) -> Drawing:
    """A loss by step beside the one it was `before`, which is grey."""
    steps = scene(before.experiment).step_domain
    table = loss_table(
        history[["step", "loss"]],
        step_domain=steps,
        loss_domain=loss_domain,
        floor=floor,
        previous=before.history,
        height=style.plot_height,
    )
    return Drawing(loss_spec(style.scheme, steps, loss_domain, title=title), table)


def floor(run: Run, reached: float, style: Style) -> Drawing:
    """The lowest possible loss against σ, with and without the constant; the σ of this run, and its loss there."""
    experiment = run.experiment
    found = floor_curve(experiment)
    assert found is not None
    loss = loss_of(experiment.loss)
    name, constant = constant_of(loss) or ("", None)
    domain = nice(*found.loss_range)
    table = floor_table(
        found.sigma,
        found.floor,
        loss_domain=domain,
        constant=constant,
        constant_name=name,
        crossings=found.crossings,
        own=[experiment.noise.scale],
        reached=reached,
        height=style.plot_height,
    )
    title = f"Best possible loss by σ, {loss_unit(experiment)} per point"
    return Drawing(floor_spec(style.scheme, found.sigma_domain, domain, title=title), table)


def floor_of(run: Run) -> float:
    """The lowest expected loss of a run at the x of its training points. Its loss must have one."""
    found = levels(loss_of(run.experiment.loss), run.dataset).floor
    assert found is not None
    return found
