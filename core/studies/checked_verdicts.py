"""Verdicts on experiments of every kind, each claim held against the truth: how many, and which are false."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..diagnosis.verdict.findings import verdict
from ..experiment.settings import to_text
from .causes_checked import false_words, is_checked
from .claims_checked import Miss, misses
from .judged_case import Case
from .random_experiments import random_experiment

CHECKED = 0.99  # of the experiments, at least, have a verdict that something can be held against


@dataclass(frozen=True)
class Checked:
    """A verdict that was checked: how many claims it made, and the false ones. `problem`: why it was not checked."""

    seed: int
    headline: str
    claims: int
    misses: tuple[Miss, ...]
    settings: Mapping[str, Any]
    problem: str = ""


def checked_verdict(seed: int) -> Checked:
    """The verdict on the random experiment of this seed, checked."""
    from ..training.loop import train

    experiment = random_experiment(seed)
    run = train(experiment)
    finding = verdict(run)
    case = Case(run, finding)
    problem = "" if is_checked(case) else "nothing to compare it with"
    found: tuple[Miss, ...] = ()
    try:
        with np.errstate(all="ignore"):  # of runs that diverged
            found = (*misses(case), *false_words(case))
    except KeyError as error:
        problem = f"no check for {error}"
    claims = len(finding.claims) + min(2, len(finding.causes)) + 1
    return Checked(seed, finding.headline, claims, found, experiment.settings(only_changed=True), problem)


def claims(rows: Sequence[Checked]) -> dict[str, bool]:
    """What must hold, in words, and whether it does."""
    share = float(np.mean([not row.problem for row in rows]))
    return {
        "No claim is false.": not any(row.misses for row in rows),
        f"At least {CHECKED:.0%} of the experiments are checked.": share >= CHECKED,
    }


def text(rows: Sequence[Checked]) -> str:
    """The counts for people, with each kind of claim that was false."""
    false = Counter(miss.name for row in rows for miss in row.misses)
    checked = sum(not row.problem for row in rows)
    lines = [
        f"{len(rows):,} experiments at random, {checked:,} checked, {sum(row.claims for row in rows):,} claims; "
        f"{sum(false.values()):,} false, in {sum(bool(row.misses) for row in rows):,} experiments"
    ]
    lines += [f"  {name}: {count}" for name, count in false.most_common()]
    lines += [f"  seed {row.seed}, {row.headline}: {row.problem}" for row in rows if row.problem]
    return "\n".join(lines)


def record(row: Checked) -> dict[str, Any]:
    """A row as plain values, for JSON."""
    return {
        "seed": row.seed,
        "headline": row.headline,
        "claims": row.claims,
        "false": [{"name": miss.name, "said": _plain(miss.said), "true": _plain(miss.true)} for miss in row.misses],
        "problem": row.problem,
        "settings": {path: to_text(value) for path, value in row.settings.items()},
    }


def _plain(value: float | str | None) -> float | str | None:
    return value if value is None or isinstance(value, str) or np.isfinite(value) else str(value)
