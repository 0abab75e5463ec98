"""FINDINGS: the rules that judge a run, in order; the first that applies is the verdict.

A rule takes the evidence of a run and returns a Finding with its numbers, or None if it does not apply. A new rule is a
function in a file of this folder and its name in that file's RULES, at its rank.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

from core.diagnosis.finding import Finding
from core.diagnosis.verdict import ended_rules, misfits_rules, sound_rules
from core.diagnosis.verdict.evidence import Evidence
from core.training.run import Run

__all__ = ["FINDINGS", "Finding", "verdict"]

FINDINGS: Mapping[str, Callable[[Evidence], Finding | None]] = MappingProxyType(
    {rule.__name__: rule for rule in (*ended_rules.RULES, *misfits_rules.RULES, *sound_rules.RULES)}
)
_TRAINED = Finding("warning", "Trained, but without a score", "Its predictions are not finite numbers everywhere.")


@lru_cache(maxsize=64)
def verdict(run: Run) -> Finding:
    """The first finding that applies to a run that has ended."""
    evidence = Evidence(run)
    findings = (rule(evidence) for rule in FINDINGS.values())
    return next((finding for finding in findings if finding is not None), _TRAINED)
