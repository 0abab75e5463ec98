"""Facts about a run that its script depends on."""

from ..experiment.build import own_part
from ..experiment.loss_settings import loss_of
from ..model.losses import Loss
from ..training.run import Run

MOST_ROWS = 2_000  # of a table in the script itself; more are read from a separate file
MOST_NUMBERS = 40_000  # of such a table
DIGITS = 1e-3  # nats: how close the script comes to the test NLL of the run


def loss_row(run: Run) -> Loss:
    """Its loss, with the values of its parameters."""
    return loss_of(run.experiment.loss)


def is_log(run: Run) -> bool:
    """Whether the log of the target was fitted."""
    return run.encoding is not None and run.encoding.log_target


def waits(run: Run) -> bool:
    """Whether it took its best weights on validation points; a run that ended in another way kept its last."""
    return run.experiment.training.patience > 0 and run.status == "done"


def ended_before(run: Run) -> bool:
    """Whether it was stopped, or diverged, before its last step; of several members only finished ones are trained."""
    return not run.others and run.steps_done < run.experiment.training.steps and not waits(run)


def predicting(run: Run) -> list[int]:
    """The numbers of the members that a script trains: those that predict; nothing for one net."""
    return [each.member for each in run.predicting] if run.others else []


def own_parts(run: Run) -> dict[int, int]:
    """How many points each member sets aside by itself, by its number; those that do not are left out."""
    counts = {member: own_part(run.experiment, member) for member in predicting(run)}
    return {member: count for member, count in counts.items() if count is not None}


def warm_up(run: Run) -> int:
    """The number of its first steps that train on squared error alone."""
    return int(run.experiment.settings().get("training.warmup_steps", 0))


def is_embedded(run: Run) -> bool:
    """Whether the script holds its points or draws them itself."""
    data = run.dataset
    rows = len(data.y) + len(data.y_validation) + len(data.y_held_out)
    return data.truth is not None or (rows <= MOST_ROWS and rows * (data.inputs + 1) <= MOST_NUMBERS)
