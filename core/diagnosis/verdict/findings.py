"""FINDINGS: the rules that judge a run, in order; the first that applies is the verdict.

A rule takes the evidence of a run and returns a Finding with its numbers, or None if it does not apply. A new rule is a
new function in the table.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

from core.diagnosis.finding import Finding
from core.diagnosis.verdict import ended, misfits, sound
from core.diagnosis.verdict.evidence import Evidence
from core.training.run import Run

__all__ = ["FINDINGS", "Finding", "verdict"]

_RULES = (
    ended.failed,
    ended.diverged,
    ended.stopped,
    ended.runs_away,
    ended.has_no_mean,
    misfits.fits_one_constant,
    misfits.no_mean,
    misfits.misread,
    misfits.stuck_at_the_bound,
    misfits.overfitted,
    misfits.scale_off,
    misfits.above_floor,
    sound.one_spread,
    sound.other_family,
    sound.at_floor,
    sound.real_data,
)
FINDINGS: Mapping[str, Callable[[Evidence], Finding | None]] = MappingProxyType(
    {rule.__name__: rule for rule in _RULES}
)
_TRAINED = Finding("warning", "Trained, but without a score", "Its predictions are not finite numbers everywhere.")


@lru_cache(maxsize=64)
def verdict(run: Run) -> Finding:
    """The first finding that applies to a run that has ended."""
    evidence = Evidence(run)
    findings = (rule(evidence) for rule in FINDINGS.values())
    return next((finding for finding in findings if finding is not None), _TRAINED)
