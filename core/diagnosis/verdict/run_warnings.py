"""WARNINGS: what nobody who fits a table may miss, as plain sentences, whatever the verdict tells first.

Each rule is a test against chance on the held-out rows, so that a right fit is seldom warned of. A new one is a row.
"""

from collections.abc import Callable

import numpy as np
from scipy import special

from ...training.run import Run
from ...words import number, without_markdown
from .against_baselines import beside_baselines

LEVEL = 0.95
CHANCE = 1 / 700  # that right intervals hold so few rows
FEWEST_COMPARED = 10  # held-out rows: a test of fewer paired differences takes too much for granted
FAR = 1.0  # nats per row


def run_warnings(run: Run) -> tuple[str, ...]:
    """Sentences on what is wrong with a run on a table; nothing of drawn points, or where there is no prediction."""
    if run.encoding is None or not run.has_curve:
        return ()
    found = (rule(run) for rule in _RULES)
    return tuple(without_markdown(words) for words in found if words)


def _covers_too_few(run: Run) -> str:
    """The 95 % intervals hold fewer of the held-out rows than chance allows, by the binomial distribution."""
    coverage, n = run.scores["coverage_95"], len(run.y_held_out)
    if coverage is None:
        return ""
    held = round(coverage * n)
    if special.bdtr(held, n, LEVEL) >= CHANCE:
        return ""
    return (
        f"Its 95 % intervals contain {held:,} of {n:,} held-out rows, {coverage:.0%}: its predictions are far too "
        "certain for new rows."
    )


def _has_no_nll(run: Run) -> str:
    nll = run.scores["nll"]
    return "" if nll is not None and np.isfinite(nll) else "Its NLL on the held-out rows is not a finite number."


def _is_no_better(run: Run) -> str:
    """A linear model, or boosted trees where they are at hand, have a lower NLL beyond luck, or a far lower one.

    A far lower one too, because a few rows that it holds to be impossible make a mean that no test tells from luck.
    """
    if len(run.y_held_out) < FEWEST_COMPARED:
        return ""
    try:
        beside = beside_baselines(run)
    except ValueError:  # fewer rows than coefficients: there is nothing to compare with
        return ""
    finding, (_, *others) = beside.finding, beside.lines
    if finding.kind == "warning":
        return f"{finding.headline}. {finding.sentence}"
    behind = {line.label: line.lead.value for line in others if line.lead is not None and line.lead.value is not None}
    label = max(behind, key=behind.__getitem__, default="")
    if not label or behind[label] < FAR:
        return ""
    above = f"Its NLL is {number(behind[label])} nats per held-out row higher than that of “{label}”"
    return f"{above}: it gives some rows almost no probability."


_RULES: tuple[Callable[[Run], str], ...] = (_covers_too_few, _has_no_nll, _is_no_better)
