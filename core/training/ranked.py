"""Whether scores may say which of two runs is better: only where both predict the same kind of new points."""

from ..experiment.trained_rows import NONE_HELD_OUT, is_scored_on_training
from .run import Run

# What decides how simulated points are distributed, beside all settings of the noise.
_OF_POINTS = ("data.target", "data.x_min", "data.x_max", "data.design")


def why_not_ranked(one: Run, other: Run) -> str:
    """Why no score says which of two runs is better, as a sentence; empty where scores may.

    A smaller noise gives a lower NLL to a fit that is no better, and so does another quantity. On rows that a network
    was trained on, the better score is not that of new rows. Raises what `dataset_of` raises.
    """
    if (one.encoding is None) != (other.encoding is None) or one.input_encoding.target != other.input_encoding.target:
        return "These runs predict different quantities, so no score says which is better."
    if one.encoding is None and _points_of(one) != _points_of(other):
        return "Target, range or noise of the points differ, so no score says which run is better."
    if any(is_scored_on_training(run.experiment) for run in (one, other)):
        return f"{NONE_HELD_OUT}, so no score says which run predicts new rows better."
    return ""


def _points_of(run: Run) -> dict[str, object]:
    settings = run.experiment.settings()
    return {name: value for name, value in settings.items() if name in _OF_POINTS or name.startswith("noise.")}
