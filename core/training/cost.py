"""How long a training takes, roughly: to choose between retraining at once and asking first, and between devices."""

from core.experiment.build import architecture_of, dataset_of
from core.experiment.data_settings import NO_TABLE
from core.experiment.experiment import Experiment

# Of one EPYC core, 2026-11-24: a step's fixed cost, its share of each parameter, and of each parameter at each point.
STEP_S = 3e-6
PER_PARAMETER_S = 4e-10
PER_POINT_AND_PARAMETER_S = 8e-11
# The plain stepper's.
PLAIN_STEP_S = 4e-4
PLAIN_PER_POINT_AND_PARAMETER_S = 2e-10
START_S = 0.02  # points, first weights, frames
QUICK_S = 2.0  # up to here a person waits without a button
GPU_PAYS_S = 10.0  # of CPU time: a GPU needs seconds to start
GPU_PAYS_STEP_S = 1e-3  # of CPU time in a step: below, a GPU waits for its own orders


def estimated_seconds(experiment: Experiment) -> float:
    """Expected training time in seconds on one CPU core."""
    return START_S + experiment.training.steps * _step_seconds(experiment)


def is_quick(experiment: Experiment) -> bool:
    """Whether it is over within about two seconds, so that it may train at every change."""
    return estimated_seconds(experiment) <= QUICK_S


def gpu_may_pay(experiment: Experiment, members: int = 1) -> bool:
    """Whether the work is so much, and each step so large, that a GPU may be ahead of a CPU core.

    The steps of several members are one step on a GPU, and come one after another on a core.
    """
    whole, step = members * estimated_seconds(experiment), members * _step_seconds(experiment)
    return whole > GPU_PAYS_S and step > GPU_PAYS_STEP_S


def _step_seconds(experiment: Experiment) -> float:
    training, data = experiment.training, experiment.data
    # A table is small, and read once; drawn points are not drawn only to be counted.
    points = data.n if data.table == NO_TABLE else len(dataset_of(experiment).x)
    batch_size, size = min(training.batch_size, points), architecture_of(experiment).size
    if training.stepper == "plain":
        return PLAIN_STEP_S + batch_size * size * PLAIN_PER_POINT_AND_PARAMETER_S
    return STEP_S + size * (PER_PARAMETER_S + batch_size * PER_POINT_AND_PARAMETER_S)
