"""Scores of a predictive distribution, on held-out points and against a known truth."""

import numpy as np

from core.data.dataset import Truth
from core.model.readings import Predictive


def gap(predictive: Predictive, x: np.ndarray, truth: Truth) -> np.ndarray:
    """KL(true ‖ predicted) at each x, shape (n,), nats: what the predicted distribution costs over the true one.

    E[−log q(Y)] − h(Y), exact for every noise family: h is the differential entropy of the noise. Between two
    Gaussians it is ½[log(v/σ²) + (σ² + (f − μ)²)/v − 1].
    """
    std = truth.std(x)
    entropy = truth.noise.entropy + np.log(std)
    return predictive.cross_entropy(truth.mean(x), std, truth.noise) - entropy


def score(
    held_out: Predictive,
    y: np.ndarray,
    on_evaluation: Predictive | None,
    x_evaluation: np.ndarray,
    truth: Truth | None,
) -> dict[str, float | None]:
    """The scores every page shows, means over points.

    nll: −log density with its constants, nats; crps and rmse: unit of y; coverage_95: share of points inside the
    central 95 % interval; over the evaluation x, gap: mean KL to the truth, nats; log_std_rmse: RMSE of log σ̂ against
    log σ. The last two are None where no truth is known, and any is None where it is not finite.
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        lower, upper = held_out.interval(0.95)
        covered = np.where(np.isfinite(upper - lower), (lower <= y) & (y <= upper), np.nan)
        found: dict[str, float] = {
            "nll": float(np.mean(held_out.nll(y))),
            "crps": float(np.mean(held_out.crps(y))),
            "rmse": float(np.sqrt(np.mean((y - held_out.mean) ** 2))),
            "coverage_95": float(np.mean(covered)),
        }
        if truth is not None and on_evaluation is not None:
            found["gap"] = float(np.mean(gap(on_evaluation, x_evaluation, truth)))
            found["log_std_rmse"] = float(np.sqrt(np.mean(np.log(on_evaluation.std / truth.std(x_evaluation)) ** 2)))
        else:
            found["gap"] = found["log_std_rmse"] = np.nan
    return {name: value if np.isfinite(value) else None for name, value in found.items()}
