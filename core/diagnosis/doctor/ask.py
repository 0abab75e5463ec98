"""ASK ABOUT YOUR OWN RUN: the diagnosis of a few numbers from a training that ran elsewhere.

From a loss value and its formula follows the σ of the noise on which a perfect model would get that value. Beside it
stand the spread of the target, what the code calls its variance, and the noise if it is known. Rules, each a small
function, compare them; all that a rule finds becomes a sentence, the first gives the headline.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np

from core.data.noise import NOISES
from core.diagnosis.doctor.examination import examine
from core.diagnosis.doctor.implied import SIGMAS, implied_std
from core.diagnosis.doctor.question import Question
from core.diagnosis.doctor.remedy import remedy, same_row
from core.diagnosis.doctor.result import Estimate
from core.diagnosis.finding import Finding
from core.model.losses import Loss
from core.words import number, quantity

# Two std are one within this factor: σ and E|r|, the nearest two that are mistaken for each other, lie √(π/2) = 1.25
# apart on Gaussian noise, so that a number between them is counted to one of them at most.
AGREES = 1.118
# A run ends a little above its floor, and the loss then implies too large a σ: so many nats are no disagreement.
EXCESS = 0.1
# On 200 points the loss of a perfect model wavers by 0.05 nats, which is 5 % of σ; twice that is no longer chance.
BELOW, ABOVE = 0.9, 1.1
# Share of the target's std from which on a model explains nothing that the mean of y does not.
NOTHING_LEARNT = 0.95
# Share of the target's std below which a noise is hard to believe: 99.99 % of the variance would be explained.
PLAUSIBLE = 0.01

_GAUSSIAN = NOISES["gaussian"]


@dataclass(frozen=True)
class ReadingRow:
    """What a predicted "variance" is if it is `reading`: the std it means, and that over the std the loss implies."""

    reading: str
    std: float
    ratio: float | None
    agrees: bool
    is_learnt: bool  # by this formula


@dataclass(frozen=True)
class Answer:
    """The diagnosis. `kind` as in Finding; sentences in Markdown; `implied_std` None where no σ gives this loss.

    `code` are lines of torch to copy, `was_meant` whether they are those of what was meant in place of the loss.
    """

    kind: str
    headline: str
    sentences: tuple[str, ...]
    implied_std: float | None
    readings: tuple[ReadingRow, ...]
    code: str
    was_meant: bool


# What a predicted "variance" may be: words, and the std that it means on Gaussian noise.

READ_AS: Mapping[str, tuple[str, Callable[[float], float]]] = MappingProxyType(
    {
        "σ²": ("a variance, σ²", math.sqrt),
        "σ": ("a std, σ", lambda v: v),
        "E|r|": ("the mean of |r|, E|r|", lambda v: v / _GAUSSIAN.mad),
        "1/σ²": ("a precision, 1/σ²", lambda v: 1 / math.sqrt(v)),
    }
)


def _row(it: "_Evidence", name: str, words: str, std: float) -> ReadingRow:
    ratio = None if it.implied is None else std / it.implied
    learnt = it.learns == name
    excess = math.exp(EXCESS / abs(it.loss.unit_shift)) if learnt and it.loss.unit_shift else 1.0
    agrees = ratio is not None and 1 / (AGREES * excess) < ratio < AGREES
    return ReadingRow(words, std, ratio, agrees, learnt)


@dataclass(frozen=True)
class _Evidence:
    """A question, and what follows from it by a formula; what is shown has the constant, if the question's loss has."""

    asked: Question

    @cached_property
    def loss(self) -> Loss:
        return self.asked.loss

    @cached_property
    def constant(self) -> float:
        return self.loss.constant or 0.0 if self.asked.with_constant else 0.0

    @cached_property
    def implied(self) -> float | None:
        return implied_std(self.loss, self.asked.value - self.constant)

    @cached_property
    def estimate(self) -> Estimate | None:
        """What exp(s) stands for, where the loss has one s."""
        return examine(self.loss, _GAUSSIAN, 1.0).estimate if len(self.loss.outputs) == 2 else None

    @cached_property
    def learns(self) -> str:
        """What exp(s) learns, in a word; "" where that is not known."""
        return "" if self.estimate is None else self.estimate.name.removesuffix(" on this noise")

    @cached_property
    def rows(self) -> tuple[ReadingRow, ...]:
        v = self.asked.predicted_variance
        if v is None:
            return ()
        # Without one s there is nothing that might be printed for a variance but a variance, and a std.
        names = READ_AS if self.estimate is not None else ("σ²", "σ")
        rows = [_row(self, name, READ_AS[name][0], READ_AS[name][1](v)) for name in names]
        if self.estimate is not None and self.learns not in READ_AS:
            std = (v / self.estimate.factor) ** (1 / self.estimate.power)
            rows.append(_row(self, self.learns, self.learns, std))
        return tuple(rows)

    @cached_property
    def has_floor(self) -> bool:
        """Whether the formula has a lowest value, and one that σ moves."""
        low, high = (float(self.loss.floor(_GAUSSIAN, sigma)) for sigma in SIGMAS)
        return self.implied is not None or (bool(np.isfinite(low)) and low != high)

    @property
    def learnt(self) -> ReadingRow | None:
        return next((row for row in self.rows if row.is_learnt), None)

    def floor(self, std: float) -> float:
        return float(self.loss.floor(_GAUSSIAN, std)) + self.constant

    def lowest_floor(self, std: float) -> float:
        """The floor at this σ on the kind of noise that is kindest to the loss: its shape is nobody's to know."""
        return min(float(self.loss.floor(noise, std)) for noise in NOISES.values()) + self.constant


# The rules, in the order in which they give the headline. Each returns what it finds, or None.


def _no_floor(it: _Evidence) -> Finding | None:
    """The formula has no lowest value, or one that no spread moves."""
    if it.has_floor:
        return None
    words = _sentence(it.loss.mistake) if it.loss.mistake else examine(it.loss, _GAUSSIAN, 1.0).sentences[0]
    return Finding("mistake", "This formula has no floor", f"No σ follows from this loss. {words}")


def _out_of_reach(it: _Evidence) -> Finding | None:
    """No noise gives this loss."""
    if it.implied is not None or not it.has_floor:
        return None
    low, high = map(it.floor, SIGMAS)
    between = f"never below **{number(low)}**"
    if low < high:
        between = f"between **{number(low)}** and **{number(high)}** for every σ from {SIGMAS[0]:g} to {SIGMAS[1]:,.0f}"
    if it.loss.unit_power:
        between = "above zero wherever there is noise"
    return Finding(
        "mistake",
        "No model gives this loss",
        f"This formula's mean loss is {between}; yours is **{number(it.asked.value)}**. Another formula, a sum of "
        "several losses, or a constant taken off, made this number.",
    )


def _below_possible(it: _Evidence) -> Finding | None:
    """The loss is lower than the noise allows."""
    noise = it.asked.noise_std
    if it.implied is None or noise is None or it.implied >= BELOW * noise:
        return None
    lowest = it.lowest_floor(BELOW * noise)
    if it.asked.value >= lowest:
        return None
    return Finding(
        "mistake",
        "Lower than is possible",
        f"With noise of σ = **{quantity(noise)}** no model comes below **{number(it.floor(noise))}** on new points, "
        f"nor below **{number(it.lowest_floor(noise))}** on noise of any other common shape. "
        "So these are points it was trained on and has learnt by heart, or y leaks into x, or the unit of y differs.",
    )


def _too_good(it: _Evidence) -> Finding | None:
    """The noise that the loss implies is a tiny part of the target's spread."""
    if it.implied is None or it.implied >= PLAUSIBLE * it.asked.target_std or _below_possible(it):
        return None
    share = it.implied / it.asked.target_std
    return Finding(
        "warning",
        "Too good to be true",
        f"That is **{_percent(share)}** of the std of y, and real noise is rarely below {_percent(PLAUSIBLE)}. The "
        "variance has collapsed on points that are learnt by heart, y leaks into x, or y has no noise at all. Look at "
        "the loss on new points.",
    )


def _nothing_learnt(it: _Evidence) -> Finding | None:
    """No better than one constant mean and one constant variance."""
    if it.implied is None or it.implied <= NOTHING_LEARNT * it.asked.target_std:
        return None
    constant = it.floor(it.asked.target_std)
    return Finding(
        "warning",
        "It has learnt nothing yet",
        f"The mean of y and its std, the same at every x, give a loss of **{number(constant)}**. Yours is "
        f"**{number(it.asked.value)}**: as good as that, or worse.",
    )


def _variance_is_something_else(it: _Evidence) -> Finding | None:
    """The predicted number is what the formula learns, which is no variance."""
    row, v = it.learnt, it.asked.predicted_variance
    if row is None or v is None or not row.agrees or row.reading == READ_AS["σ²"][0] or it.rows[0].agrees:
        return None
    return Finding(
        "mistake",
        "The loss is fine; what you call a variance is not one",
        f"Your **{quantity(v)}** is {row.reading}: it means a std of **{quantity(row.std)}**, as the loss says. Taken "
        f"for a variance it gives **{quantity(it.rows[0].std)}**, {_times(it.rows[0])}.",
    )


def _too_low_for_its_variance(it: _Evidence) -> Finding | None:
    """The scale term of that variance alone is above the loss."""
    v = it.asked.predicted_variance
    if v is None or not it.loss.weighted_power or it.loss.outputs[1].log_power < 0:
        return None
    if any(row.agrees for row in it.rows):  # then it is what that row says, and no exp(s)
        return None
    scale = float(it.loss.value(np.zeros(1), np.array([[0.0], [math.log(v)]]))[0]) + it.constant
    if it.asked.value >= scale:
        return None
    return Finding(
        "mistake",
        "These two numbers do not belong together",
        f"With exp(s) = **{quantity(v)}** everywhere the loss is at least **{number(scale)}**, even if every residual "
        f"were zero; yours is **{number(it.asked.value)}**. The two come from different points, or units of y.",
    )


def _misread(it: _Evidence) -> Finding | None:
    """The predicted number is no variance that goes with this loss."""
    if not it.rows or it.implied is None or it.rows[0].agrees or _variance_is_something_else(it):
        return None
    v = it.asked.predicted_variance or math.nan
    taken = f"Taken for a variance, your **{quantity(v)}** gives a std of **{quantity(it.rows[0].std)}**"
    other = next((row for row in it.rows if row.agrees), None)
    if other is None:
        cause = "One typical value may hide a wide range; else the variance is not learnt yet, or in another unit."
        return Finding(
            "warning",
            "The predicted variance does not fit this loss",
            f"{taken}, {_times(it.rows[0])}, and no other reading fits either. {cause}",
        )
    return Finding(
        "warning",
        "The predicted variance reads like something else",
        f"{taken}, {_times(it.rows[0])}. As {other.reading}, it would mean **{quantity(other.std)}**, which fits.",
    )


def _mistake(it: _Evidence) -> Finding | None:
    """The formula is a known slip."""
    if not it.loss.mistake or not it.has_floor:
        return None
    return Finding("mistake", "The formula is not what was meant", _sentence(it.loss.mistake))


def _above_floor(it: _Evidence) -> Finding | None:
    """The loss is above what the known noise allows."""
    noise = it.asked.noise_std
    if it.implied is None or noise is None or it.implied <= ABOVE * noise or _nothing_learnt(it):
        return None
    floor = it.floor(noise)
    return Finding(
        "warning",
        "Above the floor",
        f"With noise of σ = **{quantity(noise)}** a perfect model comes to **{number(floor)}**; yours is "
        f"**{number(it.asked.value - floor)}** {it.loss.unit} above it: the mean or the variance is not fully learnt.",
    )


RULES: tuple[Callable[[_Evidence], Finding | None], ...] = (
    _no_floor,
    _out_of_reach,
    _below_possible,
    _too_good,
    _nothing_learnt,
    _too_low_for_its_variance,
    _variance_is_something_else,
    _mistake,
    _misread,
    _above_floor,
)


def answer(asked: Question) -> Answer:
    """The diagnosis of a question."""
    it = _Evidence(asked)
    found = [finding for rule in RULES if (finding := rule(it)) is not None]
    fine = "Negative and fine" if asked.value < 0 else "Nothing wrong with these numbers"
    kind, headline = (found[0].kind, found[0].headline) if found else ("good", fine)
    sentences = [_say_implied(it), *(finding.sentence for finding in found), _say_agreement(it), _say_output(it)]
    was_meant = bool(same_row(it.loss).mistake)
    return Answer(kind, headline, tuple(filter(None, sentences)), it.implied, it.rows, remedy(it.loss), was_meant)


def _say_implied(it: _Evidence) -> str:
    if it.implied is None:
        return ""
    said = f"On Gaussian noise a perfect model gets **{number(it.asked.value)}** where σ = **{quantity(it.implied)}**."
    negative = it.loss.negative_below(_GAUSSIAN, it.constant)
    if it.asked.value < 0 and negative:
        said += f" Below σ = {quantity(negative)} this loss is negative, as it should be."
    if it.loss.trained:
        said += " This is for the plain NLL, which is what to watch with this loss."
    return said


def _say_agreement(it: _Evidence) -> str:
    if not it.rows or not it.rows[0].agrees:
        return ""
    also = ", though exp(s) would not: you print more than exp(s), or by chance"
    also = "" if it.learnt in (None, it.rows[0]) else also
    return f"Your variance means a std of **{quantity(it.rows[0].std)}**, which agrees{also}."


def _say_output(it: _Evidence) -> str:
    """What the formula's second output means."""
    if len(it.loss.outputs) == 1:
        return (
            "This formula has no second output: it learns no variance. The residuals' own variance is the one there is."
        )
    if it.estimate is not None:
        of = "" if it.learns in ("σ²", "σ", "1/σ²", "2σ²", "½σ²") else " on Gaussian noise"
        std = it.estimate.repair.removeprefix("std = ")
        return f"By this formula exp(s) learns **{it.learns}**: the std is {std}{of}."
    if it.loss.name == "typed":
        found = examine(it.loss, _GAUSSIAN, it.implied or it.asked.target_std)
        return " ".join(found.sentences) if it.has_floor else ""
    return "" if it.loss.mistake else it.loss.help


def _times(row: ReadingRow) -> str:
    ratio = row.ratio or math.nan
    return f"{quantity(ratio)} times too wide" if ratio > 1 else f"{quantity(1 / ratio)} times too narrow"


def _percent(share: float) -> str:
    return f"{quantity(100 * share)} %" if share < 0.01 else f"{100 * share:.2g} %"


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
