"""What follows from a question by its formula: the σ behind the loss, floors, and what the variance may be."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from ...data.noise import NOISES, Noise
from ...model.losses import Loss
from ...once import cached_property
from .examination import Diagnosis, examine
from .implied import implied_std
from .question import Question
from .result import Estimate

# Two std are one within this factor: σ and E|r|, the nearest two that are mistaken for each other, lie √(π/2) = 1.25
# apart on Gaussian noise, so that a number between them is counted to one of them at most.
AGREES = 1.118
# A run ends a little above its floor, and the loss then implies too large a σ: so many nats are no disagreement.
EXCESS = 0.1
# On 200 points the loss of a perfect model wavers by 0.05 nats, which is 5 % of σ; twice that is no longer chance.
BELOW, ABOVE = 0.9, 1.1
_TOGETHER = 0.25  # in log σ
# Noise varies by a factor of a hundred at most: σ(x) at equal steps of its log, with a root mean square of 1. Its
# geometric mean is then 0.30.
_VARIES = 100.0 ** ((np.arange(9) + 0.5) / 9)
_UNEQUAL = _VARIES / np.sqrt(np.mean(_VARIES**2))
GAUSSIAN = NOISES["gaussian"]


@dataclass(frozen=True)
class ReadingRow:
    """What a predicted "variance" is if it is `reading`: the std it means, and that over the std the loss implies."""

    reading: str
    std: float
    ratio: float | None
    agrees: bool
    is_learnt: bool  # by this formula


# What a predicted "variance" may be: words, and the std that it means on Gaussian noise.
READ_AS: Mapping[str, tuple[str, Callable[[float], float]]] = MappingProxyType(
    {
        "σ²": ("a variance, σ²", math.sqrt),
        "σ": ("a std, σ", lambda v: v),
        "E|r|": ("the mean of |r|, E|r|", lambda v: v / GAUSSIAN.mad),
        "½σ²": ("half a variance, ½σ²", lambda v: math.sqrt(2 * v)),
        "2σ²": ("twice a variance, 2σ²", lambda v: math.sqrt(v / 2)),
        "1/σ²": ("a precision, 1/σ²", lambda v: 1 / math.sqrt(v)),
    }
)


@dataclass(frozen=True)
class AskEvidence:
    """A question, and what follows from it; floors have the constant, if the question's loss has."""

    asked: Question

    @cached_property
    def loss(self) -> Loss:
        """The loss that was asked about."""
        return self.asked.loss

    @cached_property
    def constant(self) -> float:
        """What the question's loss has more than the row, nats."""
        return self.loss.constant or 0.0 if self.asked.with_constant else 0.0

    @property
    def left_out(self) -> float:
        """The constant of a full negative log likelihood that the loss has not, nats; 0 where there is none."""
        return 0.0 if self.asked.with_constant else self.loss.constant or 0.0

    @cached_property
    def implied(self) -> float | None:
        """The σ of Gaussian noise, the same at every x, on which the floor is the loss that was asked about."""
        return self.implied_by(self.asked.value)

    def implied_by(self, value: float) -> float | None:
        """The same for another value."""
        return implied_std(self.loss, value - self.constant)

    @cached_property
    def share(self) -> float | None:
        """That σ over the std of y; None where either is not known."""
        known = self.implied is not None and self.asked.target_std is not None
        return self.implied / self.asked.target_std if known else None  # type: ignore[operator]

    @property
    def printed(self) -> str:
        """What the code prints as its variance, by its name."""
        return "exp(s)" if self.asked.printed is None else self.asked.printed.name

    @cached_property
    def examined(self) -> Diagnosis:
        """The doctor's diagnosis of the loss, on Gaussian noise of σ = 1."""
        return examine(self.loss, GAUSSIAN, 1.0)

    @cached_property
    def estimate(self) -> Estimate | None:
        """What exp(s) stands for, where the loss has one s."""
        return self.examined.estimate if len(self.loss.outputs) == 2 else None

    @cached_property
    def learns(self) -> str:
        """What exp(s), or what the code prints, learns, in a word; "" where that is not known."""
        if self.asked.printed is not None:
            return self.asked.printed.learns
        return "" if self.estimate is None else self.estimate.name.removesuffix(" on this noise")

    @cached_property
    def escapes(self) -> bool:
        """Whether the loss is lowest at infinity, and what it predicts does not settle."""
        return self.examined.status == "escapes" and self.loss.constant is None

    @cached_property
    def has_floor(self) -> bool:
        """Whether the formula has a lowest value."""
        return self.examined.status not in ("unbounded", "undefined") and self.examined.floor is not None

    @cached_property
    def rows(self) -> tuple[ReadingRow, ...]:
        """What the predicted variance may be."""
        v = self.asked.predicted_variance
        if v is None:
            return ()
        rows = [self._row(name, words, std(v)) for name, (words, std) in READ_AS.items()]
        if self.learns and self.learns not in READ_AS:
            rows.append(self._row(self.learns, self.learns, self._std_as_learnt(v)))
        return tuple(rows)

    def _std_as_learnt(self, value: float) -> float:
        if self.asked.printed is not None:
            return self.asked.printed.std(value)
        assert self.estimate is not None
        return float((value / self.estimate.factor) ** (1 / self.estimate.power))

    def _row(self, name: str, words: str, std: float) -> ReadingRow:
        ratio = None if self.implied is None else std / self.implied
        learnt = self.learns == name
        excess = math.exp(EXCESS / abs(self.loss.unit_shift)) if learnt and self.loss.unit_shift else 1.0
        agrees = ratio is not None and 1 / (AGREES * excess) < ratio < AGREES
        agrees = agrees and std < ABOVE * (self.asked.target_std or math.inf)  # no std is larger than that of y
        return ReadingRow(words, std, ratio, agrees, learnt)

    @property
    def learnt(self) -> ReadingRow | None:
        """The row of what exp(s) learns by this formula."""
        return next((row for row in self.rows if row.is_learnt), None)

    @property
    def fitting(self) -> ReadingRow | None:
        """The row that fits: what the formula learns first, then the one nearest to the loss."""
        agreeing = [row for row in self.rows if row.agrees]
        return min(agreeing, key=lambda row: (not row.is_learnt, abs(math.log(row.ratio or 1.0))), default=None)

    @cached_property
    def residual_rms(self) -> float | None:
        """Root mean squared residual that the loss tells if exp(s) is the predicted variance at every x.

        Of a loss exp(−s)·r² + c·s with any factors; None for others, or where the loss is too low for that variance.
        """
        v = self.exp_s
        if v is None or self.loss.weighted_power != 2 or self.loss.outputs[1].log_power < 0 or self.loss.trained:
            return None
        outputs = [np.zeros(1), np.array([math.log(v)])]
        weight, scale, _ = (float(term[0]) for term in self.loss.evaluate(np, np.ones(1), outputs))
        left = self.asked.value - self.constant + self.loss.offset - scale
        return math.sqrt(left / weight) if left > 0 and weight > 0 else None

    @cached_property
    def least_with_variance(self) -> float | None:
        """The loss of residuals of zero with that predicted variance at every x; None where it says nothing of it."""
        v = self.exp_s
        if v is None or not self.loss.weighted_power or self.loss.outputs[1].log_power < 0:
            return None
        return float(self.loss.value(np.zeros(1), np.array([[0.0], [math.log(v)]]))[0]) + self.constant

    @property
    def exp_s(self) -> float | None:
        """The predicted variance where that is exp(s); None where nothing is stated or the code prints another."""
        printed = self.asked.printed
        if printed is not None and (self.estimate is None or printed.learns != self.estimate.name):
            return None
        return self.asked.predicted_variance

    @property
    def stated_std(self) -> tuple[float, str] | None:
        """The σ that the person states, and what it is: of the noise, or by the variance as this formula means it."""
        if self.asked.noise_std is not None:
            return self.asked.noise_std, "the σ of the noise that you know"
        row = self.learnt or (self.rows[0] if self.rows and not self.learns else None)
        return (row.std, "your variance") if row is not None else None

    @property
    def fits_stated(self) -> bool:
        """Whether the loss and the σ that is stated go together as they stand."""
        stated = self.stated_std
        return stated is not None and self.implied is not None and abs(math.log(self.implied / stated[0])) < _TOGETHER

    def floor(self, std: float, noise: Noise = GAUSSIAN) -> float:
        """The lowest expected loss on noise of this σ, the same at every x."""
        return float(self.loss.floor(noise, std)) + self.constant

    def unequal_floor(self, std: float, noise: Noise = GAUSSIAN) -> float:
        """The lowest expected loss on noise whose σ(x) varies a hundredfold, with this root mean square."""
        if self.loss.unit_shift and not self.loss.unit_power:  # it moves by the log of σ, of which the mean is taken
            return self.floor(std, noise) + self.loss.unit_shift * float(np.mean(np.log(_UNEQUAL)))
        return float(np.mean(self.loss.floor(noise, std * _UNEQUAL))) + self.constant

    def kindest(self, floor: Callable[[float, Noise], float], std: float) -> float:
        """A floor on the shape of noise that is kindest to the loss: the shape is nobody's to know."""
        return min(floor(std, noise) for noise in NOISES.values())

    @cached_property
    def holds_several_values(self) -> bool:
        """Whether the loss can say "one of these values": then no σ bounds it from below."""
        return self.loss.name == "mixture" and len(self.loss.outputs) > 3

    @property
    def mean_words(self) -> str:
        """Which mean of σ(x) the loss tells, where σ varies."""
        return {0: "geometric mean", 1: "mean", 2: "root mean square"}.get(self.loss.unit_power, "")
