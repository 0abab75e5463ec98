"""What is seen on the charts of the Fit page, in words with numbers, from the numbers that are drawn."""

import math
from typing import TYPE_CHECKING

import numpy as np

from ...data.tables.overview import date_text
from ...evaluation.loss_parts import final_loss
from ...experiment.loss_settings import loss_of
from ...experiment.trained_rows import is_scored_on_training
from ...model.losses import Loss
from ...words import axis_name, number, quantity
from ..curve_words import Place, curve_words, place_on
from ..fit import BAND_STDS
from ..series import course, lasting_crossing
from .scene import Moment, Shown, drawn_points, terms_of

if TYPE_CHECKING:
    import pandas as pd

Curves = tuple[np.ndarray, np.ndarray]  # mean and std on the grid
_NOTHING = "Nothing is predicted yet."


def shown_number(loss: Loss, value: float) -> str:
    """A value of a loss: in the unit of y it may have any size."""
    return quantity(value) if loss.unit_power else number(value)


def place_of(shown: Shown) -> Place:
    """Positions on the x axis: dates, or numbers with the axis's name."""
    if shown.data.x_is_date:
        return lambda at: date_text(round(at))
    return place_on(axis_name(shown.data.x_label))


def _curves(moment: Moment | None, factor: float) -> Curves | None:
    """Mean and std in the shown unit; None before there are any, or where none is finite."""
    if moment is None or moment.curve is None:
        return None
    with np.errstate(all="ignore"):
        mean, std = factor * np.asarray(moment.curve.mean), factor * np.asarray(moment.curve.std)
    return (mean, std) if np.isfinite(mean).any() else None


def fit_seen(shown: Shown) -> str:
    """How the mean follows the truth, how wide the band is, and how many points are inside it."""
    found = _curves(shown.moment, shown.factor)
    if found is None:
        return f"{len(drawn_points(shown.data)[1]):,} points. {_NOTHING}"
    mean, std = found
    grid, place = shown.data.x_grid, place_of(shown)
    words = [
        curve_words("The predicted mean", grid, mean, place),
        _off_the_truth(shown, mean, place),
        curve_words("Its band", grid, BAND_STDS * std, place, ("widens", "narrows"), sign="±\u00a0"),
        _inside(shown, mean, std),
        "Grey: the mean of the run before." if _curves(shown.previous, 1.0) is not None else "",
    ]
    return " ".join(filter(None, words))


def _off_the_truth(shown: Shown, mean: np.ndarray, place: Place) -> str:
    if shown.data.truth is None:
        return ""
    off = np.abs(mean - shown.factor * shown.data.truth.mean(shown.data.x_grid))
    if not np.isfinite(off).any():
        return ""
    most, typical = int(np.nanargmax(off)), float(np.sqrt(np.nanmean(off**2)))
    return (
        f"It is off the true mean by {quantity(typical)} (root mean square), "
        f"at most {quantity(float(off[most]))} at {place(float(shown.data.x_grid[most]))}."
    )


def _inside(shown: Shown, mean: np.ndarray, std: np.ndarray) -> str:
    x, y = drawn_points(shown.data)
    grid = shown.data.x_grid
    with np.errstate(all="ignore"):
        off = np.abs(shown.factor * y - np.interp(x, grid, mean))
        inside = off <= BAND_STDS * np.interp(x, grid, std)
    return f"{int(inside.sum()):,} of {len(y):,} points are inside the band." if len(y) else ""


def spread_seen(shown: Shown) -> str:
    """How the predicted std runs, and beside it the true one, with their ratio."""
    found = _curves(shown.moment, shown.factor)
    grid, place, truth = shown.data.x_grid, place_of(shown), shown.data.truth
    sigma = None if truth is None else shown.factor * truth.std(grid)
    words = [] if sigma is None else [curve_words("The true σ", grid, sigma, place)]
    if found is None or not np.isfinite(found[1]).any():
        return " ".join([_NOTHING, *words])
    std = found[1]
    words.insert(0, curve_words("The predicted std", grid, std, place))
    if sigma is not None:
        words.append(_ratio(std / sigma))
    highest = float(np.nanmax(std))
    if highest > shown.scene.std_domain[1]:
        words.append(f"An arrow marks where it leaves the chart: up to {quantity(highest)}.")
    if shown.has_members and (parts := shown.moment.parts) is not None:
        for name, variance in (("noise", parts.aleatoric), ("ignorance", parts.epistemic)):
            words.append(curve_words(f"Its {name}", grid, shown.factor * np.sqrt(variance), place))
    return " ".join(filter(None, words))


def _ratio(ratio: np.ndarray) -> str:
    """Predicted over true std, without the outermost 5 % of x on either side."""
    ratio = ratio[np.isfinite(ratio)]
    if not ratio.size:
        return ""
    low, high = (float(end) for end in np.quantile(ratio, [0.05, 0.95]))
    return f"For nine x in ten the predicted std is {quantity(low)} to {quantity(high)} times the true σ."


def observed_seen(shown: Shown) -> str:
    """How many rows are inside their intervals, and how near the means come."""
    rows = shown.rows
    if rows.predictive is None:
        return f"{len(rows.y):,} rows. {_NOTHING}"
    kept = shown.data.distinct_on_grid if shown.held_out is None else slice(None)
    with np.errstate(all="ignore"):
        lower, upper = rows.predictive.interval(0.95)
        mean, y = np.asarray(rows.predictive.mean)[kept], rows.y[kept]
        inside = (y >= lower[kept]) & (y <= upper[kept])
        off = np.sqrt(np.mean((shown.factor * (y - mean)) ** 2))
    which = "training rows" if is_scored_on_training(shown.experiment) else "held-out rows"
    return (
        f"{int(inside.sum()):,} of {len(y):,} {which} are inside their 95 % intervals. "
        f"The predicted means are off by {quantity(float(off))} (root mean square)."
    )


def loss_seen(shown: Shown) -> str:
    """Where the loss begins and ends, where it falls below zero, how far it is from its floor, and its terms."""
    experiment, axes = shown.experiment, shown.scene
    loss, history = loss_of(experiment.loss), terms_of(experiment, shown.moment.history)
    final = final_loss(history["loss"])
    if final is None:
        return "No step has a finite loss yet."
    run = course(history[["step", "loss"]], axes.step_domain, ("loss",))
    words = [f"The loss starts at {shown_number(loss, float(run['loss'][0]))} and ends at {shown_number(loss, final)}"]
    words[0] += floor_words(loss, final, axes.levels.floor)
    words.append(_crossing(run["step"], run["smooth_loss"]))
    words.append(terms_words(loss, history))
    if shown.previous is not None and (before := final_loss(shown.previous.history["loss"])) is not None:
        words.append(f"Grey: the run before, which ends at {shown_number(loss, before)}.")
    return " ".join(filter(None, words))


def floor_words(loss: Loss, final: float, floor: float | None) -> str:
    """The end of a sentence about a final loss: how far it is from its floor."""
    if floor is None or not math.isfinite(floor):
        return "."
    apart = shown_number(loss, abs(final - floor))
    same = apart == shown_number(loss, 0.0)
    where = "at" if same else f"{apart} {'above' if final > floor else 'below'}"
    return f", {where} its floor of {shown_number(loss, floor)}."


def _crossing(step: np.ndarray, smooth: np.ndarray) -> str:
    found = lasting_crossing(step, smooth)
    if found is None:
        return "It does not fall below zero for good."
    since = "the start" if found.from_start else f"step {found.step:,.0f}"
    return f"It is below zero from {since}."


def terms_words(loss: Loss, history: "pd.DataFrame", added: float = 0.0) -> str:
    """Where the terms of a loss end; empty for a loss of one term."""
    if len(loss.term_names) < 2:
        return ""
    columns = (("residual", 0.0), ("scale", added))
    ends = [
        (name, shown_number(loss, end + more))
        for name, (column, more) in zip(loss.term_names, columns, strict=False)
        if column in history and (end := final_loss(history[column])) is not None
    ]
    words = [f"{name} {'ends ' if i == 0 else ''}at {end}" for i, (name, end) in enumerate(ends)]
    return f"Its {', its '.join(words)}." if words else ""
