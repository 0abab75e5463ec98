"""FINDINGS: the rules that judge a run, in order; the first that applies is the verdict.

A rule takes what a run is blamed for and returns a Finding, or None if it does not apply. Which cause a rule may name
is decided in `blame.py` by the nats that each cause costs, not by the rank of the rule. A new rule is a function in a
file of this folder and its name in that file's RULES.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from weakref import WeakKeyDictionary

from ...experiment.trained_rows import ALL_TRAINED, NONE_HELD_OUT, is_scored_on_training
from ...training.run import Run
from ..finding import Finding
from . import ended_rules, misfits_rules, sound_rules
from .blame import Blame
from .counterfactuals import before_each
from .evidence import Evidence
from .together import at_floor_together, beside_one

__all__ = ["FINDINGS", "Finding", "before_each", "first_look", "is_at_hand", "verdict"]

FINDINGS: Mapping[str, Callable[[Blame], Finding | None]] = MappingProxyType(
    {rule.__name__: rule for rule in (*ended_rules.RULES, *misfits_rules.RULES, *sound_rules.RULES)}
)
_NOT_FINITE = Finding("warning", "Trained, but without a score", "Some of its predictions are not finite numbers.")
_NOTHING_SAID = Finding("open", "Trained", "No finding says more about this run than its scores do.")


# Kept as long as the run is: of a hundred visitors each goes back and forth between some runs.
_VERDICTS: WeakKeyDictionary[Run, Finding] = WeakKeyDictionary()


# Whether a verdict is at hand, the first look and the verdict itself ask for the same numbers, one after another.
_evidence = lru_cache(maxsize=16)(Evidence)


def verdict(run: Run) -> Finding:
    """The first finding that applies to a run that has ended. It may train up to half a second, to see what helps."""
    if (finding := _VERDICTS.get(run)) is None:
        finding = _VERDICTS[run] = _first(Blame(_evidence(run)))
    return finding


def is_at_hand(run: Run) -> bool:
    """Whether `verdict` answers without training: it did before, or nothing needs a counterfactual."""
    if run in _VERDICTS or (run.others and at_floor_together(run) is not None):
        return True
    return not Blame(_evidence(run.alone), searches=False).needs_search


@lru_cache(maxsize=64)
def first_look(run: Run) -> Finding:
    """The verdict without any training: a cause that takes one is not named yet."""
    return _first(Blame(_evidence(run), searches=False))


def _first(blame: Blame) -> Finding:
    run = blame.evidence.run
    found = _of_members(run, blame.searches) if run.others and run.status == "done" else _of_one(blame)
    if not (run.has_curve and is_scored_on_training(run.experiment)):
        return found
    found = replace(found, kind="open", headline=NONE_HELD_OUT) if found.kind == "good" else found
    return replace(found, sentence=f"{ALL_TRAINED} {found.sentence}")


def _of_members(run: Run, searches: bool) -> Finding:
    """All members are judged by what they predict together; a cause that lies in the loss or the training, by one."""
    if len(run.predicting) == 1:
        return _of_one(Blame(_evidence(run.alone), searches))
    if (found := at_floor_together(run)) is not None:
        return replace(found, rule=at_floor_together.__name__)
    one = _of_one(Blame(_evidence(run.alone), searches))
    of_data = run.dataset.truth is None and all(cause.name == "overfitting" for cause in one.causes)
    rules = (sound_rules.real_data,) if of_data else ()
    return beside_one(run, one, _first_of(rules, Blame(_evidence(run), searches=False)))


def _of_one(blame: Blame) -> Finding:
    found = _first_of(FINDINGS.values(), blame)
    return found or (_NOT_FINITE if blame.evidence.run.scores["nll"] is None else _NOTHING_SAID)


def _first_of(rules: Iterable[Callable[[Blame], Finding | None]], blame: Blame) -> Finding | None:
    """The first finding of these rules, with the name of its rule."""
    findings = ((rule.__name__, rule(blame)) for rule in rules)
    return next((replace(finding, rule=name) for name, finding in findings if finding is not None), None)
