"""Links: what the query of a URL opens, as far as it can be read. `Experiment.to_query` writes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.experiment import FIELDS, LINK_VERSION, Experiment
from core.settings import SENTENCES, InvalidExperiment, check_all, listed, one_line

# What links of earlier versions left unsaid, where it is another default today.
UNSAID: Mapping[str, Mapping[str, Any]] = {"1": {"training.steps": 320, "training.batch_size": 256}}
TIED = {"data.x_max": ("data.x_min", "data.x_max")}  # where it is their order that is wrong, either may be


@dataclass(frozen=True)
class Link:
    """What a link opens: an experiment, and a sentence for everything in it that was left out."""

    experiment: Experiment
    remarks: tuple[str, ...]


def read_link(query: Mapping[str, str]) -> Link:
    """The experiment of a URL's query, as far as it can be read: a setting out of range falls back to its default
    and is named, an unknown one is named, a version that is not known here is named; an earlier one opens what it
    did. Never raises on a query's content."""
    version = query.get("v", str(LINK_VERSION))
    remarks, good = [], dict(UNSAID.get(version, {}))
    if version != str(LINK_VERSION) and version not in UNSAID:
        remarks.append(
            f"This link was made by another version (v={one_line(version, 10)}, here v={LINK_VERSION}): "
            "settings it does not name take today's defaults."
        )
    for path in FIELDS:
        if path in query:
            try:
                good[path] = check_all({path: query[path]}, FIELDS)[path]
            except InvalidExperiment as error:
                remarks += [f"{problem} The default was taken." for problem in error.problems]
    remarks += _left_out([path for path in query if path not in FIELDS and path != "v"])
    while True:
        try:
            return Link(Experiment.from_settings(good), tuple(remarks))
        except InvalidExperiment as error:  # settings that are good alone, but not together
            for problem in error.problems:
                tied = TIED.get(problem.field, (problem.field,))
                were = "default was" if len(tied) == 1 else f"defaults of {listed(tied, 'and')} were"
                remarks.append(f"{problem} The {were} taken.")
                for path in tied:
                    good.pop(path, None)


def _left_out(unknown: list[str]) -> list[str]:
    if not unknown:
        return []
    names = [f"“{one_line(name, 40)}”" for name in unknown[:SENTENCES]]
    if len(unknown) > SENTENCES:
        names.append(f"{len(unknown) - SENTENCES:,} more")
    is_none = "is no setting here and was" if len(unknown) == 1 else "are no settings here and were"
    return [f"{listed(names, 'and')} {is_none} left out."]
