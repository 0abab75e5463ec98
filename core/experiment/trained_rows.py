"""Runs that are scored on rows that they were trained on, as after a fit on all rows: what may be said of them."""

from .build import dataset_of
from .experiment import Experiment

NONE_HELD_OUT = "No rows were held out"
ALL_TRAINED = (
    "It was trained on every row that it is scored on, so this does not show how it predicts new rows. Hold rows out "
    "for a verdict."
)


def is_scored_on_training(experiment: Experiment) -> bool:
    """Whether a column of the table says which rows are held out, and each of them is a training row too.

    Raises what `dataset_of` raises.
    """
    return experiment.data.split == "column" and dataset_of(experiment).held_out_are_trained
