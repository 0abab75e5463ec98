"""A rough estimate of training time: to decide between training at once and asking first, and between devices."""

from ..experiment.build import architecture_of, dataset_of
from ..experiment.data_settings import NO_TABLE
from ..experiment.experiment import Experiment

# One EPYC core, 2026-11-24: the fixed cost of a step, its cost per parameter, and per parameter and point.
STEP_S = 3e-6
PER_PARAMETER_S = 4e-10
PER_POINT_AND_PARAMETER_S = 8e-11
# For the plain stepper.
PLAIN_STEP_S = 4e-4
PLAIN_PER_POINT_AND_PARAMETER_S = 2e-10
START_S = 0.02  # points, first weights, frames
QUICK_S = 2.0  # a shorter training needs no button
# Beside the batch: weights, gradient, moments and their copies; points in both units; a block of points to predict.
PER_PARAMETER_BYTES, PER_NUMBER_BYTES, BLOCK = 45, 24, 2048
GPU_PAYS_S = 10.0  # CPU time of a training: a GPU needs seconds to start
GPU_PAYS_STEP_S = 1e-3  # CPU time of a step: for shorter steps a GPU mostly waits for Python


def estimated_seconds(experiment: Experiment) -> float:
    """Expected training time in seconds on one CPU core, of all members one after another."""
    return experiment.training.members * (START_S + experiment.training.steps * _step_seconds(experiment))


def estimated_bytes(experiment: Experiment) -> int:
    """About how much memory its training takes at most, by the compiled stepper, one member after another."""
    training, architecture = experiment.training, architecture_of(experiment).with_targets(len(experiment.views))
    points, units = _points(experiment), architecture.nets * sum(architecture.layers)
    batch_size = min(training.batch_size, points)
    batch = 8 * (units * (batch_size + BLOCK) + batch_size * max(architecture.layers, default=1))
    kept = training.members * (4 * architecture.size + 24 * training.steps * len(experiment.views))
    return (
        batch + PER_PARAMETER_BYTES * architecture.size + PER_NUMBER_BYTES * points * (architecture.inputs + 1) + kept
    )


def is_quick(experiment: Experiment) -> bool:
    """Whether it takes at most about two seconds, so that it may train at every change."""
    return estimated_seconds(experiment) <= QUICK_S


def gpu_may_pay(experiment: Experiment, members: int = 1) -> bool:
    """Whether the training is so long, and its steps so large, that a GPU may be faster than a CPU core.

    A GPU takes the steps of several members as one step, a core one after another.
    """
    step = members * _step_seconds(experiment)
    whole = members * START_S + experiment.training.steps * step
    return whole > GPU_PAYS_S and step > GPU_PAYS_STEP_S


def _size(experiment: Experiment) -> int:
    return architecture_of(experiment).with_targets(len(experiment.views)).size


def _points(experiment: Experiment) -> int:
    """Simulated points are not drawn only to be counted; a table is small, and read once."""
    data = experiment.data
    return data.n if data.table == NO_TABLE else len(dataset_of(experiment).x)


def _step_seconds(experiment: Experiment) -> float:
    training = experiment.training
    batch_size, size = min(training.batch_size, _points(experiment)), _size(experiment)
    if training.stepper == "plain":
        return PLAIN_STEP_S + batch_size * size * PLAIN_PER_POINT_AND_PARAMETER_S
    return STEP_S + size * (PER_PARAMETER_S + batch_size * PER_POINT_AND_PARAMETER_S)
