"""Links: writing and reading the query of a URL.

A link holds an experiment (`Experiment.to_query`) and perhaps a pinned one to compare with, whose whole query is one
value: ``pin=loss.name%3Dposted%26v%3D2``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from ..model.formulas import parse
from ..model.losses import LOSSES
from ..model.losses.typed import DEFAULT_FORMULA
from .experiment import FIELDS, LINK_VERSION, Experiment
from .settings import LABELS, SENTENCES, InvalidExperiment, check_all, listed, one_line

# Defaults of earlier link versions that are different today: their links leave these values out.
EARLIER_DEFAULTS: Mapping[str, Mapping[str, Any]] = {"1": {"training.steps": 320, "training.batch_size": 256}}
TIED = {"data.x_max": ("data.x_min", "data.x_max"), "data.csv": ("data.table", "data.csv")}  # either may be wrong

PIN = "pin"  # the name of the pinned experiment in a query
LONGEST_PIN = 100_000  # characters: 8,000 of column names, up to twelve for each one in a link


@dataclass(frozen=True)
class Link:
    """What a link opens: an experiment, a sentence for each part that was left out, and the pinned experiment."""

    experiment: Experiment
    remarks: tuple[str, ...]
    pinned: Experiment | None = None


def write_link(experiment: Experiment, pinned: Experiment | None = None) -> dict[str, str]:
    """The query of a link to an experiment and perhaps a pinned one."""
    pin = {} if pinned is None else {PIN: urlencode(pinned.to_query())}
    return {**experiment.to_query(), **pin}


def of_experiment(name: str) -> bool:
    """Whether a name in a query belongs to the link of an experiment."""
    return name in FIELDS or name in (PIN, "v")


def read_link(query: Mapping[str, str]) -> Link:
    """What the query of a URL opens, as far as it can be read. It never raises on the content of a query.

    A setting out of range takes its default, with a remark. An unknown setting, an unknown version, or a pin that
    cannot be read gets a remark as well. A link of an earlier version opens what it did then.
    """
    link = _read({name: value for name, value in query.items() if name != PIN})
    if PIN not in query:
        return link
    text = query[PIN]
    try:
        if not 0 < len(text) <= LONGEST_PIN:
            raise ValueError("its length")
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True)
    except ValueError:
        takes = f"it must be settings such as loss.name=posted&v=2, at most {LONGEST_PIN:,} characters"
        words = f"The pinned run cannot be “{one_line(text, 40)}”: {takes}. It was ignored."
        return replace(link, remarks=(*link.remarks, words))
    pin = _read(dict(pairs))
    remarks = [f"In the pinned run: {remark}" for remark in pin.remarks]
    return Link(link.experiment, (*link.remarks, *remarks), pin.experiment)


def _read(query: Mapping[str, str]) -> Link:
    version = query.get("v", str(LINK_VERSION))
    remarks, good = [], dict(EARLIER_DEFAULTS.get(version, {}))
    if version != str(LINK_VERSION) and version not in EARLIER_DEFAULTS:
        remarks.append(
            f"This link was made by another version (v={one_line(version, 10)}, here v={LINK_VERSION}). Settings "
            "it does not name have today's defaults."
        )
    for path in FIELDS:
        if path in query:
            try:
                good[path] = check_all({path: query[path]}, FIELDS)[path]
            except InvalidExperiment as error:
                remarks += [f"{problem} The default is used." for problem in error.problems]
    if unknown := [path for path in query if path not in FIELDS and path != "v"]:
        remarks.append(_left_out(unknown))
    if good.get("loss.name") == "typed" and parse(good.get("loss.formula", DEFAULT_FORMULA)).uses_s:
        good.setdefault("loss.reading", LOSSES["typed"].readings[0])  # links say any other, those from before too
    while True:
        try:
            return Link(Experiment.from_settings(good), tuple(remarks))
        except InvalidExperiment as error:  # settings that are valid by themselves, but not together
            before = len(good)
            for problem in error.problems:
                tied = TIED.get(problem.field, (problem.field,))
                were = (
                    "default is"
                    if len(tied) == 1
                    else f"defaults of {listed((f'“{LABELS[path]}”' for path in tied), 'and')} are"
                )
                remarks.append(f"{problem} The {were} used.")
                for path in tied:
                    good.pop(path, None)
            if len(good) == before:  # the fault is in none of them: without this it would never end
                return Link(Experiment(), tuple(remarks))


def _left_out(unknown: list[str]) -> str:
    names = [f"“{one_line(name, 40)}”" for name in unknown[:SENTENCES]]
    if len(unknown) > SENTENCES:
        names.append(f"{len(unknown) - SENTENCES:,} more")
    verb = "is not a setting and was" if len(unknown) == 1 else "are not settings and were"
    return f"{listed(names, 'and')} {verb} ignored."
