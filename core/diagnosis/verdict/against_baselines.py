"""Whether a net earns its keep: its held-out points beside those of two linear models that took a second to fit."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from core.diagnosis.finding import Finding
from core.evaluation.baselines import fit_baselines
from core.evaluation.judged import Estimate, Judged, mean_of
from core.evaluation.scores import SCORES, estimates
from core.training.run import Run
from core.words import margin, number

Array = NDArray[np.float64]

LEVEL = 0.95
NET = "This net"
_NO_BETTER = "No better than a linear model, as far as these points tell"
SHOWN = ("nll", "rmse", "coverage_95")


@dataclass(frozen=True)
class Line:
    """The net or a baseline on the held-out points: its scores, and the net's NLL less its own, paired by point."""

    label: str
    scores: Mapping[str, Estimate]
    lead: Estimate | None  # None for the net itself


@dataclass(frozen=True)
class Beside:
    """A run beside its baselines: the verdict, and a line each, the net's first."""

    finding: Finding
    lines: tuple[Line, ...]


def lead(net: ArrayLike, other: ArrayLike) -> Estimate:
    """Mean of net − other over losses of the same points, (n,) each, and its standard error: below 0 the net is better.

    Paired, for both find the same points hard: the error of the difference is far below that of either mean (Diebold &
    Mariano 1995, doi:10.1080/07350015.1995.10524599, for points that do not depend on each other).
    """
    net, other = np.asarray(net, dtype=np.float64), np.asarray(other, dtype=np.float64)
    if net.shape != other.shape or not net.size:
        raise ValueError(f"The losses have shapes {net.shape} and {other.shape}: they must be of the same points.")
    with np.errstate(all="ignore"):
        found = mean_of(net - other)
    if found.value is None or not np.isfinite(found.value):
        return Estimate(None, None, "A point has no finite loss.")
    return found


def earns_its_keep(net: ArrayLike, baselines: Mapping[str, ArrayLike]) -> Finding:
    """What to say of the net's NLL per held-out point, (n,), and of each baseline's by its label.

    The net has to beat the better of them on these very points, by more than sampling them explains: a two-sided
    paired t test at 5 %. To choose that baseline by the points it is judged on favours the baseline, not the net.
    """
    net = np.asarray(net, dtype=np.float64)
    losses = {label: np.asarray(values, dtype=np.float64) for label, values in baselines.items()}
    usable = {label: values for label, values in losses.items() if np.isfinite(values).all()}
    if not np.isfinite(net).all():
        lost = int(np.sum(~np.isfinite(net)))
        return Finding(
            "warning",
            "The net has no NLL to compare",
            f"At {lost:,} of {net.size:,} held-out points its NLL is not a finite number; the linear models have one.",
        )
    if not usable:
        return Finding("open", "Nothing to compare with", "No linear model has a finite NLL on these points.")
    label = min(usable, key=lambda name: float(usable[name].mean()))
    which = f"“{label}”" + (f", the better of {len(losses)} linear models" if len(losses) > 1 else "")
    return _told(lead(net, usable[label]), net.size, which)


def _told(found: Estimate, n: int, which: str) -> Finding:
    """The difference to `which`, over n points, in words."""
    assert found.value is not None
    if found.value == 0:
        return Finding("open", _NO_BETTER, f"Its NLL is the same to rounding as that of {which}.")
    error = "" if found.std_error is None else f" ± {margin(found.std_error)}"
    amount = f"**{number(abs(found.value))}**{error} nats per held-out point"
    said = f"Its NLL is {amount} {'lower' if found.value < 0 else 'higher'} than that of {which}"
    if found.std_error is None or abs(found.value) <= _luck(n) * found.std_error:
        points = "1 point does" if n == 1 else f"{n:,} points do"
        return Finding("open", _NO_BETTER, f"{said}: {points} not tell it from luck.")
    if found.value < 0:
        return Finding("good", "The net earns its keep", f"{said}, beyond luck.")
    advice = "train it otherwise, or take the line"
    return Finding("warning", "A linear model does better than this net", f"{said}, beyond luck: {advice}.")


def _luck(n: int) -> float:
    """How many standard errors a difference of 0 stays within, 95 of 100 times."""
    return float(special.stdtrit(n - 1, (1 + LEVEL) / 2)) if n > 1 else np.inf


@lru_cache(maxsize=16)
def beside_baselines(run: Run) -> Beside:
    """A run that has predictions beside the baselines fitted to its training points, all on its held-out points.

    Of a log target the baselines are of the log too, and all is compared in the unit of y. Raises ValueError, a
    sentence, where no baseline can be fitted.
    """
    data, y = run.dataset, run.y_held_out
    judged = {NET: run.judged}
    for one in fit_baselines(data.x, data.y):
        judged[one.label] = Judged(run.in_unit_of_y(one.predictive(data.x_held_out)), y)
    losses = {label: _losses(found) for label, found in judged.items()}
    net = losses.pop(NET)
    lines = tuple(
        Line(label, estimates(found, SHOWN), None if label == NET else lead(net, losses[label]))
        for label, found in judged.items()
    )
    return Beside(earns_its_keep(net, losses), lines)


def _losses(judged: Judged) -> Array:
    with np.errstate(all="ignore"):  # what is no number is said so in words
        return np.asarray(judged.predictive.nll(judged.y), dtype=np.float64)


def rows(found: Beside) -> list[tuple[str, ...]]:
    """The lines as words, a head first; the last column is the net's NLL less the line's."""
    head = ("On the held-out points", *(SCORES[name].label for name in SHOWN), "Net − this, NLL")
    return [head, *(_words(line) for line in found.lines)]


def _words(line: Line) -> tuple[str, ...]:
    scores = [_value(name, found) for name, found in line.scores.items()]
    return line.label, *scores, "" if line.lead is None else _value("nll", line.lead)


def _value(name: str, found: Estimate) -> str:
    row = SCORES[name]
    error = "" if found.value is None or found.std_error is None else f" ± {row.margin(found.std_error)}"
    return row.words(found.value) + error
