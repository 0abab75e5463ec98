"""Starts of small experiments, for the tests of both steppers."""

from core.experiment.build import dataset_of
from core.experiment.experiment import Experiment
from core.training.autograd import AutogradStepper, Member
from core.training.scaling import Scaling
from core.training.start import Start

SMALL = Experiment.from_settings({"data.n": 100, "network.layers": [6, 5], "training.batch_size": 32})


def start_of(experiment):
    data = dataset_of(experiment)
    return Start.of(experiment, data, Scaling.of(data, experiment.training.standardise))


def plain_stepper(experiment, device="cpu"):
    """The plain stepper of one training."""
    return Member(AutogradStepper([start_of(experiment)], device))
