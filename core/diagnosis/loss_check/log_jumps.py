"""The rules that look for single places in a log: a change of level, and spikes."""

import numpy as np

from ..finding import Cause, Claim, Finding
from ..verdict.wording import part, said
from .course import Course
from .log_claims import claim
from .log_evidence import LogEvidence

_NEAR = 5  # values on either side
_BEYOND = 8.0  # usual changes from one value to the next
_PART = 0.15  # of the fall after the first tenth
_SPIKE = 0.5  # of the same
_TRIED = 5  # of the largest changes
_OTHER_RATE = 1.5  # times: a rate that changed


def jump(it: LogEvidence) -> Finding | None:
    """From one value to the next the loss changes its level, far beyond its noise and its trend."""
    course = it.main
    if course is None or course.n < 16:
        return None
    steps = np.diff(course.values)
    start = max(2, course.n // 10)
    least = max(_BEYOND * _usual(steps[start:]), _PART * course.fallen_later)
    for i in (np.argsort(-np.abs(steps[start:]))[:_TRIED] + start).tolist():
        before, after = course.values[max(0, i + 1 - _NEAR) : i + 1], course.values[i + 1 : i + 1 + _NEAR]
        change = float(np.median(after) - np.median(before))
        if min(before.size, after.size) < 3 or abs(change) < least or steps[i] * change < 0:
            continue
        apart = after.max() < before.min() if change < 0 else after.min() > before.max()
        others = max(np.abs(np.diff(before)).max(), np.abs(np.diff(after)).max())
        if apart and abs(steps[i]) > max(0.5 * abs(change), 3 * others):
            return _said(it, float(course.x[i + 1]), float(np.median(before)), float(np.median(after)))
    return None


def _usual(steps: np.ndarray) -> float:
    return float(1.4826 * np.median(np.abs(steps - np.median(steps))))


def _said(it: LogEvidence, at: float, before: float, after: float) -> Finding:
    x_name = it.log.x_name
    text = f"At {x_name} **{{at}}** the loss goes from **{{before}}** to **{{after}}** at once, more than its noise."
    words, claims = _reason(it, at, after < before)
    parts = [part(text, claim("at", at), claim("before", before), claim("after", after)), part(words, *claims)]
    return said("open" if after < before else "warning", f"The loss jumps at {x_name} {{at}}", parts)


def _reason(it: LogEvidence, at: float, falls: bool) -> tuple[str, tuple[Claim, ...]]:
    """The learning rates on both sides, where the log has them and they differ; else what does such a thing."""
    rate = it.log.rate
    if rate is not None and (earlier := rate.values[rate.x < at]).size and (since := rate.values[rate.x >= at]).size:
        old, new = float(earlier[-1]), float(since[0])
        if min(old, new) > 0 and max(old / new, new / old) > _OTHER_RATE:
            claims = claim("old_rate", old), claim("new_rate", new)
            return "The learning rate goes from {old_rate} to {new_rate} there.", claims
    if falls:
        return "Usual reasons: a lower learning rate, or a term of the loss that starts or ends.", ()
    return (
        "Usual reasons: a step that was too large, a term of the loss that starts, or different data from there on."
    ), ()


def spikes(it: LogEvidence) -> Finding | None:
    """Single values, a few of many, stand far above their neighbours on both sides, and the loss comes back."""
    course = it.training
    if course is None or course.n < 16:
        return None
    start = max(2, course.n // 10)
    above = _above_neighbours(course)[start:]
    least = max(2 * _BEYOND * course.noise, _SPIKE * course.fallen_later)
    found = np.flatnonzero(above > least) + start
    if not 0 < found.size <= course.n // 20 + 1:
        return None
    first = int(found[0])
    claims = claim("count", found.size), claim("at", float(course.x[first])), claim("rise", float(above.max()))
    many = "{count} values are" if found.size > 1 else "{count} value is"
    text = (
        f"{many} far above the neighbours, the first at {it.log.x_name} **{{at}}**, by up to **{{rise}}**, and "
        "the loss comes back. A few outliers, or a variance that was too small, dominate one step. Clipping the "
        "gradient, or a lower rate, helps."
    )
    return said("warning", "The loss has spikes", [part(text, *claims)], (), (Cause("rate_too_high"),))


def _above_neighbours(course: Course) -> np.ndarray:
    """How far each value is above the median of two on either side, (n,); zero at the ends."""
    values, above = course.values, np.zeros(course.n)
    near = np.stack([values[:-4], values[1:-3], values[3:-1], values[4:]])
    above[2:-2] = values[2:-2] - np.maximum(np.median(near, axis=0), np.maximum(near[:2].min(0), near[2:].min(0)))
    return above
