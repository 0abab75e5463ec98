"""A training log in words: what went wrong and where, and what its values mean."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from ...data.training_log.training_log import Array, TrainingLog
from ...model.losses import Loss
from ..finding import Finding
from ..verdict.wording import part, said
from . import log_jumps, log_notes, log_rules
from .log_claims import claim
from .log_evidence import LogEvidence

MOST_IMPLIED = 300  # values whose σ is worked out

Rule = Callable[[LogEvidence], Finding | None]

# In the order in which they give the headline.
RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.__name__: rule
        for rule in (
            log_rules.not_finite,
            log_rules.diverged,
            log_rules.constant,
            log_rules.overfits,
            log_rules.not_converged,
            log_jumps.jump,
            log_jumps.spikes,
            log_rules.noisy,
            log_notes.validation_below,
            log_notes.crossed_zero,
            log_notes.best_place,
        )
    }
)
# A rule on the right has nothing to say where one on the left has spoken.
_SILENCES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "not_finite": ("diverged", "constant", "not_converged", "jump", "spikes", "noisy"),
        "diverged": ("overfits", "not_converged", "jump", "spikes", "noisy"),
        "constant": ("not_converged", "jump", "noisy", "overfits", "best_place"),
        "jump": ("spikes",),
    }
)


def log_findings(log: TrainingLog, loss: Loss | None = None, constant: float = 0.0) -> tuple[Finding, ...]:
    """What the log shows, faults first; the first finding is the headline.

    `loss` is the loss that its values are of, None where it is not known; `constant` is what the logged values have
    more than it, such as ½ log 2π. Without a fault the first finding says that none was found.
    """
    it = LogEvidence(log, loss, constant)
    found: dict[str, Finding] = {}
    for name, rule in RULES.items():
        if any(name in _SILENCES.get(other, ()) for other in found):
            continue
        if (finding := rule(it)) is not None:
            found[name] = finding
    order = {"mistake": 0, "warning": 1}
    findings = sorted(found.values(), key=lambda finding: order.get(finding.kind, 2))
    faults = [finding for finding in findings if finding.kind in order]
    return tuple(findings) if faults else (_no_fault(it), *findings)


def _no_fault(it: LogEvidence) -> Finding:
    course = it.judged
    if course is None or course.n < 4:
        values = "value" if course is not None and course.n == 1 else "values"
        text = f"The log has {{count}} {values}: too few to separate a trend from noise."
        return said("open", "A short log", [part(text, claim("count", course.n if course else 0))])
    ending = log_notes.end_of(course)
    rises = "" if it.validation is None else ", this loss does not rise beyond its noise"
    text = (
        f"Over {{count}} values the {it.which} reaches **{{{ending.name}}}**. There is no divergence{rises}, and more "
        "steps would gain little."
    )
    return said("good", "The log shows a healthy training", [part(text, claim("count", course.n), ending)])


def implied_stds(values: Array, loss: Loss, constant: float = 0.0) -> Array:
    """The σ of equal Gaussian noise whose floor is each value, NaN where there is none; shape (n,).

    Each is found by `implied_std`; of more than MOST_IMPLIED values the others are interpolated in log σ by value.
    """
    values = np.asarray(values, dtype=float)
    finite = np.unique(values[np.isfinite(values)])
    if not finite.size:
        return np.full(values.shape, np.nan)
    asked = finite[np.linspace(0, finite.size - 1, min(finite.size, MOST_IMPLIED)).round().astype(int)]
    it = LogEvidence(TrainingLog("", "row", None, None), loss, constant)
    found = np.array(
        [np.nan if (std := it.std(float(value))) is None or not 0 < std < np.inf else std for value in asked]
    )
    known = np.isfinite(found)
    if not known.any():
        return np.full(values.shape, np.nan)
    logs = np.interp(values, asked[known], np.log(found[known]), left=np.nan, right=np.nan)
    return np.where(np.isfinite(values), np.exp(logs), np.nan)
