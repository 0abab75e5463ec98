"""The list of runs with each experiment over seeds under one line."""

import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..experiment.experiment import DEFAULT, FIELDS
from .entry import Entry

FEWEST_SEEDS = 3  # of a loss, from which its runs are folded


@dataclass(frozen=True)
class Fold:
    """Runs that differ in their seed, and in their loss, and in nothing else; in the order of the list."""

    entries: tuple[Entry, ...]
    seeds: int
    id: int  # negative, and the same for the same experiment: no run has it

    @property
    def losses(self) -> tuple[str, ...]:
        """The names of their losses, in the order of the list."""
        return tuple(dict.fromkeys(entry.loss for entry in self.entries))

    @property
    def words(self) -> str:
        """How many runs there are, and over how many losses and seeds."""
        of_losses = f"{len(self.losses)} losses, " if len(self.losses) > 1 else ""
        return f"{len(self.entries)} runs: {of_losses}{self.seeds} seeds"

    @property
    def status(self) -> str:
        """How they ended: done, or how many of each."""
        counts: dict[str, int] = defaultdict(int)
        for entry in self.entries:
            counts[entry.status] += 1
        if len(counts) == 1:
            return next(iter(counts))
        return ", ".join(f"{count} {status}" for status, count in counts.items())


def folded(entries: Sequence[Entry], unfolded: Iterable[int] = ()) -> list["Entry | Fold"]:
    """The entries in their order, with a Fold in the place of the first run of each experiment over seeds.

    Folded are the runs of a loss that was trained from at least FEWEST_SEEDS seeds, together with the other losses of
    the same experiment. A run with a star, a name or notes matters by itself and stays in the list. Below a Fold whose
    id is in `unfolded` its runs follow.
    """
    recipes = {entry.id: recipe for entry in entries if not _is_marked(entry) and (recipe := _recipe(entry))}
    seeds: dict[tuple[str, str], set[int]] = defaultdict(set)
    for recipe in recipes.values():
        seeds[recipe.base, recipe.loss].add(recipe.seed)
    groups: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        found = recipes.get(entry.id)
        if found is not None and len(seeds[found.base, found.loss]) >= FEWEST_SEEDS:
            groups[found.base].append(entry)
    of_entry = {entry.id: base for base, group in groups.items() for entry in group}
    lines: list[Entry | Fold] = []
    opened = set(unfolded)
    for entry in entries:
        base = of_entry.get(entry.id)
        if base is None:
            lines.append(entry)
        elif groups[base][0] is entry:
            count = len({recipes[each.id].seed for each in groups[base]})
            fold = Fold(tuple(groups[base]), count, -1 - zlib.crc32(base.encode()))
            lines += [fold, *(fold.entries if fold.id in opened else ())]
    return lines


def runs_of(items: Iterable["Entry | Fold"]) -> list[Entry]:
    """The runs of some lines, each once."""
    each = [entry for item in items for entry in (item.entries if isinstance(item, Fold) else (item,))]
    return list({entry.id: entry for entry in each}.values())


def _is_marked(entry: Entry) -> bool:
    return bool(entry.starred or entry.name or entry.notes)


@dataclass(frozen=True)
class _Recipe:
    """An entry's experiment without its loss and its seeds, its loss, and the seed of its points and training."""

    base: str
    loss: str
    seed: int


def _recipe(entry: Entry) -> _Recipe | None:
    """None unless points and training have the same seed, as all runs of Over seeds have."""
    try:
        nested = json.loads(entry.experiment_json)
        seeds = [nested[section].pop("seed") for section in ("data", "training")]
        loss = nested.pop("loss")
        # A loss without warm-up has no setting of it: what is at its default says as much as what is not there.
        changed = {name: _changed(name, values) for name, values in nested.items()}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None  # another version wrote it
    if not isinstance(seeds[0], int) or seeds[0] != seeds[1]:
        return None
    return _Recipe(json.dumps(changed, sort_keys=True), json.dumps(loss, sort_keys=True), seeds[0])


def _changed(section: str, values: Any) -> Any:
    """The settings of a section that are not at their defaults; what is no section as it is."""
    if not isinstance(values, dict):
        return values
    defaults = {name: DEFAULT.value(path) for name in values if (path := f"{section}.{name}") in FIELDS}
    return {name: value for name, value in values.items() if name not in defaults or value != defaults[name]}
