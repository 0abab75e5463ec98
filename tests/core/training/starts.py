"""Starts of small experiments, for the tests of both steppers."""

from core.experiment.build import dataset_of
from core.experiment.experiment import Experiment
from core.training.autograd import AutogradStepper, Member
from core.training.scaling import Scaling
from core.training.start import Start

SMALL = Experiment.from_settings({"data.n": 100, "network.layers": [6, 5], "training.batch_size": 32})
# Raw values from −64 to 64: of the plain stepper seed 1 stays finite, the others diverge, most within a dozen steps.
RAW_CUBIC = SMALL.with_settings(
    {
        "data.target": "cubic",
        "network.activation": "relu",
        "network.layers": [16, 16],
        "network.init": "torch",
        "training.optimizer": "sgd",
        "training.learning_rate": 0.03,
        "training.schedule": "constant",
        "training.standardise": False,
        "training.steps": 200,
    }
)


def start_of(experiment):
    data = dataset_of(experiment)
    return Start.of(experiment, data, Scaling.of(data, experiment.training.standardise))


def plain_stepper(experiment, device="cpu"):
    """The plain stepper of one training."""
    return Member(AutogradStepper([start_of(experiment)], device))
