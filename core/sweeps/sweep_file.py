"""A sweep as a TOML file: reading one from outside, and writing one. docs/sweeps.md has an example."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..experiment.experiment import DEFAULT, FIELDS, Experiment
from ..experiment.presets import PRESETS
from ..experiment.settings import InvalidExperiment, Problem, listed, one_line, unknown
from .axes import Draw, values_of
from .sweep import LARGEST_SEED, LONGEST_NAME, MOST_RUNS, MOST_SEEDS, Sweep

LONGEST_FILE = 100_000  # bytes
_NAMES = ("name", "preset", "seeds", "settings", "grid", "random")
_RANDOM = ("number", "seed", "axes")


def read_sweep(path: str | Path) -> Sweep:
    """The sweep that a file describes. Raises InvalidExperiment: one sentence says what is wrong."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(LONGEST_FILE + 1)
        text = content.decode("utf-8-sig")
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, or a zero byte in the path
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise InvalidExperiment([Problem("The sweep", str(path), f"a TOML file that can be read ({reason})")]) from None
    return sweep_of(text)


def sweep_of(text: str) -> Sweep:
    """The sweep that a text in TOML describes. Raises InvalidExperiment."""
    if len(text.encode("utf-8", "replace")) > LONGEST_FILE:
        raise InvalidExperiment([Problem("The file's size", len(text), f"at most {LONGEST_FILE:,} bytes")])
    try:
        given = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        reason = one_line(error, 200) if str(error) else "it is nested too deeply"
        raise InvalidExperiment([Problem("The file", _first_line(text), f"TOML ({reason})")]) from None
    for name, value in given.items():
        if name not in _NAMES:
            raise InvalidExperiment([unknown(name, value, _NAMES)])
    chance = _table("random", given.get("random", {}))
    for name, value in chance.items():
        if name not in _RANDOM:
            raise InvalidExperiment([unknown(f"random.{name}", value, [f"random.{each}" for each in _RANDOM])])
    draws = tuple(Draw.of(path, value) for path, value in _by_path("random.axes", chance.get("axes", {})).items())
    grid = {path: values_of(path, values) for path, values in _by_path("grid", given.get("grid", {})).items()}
    return Sweep(
        _base(given),
        grid,
        draws,
        _whole("random.number", chance.get("number", ""), 1, MOST_RUNS) if draws else 0,
        _whole("random.seed", chance.get("seed", 0), 0, LARGEST_SEED),
        _seeds(given.get("seeds", 1)),
        _name(given.get("name", "")),
    )


def to_toml(sweep: Sweep) -> str:
    """The file that describes this sweep: reading it gives a sweep with the same fingerprint."""
    seeds = list(sweep.seeds)
    lines = [f"name = {_toml(sweep.name)}"] if sweep.name else []
    lines += [f"seeds = {len(seeds) if seeds == list(range(len(seeds))) else _toml(seeds)}"]
    lines += _section("settings", sweep.base.settings(only_changed=True))
    lines += _section("grid", sweep.grid)
    if sweep.draws:
        lines += ["", "[random]", f"number = {sweep.number}", f"seed = {sweep.draw_seed}"]
        lines += ["", "[random.axes]"]
        lines += [f"{draw.path} = {{ {draw.kind} = {_toml(draw.values)} }}" for draw in sweep.draws]
    return "\n".join(lines) + "\n"


def _section(name: str, values: Mapping[str, Any]) -> list[str]:
    return ["", f"[{name}]", *(f"{path} = {_toml(value)}" for path, value in values.items())] if values else []


def _toml(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _base(given: Mapping[str, Any]) -> Experiment:
    base, name = DEFAULT, given.get("preset")
    if name is not None:
        if not isinstance(name, str) or name not in PRESETS:
            raise InvalidExperiment([Problem("preset", name, f"one of {listed(PRESETS)}")])
        base = PRESETS[name].experiment
    return base.with_settings(_by_path("settings", given.get("settings", {})))


def _table(name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidExperiment([Problem(name, value, f"a table: [{name}] and lines below it")])
    return value


def _by_path(name: str, given: Any) -> dict[str, Any]:
    """What a table says of each setting, whether it is written as loss.name, "loss.name" or in a table of its own."""
    found: dict[str, Any] = {}
    for key, value in _table(name, given).items():
        pairs = {f"{key}.{inner}": each for inner, each in value.items()} if _is_section(key, value) else {key: value}
        for path, each in pairs.items():
            if path in found:
                raise InvalidExperiment([Problem(path, each, "it is given twice", "")])
            if path not in FIELDS:
                raise InvalidExperiment([unknown(path, each, FIELDS)])
            found[path] = each
    return found


def _is_section(key: str, value: Any) -> bool:
    return key in Experiment.model_fields and isinstance(value, Mapping)


def _seeds(given: Any) -> tuple[int, ...]:
    words = f"a whole number from 1 to {MOST_SEEDS:,}, or a list of different seeds"
    if isinstance(given, list) and 0 < len(given) <= MOST_SEEDS:
        seeds = tuple(_whole("seeds", seed, 0, LARGEST_SEED) for seed in given)
        if len(set(seeds)) == len(seeds):
            return seeds
    elif isinstance(given, int) and not isinstance(given, bool) and 0 < given <= MOST_SEEDS:
        return tuple(range(given))
    raise InvalidExperiment([Problem("seeds", given, words)])


def _whole(name: str, value: Any, low: int, high: int) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
        return value
    raise InvalidExperiment([Problem(name, value, f"a whole number from {low:,} to {high:,}")])


def _name(value: Any) -> str:
    if isinstance(value, str) and len(value) <= LONGEST_NAME and value.isprintable():
        return value
    raise InvalidExperiment([Problem("name", value, f"at most {LONGEST_NAME} printable characters")])


def _first_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[0]
