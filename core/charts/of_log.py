"""The charts of a training log that somebody brings: its losses, and the σ that they imply."""

import numpy as np

from ..data.training_log.training_log import TrainingLog
from ..diagnosis.loss_check.log_words import implied_stds
from ..model.losses import Loss
from .curve_words import curve_words, place_on
from .drawing import Drawing, Style
from .log_chart import (
    log_domain,
    log_spec,
    log_std_spec,
    log_std_table,
    log_table,
    std_domain,
)
from .spec import Domain, axis_extent


def log_drawings(
    log: TrainingLog, style: Style, loss: Loss | None = None, constant: float = 0.0
) -> tuple[Drawing, Drawing | None]:
    """The chart of the losses, and that of the σ they imply, which is None where the loss is not known or implies none.

    `constant` is what the logged values have more than `loss`. Raises ValueError for a log without a finite value.
    """
    lines = {
        name: (series.x, series.values)
        for name, series in (("training", log.training), ("validation", log.validation))
        if series is not None
    }
    judged = log.judged if np.isfinite(log.judged.values).any() else log.main
    std = None if loss is None else implied_stds(judged.values, loss, constant)
    std = std if std is not None and np.isfinite(std).any() else None
    x_domain, loss_domain = _x_domain(log), log_domain(*(values for _, values in lines.values()))
    sigma_domain = std_domain(std) if std is not None else (0.0, 1.0)
    extent = axis_extent(loss_domain, sigma_domain) if std is not None else axis_extent(loss_domain)
    unit = "" if loss is None else f", {loss.unit} per point" if loss.unit == "nats" else f", {loss.unit}"
    table = log_table(
        lines.get("training"),
        lines.get("validation"),
        x_domain=x_domain,
        loss_domain=loss_domain,
        std=std,
        height=style.plot_height,
    )
    spec = log_spec(
        style.scheme,
        x_domain,
        loss_domain,
        x_name=log.x_name,
        title=f"Loss by {log.x_name}{unit}",
        extent=extent,
        shown=(*lines, *(["std"] if std is not None else [])),
    )
    if std is None:
        return Drawing(spec, table), None
    which = "validation" if judged is log.validation else "training"
    below = log_std_spec(
        style.scheme, x_domain, sigma_domain, x_name=log.x_name, extent=extent,
        title=f"σ of equal noise that the {which} loss implies, unit of y",
    )  # fmt: skip
    return Drawing(spec, table), Drawing(below, log_std_table(judged.x, std))


def log_seen(log: TrainingLog, loss: Loss | None = None, constant: float = 0.0) -> tuple[str, str]:
    """What is seen on the two charts: how the losses run, and the σ that the judged one implies; "" without one."""
    place = place_on(log.x_name)
    lines = (("The training loss", log.training), ("The validation loss", log.validation))
    words = [curve_words(name, series.x, series.values, place) for name, series in lines if series is not None]
    judged = log.judged if np.isfinite(log.judged.values).any() else log.main
    std = None if loss is None else implied_stds(judged.values, loss, constant)
    implied = "" if std is None else curve_words("The implied σ", judged.x, std, place)
    return " ".join(filter(None, words)), implied


def _x_domain(log: TrainingLog) -> Domain:
    ends = [series.x[i] for series in (log.training, log.validation) if series is not None for i in (0, -1)]
    low, high = float(min(ends)), float(max(ends))
    return (low, high) if high > low else (low - 0.5, high + 0.5)
