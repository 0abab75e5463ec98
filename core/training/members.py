"""Several runs of one experiment with other training seeds, in parallel on a GPU."""

from collections.abc import Callable, Iterable

from ..experiment.experiment import Experiment
from .devices import pick_device
from .loop import train
from .run import Run
from .single import is_compiled
from .together import Together


def train_members(
    experiment: Experiment, seeds: Iterable[int], *, should_stop: Callable[[], bool] | None = None
) -> list[Run]:
    """The runs of an experiment for each `training.seed` in `seeds`, in their order.

    Each run is what `train` gives for its seed, up to rounding. One that diverges ends as *diverged*, and the others go
    on. On a GPU, or with the plain stepper, all members step together, and `seconds` is the time of all; "auto" looks
    for a GPU if the work of all members is worth it. Otherwise the compiled stepper trains one after another, which is
    as fast on a CPU core. `should_stop()` is asked about ten times a second, and ends all unfinished members as
    *stopped*.

    Memory on the device: the data once, 8 bytes a point; for each member 8 bytes a step and 28 a parameter, plus the
    activations of its batch. On the host, the order of the points takes 8 bytes per member and point.

    Raises InvalidExperiment for an invalid seed, or if the requested device is not available.
    """
    experiments = [experiment.with_settings({"training.seed": seed}) for seed in seeds]
    should_stop = should_stop or (lambda: False)
    if not experiments:
        return []
    device, training = pick_device(experiment, len(experiments)), experiment.training
    if is_compiled(experiment, device) or training.patience or training.members > 1:  # patience: each ends elsewhere
        return [_alone(each, should_stop) for each in experiments]
    return Together([(each, 0) for each in experiments], device, should_stop).run()


def _alone(experiment: Experiment, should_stop: Callable[[], bool]) -> Run:
    if should_stop():
        return Run.without_steps(experiment, "stopped", "Stopped before it started.")
    return train(experiment, should_stop=should_stop)
