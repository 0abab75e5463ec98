"""What studies measure: the numbers of one row, from its runs and those of the first variant."""

import numpy as np

from ..data.dataset import Truth
from ..distributions.blend import equal_mixture
from ..evaluation.baselines import fit_baselines
from ..evaluation.ensemble import as_gaussian, decompose
from ..evaluation.judged import Judged
from ..evaluation.price import price
from ..evaluation.scores import SCORES, estimates
from ..experiment.loss_settings import loss_of
from ..training.run import Run

_BEYOND = 0.2  # "outside" is this share of the range of x beyond each end
_OUTSIDE = 200  # points outside
_HELD_OUT = ("rmse", "nll", "coverage_95")


def against_the_first(runs: list[Run], first: list[Run]) -> dict[str, float]:
    """How well the mean of one net fits.

    rmse: distance of the mean from the true mean on the evaluation points; training_rmse: from the training points;
    loss: mean over the last tenth of the history; floor: expected loss of the truth; apart: largest distance of the
    mean from that of the first variant on the evaluation points. rmse, training_rmse and apart are in the unit of y.
    """
    run, truth = runs[0], _truth(runs[0])
    data, losses, mean = run.dataset, run.history["loss"], run.on_evaluation[:, 0]
    return {
        "rmse": _rms(mean - truth.mean(data.x_evaluation)),
        "training_rmse": _rms(run.outputs(data.x)[:, 0] - data.y),
        "loss": float(losses.tail(max(1, len(losses) // 10)).mean()),
        "floor": float(np.mean(loss_of(run.experiment.loss).floor(truth.noise, truth.std(data.x)))),
        "apart": float(np.abs(mean - first[0].on_evaluation[:, 0]).max()),
    }


def against_the_price(runs: list[Run], first: list[Run]) -> dict[str, float]:
    """What the predictive distribution of one net costs over the true one, in nats per point.

    gap: mean KL(true ‖ predicted) over the evaluation points; price: the lowest gap of the loss under the noise, by
    theory; over: gap − price, what was not learned.
    """
    run, truth = runs[0], _truth(runs[0])
    gap, theory = _known(run.scores["gap"]), _known(price(loss_of(run.experiment.loss), truth.noise))
    return {"gap": gap, "price": theory, "over": gap - theory}


def on_held_out(runs: list[Run], first: list[Run]) -> dict[str, float]:
    """How good nets are on the held-out rows, beside linear models fitted to the same training rows.

    rmse (unit of y), nll (nats per point) and coverage of the 95 % interval, for one net, or for the equal mixture of
    several nets as one Gaussian (`as_gaussian`); mixture_nll: of the mixture itself; linear_nll: of the better linear
    model.
    """
    run, data = runs[0], runs[0].dataset
    members = [each.judged.predictive for each in runs]
    gaussian = run.judged if len(runs) == 1 else Judged(as_gaussian(members), run.y_held_out)
    mixture = gaussian if len(runs) == 1 else Judged(equal_mixture(members), run.y_held_out)
    scores = {name: _known(one.value) for name, one in estimates(gaussian, _HELD_OUT).items()}
    linear = [run.in_unit_of_y(each(data.x_held_out)) for each in fit_baselines(data.x, data.y).values()]
    return {
        "rmse": scores["rmse"],
        "nll": scores["nll"],
        "coverage": scores["coverage_95"],
        "mixture_nll": _known(SCORES["nll"].estimate(mixture).value),
        "linear_nll": min(float(np.mean(each.nll(run.y_held_out))) for each in linear),
    }


def parts_of_the_variance(runs: list[Run], first: list[Run]) -> dict[str, float]:
    """The aleatoric and epistemic variance of an ensemble, means over x inside and outside the range, relative to σ².

    Inside are the evaluation points; outside is a fifth of the range beyond each end. error: squared error of the mean
    of the ensemble, inside. σ² is the mean true variance at the same x.
    """
    truth, data = _truth(runs[0]), runs[0].dataset
    inside, beyond = data.x_evaluation, _beyond(runs[0])
    predictives = [run.predictive(np.concatenate([inside, beyond])) for run in runs]
    parts = decompose([each.mean for each in predictives], [each.var for each in predictives])
    ensemble = np.mean([each.mean[: len(inside)] for each in predictives], axis=0)
    found = {}
    for name, place, x in (("inside", slice(len(inside)), inside), ("outside", slice(len(inside), None), beyond)):
        unit = float(truth.var(x).mean())
        found[f"aleatoric_{name}"] = float(parts.aleatoric[place].mean()) / unit
        found[f"epistemic_{name}"] = float(parts.epistemic[place].mean()) / unit
    return {**found, "error": _rms(ensemble - truth.mean(inside)) ** 2 / float(truth.var(inside).mean())}


def _beyond(run: Run) -> np.ndarray:
    section = run.experiment.data
    width = _BEYOND * (section.x_max - section.x_min)
    steps = width * np.arange(1, _OUTSIDE // 2 + 1) / (_OUTSIDE // 2)
    return np.concatenate([section.x_min - steps[::-1], section.x_max + steps])


def _truth(run: Run) -> Truth:
    """The truth of a run. Raises ValueError if its points come from a table."""
    if run.dataset.truth is None:
        raise ValueError(f"{run.key} is on a table: a study needs a known truth")
    return run.dataset.truth


def _known(value: float | None) -> float:
    return np.nan if value is None else value


def _rms(differences: np.ndarray) -> float:
    return float(np.sqrt(np.mean(differences**2)))
