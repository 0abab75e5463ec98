"""Who pulls at the mean of a run: effective weights over x and over training, and what they tell."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core.evaluation.loss_parts import weights_by_frame
from core.experiment.loss_settings import loss_of
from core.model.losses import Loss
from core.training.run import Run
from core.words import number, quantity

Array = NDArray[np.float64]
MOST_POINTS = 3000
MOST_FRAMES = 24
MOMENTS = 4
ALIKE = 1.5  # strongest over weakest, up to which all are said to pull alike


@dataclass(frozen=True)
class Pull:
    """Effective weights (frames, bins) of mean 1 at each frame, the bins' edges (bins + 1,) and the frames' steps."""

    edges: Array
    steps: Array
    weights: Array

    @property
    def middles(self) -> Array:
        """The middles of the bins, (bins,)."""
        return (self.edges[1:] + self.edges[:-1]) / 2

    @property
    def moments(self) -> list[int]:
        """At most four frames that tell the course: evenly spaced, the last among them."""
        last = len(self.steps) - 1
        return sorted({round(last * i / MOMENTS) for i in range(1, MOMENTS + 1)})

    @property
    def contrast(self) -> float:
        """At the end, the strongest tenth of the bins over the weakest; NaN where nothing pulls."""
        known = self.weights[-1][np.isfinite(self.weights[-1]) & (self.weights[-1] > 0)]
        return float(np.divide(*np.quantile(known, [0.9, 0.1]))) if known.size else float("nan")


def why_no_pull(loss: Loss) -> str:
    """Why nobody can be said to pull at the mean; "" where they can."""
    if not loss.has_mean_head:
        return "This loss has no output that is the mean: what pulls at it is spread over several outputs."
    if loss.gradient is None:
        return "The gradient of this loss is not known as a formula."
    return ""


@lru_cache(maxsize=32)
def pull(run: Run) -> Pull | None:
    """Who pulls at the mean over a run; None where it has no curve or its loss no mean."""
    loss = loss_of(run.experiment.loss)
    data = run.dataset
    if why_no_pull(loss) or not run.has_curve or not len(run.frame_steps) or data.inputs > 1:
        return None
    every = -(-len(data.x) // MOST_POINTS)
    x, y = data.x[::every], data.y[::every]
    edges = np.linspace(data.x_grid[0], data.x_grid[-1], int(np.clip(len(x) // 12, 8, 48)) + 1)
    chosen = np.unique(np.linspace(0, len(run.frame_steps) - 1, MOST_FRAMES).round().astype(int))
    frames = run.frame_outputs[chosen][..., : len(loss.outputs)]
    weights = weights_by_frame(x, y, data.x_grid, frames, lambda y, outputs: _slope(loss, y, outputs), edges)
    return Pull(edges, np.asarray(run.frame_steps, float)[chosen], weights)


def _slope(loss: Loss, y: Array, outputs: Array) -> Array:
    slopes = loss.slopes(y, outputs)
    if slopes is None:
        raise ValueError(f"the loss {loss.name} has no gradient")
    return slopes[0]


def pull_sentence(run: Run) -> str:
    """What the weights of a run say, in words."""
    found = pull(run)
    if found is None and run.dataset.inputs > 1:
        return "With many features there is no one x along which to draw who pulls: choose one feature to see it."
    if found is None:
        return why_no_pull(loss_of(run.experiment.loss)) or "This run has no curve: nobody pulls at its mean."
    contrast = found.contrast
    if not np.isfinite(contrast):
        return "At its end nothing pulls at the mean."
    if contrast < ALIKE:
        return (
            f"All x pull alike, for the size of their residuals: the strongest tenth **{contrast:.2f} times** as hard "
            "as the weakest."
        )
    strong, weak = (found.middles[of(found.weights[-1])] for of in (np.nanargmax, np.nanargmin))
    return (
        f"The strongest tenth of x pulls **{_times(contrast)} times** as hard as the weakest, for the size of its "
        f"residuals: hardest near x = {quantity(strong)}, least near x = {quantity(weak)}."
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
    """One of the losses beside each other: how far its mean is from the truth, and who pulled."""
    error, found = mean_error(run), pull(run)
    if error is None or found is None:
        return "It has no curve to judge."
    alike = "all x pull alike" if found.contrast < ALIKE else f"pulls **{_times(found.contrast)} : 1**"
    return f"Mean off by **{number(error)}**, {alike}."
