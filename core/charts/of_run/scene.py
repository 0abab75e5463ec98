"""What the charts of one experiment share: the axes, and the moment of the training that they show."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ...data.dataset import Dataset
from ...distributions.blend import equal_mixture
from ...distributions.laws import Predictive
from ...evaluation.ensemble import Parts, decompose
from ...evaluation.levels import Levels, converged_std, levels, lowest_in_view
from ...experiment.build import dataset_of, mixed, read
from ...experiment.experiment import Experiment
from ...experiment.loss_settings import loss_of
from ...model.losses import LOSSES, Loss
from ...training.frame import Frame, history_table
from ...training.run import Run
from ..domains import domain_in_unit, fit_domain, loss_domain, nice, spread_domain, union
from ..film import Film, film, run_number
from ..spec import Domain

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Moment:
    """What the charts show of a run: the curve on the grid, the losses so far, and the film once it has ended.

    Of several members the curve is that of their mixture, `parts` its variances on the grid, and `means` those of the
    members, (members, n_grid).
    """

    curve: Predictive | None
    history: "pd.DataFrame"
    film: Film | None = None
    parts: Parts | None = None
    means: np.ndarray | None = None

    @classmethod
    def of_run(cls, run: Run, *, behind: bool = False) -> "Moment":
        """The end of a run, with its film unless it is drawn `behind` another."""
        if not run.has_curve:
            return cls(None, run.history)
        return cls._of(run.experiment, run.frame_members[-1], run.history, None if behind else _film(run))

    @classmethod
    def of_frame(cls, experiment: Experiment, frame: Frame | None) -> "Moment":
        """The latest state of a training; EMPTY before its first frame."""
        if frame is None:
            return EMPTY
        return cls._of(experiment, frame.members, history_table(frame.history), None)

    @classmethod
    def _of(cls, experiment: Experiment, outputs: np.ndarray, history: "pd.DataFrame", film: Film | None) -> "Moment":
        """What members with outputs (n_grid, members, H) predict; parts only where there are several."""
        each = [read(experiment, outputs[:, m]) for m in range(outputs.shape[1])]
        if len(each) == 1:
            return cls(each[0], history, film)
        with np.errstate(all="ignore"):
            means = np.stack([law.mean for law in each])
            return cls(equal_mixture(each), history, film, decompose(means, [law.var for law in each]), means)


EMPTY = Moment(None, history_table(np.empty((0, 4))))


def _film(run: Run) -> Film | None:
    """The frames of a run under its reading; another reading, or a new run of the same key, has another film."""
    if not run.has_curve or run.dataset.inputs > 1:  # a film is of curves
        return None
    name = f"{run.key} {run.created} {run.steps_done} {run.experiment.loss.reading} {run.experiment.data.y}"
    curves = mixed(run.experiment, run.frame_members)
    return film(run_number(name), run.frame_steps, curves.mean, curves.std)


@dataclass(frozen=True)
class Scene:
    """What stays fixed while an experiment trains: its axes and the levels of its loss."""

    x_domain: Domain
    y_domain: Domain
    std_domain: Domain
    step_domain: Domain
    loss_domain: Domain
    levels: Levels

    def in_unit(self, factor: float) -> "Scene":
        """The same axes with everything in the unit of y multiplied by `factor`."""
        y, std = domain_in_unit(self.y_domain, factor), domain_in_unit(self.std_domain, factor)
        return replace(self, y_domain=y, std_domain=std)


@lru_cache(maxsize=1024)  # of a hundred visitors, each with some experiments
def scene(experiment: Experiment) -> Scene:
    """The axes and levels of an experiment. They need no run, so that no axis moves while it trains."""
    data, loss = dataset_of(experiment), loss_of(experiment.loss)
    truth = data.truth
    mean, std = (None, None) if truth is None else (truth.mean(data.x_grid), truth.std(data.x_grid))
    return Scene(
        x_domain=(float(data.x_grid[0]), float(data.x_grid[-1])) if data.inputs == 1 else (0.0, 1.0),
        y_domain=fit_domain(drawn_points(data)[1], mean, std),
        std_domain=spread_domain(std, y=data.y, reaches=converged_std(loss, experiment.loss.reading, data)),
        step_domain=(0, experiment.training.steps),
        loss_domain=_loss_domain(loss, data),
        levels=levels(loss, data),
    )


def _loss_domain(loss: Loss, data: Dataset) -> Domain:
    found = levels(loss, data)
    if found.constant is None:  # unbounded below: the range of the loss that was meant, which this loss leaves
        loss = LOSSES[loss.in_place]
        found = levels(loss, data)
    floor, scale = lowest_in_view(loss, data)
    return loss_domain(floor, scale if len(loss.term_names) > 1 else None, found.constant)


def scene_at_end(run: Run) -> Scene:
    """The axes of a finished run, for print: the steps that it took, and its losses.

    On a page the loss axis is fixed before there is a loss. Here, if no truth is known, it also contains the middle
    90 % of the losses.
    """
    found = scene(run.experiment)
    steps, losses = (0, run.steps_done), found.loss_domain
    if found.levels.floor is None:
        history = terms_of(run.experiment, run.history)
        names = [name for name in ("loss", "residual", "scale") if name in history]
        losses = union(losses, _reach(history[names].to_numpy(dtype=float), losses))
    return replace(found, step_domain=steps, loss_domain=losses)


def _reach(losses: np.ndarray, domain: Domain) -> Domain:
    """The range of the middle 90 % of losses and terms; `domain` if there are none or it is too wide to read."""
    found = losses[np.isfinite(losses)]
    if not found.size:
        return domain
    low, high = (float(end) for end in np.quantile(found, [0.05, 0.95]))
    wide = high - low > 20 * (domain[1] - domain[0])
    return domain if wide else nice(min(low, domain[0]), max(high, domain[1]))


def shared_scenes(one: Experiment, other: Experiment) -> tuple[Scene, Scene]:
    """The axes of two experiments side by side, shared as far as they measure the same thing.

    Points of one table, or simulated ones, share x, y and spread; losses share their axis if they have the same unit.
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
    """Whether two experiments have the same x axis and kind of curve, so that one can be drawn behind the other."""
    same = ("table", "csv", "y", "features", "log_y", "target", "x_min", "x_max")
    return all(getattr(one.data, name) == getattr(other.data, name) for name in same)


def drawn_points(data: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """x and y of the points to draw: the training points, and for a real table also the held-out rows."""
    if data.truth is not None:
        return data.x, data.y
    return np.concatenate([data.x, data.x_held_out]), np.concatenate([data.y, data.y_held_out])


def terms_of(experiment: Experiment, history: "pd.DataFrame") -> "pd.DataFrame":
    """A history with only the terms that the loss has."""
    several = len(loss_of(experiment.loss).term_names) > 1
    return history if several else history.drop(columns="scale")


class HeldOut(NamedTuple):
    """Held-out rows beside their predictions (None before there are any), the name of y and the axis of both."""

    predictive: Predictive | None
    y: np.ndarray
    label: str
    domain: Domain


@dataclass(frozen=True, eq=False)
class Shown:
    """What the charts of one experiment show: a moment of its training on given axes, and options of single charts.

    previous: the run before, drawn faintly behind. run: once there is one. factor: by which all that has the unit of
    y is multiplied; the scene is in that unit already. with_constant: whether the loss is shown with the constant of
    its full likelihood. residual: of the one point whose loss is drawn, in σ. held_out: rows to draw in place of those
    of the moment.
    """

    experiment: Experiment
    moment: Moment
    scene: Scene
    previous: Moment | None = None
    run: Run | None = None
    factor: float = 1.0
    with_constant: bool = False
    residual: float = 1.0
    held_out: HeldOut | None = None

    @classmethod
    def at_end(cls, run: Run) -> "Shown":
        """A finished run, for print: in the unit of y, also where its log was fitted."""
        moment, rows = Moment.of_run(run, behind=True), None
        if run.encoding is not None and run.dataset.inputs > 1:
            y = run.y_held_out
            rows = HeldOut(run.judged.predictive, y, run.encoding.target, fit_domain(y))
        return cls(run.experiment, moment, scene_at_end(run), run=run, held_out=rows)

    @property
    def data(self) -> Dataset:
        """The points of the experiment."""
        return dataset_of(self.experiment)

    @property
    def has_members(self) -> bool:
        """Whether the experiment has several members, so that the spread has two parts."""
        return self.experiment.training.members > 1

    @property
    def member_means(self) -> np.ndarray | None:
        """The means of the members on the grid, (members, n_grid): none of them before they begin; None for one net."""
        if not self.has_members:
            return None
        return np.empty((0, len(self.data.x_grid))) if self.moment.means is None else self.moment.means

    @property
    def rows(self) -> HeldOut:
        """With many inputs, what is drawn as observed over predicted: the rows of the grid, in the unit of the fit."""
        data = self.data
        return self.held_out or HeldOut(self.moment.curve, data.y_grid, data.y_label, self.scene.y_domain)

    def in_unit(self, factor: float) -> "Shown":
        """The same with everything in the unit of y multiplied by `factor`: the same picture with other numbers."""
        return replace(self, scene=self.scene.in_unit(factor), factor=factor)

    @property
    def film(self) -> int | None:
        """The number of the film that the charts may show."""
        return None if self.moment.film is None else self.moment.film.run
