"""Findings: each rule applies where it should, and nowhere else. Their words: test_sentences.py."""

import re

import pytest

from core.diagnosis.verdict.blame import Blame
from core.diagnosis.verdict.evidence import Evidence
from core.diagnosis.verdict.findings import FINDINGS, verdict

# rule → runs whose verdict it is, runs to which it does not apply; each by its name in conftest, or by its settings.
CASES = {
    "failed": (["failed"], ["quick", "diverged", "stopped"]),
    "diverged": (["diverged"], ["quick", "failed", "stopped"]),
    "stopped": (["stopped"], ["quick", "diverged", "failed"]),
    "misread": (
        ["posted", "posted, linear", "posted, σ to both sides", "posted, σ of 5",
         "Laplace as variance", "engel, posted", "no ½ on the residual", "std for a variance", "typed |r|"],
        ["quick", "learned ν", "posted as E|r|", "posted as Laplace", "posted, short", "Laplace", "squared", "engel"],
    ),
    "no_mean": (["typed pinball", "typed pinball, no s"], ["quick", "typed |r|", "posted", "squared", "engel"]),
    "runs_away": (["wrong sign", "no log term"], ["quick", "learned ν", "posted", "mixture", "engel, learned ν"]),
    "has_no_mean": (["engel, log, learned ν"], ["quick", "engel", "engel, learned ν", "engel, log"]),
    "fits_one_constant": (["broadcast", "engel, broadcast"], ["quick", "squared"]),
    "dead_head": (["dead clamp"], ["quick", "clamped", "roomy bound", "engel"]),
    "bounded": (["soft bound", "ε"], ["quick", "roomy bound", "engel", "clamped"]),
    "penalised": (["evidential"], ["quick", "learned ν", "engel"]),
    "mistaken": (["clamped"], ["quick", "posted", "posted as E|r|", "engel"]),
    "other_family": (["outliers", "Laplace noise"], ["quick", "posted as Laplace", "mixture", "squared", "engel", "ε"]),
    "overfitted": (["few points", "engel, overfit"], ["quick", "short", "squared, short", "posted", "engel"]),
    "underfitted": (
        ["short", "short raw", "squared, short", "dropout", "high rate", "long warm-up", "posted, short"],
        ["quick", "wide", "outliers", "squared", "engel", "roomy bound", "few points"],
    ),
    "one_spread": (["squared", "squared, linear"], ["quick", "posted as E|r|", "engel", "squared, short"]),
    "at_floor": (
        ["quick", "wide", "posted as E|r|", "posted as Laplace", "Laplace", "learned ν", "roomy bound", "mixture"],
        ["engel", "short", "few points"],
    ),
    "real_data": (["engel", "engel, log", "engel, learned ν"], ["quick", "squared", "posted"]),
}  # fmt: skip


def test_every_rule_has_its_cases(run_names) -> None:
    assert set(CASES) == set(FINDINGS)
    assert {name for speaks, silent in CASES.values() for name in speaks if "=" not in name} == run_names


@pytest.mark.parametrize(("rule", "name"), [(rule, name) for rule, (speaks, _) in CASES.items() for name in speaks])
def test_a_rule_applies(run_of, rule: str, name: str) -> None:
    run = run_of(name)
    finding = verdict(run)
    assert finding == FINDINGS[rule](Blame(Evidence(run)))
    assert finding.kind in {"good", "warning", "mistake"}
    words = f"{finding.headline} {finding.sentence}"
    assert not re.search(r"(?<!\w)-\d|\bnan\b|\*\*not a number|\binf\b|  | [,.;:]|None", words), words
    assert finding.sentence.endswith(".")
    assert len(finding.sentence) < 480, "a paragraph, not a page"
    for fix in finding.fixes:
        assert run.experiment.with_settings(fix.settings) != run.experiment, fix


@pytest.mark.parametrize(("rule", "name"), [(rule, name) for rule, (_, silent) in CASES.items() for name in silent])
def test_a_rule_does_not_apply(run_of, rule: str, name: str) -> None:
    # The rules on the status come first in the table: only they see runs without a network.
    assert FINDINGS[rule](Blame(Evidence(run_of(name)))) is None
