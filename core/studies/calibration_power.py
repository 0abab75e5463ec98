"""`reproduce calibration`: how often the verdict on a calibration warns of right models, and names the fault put in."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from scipy.special import bdtrc

from ..diagnosis.calibration.calibration_verdict import calibration_verdict
from .calibration_cases import FAULTS, RIGHT, Fault
from .reproduction import Report, Reproduced, Reproduction

MOST_WARNED = 0.05
# The share of the seeds that a number of points is drawn for: large samples take longer.
SHARES: Mapping[int, float] = MappingProxyType(
    {10: 1.0, 20: 1.0, 50: 1.0, 200: 1.0, 2_000: 0.5, 20_000: 0.1, 100_000: 0.05}
)
_LARGE = 2_000
_ALPHA = 0.001  # a bar fails where so few would miss it by sampling error alone

Line = dict[str, Any]


def _seeds(seeds: Sequence[int], n: int) -> Sequence[int]:
    return seeds[: max(1, round(len(seeds) * SHARES.get(n, 1.0)))]


def _warned(family: str, n: int, seeds: Sequence[int], report: Report) -> Line:
    """How many right models of a family are warned of, and of what."""
    found: Counter[str] = Counter()
    for seed in seeds:
        report(f"right, {family}, {n:,}", seed)
        verdict = calibration_verdict(RIGHT[family](np.random.default_rng([seed, n, 0]), n))
        if verdict.kind != "good":
            found[verdict.causes[0].name if verdict.causes else verdict.headline] += 1
    return {"family": family, "n": n, "drawn": len(seeds), "warned": sum(found.values()), "of": dict(found)}


def _named(fault: Fault, seeds: Sequence[int], report: Report) -> Line:
    """How many verdicts on a fault name it first, or first or second, and what they name in its place."""
    firsts: Counter[str] = Counter()
    two = 0
    for seed in seeds:
        report(f"{fault.words}, {fault.n:,}", seed)
        names = [
            each.name
            for each in calibration_verdict(fault.make(np.random.default_rng([seed, fault.n, 1]), fault.n)).causes
        ]
        firsts[names[0] if names else "nothing"] += 1
        two += fault.cause in names[:2]
    others = {name: count for name, count in firsts.most_common() if name != fault.cause}
    line = {"fault": fault.words, "cause": fault.cause, "n": fault.n, "bar": fault.share, "drawn": len(seeds)}
    return {**line, "first": firsts[fault.cause], "first_two": two, "others": others}


def _few(seeds: Sequence[int], n: int) -> Sequence[int]:
    return seeds if n <= _LARGE else seeds[: max(1, len(seeds) // 5)]


def claims_of(right: Sequence[Line], faults: Sequence[Line]) -> Iterator[tuple[str, bool]]:
    """Each bar, and whether the counts agree with it: sampling error aside, at one in a thousand."""
    for n in SHARES:
        rows = [row for row in right if row["n"] == n]
        warned, drawn = sum(row["warned"] for row in rows), sum(row["drawn"] for row in rows)
        words = f"At most {MOST_WARNED:.0%} of right models with {n:,} points get a warning: {warned} of {drawn}."
        yield words, bool(warned == 0 or bdtrc(warned - 1, drawn, MOST_WARNED) > _ALPHA)
    for row in faults:
        words = f"{row['fault']}, n = {row['n']:,}: {row['cause']} first in {row['bar']:.0%} or more: "
        missed = row["drawn"] - row["first"]
        holds = missed == 0 or bdtrc(missed - 1, row["drawn"], 1 - row["bar"]) > _ALPHA
        yield f"{words}{row['first']} of {row['drawn']}.", bool(holds)


def _text(right: Sequence[Line], faults: Sequence[Line]) -> str:
    """Both tables."""
    lines = ["Right models that get a warning, %", f"{'n':>8} " + " ".join(f"{name:>14}" for name in RIGHT)]
    for n in SHARES:
        rows = {row["family"]: row for row in right if row["n"] == n}
        cells = " ".join(f"{100 * rows[name]['warned'] / rows[name]['drawn']:14.1f}" for name in RIGHT)
        lines.append(f"{n:8,} {cells}")
    lines += [
        "",
        "Faults, and how often the verdict names them",
        f"{'fault':38} {'n':>7} {'cause':20} {'first %':>8} {'two %':>6}",
    ]
    for row in faults:
        first, two = (100 * row[key] / row["drawn"] for key in ("first", "first_two"))
        instead = ", ".join(f"{name} {count}" for name, count in list(row["others"].items())[:3])
        lines.append(f"{row['fault']:38} {row['n']:7,} {row['cause']:20} {first:8.1f} {two:6.1f}  {instead}".rstrip())
    return "\n".join(lines)


def _run(seeds: Sequence[int], report: Report) -> Reproduced:
    right = [_warned(family, n, _seeds(seeds, n), report) for n in SHARES for family in RIGHT]
    faults = [_named(fault, _few(seeds, fault.n), report) for fault in FAULTS]
    claims = dict(claims_of(right, faults))
    text = [
        "Calibration by cause: false alarms and power",
        _text(right, faults),
        f"seeds: {seeds[0]} to {seeds[-1]}; fewer of them from 2,000 points on",
        *(f"{'holds' if holds else 'FAILS'}  {words}" for words, holds in claims.items()),
    ]
    record = {"study": REPRODUCTION.name, "right": right, "faults": faults, "claims": claims, "seeds": [*seeds]}
    return Reproduced("\n".join(text), record, all(claims.values()))


REPRODUCTION = Reproduction("calibration", 200, _run)
