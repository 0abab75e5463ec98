"""The numbers of a run beside the loss that its code states: the σ that they imply, and whether they agree."""

import math
import re
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ...data.noise import Noise
from ...loss_code.as_loss import loss_of_code
from ...model.losses import LOSSES, Loss
from ...once import cached_property
from ...words import number, quantity
from ..doctor.ask_evidence import GAUSSIAN, AskEvidence, ReadingRow
from ..doctor.ask_rules import OF_A_MISNAMED_VARIANCE, RULES
from ..doctor.doctor_claims import claim
from ..doctor.question import Printed, Question
from ..finding import Cause, Finding
from ..verdict.wording import capital, part, said
from .given import Given
from .meaning import Meaning, QuantityRow

_SAME = 1e-3  # nats: floors so near a law follow it
_LEAST = 3  # σ that a law is told from
_VARIANCE = re.compile(r"var", re.IGNORECASE)


@dataclass(frozen=True)
class FloorLaw:
    """The floor of a loss on noise of any σ: factor·(that of a row of LOSSES) + constant."""

    row: str
    factor: float
    constant: float

    def floor(self, noise: Noise, std: np.ndarray) -> np.ndarray:
        """The floor under `noise` of standard deviation `std`, any shape."""
        return np.asarray(self.factor * LOSSES[self.row].floor(noise, std) + self.constant)


def floor_law(meaning: Meaning) -> FloorLaw | None:
    """The law of the floors of a loss: that of the row it is, else one in log σ; None where it follows neither."""
    if meaning.status not in ("found", "one output"):
        return None
    known = meaning.row
    if known is not None and known.scale > 0 and not known.row.mistake:
        return FloorLaw(known.row.name, known.scale, known.constant)
    sigmas = np.array([sigma for sigma, floor in meaning.floors.items() if math.isfinite(floor)])
    if len(sigmas) < _LEAST:
        return None
    row = "laplace_nll" if meaning.nll_of == "Laplace" else "gaussian_nll"
    floors, of_row = np.array([meaning.floors[sigma] for sigma in sigmas]), LOSSES[row].floor(GAUSSIAN, sigmas)
    factor = float((floors[-1] - floors[0]) / (of_row[-1] - of_row[0]))
    rest = floors - factor * of_row
    return FloorLaw(row, factor, float(np.median(rest))) if np.ptp(rest) < _SAME < factor else None


@dataclass(frozen=True)
class CodeEvidence(AskEvidence):
    """A question about a loss that has a floor by a known law: nothing of it has to be searched for."""

    law: FloorLaw | None = None
    is_named: bool = False  # the person said which quantity the predicted variance is

    estimate = None
    escapes = False
    has_floor = True

    @property
    def left_out(self) -> float:
        """The constant of a full likelihood that the code has not."""
        if self.law is None or abs(self.law.constant) > _SAME:
            return 0.0
        return self.law.factor * (LOSSES[self.law.row].constant or 0.0)

    @cached_property
    def rows(self) -> tuple[ReadingRow, ...]:
        """What the predicted variance may be: of a named quantity what that is, and nothing else."""
        rows = super().rows
        return tuple(row for row in rows if row.is_learnt) if self.is_named else rows

    @cached_property
    def residual_rms(self) -> float | None:
        """Root mean squared residual that a Gaussian NLL of this value has with that std at every x."""
        std = self._printed_std
        if std is None or self.law is None or self.law.row != "gaussian_nll":
            return None
        left = 2 * ((self.asked.value - self.law.constant) / self.law.factor - math.log(std))
        return std * math.sqrt(left) if left > 0 else None

    @cached_property
    def least_with_variance(self) -> float | None:
        """The Gaussian NLL of residuals of zero with that std at every x."""
        std = self._printed_std
        if std is None or self.law is None or self.law.row != "gaussian_nll":
            return None
        return self.law.factor * math.log(std) + self.law.constant

    def mean_loss(self, mean_z2: float, typical_std: float) -> tuple[float, float] | None:
        """A Gaussian NLL of predictions with this mean of z² and geometric mean of the std, and what a nat counts."""
        if self.law is None or self.law.row != "gaussian_nll":
            return None
        return self.law.factor * (0.5 * mean_z2 + math.log(typical_std)) + self.law.constant, self.law.factor

    @property
    def _printed_std(self) -> float | None:
        printed, value = self.asked.printed, self.asked.predicted_variance
        return None if printed is None or value is None else printed.std(value)


def row_of(given: Given, meaning: Meaning) -> QuantityRow | None:
    """The quantity of the code that the predicted variance is a value of: the one that was named, else a likely one.

    Without a name it is what the code calls a variance, else exp of a log; None where neither is there.
    """
    rows = meaning.quantities
    if given.quantity:
        return next((row for row in rows if row.text == given.quantity), None)
    called = [row for row in rows if _VARIANCE.search(row.name) and not row.law.of_exp]
    logs = [row for row in rows if row.law.of_exp and row.law.power > 0]
    return next(iter([*called, *logs]), None)


def printed_of(given: Given, meaning: Meaning) -> Printed | None:
    """What a value of that quantity means; None where it is not known."""
    row = row_of(given, meaning)
    if row is None:
        return None
    law, name = (replace(row.law, of_exp=False), f"exp({row.text})") if row.law.of_exp else (row.law, row.text)
    return Printed(f"`{name.replace('`', '')}`", law.stands_for, law.std_factor("gaussian"), 1 / law.power)


def asked_of(given: Given, meaning: Meaning) -> AskEvidence | None:
    """The numbers as a question about the loss; None where there is no loss value, or no floor to hold it against."""
    value = value_per_point(given, meaning)
    if value is None or meaning.status in ("unbounded", "undefined", "several outputs"):
        return None
    row, printed, predicted = row_of(given, meaning), printed_of(given, meaning), given.variance
    if given.quantity and row is not None and row.law.of_exp and predicted is not None:
        predicted = math.exp(min(predicted, 700.0))  # of a log what it is the log of
    if predicted is not None and predicted <= 0:
        predicted = None  # no variance, and no std
    loss = loss_of_code(meaning.code)
    law = floor_law(meaning)
    if law is None and not _tells_std(meaning):
        return None
    if law is None:
        return AskEvidence(Question(loss, value, False, given.std_y, predicted, given.noise, printed))
    known = _with_law(loss, law)
    asked = Question(known, value, False, given.std_y, predicted, given.noise, printed)
    return CodeEvidence(asked, law, is_named=bool(given.quantity) and printed is not None)


def _tells_std(meaning: Meaning) -> bool:
    """Whether the lowest loss rises with σ all the way: that of a β-NLL with its weight falls first, and tells no σ."""
    floors = [meaning.floors[sigma] for sigma in sorted(meaning.floors)]
    return all(low <= high + _SAME for low, high in pairwise(floors) if math.isfinite(low) and math.isfinite(high))


def _with_law(loss: Loss, law: FloorLaw) -> Loss:
    row, power = LOSSES[law.row], LOSSES[law.row].unit_power
    has_law = not (power and law.constant)  # a power of σ and a constant have no unit in common
    return replace(
        loss,
        unit_power=power,
        unit_shift=law.factor * row.unit_shift,
        has_unit_law=has_law,
        closed_floor=law.floor,
        weighted_power=0,
        y_unit=None,
        trained="",  # its stops move no floor
    )


def value_per_point(given: Given, meaning: Meaning) -> float | None:
    """The loss value per point and output, with the sign of a loss that is made small; None where none was told."""
    if given.value is None:
        return None
    reduction, value = meaning.code.reduction, -given.value if meaning.is_maximised else given.value
    sums = "sum" in (reduction.points, reduction.outputs)
    count = reduction.count or (given.points if reduction.points == "sum" else None)
    return value / count if sums and count else value


def say_predicted(given: Given, meaning: Meaning) -> str:
    """What the predicted variance means by the code alone, or why it means nothing; "" where nothing is to be said."""
    if given.variance is None:
        return ""
    if given.quantity and row_of(given, meaning) is None:
        return "The quantity you named is not in this code, or has no meaning of its own."
    row, printed = row_of(given, meaning), printed_of(given, meaning)
    if row is None or printed is None:
        return ""
    is_log = bool(given.quantity) and row.law.of_exp
    if given.variance <= 0 and not is_log:
        return f"{printed.name} is above zero, and **{number(given.variance)}** is not: it may be a logarithm."
    if given.value is not None:
        return ""
    std = printed.std(math.exp(min(given.variance, 700.0)) if is_log else given.variance)
    beside = "" if given.noise is None else f"; the σ that you know is **{quantity(given.noise)}**"
    return f"On Gaussian noise your {printed.name} means a std of **{quantity(std)}**{beside}."


def say_value(given: Given, meaning: Meaning) -> str:
    """How the value that was told became one per point, of a loss that is made small; "" where it is that already."""
    value = value_per_point(given, meaning)
    if value is None or value == given.value:
        return ""
    sign = "with the minus that is missing" if meaning.is_maximised else ""
    count = abs((given.value or 0.0) / value) if value else 1.0
    share = f"over its {round(count):,} terms" if count > 1 else ""
    return f"{capital(' and '.join(filter(None, [sign, share])))} your value is **{number(value)}**."


def findings_of(asked: AskEvidence, given: Given) -> tuple[Finding, ...]:
    """What the rules of Ask find; of a quantity that the person named, whether it agrees, in place of other names."""
    is_named = bool(given.quantity)
    rules = [rule for rule in RULES if not (is_named and rule in OF_A_MISNAMED_VARIANCE)]
    found = [finding for rule in rules if (finding := rule(asked)) is not None]
    if not found and is_named and (finding := _named_disagrees(asked)) is not None:
        found.append(finding)
    return tuple(found)


def _named_disagrees(it: AskEvidence) -> Finding | None:
    """The quantity that was named means another std than the loss value."""
    row = it.learnt
    if row is None or row.ratio is None or row.agrees or it.asked.printed is None:
        return None
    text = (
        "Your {printed} of **{variance}** means a std of **{std_as_meant}**, and the loss value a std of "
        "**{implied_std}**, a factor of {variance_ratio}. They are from different points, or the noise varies "
        "with x."
    )
    claims = (
        claim("printed", it.printed),
        claim("variance", it.asked.predicted_variance),
        claim("std_as_meant", row.std),
        claim("implied_std", it.implied),
        claim("variance_ratio", max(row.ratio, 1 / row.ratio)),
    )
    headline = "The loss and the predicted std do not agree"
    return said("warning", headline, [part(text, *claims)], (), (Cause("too_few_steps"), Cause("unequal_noise")))
