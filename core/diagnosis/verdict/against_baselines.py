"""Whether a net is better than two linear models, and than boosted trees where they are at hand, on held-out points."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from ...evaluation import boosting
from ...evaluation.baselines import BASELINES, fit_baselines
from ...evaluation.judged import Estimate, Judged, mean_of
from ...evaluation.scores import SCORES, estimates
from ...experiment.build import dataset_of
from ...experiment.data_settings import NO_TABLE, Data
from ...experiment.experiment import DEFAULT
from ...experiment.trained_rows import ALL_TRAINED, NONE_HELD_OUT, is_scored_on_training
from ...training.run import Run
from ...words import margin, rounded
from ..finding import Finding

Array = NDArray[np.float64]

LEVEL = 0.95
NET = "This network"
BOOSTED = boosting.LABEL
_NO_BETTER = "No better than a linear model, as far as these points show"
SHOWN = ("nll", "rmse", "coverage_95")


@dataclass(frozen=True)
class Line:
    """The net or a baseline on the held-out points: its scores, and NLL of the net − its own NLL, paired by point."""

    label: str
    scores: Mapping[str, Estimate]
    lead: Estimate | None  # None for the net


@dataclass(frozen=True)
class Beside:
    """A run beside its baselines: the verdict, and one line each, with the net first."""

    finding: Finding
    lines: tuple[Line, ...]


def lead(net: ArrayLike, other: ArrayLike) -> Estimate:
    """Mean of net − other over losses of the same points, (n,) each, and its standard error; below 0 the net is better.

    It is paired by point, because both have large losses at the same points: the error of the difference is far below
    that of either mean (Diebold & Mariano 1995, doi:10.1080/07350015.1995.10524599, for independent points).
    """
    net, other = np.asarray(net, dtype=np.float64), np.asarray(other, dtype=np.float64)
    if net.shape != other.shape or not net.size:
        raise ValueError(f"The losses have shapes {net.shape} and {other.shape}: they must be of the same points.")
    with np.errstate(all="ignore"):
        difference = mean_of(net - other)
    if difference.value is None or not np.isfinite(difference.value):
        return Estimate(None, None, "A point has no finite loss.")
    return difference


def earns_its_keep(net: ArrayLike, baselines: Mapping[str, ArrayLike]) -> Finding:
    """The verdict on the NLL of the net per held-out point, (n,), beside that of each baseline, by label.

    The net must beat the better baseline by more than sampling error: a two-sided paired t test at 5 %. The baseline is
    chosen by the same points it is judged on, which favours the baseline and not the net.
    """
    net = np.asarray(net, dtype=np.float64)
    usable = {label: np.asarray(values).mean() for label, values in baselines.items() if np.isfinite(values).all()}
    if not np.isfinite(net).all():
        lost = int(np.sum(~np.isfinite(net)))
        return Finding(
            "warning",
            "The network has no NLL to compare",
            f"At {lost:,} of {net.size:,} held-out points its NLL is not a finite number; the linear models have one.",
        )
    if not usable:
        return Finding("open", "Nothing to compare with", "No linear model has a finite NLL on these points.")
    label = min(usable, key=usable.__getitem__)
    which = f"“{label}”" + (f", the better of {len(baselines)} linear models" if len(baselines) > 1 else "")
    return _finding(lead(net, baselines[label]), net.size, which)


def _finding(difference: Estimate, n: int, which: str) -> Finding:
    """The difference to the baseline `which`, over n points, in words."""
    value = difference.value
    assert value is not None
    if value == 0:
        return Finding("open", _NO_BETTER, f"Its NLL is the same to rounding as that of {which}.")
    way = "lower" if value < 0 else "higher"
    sentence = f"Its NLL is {_amount(difference)} nats per held-out point {way} than that of {which}"
    if not _is_beyond_luck(difference, n):
        points = "1 point is too few" if n == 1 else f"{n:,} points are too few"
        return Finding("open", _NO_BETTER, f"{sentence}, but {points} to be sure.")
    if value < 0:
        return Finding("good", "The network is better than a linear model", f"{sentence}, a clear difference.")
    advice = "change how it is trained, or use the linear model"
    return Finding(
        "warning", "A linear model is better than this network", f"{sentence}, a clear difference: {advice}."
    )


def _amount(difference: Estimate) -> str:
    value, std_error = difference.value, difference.std_error
    assert value is not None
    return f"**{rounded(abs(value), std_error)}**" + ("" if std_error is None else f" ± {margin(std_error)}")


def _is_beyond_luck(difference: Estimate, n: int) -> bool:
    """Whether it is more standard errors than a true difference of 0 stays within, 95 of 100 times."""
    value, std_error = difference.value, difference.std_error
    if value is None or std_error is None:
        return False
    return abs(value) > special.stdtrit(n - 1, (1 + LEVEL) / 2) * std_error


def or_boosted(finding: Finding, net: ArrayLike, baselines: Mapping[str, ArrayLike], boosted: ArrayLike) -> Finding:
    """The finding, or that boosted trees serve better than the net: where their NLL per point, (n,), says so.

    It must be lower than that of every linear model in `baselines`, and than that of the net beyond luck.
    """
    net, boosted = np.asarray(net, dtype=np.float64), np.asarray(boosted, dtype=np.float64)
    difference = lead(net, boosted)
    if difference.value is None or difference.value <= 0 or not _is_beyond_luck(difference, net.size):
        return finding
    if any(np.asarray(values).mean() < boosted.mean() for values in baselines.values()):
        return finding
    sentence = (
        f"Their NLL is {_amount(difference)} nats per held-out point lower than the network's, a clear difference."
    )
    why = "Trees often fit better where the true curve jumps or bends sharply."
    return Finding("warning", "Boosted trees are better than this network", f"{sentence} {why} {finding.sentence}")


@lru_cache(maxsize=16)
def beside_baselines(run: Run) -> Beside:
    """A run beside the baselines fitted to its training points, all judged on its held-out points.

    With a log target the baselines fit the log too, and all are compared in the unit of y. Boosted trees are among them
    where scikit-learn is at hand. Raises ValueError if no linear baseline can be fitted.
    """
    data, y = run.dataset, run.y_held_out
    fitted = {BASELINES[name].label: of(data.x_held_out) for name, of in fit_baselines(data.x, data.y).items()}
    linear = {label: Judged(run.in_unit_of_y(predictive), y) for label, predictive in fitted.items()}
    net, losses = _losses(run.judged), {label: _losses(judged) for label, judged in linear.items()}
    finding, others = earns_its_keep(net, losses), dict(linear)
    if (trees := _boosted(run.experiment.data)) is not None:
        others[BOOSTED] = Judged(run.in_unit_of_y(trees(data.x_held_out)), y)
        of_trees = _losses(others[BOOSTED])
        finding, losses = or_boosted(finding, net, losses, of_trees), {**losses, BOOSTED: of_trees}
    if is_scored_on_training(run.experiment):
        finding = Finding("open", NONE_HELD_OUT, f"{ALL_TRAINED} {finding.sentence}")
    lines = [Line(label, estimates(judged, SHOWN), lead(net, losses[label])) for label, judged in others.items()]
    return Beside(finding, (Line(NET, estimates(run.judged, SHOWN), None), *lines))


@lru_cache(maxsize=4)
def _boosted(data: Data) -> boosting.BoostedGaussian | None:
    """Boosted trees on a table: they depend on nothing that a slider changes. None for drawn points."""
    if data.table == NO_TABLE:
        return None
    dataset = dataset_of(DEFAULT.model_copy(update={"data": data}))
    return boosting.fit_boosting(dataset.x, dataset.y)


def _losses(judged: Judged) -> Array:
    with np.errstate(all="ignore"):  # values that are not finite are reported in words
        return np.asarray(judged.predictive.nll(judged.y), dtype=np.float64)


def rows(beside: Beside) -> list[tuple[str, ...]]:
    """The lines as text, after a head; the last column is the NLL of the net − that of the line."""
    table = [("On the held-out points", *(SCORES[name].label for name in SHOWN), "Net − this, NLL")]
    for line in beside.lines:
        scores = [_value(name, estimate) for name, estimate in line.scores.items()]
        table.append((line.label, *scores, "" if line.lead is None else _value("nll", line.lead)))
    return table


def _value(name: str, estimate: Estimate) -> str:
    row, value, std_error = SCORES[name], estimate.value, estimate.std_error
    return row.words(value, std_error) + ("" if value is None or std_error is None else f" ± {row.margin(std_error)}")
