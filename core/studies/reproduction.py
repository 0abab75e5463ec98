"""What can be reproduced: a name, and a function from seeds to words, a record, and whether all claims hold."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .study import Study, checked, conduct, recipe, settings_of, summary

Report = Callable[[str, int], None]  # told what is done next, and for which seed


@dataclass(frozen=True)
class Reproduced:
    """What came out: `text` for people, `record` as plain values for JSON, and whether every claim holds."""

    text: str
    record: dict[str, Any]
    holds: bool


@dataclass(frozen=True)
class Reproduction:
    """A measurement that the command line can do again; `seeds` is how many it takes unless told otherwise.

    reports: how often `run` tells its Report what is done next, for each seed; 0 if it depends on more than that.
    """

    name: str
    seeds: int
    run: Callable[[Sequence[int], Report], Reproduced]
    reports: int = 0


def of_study(study: Study) -> Reproduction:
    """A published comparison as something to reproduce."""
    return Reproduction(
        study.name, study.seeds, lambda seeds, report: _conducted(study, seeds, report), len(study.variants)
    )


def _conducted(study: Study, seeds: Sequence[int], report: Report) -> Reproduced:
    table = conduct(study, seeds, on_run=report)
    claims = checked(study, table)
    rows = json.loads(table.to_json(orient="records", double_precision=15))  # NaN becomes null
    lines = [
        study.label,
        summary(study, table),
        f"seeds: {', '.join(map(str, seeds))}{f'; {study.members} nets each' if study.members > 1 else ''}",
        f"settings: {recipe(study)}",
        f"source: {study.reference}",
        *(f"{'holds' if holds else 'FAILS'}  {words}" for words, holds in claims.items()),
    ]
    record = {"study": study.name, "runs": rows, "claims": claims, "settings": settings_of(study), "seeds": [*seeds]}
    return Reproduced("\n".join(lines), record, all(claims.values()))
