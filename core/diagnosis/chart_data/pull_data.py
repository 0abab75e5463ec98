"""Which points pull at the mean of a run: effective weights over x and over training, with their sentences."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ...evaluation.loss_parts import weights_by_frame
from ...experiment.loss_settings import loss_of
from ...model.losses import Loss
from ...training.run import Run
from ...words import number, quantity

Array = NDArray[np.float64]
MOST_POINTS = 3000
MOST_FRAMES = 24
MOMENTS = 4
ALIKE = 1.5  # ratio of the strongest to the weakest, up to which all points count as pulling alike


@dataclass(frozen=True)
class Pull:
    """Effective weights (frames, bins) with mean 1 per frame, edges of the bins (bins + 1,), steps of the frames."""

    edges: Array
    steps: Array
    weights: Array

    @property
    def middles(self) -> Array:
        """The centres of the bins, (bins,)."""
        return (self.edges[1:] + self.edges[:-1]) / 2

    @property
    def moments(self) -> list[int]:
        """At most four evenly spaced frames that show the course, including the last."""
        last = len(self.steps) - 1
        return sorted({round(last * i / MOMENTS) for i in range(1, MOMENTS + 1)})

    @property
    def contrast(self) -> float:
        """The 90 % over the 10 % quantile of the weights at the end; NaN if nothing pulls."""
        known = self.weights[-1][np.isfinite(self.weights[-1]) & (self.weights[-1] > 0)]
        return float(np.divide(*np.quantile(known, [0.9, 0.1]))) if known.size else float("nan")


def why_no_pull(loss: Loss) -> str:
    """Why a loss has no effective weights; empty if it has."""
    words = "This loss has no output that is the mean: several outputs share its role."
    return "" if loss.has_mean_head else words


@lru_cache(maxsize=32)
def pull(run: Run) -> Pull | None:
    """The effective weights of a run; None if it has no curve or its loss no mean."""
    loss, data = loss_of(run.experiment.loss), run.dataset
    if why_no_pull(loss) or not run.has_curve or not len(run.frame_steps) or data.inputs > 1:
        return None
    stride = -(-len(data.x) // MOST_POINTS)
    x, y = data.x[::stride], data.y[::stride]
    edges = np.linspace(data.x_grid[0], data.x_grid[-1], int(np.clip(len(x) // 12, 8, 48)) + 1)
    chosen = np.unique(np.linspace(0, len(run.frame_steps) - 1, MOST_FRAMES).round().astype(int))
    frames = run.frame_outputs[chosen][..., : len(loss.outputs)]
    weights = weights_by_frame(x, y, data.x_grid, frames, lambda y, outputs: loss.gradient(y, outputs)[0], edges)
    return Pull(edges, np.asarray(run.frame_steps, float)[chosen], weights)


def pull_sentence(run: Run) -> str:
    """What the weights of a run show, in words."""
    weights = pull(run)
    if weights is None and run.dataset.inputs > 1:
        return "With many features there is no single x axis for this chart: choose one feature to see it."
    if weights is None:
        return why_no_pull(loss_of(run.experiment.loss)) or "This run has no curve, so no point drives its mean."
    contrast = weights.contrast
    if not np.isfinite(contrast):
        return "At the end of training nothing drives the mean."
    if contrast < ALIKE:
        times = f"**{contrast:.2f} times** as much as the weakest"
        return f"Relative to their residuals, all x drive the mean alike: the strongest tenth {times}."
    strong, weak = (weights.middles[index_of(weights.weights[-1])] for index_of in (np.nanargmax, np.nanargmin))
    return (
        f"Relative to their residuals, the strongest tenth of x drives the mean **{_times(contrast)} times** as "
        f"much as the weakest. It is strongest near x = {quantity(strong)}, weakest near x = {quantity(weak)}."
    )


def _times(ratio: float) -> str:
    return f"{ratio:.1f}" if ratio < 10 else f"{float(f'{ratio:.2g}'):,.0f}"


def mean_error(run: Run) -> float | None:
    """Root mean squared distance of the predicted from the true mean on the evaluation x, unit of y."""
    data = run.dataset
    if data.truth is None or not run.has_curve:
        return None
    mean = run.predictive(data.x_evaluation).mean
    return float(np.sqrt(np.mean((mean - data.truth.mean(data.x_evaluation)) ** 2)))


def trap_sentence(run: Run) -> str:
    """For a comparison of losses: how far the mean of a run is from the truth, and how unevenly points pulled."""
    error, weights = mean_error(run), pull(run)
    if error is None or weights is None:
        return "It has no curve to judge."
    alike = "all x drive it alike" if weights.contrast < ALIKE else f"driven **{_times(weights.contrast)} : 1**"
    return f"Error of the mean **{number(error)}**, {alike}."
