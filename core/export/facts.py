"""What a script has to know of its run."""

from core.experiment.loss_settings import loss_of
from core.model.losses import Loss
from core.training.run import Run

MOST_ROWS = 2_000  # of a table that stand in the script itself; more are read from a file beside it
MOST_NUMBERS = 40_000  # of such a table
DIGITS = 1e-3  # nats within which the script comes to the run's test NLL


def loss_row(run: Run) -> Loss:
    """Its loss, with the values of its parameters."""
    return loss_of(run.experiment.loss)


def is_log(run: Run) -> bool:
    """Whether the log of the target was fitted."""
    return run.encoding is not None and run.encoding.log_target


def log_words(run: Run) -> str:
    """What a comment on its target has more."""
    return ", whose log is fitted" if is_log(run) else ""


def waits(run: Run) -> bool:
    """Whether it took its best weights on validation points; a run that ended otherwise kept its last."""
    return run.experiment.training.patience > 0 and run.status == "done"


def ended_before(run: Run) -> bool:
    """Whether it was stopped, or diverged, before its last step."""
    return run.steps_done < run.experiment.training.steps and not waits(run)


def warm_up(run: Run) -> int:
    """Its steps on squared error alone."""
    return int(run.experiment.settings().get("training.warmup_steps", 0))


def is_embedded(run: Run) -> bool:
    """Whether its points stand in the script, or are drawn there."""
    data = run.dataset
    rows = len(data.y) + len(data.y_validation) + len(data.y_held_out)
    return data.truth is not None or (rows <= MOST_ROWS and rows * (data.inputs + 1) <= MOST_NUMBERS)
