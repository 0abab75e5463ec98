"""Whether a net earns its keep: beside two linear models fitted to the same rows, point by point."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core.evaluation.baselines import fit_baselines
from core.evaluation.comparison import COMPARED
from core.evaluation.judged import CannotScore, Judged, mean_of
from core.evaluation.scores import estimates
from core.model.transformed import ExpPredictive
from core.training.run import Run
from core.words import margin, number

SCORED = ("nll", "crps", "rmse", "coverage_95")
SURE = 2.0  # standard errors: less than so many is put down to luck


@dataclass(frozen=True, eq=False)
class Beside:
    """The net and the baselines as rows of words, (name, a value for each of SCORED), and what follows in a sentence.

    `good` says whether the net is better than the best baseline beyond luck; None where nobody can say.
    """

    rows: tuple[tuple[str, ...], ...]
    sentence: str
    good: bool | None


@lru_cache(maxsize=16)
def beside_baselines(run: Run) -> Beside | None:
    """A run beside the baselines, on its held-out points; None where there is nothing to compare."""
    judged = _baselines(run)
    if not judged or not run.has_curve:
        return None
    rows = [_row("This net", run.judged), *(_row(label, each) for label, each in judged.items())]
    return Beside(tuple(rows), *_verdict(run.judged, judged))


def _baselines(run: Run) -> dict[str, Judged]:
    """Each baseline's label, and its predictions of the held-out points in the unit of y."""
    data = run.dataset
    try:
        found = fit_baselines(data.x, data.y)
    except ValueError:  # too few rows for a line through them: there is nothing to compare
        return {}
    logged = data.encoding is not None and data.encoding.log_target
    predictions = {each.label: each.predictive(data.x_held_out) for each in found}
    return {
        label: Judged(ExpPredictive(predictive) if logged else predictive, run.y_held_out)  # type: ignore[arg-type]
        for label, predictive in predictions.items()
    }


def _row(label: str, judged: Judged) -> tuple[str, ...]:
    found = estimates(judged, SCORED)
    return (label, *(COMPARED[name].words(found[name].value) for name in SCORED))


def _verdict(net: Judged, baselines: dict[str, Judged]) -> tuple[str, bool | None]:
    """By the full NLL of each held-out point: the difference to the best baseline, and its standard error."""
    try:
        own = _nll(net)
        others = {label: _nll(each) for label, each in baselines.items()}
    except CannotScore as reason:
        return str(reason), None
    label = min(others, key=lambda name: float(np.mean(others[name])))
    found = mean_of(others[label] - own)
    gain, error = found.value or 0.0, found.std_error or 0.0
    best = f"the better linear model, “{label}”"
    if gain > SURE * error:
        words = f"The net earns its keep: **{number(gain)}** nats a point (± {margin(error)}) better than {best}."
        return words, True
    if gain < -SURE * error:
        words = f"A line does better: {best}, saves **{number(-gain)}** nats a point (± {margin(error)})."
        return f"{words} Fewer units, fewer steps, weight decay or patience may help.", False
    words = f"The net is no better than {best}, beyond luck: **{number(gain)}** nats a point, ± {margin(error)}."
    return words, False


def _nll(judged: Judged) -> NDArray[np.float64]:
    judged.need_std()
    with np.errstate(all="ignore"):
        values = judged.predictive.nll(judged.y)
    if not np.isfinite(values).all():
        raise CannotScore("A held-out point has no density under one of the models, so that they cannot be compared.")
    return values
