"""One run on the page: verdict, three charts, a row of scores; the same for a finished run and for one that trains."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.charts.dates import dated
from core.charts.domains import fit_domain, loss_domain, spread_domain, union
from core.charts.film import Film, film, run_number
from core.charts.fit import fit_spec, fit_table
from core.charts.frame import Domain, Spec, axis_extent
from core.charts.loss import loss_spec, loss_table
from core.charts.observed import observed_spec, observed_table
from core.charts.spread import spread_spec, spread_table
from core.charts.unit import domain_in_unit, table_in_unit
from core.data.dataset import Dataset
from core.diagnosis.verdict.findings import Finding
from core.evaluation.levels import Levels, converged_std, levels, lowest_in_view
from core.experiment.build import dataset_of, read
from core.experiment.experiment import Experiment, loss_unit
from core.experiment.loss_settings import loss_of
from core.model.losses import LOSSES, Loss
from core.model.readings import Predictive
from core.training.frame import Frame, history_table
from core.training.run import Run
from core.words import number
from ui.shared.film import FILM_HEIGHT, film_control
from ui.shared.plain import unbroken

FIT_HEIGHT, SPREAD_HEIGHT = 268, 142
STACKED_HEIGHTS = (204, 116, 190)  # of fit, spread and loss, where two runs stand side by side
MANY_ROWS = 50_000  # of which a page's sums take longer than a blink
LOSS_HEIGHT = FIT_HEIGHT + SPREAD_HEIGHT - FILM_HEIGHT

ICONS = {
    "good": ":green[:material/check_circle:]",
    "warning": ":orange[:material/warning:]",
    "mistake": ":red[:material/error:]",
    "open": ":material/pending:",
}


@dataclass(frozen=True)
class Moment:
    """What the charts show of a run: the curve on the grid, the losses so far, and once it has ended how it came."""

    curve: Predictive | None
    history: pd.DataFrame
    film: Film | None = None

    @classmethod
    def of_run(cls, run: Run, *, behind: bool = False) -> "Moment":
        """The end of a run, with its film unless it stands `behind` another."""
        curve = read(run.experiment, run.frame_outputs[-1]) if run.has_curve else None
        return cls(curve, run.history, None if behind else _film(run))

    @classmethod
    def of_frame(cls, experiment: Experiment, frame: Frame | None) -> "Moment":
        """Where a training stands; nothing yet, before its first frame."""
        if frame is None:
            return EMPTY
        return cls(read(experiment, frame.outputs), history_table(frame.history))


EMPTY = Moment(None, pd.DataFrame({"step": [], "loss": [], "residual": [], "scale": []}, dtype=float))


def _film(run: Run) -> Film | None:
    """The frames of a run as they are read now: another reading is another film, and so is a run trained again."""
    if not run.has_curve or run.dataset.inputs > 1:  # a film is of curves
        return None
    name = f"{run.key} {run.created} {run.steps_done} {run.experiment.loss.reading}"
    curves = read(run.experiment, run.frame_outputs)
    return film(run_number(name), run.frame_steps, curves.mean, curves.std)


@dataclass(frozen=True)
class Scene:
    """What stays the same while one experiment trains: axes, levels, truth."""

    x_domain: Domain
    y_domain: Domain
    std_domain: Domain
    step_domain: Domain
    loss_domain: Domain
    levels: Levels


@lru_cache(maxsize=64)
def scene(experiment: Experiment) -> Scene:
    """The axes and levels of an experiment."""
    data, loss = dataset_of(experiment), loss_of(experiment.loss)
    truth = data.truth
    found = levels(loss, data)
    mean, std = (None, None) if truth is None else (truth.mean(data.x_grid), truth.std(data.x_grid))
    return Scene(
        x_domain=(float(data.x_grid[0]), float(data.x_grid[-1])) if data.inputs == 1 else (0.0, 1.0),
        y_domain=fit_domain(_points(data)[1], mean, std),
        std_domain=spread_domain(std, y=data.y, reaches=converged_std(loss, experiment.loss.reading, data)),
        step_domain=(0, experiment.training.steps),
        loss_domain=_loss_domain(loss, found, data),
        levels=found,
    )


def _loss_domain(loss: Loss, found: Levels, data: Dataset) -> tuple[float, float]:
    if found.constant is None:  # it has no end: the range of the loss that was meant, which it leaves
        loss = LOSSES[loss.meant]
        found = levels(loss, data)
    floor, scale = lowest_in_view(loss, data)
    return loss_domain(floor, scale if len(loss.term_names) > 1 else None, found.constant)


def shared_scenes(one: Experiment, other: Experiment) -> tuple[Scene, Scene]:
    """The axes of two experiments side by side: shared as far as they count the same thing.

    Points of one table, or drawn ones, share x, y and spread; losses share their axis where they share their unit.
    """
    scenes = scene(one), scene(other)
    names = ["step_domain"]
    if all(getattr(one.data, name) == getattr(other.data, name) for name in ("table", "csv", "y", "log_y")):
        names += ["x_domain", "y_domain", "std_domain"]
    if LOSSES[one.loss.name].unit == LOSSES[other.loss.name].unit:
        names.append("loss_domain")
    shared: dict[str, Any] = {name: union(*(getattr(each, name) for each in scenes)) for name in names}
    return replace(scenes[0], **shared), replace(scenes[1], **shared)


def comparable(one: Experiment, other: Experiment) -> bool:
    """Whether two experiments share their x axis and their curve, so that one may stand behind the other."""
    same = ("table", "csv", "y", "features", "log_y", "target", "x_min", "x_max")
    return all(getattr(one.data, name) == getattr(other.data, name) for name in same)


def told_where_long(rows: int, words: str) -> AbstractContextManager[object]:
    """Words that stand while something is computed of rows, where they are so many that it takes a while."""
    return st.spinner(words) if rows > MANY_ROWS else nullcontext()


def headline(finding: Finding) -> None:
    """The verdict: one line with its sign, and a paragraph with the numbers."""
    st.subheader(f"{ICONS[finding.kind]} {finding.headline}", anchor=False)
    st.markdown(unbroken(finding.sentence))


def charts(experiment: Experiment, moment: Moment, previous: Moment | None) -> None:
    """Fit above spread, the loss beside them. Their specifications stay, only the rows change: nothing flickers."""
    axes = scene(experiment)
    left, right = st.columns([5, 4], gap="medium")
    many = dataset_of(experiment).inputs > 1
    with left:
        _fit_chart(experiment, moment, previous, axes, height=FIT_HEIGHT + SPREAD_HEIGHT if many else FIT_HEIGHT)
        _spread_chart(experiment, moment, previous, axes)
    with right:
        _loss_chart(experiment, moment, previous, axes, height=FIT_HEIGHT + SPREAD_HEIGHT if many else LOSS_HEIGHT)
        if moment.film is not None:
            film_control(moment.film, experiment.training.steps)


def unit_charts(experiment: Experiment, moment: Moment, factor: float, heights: tuple[int, int]) -> None:
    """Fit above spread with all that has the unit of y multiplied by `factor`: the same picture, other numbers."""
    axes = scene(experiment)
    axes = replace(
        axes, y_domain=domain_in_unit(axes.y_domain, factor), std_domain=domain_in_unit(axes.std_domain, factor)
    )
    _fit_chart(experiment, moment, None, axes, "unit fit chart", heights[0], factor)
    _spread_chart(experiment, moment, None, axes, "unit spread chart", heights[1], factor)


def fit_alone(run: Run, key: str, height: int) -> None:
    """The fit of a run, on its experiment's axes."""
    _fit_chart(run.experiment, Moment.of_run(run, behind=True), None, scene(run.experiment), key, height)


def stacked_charts(experiment: Experiment, moment: Moment, axes: Scene, name: str) -> None:
    """Fit, spread and loss below each other, on the axes given; `name` tells them from others on the page."""
    _fit_chart(experiment, moment, None, axes, f"{name} fit chart", STACKED_HEIGHTS[0])
    _spread_chart(experiment, moment, None, axes, f"{name} spread chart", STACKED_HEIGHTS[1])
    _loss_chart(experiment, moment, None, axes, f"{name} loss chart", STACKED_HEIGHTS[2])


def _fit_chart(
    experiment: Experiment,
    moment: Moment,
    previous: Moment | None,
    axes: Scene,
    key: str = "fit chart",
    height: int = FIT_HEIGHT,
    factor: float = 1.0,
) -> None:
    data = dataset_of(experiment)
    truth = data.truth
    if data.inputs > 1:
        _observed_chart(data, moment, axes, key, height, factor)
        return
    rows = fit_table(
        *_points(data),
        data.x_grid,
        None if moment.curve is None else moment.curve.mean,
        None if moment.curve is None else moment.curve.std,
        None if truth is None else truth.mean(data.x_grid),
        None if previous is None or previous.curve is None else previous.curve.mean,
        film=_reel(moment),
    )
    st.vega_lite_chart(
        rows if factor == 1 else table_in_unit(rows, factor),
        _of_dates(
            data,
            axes,
            fit_spec(
                scheme(),
                axes.x_domain,
                axes.y_domain,
                x_label=data.x_label,
                y_label=data.y_label,
                truth=truth is not None,
                extent=axis_extent(axes.y_domain, axes.std_domain),
                points=len(_points(data)[0]),
            ),
        ),
        theme=None,
        key=key,
        height=height,
        alt="Data, true mean and predicted mean with its band of two standard deviations, over x",
    )


def _of_dates(data: Dataset, axes: Scene, spec: Spec) -> Spec:
    return dated(spec, axes.x_domain) if data.x_is_date else spec


def _observed_chart(data: Dataset, moment: Moment, axes: Scene, key: str, height: int, factor: float) -> None:
    """With many features: held-out rows, observed over predicted, in the unit of what is fitted."""
    curve = moment.curve
    if curve is None:
        mean = lower = upper = np.full(len(data.y_grid), np.nan)
    else:
        with np.errstate(all="ignore"):
            mean, (lower, upper) = curve.mean, curve.interval(0.95)
    rows = data.distinct_on_grid
    st.vega_lite_chart(
        observed_table(*(factor * values[rows] for values in (mean, lower, upper, data.y_grid)), domain=axes.y_domain),
        observed_spec(scheme(), axes.y_domain, y_label=data.y_label, extent=axis_extent(axes.y_domain)),
        theme=None,
        key=f"observed {key}",
        height=height,
        alt="Observed values of held-out rows over their predicted means, with intervals around the diagonal",
    )


def _spread_chart(
    experiment: Experiment,
    moment: Moment,
    previous: Moment | None,
    axes: Scene,
    key: str = "spread chart",
    height: int = SPREAD_HEIGHT,
    factor: float = 1.0,
) -> None:
    data = dataset_of(experiment)
    truth = data.truth
    if data.inputs > 1:
        return  # with many features there is no one x to draw the spread over
    rows = spread_table(
        data.x_grid,
        None if moment.curve is None else moment.curve.std,
        None if truth is None else truth.std(data.x_grid),
        None if previous is None or previous.curve is None else previous.curve.std,
        film=_reel(moment),
    )
    st.vega_lite_chart(
        rows if factor == 1 else table_in_unit(rows, factor),
        _of_dates(
            data,
            axes,
            spread_spec(
                scheme(),
                axes.x_domain,
                axes.std_domain,
                x_label=data.x_label,
                truth=truth is not None,
                extent=axis_extent(axes.y_domain, axes.std_domain),
            ),
        ),
        theme=None,
        key=key,
        height=height,
        alt="Predicted standard deviation over x, beside the true one where it is known",
    )


def _loss_chart(
    experiment: Experiment,
    moment: Moment,
    previous: Moment | None,
    axes: Scene,
    key: str = "loss chart",
    height: int = LOSS_HEIGHT,
) -> None:
    loss = loss_of(experiment.loss)
    st.vega_lite_chart(
        loss_table(
            moment.history if len(loss.term_names) > 1 else moment.history.drop(columns="scale"),
            step_domain=axes.step_domain,
            loss_domain=axes.loss_domain,
            floor=axes.levels.floor,
            previous=None if previous is None else previous.history,
            height=height - 46,
            film=_reel(moment),
        ),
        loss_spec(
            scheme(), axes.step_domain, axes.loss_domain, title=f"Loss by step, {loss_unit(experiment)} per point"
        ),
        theme=None,
        key=key,
        height=height,
        alt="Loss by step with its residual and scale terms, the zero line and the floor",
    )


def _reel(moment: Moment) -> int | None:
    """The number of the film that the charts may show."""
    return None if moment.film is None else moment.film.run


def _points(data: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """The points to draw: those it is trained on, and of a real table the rows kept from training too."""
    if data.truth is not None:
        return data.x, data.y
    return np.concatenate([data.x, data.x_held_out]), np.concatenate([data.y, data.y_held_out])


def scores(run: Run | None) -> None:
    """The row of figures under the charts; dashes before there is a run."""
    found = run.scores if run is not None and run.has_curve else {}
    known = dataset_of(run.experiment).truth is not None if run is not None else True
    with st.container(horizontal=True, key="scores"):
        _figure(
            "NLL, full",
            _number(found.get("nll")),
            "−log density of held-out points, constants included, nats. Lower is better.",
        )
        _figure(
            "Gap to truth",
            _number(found.get("gap"), 4) if known else "n/a",
            "Mean KL divergence from the true distribution, nats. 0 is perfect; needs a known truth.",
        )
        _figure(
            "RMSE",
            _number(found.get("rmse")),
            "Root mean squared error on held-out points, in the unit of y: no less than the noise.",
        )
        coverage = found.get("coverage_95")
        _figure(
            "95 % covers",
            "–" if coverage is None else f"{coverage:.1%}".replace("%", " %"),
            "Share of held-out points inside the 95 % band; 95 % is right.",
        )
        _figure(
            "Trained in",
            "–"
            if run is None or not run.device
            else f"{run.seconds:.2f} s"
            if run.seconds < 10
            else f"{run.seconds:.0f} s",
            "Seconds of training, frames included.",
        )
        _figure("Device", "–" if run is None or not run.device else run.device, "Where it was trained.")


def _figure(label: str, value: str, words: str) -> None:
    st.metric(label, value, help=words, width=124)


def _number(value: float | None, decimals: int = 3) -> str:
    return "–" if value is None else number(value, decimals)


def scheme() -> str:
    """The palette of the page: light or dark."""
    return "dark" if st.context.theme.type == "dark" else "light"
