"""The charts of the Anatomy page: what the loss of a run is made of, why it is negative, and who pulls at its mean."""

from typing import TYPE_CHECKING

from core.charts.domains import nice
from core.charts.floor_curve import floor_spec, floor_table
from core.charts.frame import Domain, axis_extent
from core.charts.point_curve import point_spec, point_table
from core.charts.pull import MAP_TITLE, pull_map_spec, pull_map_table, pull_spec, pull_table
from core.charts.terms import terms_spec, terms_table
from core.diagnosis.chart_data import loss_data as anatomy
from core.diagnosis.chart_data.point_data import OnePoint, domains
from core.diagnosis.chart_data.pull_data import Pull
from core.drawings.drawing import Drawing
from core.experiment.build import dataset_of
from core.experiment.experiment import Experiment, loss_unit
from core.experiment.loss_settings import loss_of
from core.training.run import Run

if TYPE_CHECKING:
    import pandas as pd

_TITLE = 46  # pixels of a chart that are not its plot


def terms(
    experiment: Experiment,
    history: "pd.DataFrame",
    scheme: str,
    *,
    step_domain: Domain,
    loss_domain: Domain,
    height: float,
    constant: float = 0.0,
) -> Drawing:
    """The loss by step as the areas of its terms, with the floor as a band. The constant moves curves, not axes.

    `loss_domain` has no room for the constant that the loss may be shown with: it is added here. `height` in pixels.
    """
    loss = loss_of(experiment.loss)
    most = loss.constant or 0.0
    domain = nice(loss_domain[0], loss_domain[1] + most, count=7) if most else loss_domain
    table = terms_table(
        anatomy.with_constant(history, constant) if constant else history,
        step_domain=step_domain,
        loss_domain=domain,
        floor=anatomy.band(experiment, constant),
        height=height - _TITLE,
        names=anatomy.term_names(loss),
    )
    return Drawing(
        terms_spec(scheme, step_domain, domain, title=f"The loss and its terms by step, {loss_unit(experiment)}"), table
    )


def floor(
    experiment: Experiment, run: Run | None, scheme: str, *, height: float, with_constant: bool = False
) -> Drawing | None:
    """The floor against σ, where it is zero, and where this experiment's σ lies; None where the loss has no floor."""
    found, loss = anatomy.floor_curve(experiment), loss_of(experiment.loss)
    if found is None:
        return None
    constant = anatomy.constant_of(loss)
    known = dataset_of(experiment).truth is not None
    table = floor_table(
        found.sigma,
        found.floor,
        loss_domain=found.loss_domain,
        constant=None if constant is None else constant[1],
        with_constant=with_constant,
        constant_name="" if constant is None else constant[0],
        crossings=found.crossings,
        own=anatomy.own_std(experiment, run),
        own_role="truth" if known else "prediction",
        height=height - _TITLE,
    )
    title = f"Lowest possible loss by σ, {loss_unit(experiment)}"
    return Drawing(floor_spec(scheme, found.sigma_domain, found.loss_domain, title=title), table)


def point(experiment: Experiment, found: OnePoint, scheme: str, *, height: float) -> Drawing:
    """The loss of one point as a curve in s, on axes that every residual shares."""
    loss = loss_of(experiment.loss)
    _, domain = domains(loss, anatomy.typical_std(experiment))
    return curve(found, domain, scheme, title=f"Loss of one point by s, {loss_unit(experiment)}", height=height)


def curve(found: OnePoint, loss_domain: Domain, scheme: str, *, title: str, height: float) -> Drawing:
    """A loss and its terms against s, with the minimum."""
    domain = nice(*loss_domain)
    table = point_table(
        found.s,
        found.loss,
        found.residual,
        found.scale,
        loss_domain=domain,
        minimum=found.minimum,
        meaning=found.meaning,
        height=height - _TITLE,
    )
    return Drawing(point_spec(scheme, (float(found.s[0]), float(found.s[-1])), domain, title=title), table)


def pull(run: Run, found: Pull, weights: Domain, scheme: str, *, height: float) -> Drawing:
    """Who pulls at the mean, over x at four moments of the training."""
    moments = found.moments
    table = pull_table(
        found.middles, found.steps[moments], found.weights[moments], weight_domain=weights, height=height - _TITLE
    )
    return Drawing(pull_spec(scheme, _x_domain(run), weights, x_label=run.dataset.x_label), table)


def pull_map(run: Run, found: Pull, weights: Domain, scheme: str, *, title: str = MAP_TITLE) -> Drawing:
    """Effective weights over x and all steps of the experiment."""
    steps = (0, run.experiment.training.steps)
    spec = pull_map_spec(
        scheme,
        _x_domain(run),
        steps,
        weights,
        x_label=run.dataset.x_label,
        title=title,
        extent=axis_extent(steps),
    )
    return Drawing(spec, pull_map_table(found.edges, found.steps, found.weights))


def _x_domain(run: Run) -> Domain:
    grid = run.dataset.x_grid
    return float(grid[0]), float(grid[-1])
