"""ASK ABOUT YOUR OWN RUN: the diagnosis of a few numbers from a training that ran elsewhere.

From a loss value and its formula follows the σ of the noise on which a perfect model would get that value. Beside it
stand the spread of the target, what the code calls its variance, and the noise if it is known. Rules, each a small
function, compare them; all that a rule finds becomes a sentence, the first gives the headline.
"""

from dataclasses import dataclass

from ...model.readings import READINGS
from ...words import number, quantity
from ..finding import Finding
from .ask_evidence import GAUSSIAN, AskEvidence, ReadingRow
from .ask_rules import RULES
from .examination import examine
from .question import Question
from .remedy import remedy, same_row

__all__ = ["RULES", "Answer", "ReadingRow", "answer"]

_TOO_SMALL = 1e-6  # share of the std of y: a σ below is not shown, for no noise is


@dataclass(frozen=True)
class Answer:
    """The diagnosis. `kind` as in Finding; sentences in Markdown; `implied_std` None where no σ gives this loss.

    `findings` are what the rules found, with their claims and causes. `code` are lines of torch to copy, `was_meant`
    whether they are those of what was meant in place of the loss.
    """

    kind: str
    headline: str
    sentences: tuple[str, ...]
    findings: tuple[Finding, ...]
    implied_std: float | None
    readings: tuple[ReadingRow, ...]
    code: str
    was_meant: bool


def answer(asked: Question) -> Answer:
    """The diagnosis of a question."""
    it = AskEvidence(asked)
    found = tuple(finding for rule in RULES if (finding := rule(it)) is not None)
    fine = "Negative, and fine" if asked.value < 0 else "Nothing wrong with these numbers"
    kind, headline = (found[0].kind, found[0].headline) if found else ("good", fine)
    sentences = [say_implied(it, found), *(finding.sentence for finding in found), say_agreement(it), _say_output(it)]
    was_meant, said = bool(same_row(it.loss).mistake), tuple(filter(None, sentences))
    return Answer(kind, headline, said, found, it.implied, it.rows, remedy(it.loss), was_meant)


def say_implied(it: AskEvidence, found: tuple[Finding, ...]) -> str:
    """The σ on which a perfect model gets this loss, and below which σ it is negative; "" where none is."""
    if it.implied is None or it.escapes or (it.share or 1.0) < _TOO_SMALL:
        return ""
    where = "on noise that is Gaussian and the same at every x" if it.mean_words else "on Gaussian noise"
    said = f"A perfect model gets **{number(it.asked.value)}** {where} if σ = **{quantity(it.implied)}**."
    told = any(claim.name == "geometric_mean" for finding in found for claim in finding.claims)
    if it.loss.unit_shift and not it.loss.unit_power and not told:
        said += " If σ varies with x, that is its geometric mean."
    negative = it.loss.negative_below(GAUSSIAN, it.constant)
    if it.asked.value < 0 and negative:
        said += f" Below σ = {quantity(negative)} this loss is negative, as it should be."
    if it.loss.trained:
        said += " This is for the plain NLL, the number to watch with this loss."
    return said


def say_agreement(it: AskEvidence) -> str:
    """Whether the predicted variance agrees; "" where it does not or none is told."""
    if not it.rows or not it.rows[0].agrees:
        return ""
    also = f", though {it.printed} would not: you print more than {it.printed}, or it is chance"
    also = "" if it.learnt in (None, it.rows[0]) else also
    what = it.printed if it.asked.printed is not None and it.learnt is it.rows[0] else "variance"
    return f"Your {what} means a std of **{quantity(it.rows[0].std)}**, which agrees{also}."


def _say_output(it: AskEvidence) -> str:
    """What the formula's second output means."""
    if len(it.loss.outputs) == 1:
        return "This formula has no second output, so it learns no variance. Use the variance of the residuals."
    if it.estimate is not None:
        return " ".join(filter(None, [_say_estimate(it), _say_row(it)]))
    if it.examined.head is not None and it.examined.head.formula is not None and it.has_floor and not it.escapes:
        of = "" if it.examined.head.on_any_noise else " on Gaussian noise"
        return f"By this formula the std is **{it.examined.head.formula}**{of}."
    if it.loss.name == "typed":
        found = examine(it.loss, GAUSSIAN, it.implied or it.asked.target_std or 1.0)
        return " ".join(found.sentences) if it.has_floor and not it.escapes else ""
    return "" if it.loss.mistake else it.loss.help


def _say_estimate(it: AskEvidence) -> str:
    assert it.estimate is not None
    of = "" if it.learns in ("σ²", "σ", "1/σ²", "2σ²", "½σ²") else " on Gaussian noise"
    std = it.estimate.repair.removeprefix("std = ")
    return f"By this formula exp(s) learns **{it.learns}**: the std is {std}{of}."


def _say_row(it: AskEvidence) -> str:
    """Which sound row a typed formula is."""
    row = same_row(it.loss)
    if it.loss.name != "typed" or row.name == "typed" or row.mistake:
        return ""
    return f"It is the loss “{row.label}”, and it is correct: {READINGS[row.readings[0]].help}."
