"""The charts of the Anatomy page: what the loss of a run is made of, why it is negative, and who pulls at its mean."""

from ...diagnosis.chart_data import loss_data
from ...diagnosis.chart_data.head_data import head_pull, why_no_head
from ...diagnosis.chart_data.point_data import OnePoint, domains, one_point, why_no_curve
from ...diagnosis.chart_data.pull_data import Pull
from ...diagnosis.chart_data.pull_data import pull as pull_of
from ...experiment.experiment import loss_unit
from ...experiment.loss_settings import loss_of
from ...training.run import Run
from ..domains import nice, weight_domain
from ..drawing import Drawing, Style
from ..floor_curve import floor_spec, floor_table
from ..head_pull import head_spec, head_table
from ..point_curve import point_spec, point_table
from ..pull import MAP_TITLE, pull_map_spec, pull_map_table, pull_spec, pull_table
from ..spec import Domain, axis_extent
from ..terms import terms_spec, terms_table
from .anatomy_seen import floor_seen, head_seen, point_seen, pull_seen, terms_seen
from .chart import Chart
from .scene import Shown


def terms(shown: Shown, style: Style) -> Drawing:
    """The loss by step as areas of its terms, with the floor as a band. The constant moves the curves, not the axes."""
    experiment, axes, history = shown.experiment, shown.scene, shown.moment.history
    loss, (low, high) = loss_of(experiment.loss), axes.loss_domain
    constant = (loss.constant or 0.0) if shown.with_constant else 0.0
    domain = nice(low, high + loss.constant, count=7) if loss.constant else (low, high)  # room for the constant
    table = terms_table(
        loss_data.with_constant(history, constant) if constant else history,
        step_domain=axes.step_domain,
        loss_domain=domain,
        floor=loss_data.band(experiment, constant),
        height=style.plot_height,
        names=loss_data.term_names(loss),
    )
    title = f"The loss and its terms by step, {loss_unit(experiment)}"
    return Drawing(terms_spec(style.scheme, axes.step_domain, domain, title=title), table)


def floor(shown: Shown, style: Style) -> Drawing:
    """The floor against σ, where it is zero, and the σ of this experiment. The loss must have a floor."""
    experiment, found = shown.experiment, loss_data.floor_curve(shown.experiment)
    assert found is not None
    name, constant = loss_data.constant_of(loss_of(experiment.loss)) or ("", None)
    domain = nice(*found.loss_range)
    table = floor_table(
        found.sigma,
        found.floor,
        loss_domain=domain,
        constant=constant,
        with_constant=shown.with_constant,
        constant_name=name,
        crossings=found.crossings,
        own=loss_data.own_std(experiment, shown.run),
        own_role="prediction" if shown.data.truth is None else "truth",
        height=style.plot_height,
    )
    title = f"Best possible loss by σ, {loss_unit(experiment)}"
    return Drawing(floor_spec(style.scheme, found.sigma_domain, domain, title=title), table)


def point(shown: Shown, style: Style) -> Drawing:
    """The loss of one point as a curve in s, on axes shared by all residuals. The loss must have such a curve."""
    experiment, loss = shown.experiment, loss_of(shown.experiment.loss)
    std = loss_data.typical_std(experiment)
    title = f"Loss of one point by s, {loss_unit(experiment)}"
    return curve(one_point(loss, std, shown.residual), domains(loss, std)[1], title, style)


def curve(found: OnePoint, loss_domain: Domain, title: str, style: Style) -> Drawing:
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
        height=style.plot_height,
    )
    return Drawing(point_spec(style.scheme, (float(found.s[0]), float(found.s[-1])), domain, title=title), table)


def head(shown: Shown, style: Style) -> Drawing:
    """How residuals pull at the second output, at several predicted spreads. The loss must take a head."""
    found = head_pull(loss_of(shown.experiment.loss))
    domain = nice(*found.domain)
    table = head_table(found.residuals, found.scales, found.pulls, pull_domain=domain, height=style.plot_height)
    return Drawing(head_spec(style.scheme, (0.0, float(found.residuals[-1])), domain), table)


def pull(run: Run, style: Style) -> Drawing:
    """Which points pull at the mean, over x, at four moments of the training."""
    found = _pull_of(run)
    moments, weights = found.moments, weight_domain(found.weights)
    table = pull_table(
        found.middles, found.steps[moments], found.weights[moments], weight_domain=weights, height=style.plot_height
    )
    return Drawing(pull_spec(style.scheme, _x_domain(run), weights, x_label=run.dataset.x_label), table)


def pull_map(run: Run, style: Style, *, weights: Domain | None = None, title: str = MAP_TITLE) -> Drawing:
    """Effective weights over x and all steps of the experiment; `weights` is their axis where runs share it."""
    found, steps = _pull_of(run), (0, run.experiment.training.steps)
    spec = pull_map_spec(
        style.scheme,
        _x_domain(run),
        steps,
        weights or weight_domain(found.weights),
        x_label=run.dataset.x_label,
        title=title,
        extent=axis_extent(steps),
    )
    return Drawing(spec, pull_map_table(found.edges, found.steps, found.weights))


def _run(run: Run) -> Run:
    return run


def _has_pull(run: Run) -> bool:
    return pull_of(run) is not None


def _pull_of(run: Run) -> Pull:
    found = pull_of(run)
    assert found is not None  # charts of a pull are drawn where there is one
    return found


def _x_domain(run: Run) -> Domain:
    grid = run.dataset.x_grid
    return float(grid[0]), float(grid[-1])


CHARTS = (
    Chart(
        "terms",
        "The loss and its terms by step",
        "The loss by step, its terms as areas from zero, and the floor as a band",
        "anatomy/terms",
        Shown.at_end,
        terms,
        seen=terms_seen,
    ),
    Chart(
        "floor",
        "Best possible loss by σ",
        "The best possible loss by the standard deviation of the noise, with its zero crossings",
        "anatomy/terms",
        Shown.at_end,
        floor,
        lambda shown: loss_data.floor_curve(shown.experiment) is not None,
        seen=floor_seen,
    ),
    Chart(
        "one_point",
        "Loss of one point at 1 σ",
        "Loss of one point by s, its terms and its minimum",
        "anatomy/point",
        Shown.at_end,
        point,
        lambda shown: not why_no_curve(loss_of(shown.experiment.loss)),
        seen=point_seen,
    ),
    Chart(
        "head_pull",
        "How residuals push s",
        "The push of a residual on the second output, at several predicted standard deviations",
        "anatomy/head",
        Shown.at_end,
        head,
        lambda shown: not why_no_head(loss_of(shown.experiment.loss)),
        seen=head_seen,
    ),
    Chart(
        "pull",
        "Which points drive the mean",
        "Effective weight of the points over x at four moments of the training",
        "anatomy/pull",
        _run,
        pull,
        _has_pull,
        seen=pull_seen,
    ),
    Chart(
        "pull_map",
        "Which points drive the mean, by step",
        f"{MAP_TITLE}: effective weight of the points over x and steps",
        "anatomy/pull",
        _run,
        pull_map,
        _has_pull,
        seen=pull_seen,
    ),
)
