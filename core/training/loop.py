"""HOW it is fitted: `train(experiment)` → Run, of one net or of several members."""

from collections.abc import Callable

from ..experiment.experiment import Experiment
from . import compiled
from .ensemble import train_ensemble
from .frame import Frame
from .run import Run
from .single import COMPILES, Training, load

__all__ = ["COMPILES", "train"]


def train(
    experiment: Experiment,
    *,
    on_frame: Callable[[Frame], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    on_wait: Callable[[str], None] | None = None,
    cores: int | None = None,
    filmed: bool = True,
) -> Run:
    """Train in this process and return the finished run.

    `on_frame` gets the first Frame, the last one and, from LIVE_FROM seconds on, more than ten a second.
    `should_stop()` is asked as often: if it is true the run ends as *stopped* and keeps its steps so far. `on_wait`
    gets a message before a wait that no frame shows, for the compiler or for PyTorch. A loss or gradient that is not
    finite ends the run as *diverged*, with the weights of the last good step. The result depends on the experiment
    alone, not on frames or the clock. `cores` is how many members train at once; all cores of the machine, if it is
    not given. Without `filmed` a run of one network has its first and last frame alone, and saves a fifth of the time.

    Raises InvalidExperiment if the requested device is not available.
    """
    report, stops = on_frame or (lambda frame: None), should_stop or (lambda: False)
    with compiled.one_thread():
        load(experiment, on_wait or (lambda words: None))
        if experiment.training.members > 1:
            return train_ensemble(experiment, report, stops, cores)
        training = Training(experiment, report, stops, filmed=filmed)
        with training.stepper.one_thread():
            return training.run()
