"""What is asked of a training log: the courses of its losses, and the loss that they are values of."""

from ...data.noise import NOISES
from ...data.training_log.training_log import Series, TrainingLog
from ...model.losses import Loss
from ...once import cached_property
from ..doctor.implied import implied_std
from .course import Course


class LogEvidence:
    """A log, the loss it is of where that is known, and the constant that the logged values have more than the loss."""

    def __init__(self, log: TrainingLog, loss: Loss | None = None, constant: float = 0.0):
        self.log, self.loss, self.constant = log, loss, constant

    @cached_property
    def training(self) -> Course | None:
        """The course of the training loss, if the log has it with a finite value."""
        return _course(self.log.training)

    @cached_property
    def validation(self) -> Course | None:
        """The course of the validation loss, if the log has it with a finite value."""
        return _course(self.log.validation)

    @property
    def main(self) -> Course | None:
        """The training loss, or the validation loss of a log without one."""
        return self.training or self.validation

    @property
    def judged(self) -> Course | None:
        """The validation loss, or the training loss of a log without one."""
        return self.validation or self.training

    @property
    def which(self) -> str:
        """The name of `judged`, for a sentence."""
        return "validation loss" if self.validation is not None else "training loss"

    @property
    def unit(self) -> str:
        """The unit of differences of this loss with a blank before it; nothing where the loss is not known."""
        return f" {self.loss.unit}" if self.loss is not None else ""

    def std(self, value: float) -> float | None:
        """The σ of equal Gaussian noise whose floor is this value."""
        return None if self.loss is None else implied_std(self.loss, value - self.constant)

    @cached_property
    def negative_below(self) -> float | None:
        """The σ below which the floor is negative; None where it never is, or the loss is not known."""
        if self.loss is None:
            return None
        return self.loss.negative_below(NOISES["gaussian"], self.constant) or self.std(0.0)


def _course(series: Series | None) -> Course | None:
    course = None if series is None else Course(series)
    return course if course is not None and course.n else None
