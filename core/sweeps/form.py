"""A sweep from a small form: which settings it offers, what stands in it at first, and its words read as axes."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..experiment.experiment import FIELDS, OF_ONE_TABLE, Experiment, bounds_of, setting_of
from ..experiment.settings import LONGEST, InvalidExperiment, Problem, to_text
from ..model.losses import LOSSES, sound_and_mistaken
from .axes import SEED_PATHS, Draw, is_number, values_of
from .sweep import Sweep

GRID, RANDOM = "grid", "random"
MOST_FORM_AXES, MOST_FORM_SEEDS, MOST_DRAWN = 4, 50, 1_000
FIRST = ("loss.name", "training.learning_rate")  # what the form opens with
_OFFERED_FIRST = (*FIRST, "training.steps", "noise.scale", "network.layers", "data.n")
_NOT_OFFERED = frozenset(
    {
        *SEED_PATHS,
        *OF_ONE_TABLE,
        "data.table",
        "data.csv",
        "training.device",
        "training.stepper",
        "loss.reading",
        "loss.reading_formula",
    }
)
_LOSSES = ("gaussian_nll", "beta_nll")


def offered(base: Experiment) -> list[str]:
    """The settings that may vary: those that have an effect in the base experiment; the usual ones first."""
    found = [path for path in base.settings() if path not in _NOT_OFFERED]
    return [path for path in _OFFERED_FIRST if path in found] + [path for path in found if path not in _OFFERED_FIRST]


def has_choices(path: str) -> bool:
    """Whether values are chosen from a list and not typed."""
    return setting_of(path).choices is not None or FIELDS[path].annotation is bool


def choices(path: str, base: Experiment) -> list[Any]:
    """What can be chosen: losses in the usual order, without a typed one unless the base has it."""
    if FIELDS[path].annotation is bool:
        return [True, False]
    if path == "loss.name":
        return [name for name in sound_and_mistaken() if name != "typed" or base.loss.name == "typed"]
    row = LOSSES[base.loss.name]
    of_loss = {"loss.bound": row.bounds, "loss.head": row.heads}
    return list(of_loss.get(path) or setting_of(path).choices or ())


def first_choices(path: str, base: Experiment) -> list[Any]:
    """What is chosen at first: the value of the base, and another one."""
    options, own = choices(path, base), base.value(path)
    others = [name for name in (*_LOSSES, *options) if name in options and name != own]
    return [own, *others[:1]]


def first_words(path: str, base: Experiment, way: str) -> str:
    """What stands in the field at first: half, once and twice the value of the base, or the two ends for a draw."""
    value = base.value(path)
    if not is_number(path):
        return to_text(value)
    low, high = bounds_of(path)
    kind = type(low)
    near = [value / 2, value, value * 2] if value else [0, high / 10, high / 5]
    kept = list(dict.fromkeys(kind(float(f"{min(max(each, low), high):.3g}")) for each in near))
    return ", ".join(f"{each:g}" for each in (kept if way == GRID else [kept[0], kept[-1]]))


def how_to_fill(path: str, way: str) -> str:
    """What to type into the field of an axis."""
    if not is_number(path):
        return "Values, with a semicolon between them. A list has commas: 32, 32; 64, 64."
    if way == GRID:
        return "Values, with a comma between them."
    ratio = "evenly in their logarithm" if setting_of(path).log else "evenly"
    return f"The lowest and the highest value. Values between them are drawn {ratio}."


def sweep_from_form(
    base: Experiment, way: str, axes: Sequence[tuple[str, str | Sequence[Any]]], number: int, seeds: int
) -> Sweep:
    """The sweep of a form: `axes` are settings with what was typed, or chosen. Raises InvalidExperiment."""
    read: dict[str, Any] = {}
    for path, given in axes:
        if path in read:
            raise InvalidExperiment([Problem(path, "chosen twice", "choose it once", "")])
        read[path] = _parts(path, given)
    if not read:
        raise InvalidExperiment([Problem("The number of settings", 0, "at least 1")])
    seeded = tuple(range(seeds))
    if way == GRID:
        return Sweep(base, {path: values_of(path, parts) for path, parts in read.items()}, seeds=seeded)
    draws = tuple(Draw.of(path, _distribution(path, parts)) for path, parts in read.items())
    return Sweep(base, {}, draws, number, 0, seeded)


def _parts(path: str, given: str | Sequence[Any]) -> list[Any]:
    """What was typed, part by part; what was chosen as it is."""
    if not isinstance(given, str):
        return list(given)
    if len(given) > LONGEST:
        raise InvalidExperiment([Problem(path, given, f"at most {LONGEST:,} characters")])
    return [part.strip() for part in given.split("," if is_number(path) else ";") if part.strip()]


def _distribution(path: str, parts: list[Any]) -> Mapping[str, list[Any]]:
    if not is_number(path):
        return {"choice": parts}
    if setting_of(path).log:
        return {"log_uniform": parts}
    return {"integers" if FIELDS[path].annotation is int else "uniform": parts}


def only(sweep: Sweep, kept: Mapping[str, Sequence[Any]]) -> set[int]:
    """The points whose settings are among those kept; an axis that is not named, or has none, leaves all."""
    return {
        place
        for place, point in enumerate(sweep.points)
        if all(not values or point[path] in values for path, values in kept.items())
    }
