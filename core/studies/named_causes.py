"""Which cause a verdict names of a known fault: one row a run, the table of them, and whether they meet the bars."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..diagnosis.finding import Finding
from ..diagnosis.verdict.findings import verdict
from ..experiment.settings import to_text
from ..training.run import Run
from .injected_faults import FAULTS, NONE, Injected

# Shares of runs: the injected cause named first, and among the first two; of all, and of each cause by itself.
ALL_FIRST, ALL_TWO, EACH_FIRST, EACH_TWO = 0.85, 0.97, 0.70, 0.90
CALLED_FAULTY = 0.03  # of the runs without a fault, at most


@dataclass(frozen=True)
class Named:
    """A fault beside what the verdict says of it. `nats` are per point; the price named is that of the first cause."""

    cause: str
    seed: int
    nats: float
    right: frozenset[str]
    named: tuple[str, ...]
    nats_named: float | None
    finding: Finding
    settings: Mapping[str, Any]
    seconds: float

    @property
    def first(self) -> bool:
        """Whether the first cause named is the one injected; without a fault, whether none is named."""
        return self.named[0] in self.right if self.named else self.cause == NONE

    @property
    def among_two(self) -> bool:
        """Whether one of the first two causes named is the one injected; without a fault, whether none is named."""
        return self.first or (self.cause != NONE and any(name in self.right for name in self.named[:2]))

    @property
    def command(self) -> str:
        """The flags of `python -m core train` that train this run again."""
        return " ".join(f"--set '{path}={to_text(value)}'" for path, value in self.settings.items())


def named(injected: Injected, judge: Callable[[Run], Finding] = verdict) -> Named:
    """What a verdict says of a run with a known fault."""
    began = time.perf_counter()
    finding = judge(injected.faulty)
    seconds = time.perf_counter() - began
    causes = finding.causes
    names = tuple(cause.name for cause in causes) or (() if finding.kind == "good" else ("unnamed",))
    return Named(
        injected.cause,
        injected.seed,
        injected.nats,
        injected.names,
        names,
        causes[0].nats if causes else None,
        finding,
        injected.faulty.experiment.settings(only_changed=True),
        seconds,
    )


@dataclass(frozen=True)
class Line:
    """The rows of one cause: how many, the shares named first and among two, medians of the prices, and the mistaken.

    `mistaken` counts what was named first in place of the cause, the most frequent first.
    """

    cause: str
    n: int
    first: float
    among_two: float
    nats: float
    nats_named: float
    mistaken: tuple[tuple[str, int], ...]

    @property
    def holds(self) -> bool:
        """Whether the shares of this cause are high enough."""
        if self.cause == NONE:
            return 1 - self.first <= CALLED_FAULTY
        return self.first >= EACH_FIRST and self.among_two >= EACH_TWO


def line_of(cause: str, rows: Sequence[Named]) -> Line:
    """The rows of one cause, or of several under one heading, in numbers."""
    mistaken = Counter(row.named[0] if row.named else "no cause" for row in rows if not row.first)
    prices = [row.nats_named for row in rows if row.first and row.nats_named is not None]
    return Line(
        cause,
        len(rows),
        float(np.mean([row.first for row in rows])),
        float(np.mean([row.among_two for row in rows])),
        float(np.median([row.nats for row in rows])),
        float(np.median(prices)) if prices else float("nan"),
        tuple(mistaken.most_common()),
    )


def lines(rows: Sequence[Named]) -> list[Line]:
    """A line for each cause in the order of FAULTS, and one for all faults."""
    by_cause = {cause: [row for row in rows if row.cause == cause] for cause in FAULTS}
    each = [line_of(cause, own) for cause, own in by_cause.items() if own]
    faults = [row for row in rows if row.cause != NONE]
    return [*each, line_of("all faults", faults)] if faults else each


def claims(table: Sequence[Line]) -> dict[str, bool]:
    """What must hold of the table, in words, and whether it does."""
    by_cause = {line.cause: line for line in table}
    each = [line for line in table if line.cause not in (NONE, "all faults")]
    held = {}
    if total := by_cause.get("all faults"):
        held[f"The injected cause is named first in {ALL_FIRST:.0%} of the runs."] = total.first >= ALL_FIRST
        held[f"It is among the first two in {ALL_TWO:.0%}."] = total.among_two >= ALL_TWO
        held[f"Of each cause: first in {EACH_FIRST:.0%}, among the first two in {EACH_TWO:.0%}."] = all(
            line.holds for line in each
        )
    if sound := by_cause.get(NONE):
        held[f"Without a fault at most {CALLED_FAULTY:.0%} are called faulty."] = sound.holds
    return held


def table_text(table: Sequence[Line]) -> str:
    """The table for people: a cause and its numbers in a row."""
    head = f"{'injected':16} {'runs':>5} {'first':>6} {'two':>6} {'nats':>8} {'named':>8}  named first instead"
    return "\n".join([head, *map(_row, table)])


def _row(line: Line) -> str:
    instead = ", ".join(f"{name} {count}" for name, count in line.mistaken)
    numbers = f"{line.first:6.0%} {line.among_two:6.0%} {line.nats:8.3f} {_known(line.nats_named)}"
    return f"{line.cause:16} {line.n:5} {numbers}  {instead}".rstrip()


def _known(value: float) -> str:
    return f"{value:8.3f}" if np.isfinite(value) else f"{'–':>8}"


def record(row: Named) -> dict[str, Any]:
    """A row as plain values, for JSON."""
    return {
        "injected": row.cause,
        "seed": row.seed,
        "nats": row.nats if np.isfinite(row.nats) else None,
        "also_right": sorted(row.right - {row.cause}),
        "named": list(row.named),
        "nats_named": row.nats_named if row.nats_named is not None and np.isfinite(row.nats_named) else None,
        "kind": row.finding.kind,
        "headline": row.finding.headline,
        "seconds": row.seconds,
        "settings": {path: to_text(value) for path, value in row.settings.items()},
    }
