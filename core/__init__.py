"""Heteroscope for notebooks and scripts: experiments, training, scores.

>>> from core import presets, train
>>> run = train(presets["quick"])
>>> run.history, run.scores, run.predict([60.0, 120.0])  # DataFrame, dict, DataFrame  # doctest: +SKIP
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from core.experiment.experiment import Experiment
from core.experiment.presets import presets
from core.experiment.settings import InvalidExperiment

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from core.evaluation.judged import Estimate
    from core.training.frame import Frame
    from core.training.run import Run

__all__ = ["Experiment", "InvalidExperiment", "load", "presets", "scores", "train", "train_members"]


def train(
    experiment: Experiment,
    *,
    on_frame: "Callable[[Frame], None] | None" = None,
    should_stop: Callable[[], bool] | None = None,
    on_wait: Callable[[str], None] | None = None,
) -> "Run":
    """Train in this process and return the finished run; see core.training.loop.train. The first call loads Numba."""
    from core.training.loop import train as train_here

    return train_here(experiment, on_frame=on_frame, should_stop=should_stop, on_wait=on_wait)


def train_members(
    experiment: Experiment, seeds: Iterable[int], *, should_stop: Callable[[], bool] | None = None
) -> "list[Run]":
    """Train once for each training seed, on a GPU all at once; see core.training.members.train_members."""
    from core.training.members import train_members as train_here

    return train_here(experiment, seeds, should_stop=should_stop)


def load(source: bytes | str | Path) -> "Run":
    """The run in a safetensors file, ready to predict; see core.export.weights.load."""
    from core.export.weights import load as load_here

    return load_here(source)


def scores(y: "ArrayLike", mean: "ArrayLike", std: "ArrayLike") -> "dict[str, Estimate]":
    """All scores of Gaussian predictions, by name, each with its standard error or the reason why it has no value.

    y: observations; mean, std: predictions; all (n,), in the unit of y. For another distribution use
    `estimates(Judged(predictive, y))` from core.evaluation. Raises ValueError if the shapes differ.
    """
    import numpy as np

    from core.distributions.laws import gaussian
    from core.evaluation.judged import Judged
    from core.evaluation.scores import estimates

    y, mean, std = (np.asarray(values, dtype=np.float64) for values in (y, mean, std))
    if y.ndim != 1 or not y.shape == mean.shape == std.shape:
        raise ValueError(f"y {y.shape}, mean {mean.shape} and std {std.shape}: all must be (n,), of one n.")
    return estimates(Judged(gaussian(mean, std), y))
