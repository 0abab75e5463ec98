"""How long a training takes, roughly: enough to choose between retraining at once and asking first."""

from core.experiment import Experiment
from core.sections import NO_TABLE
from core.training.run import architecture_of, dataset_of

# Of the plain stepper on one Xeon core, 2026-11-23: a step's fixed cost, and the share of each parameter at each point.
STEP_S = 3.5e-4
PER_POINT_AND_PARAMETER_S = 1.5e-10
QUICK_S = 1.5  # up to here a person waits without a button


def estimated_seconds(experiment: Experiment) -> float:
    """Expected training time in seconds on one CPU core."""
    training, data = experiment.training, experiment.data
    # A table is small, and read once; drawn points are not drawn only to be counted.
    points = data.n if data.table == NO_TABLE else len(dataset_of(experiment).x)
    batch_size = min(training.batch_size, points)
    return training.steps * (STEP_S + batch_size * architecture_of(experiment).size * PER_POINT_AND_PARAMETER_S)


def is_quick(experiment: Experiment) -> bool:
    """Whether it is over in about a second, so that it may train at every change."""
    return estimated_seconds(experiment) <= QUICK_S
