"""Whether the things that a person brings belong together: the loss value, the log, and the file of predictions."""

import math

import numpy as np

from ...data.training_log.training_log import TrainingLog
from ...evaluation.predictions import Predictions
from ..doctor.ask_evidence import AskEvidence
from ..doctor.doctor_claims import claim
from ..finding import Cause, Finding
from ..verdict.wording import part, said
from .meaning import Meaning
from .numbers import CodeEvidence
from .one_unit import Line, other_unit

_AGREES = 1.2  # two std within this factor agree: between σ and E|r| lies one of 1.25
_AT_LIMIT = 1.02  # a std within this factor of the code's limit is at it
_APART = 0.2  # nats: a loss value so far from every value of the log is not from it


def agreement(
    asked: AskEvidence | None,
    value: float | None,
    log: TrainingLog | None,
    predictions: Predictions | None,
    meaning: Meaning | None = None,
) -> tuple[Finding, ...]:
    """What there is to say of these together; nothing where one of a pair is not here.

    `value` is the loss value as it was told, `asked` the question that it belongs to, `meaning` that of the code.
    """
    found = []
    if predictions is not None:
        found.append(_units(predictions))
    if asked is not None and predictions is not None:
        found.append(_at_limit(predictions, meaning) or _value_and_file(asked, predictions))
    if value is not None and log is not None:
        found.append(_value_and_log(value, log))
    return tuple(finding for finding in found if finding is not None)


def line_between_units(predictions: Predictions) -> Line | None:
    """The line by which y and mean of a file differ, if they are in two units."""
    if predictions.is_ignorance_alone:
        return None
    rows = np.array([predictions.y, predictions.mean, predictions.std])
    whole = np.isfinite(rows).all(axis=0) & (predictions.std > 0)
    return other_unit(*rows[:, whole]) if whole.all() else None


def _units(predictions: Predictions) -> Finding | None:
    line = line_between_units(predictions)
    if line is None:
        return None
    text = (
        "y is about **{start}** + **{slope}** · mean, on {points} points, and the predicted std is too small for the "
        "difference. Give y, mean and std in one unit: if y was standardised for the loss, undo it in mean and std."
    )
    claims = claim("start", line.start), claim("slope", line.slope), claim("points", predictions.y.size)
    return said("mistake", "y and mean are not in one unit", [part(text, *claims)], (), (Cause("other_unit"),))


def _at_limit(predictions: Predictions, meaning: Meaning | None) -> Finding | None:
    """The typical std of the file is one that the code allows no less than, or no more."""
    typical = None if predictions.is_ignorance_alone else predictions.typical_std
    if typical is None or typical <= 0 or meaning is None:
        return None
    limits = {each.name: each.value for finding in meaning.findings for each in finding.claims}
    for name, side in (("least_std", "least"), ("most_std", "largest")):
        limit = limits.get(name)
        if isinstance(limit, float) and limit / _AT_LIMIT < typical < limit * _AT_LIMIT:
            text = f"The file's typical std, **{{file_std}}**, is the {side} that this code allows."
            return said("warning", "The predicted std is at its limit", [part(text, claim("file_std", typical))])
    return None


def _value_and_file(asked: AskEvidence, predictions: Predictions) -> Finding | None:
    """The σ that the loss implies beside the typical std of the file."""
    typical = None if predictions.is_ignorance_alone else predictions.typical_std
    if asked.implied is None or typical is None or typical <= 0:
        return None
    ratio = max(typical / asked.implied, asked.implied / typical)
    claims = claim("file_std", typical), claim("implied_std", asked.implied)
    if ratio < _AGREES:
        text = "The file's typical std, **{file_std}**, agrees with the σ of **{implied_std}** that the loss implies."
        return said("good", "Loss and predictions agree", [part(text, *claims)])
    z2 = predictions.mean_z2
    of_file = asked.mean_loss(z2, typical) if isinstance(asked, CodeEvidence) and z2 is not None else None
    if of_file is not None and abs(of_file[0] - asked.asked.value) < of_file[1] * math.log(_AGREES):
        text = "On the file's points this loss is **{file_loss}**: it agrees with your value, **{value}**."
        claims = claim("file_loss", of_file[0]), claim("value", asked.asked.value)
        return said("good", "Loss and predictions agree", [part(text, *claims)])
    text = (
        "The file's typical std is **{file_std}**, and the loss implies a σ of **{implied_std}**: a factor of "
        "**{std_ratio}**. They are from different points or units of y, or the file's column is not a std."
    )
    parts = [part(text, *claims, claim("std_ratio", ratio))]
    return said("warning", "Loss and predictions do not agree", parts, (), (Cause("other_unit"), Cause("width")))


def _value_and_log(value: float, log: TrainingLog) -> Finding | None:
    """Whether the loss value is one of the log's."""
    values = log.judged.finite.values
    if not len(values):
        return None
    low, high = float(values.min()), float(values.max())
    if low - _APART <= value <= high + _APART:
        return None
    text = "The log's loss is between **{log_low}** and **{log_high}**; your **{value}** is outside."
    claims = claim("log_low", low), claim("log_high", high), claim("value", value)
    return said("warning", "The loss value is not from this log", [part(text, *claims)], (), (Cause("other_loss"),))
