"""Experiments and values that the tests of settings, experiments and links share."""

import math

import numpy as np
import pytest

from core.data.tables.shipped import TABLES
from core.experiment.experiment import DEFAULT, FIELDS, Experiment, bounds_of, most_members, setting_of
from core.model.losses import LOSSES, loss_with

every_field = pytest.mark.parametrize("path", FIELDS)


def points_of(name):
    """The first feature and the target of a shipped table, (n,) each."""
    table = TABLES[name]
    columns = table.columns()
    return columns[table.features[0]].values, columns[table.target].values


NEVER_VALID = (
    "", " ", "nope", "nan", "NaN", "inf", "-inf", "1e400", "-1e400", "٣", "x" * 100_000, "9" * 5000, "1," * 1000,
    "a\nb", "a\r\nb\x00\x1b[31m", "\u2028\u202e", "\ud800", "<b>no</b>", "[[[[", "[" * 10_000, "{}", "1 2", "0x10",
    None, [], [[]], [None], {}, {"a": 1}, math.nan, math.inf, -math.inf, 10**400, 10**5000, b"\xff", object(),
    [1] * 1000, ["1"] * 7, [32, True], [32, 64.5], [0], [1025], [-1], {32, 64}, (32, [64]),
)  # fmt: skip


NAMES_OF_COLUMNS = ("data.y", "data.also", "data.features", "data.split_by", "data.missing_values", "data.weights")


def never_valid(path):
    """Values that a field refuses: a column may have any printable name, a table of one's own needs a hash."""
    if path in ("data.csv", "loss.reading_formula"):
        return [value for value in NEVER_VALID if value not in ("", " ")]
    if path not in NAMES_OF_COLUMNS:
        return list(NEVER_VALID)
    return [value for value in NEVER_VALID if not (isinstance(value, str) and value.isprintable() and len(value) < 200)]


# Settings with special types: valid values.
OF_THEIR_OWN = {
    "loss.reading_formula": ("", "softplus(s)", "exp(s)/2 + 0.001"),
    "loss.formula": ("0.5*exp(-s)*r**2 + 0.5*s", "exp(-s)*abs(r) + s", "r**2"),
    "data.csv": ("0123456789abcdef", "00112233445566ff"),
    "data.y": ("income", "a name, with a comma"),
    "data.also": ("price", 'price,"b, c"'),
    "data.features": ("income", 'income,"a, b"'),
    "data.split_by": ("income", "year"),
    "data.weights": ("income", "count"),
    "data.missing_values": ("-999", '-1,"a, b=99"'),
    "loss.levels": ((0.05, 0.25, 0.5, 0.75, 0.95), (0.1, 0.9), (0.001, 0.5, 0.999)),
}


def kind_of(path):
    """The type of a field."""
    return FIELDS[path].annotation


def is_number(path):
    """Whether a field is a whole number or a number."""
    return kind_of(path) in (int, float)


def another(path):
    """A value that differs from the default."""
    if setting_of(path).choices is not None:
        return next(name for name in setting_of(path).choices if name != DEFAULT.value(path))
    if kind_of(path) is bool:
        return not DEFAULT.value(path)
    if path in OF_THEIR_OWN:
        return OF_THEIR_OWN[path][1]
    if not is_number(path):
        return (7, 5)
    value, high = DEFAULT.value(path), bounds_of(path)[1]
    return kind_of(path)((value + min(high, 2 * abs(value) + 2)) / 2)


def random_experiment(rng):
    """A random valid experiment: each field keeps its default or is drawn from its range, ends included."""
    loss = rng.choice(list(LOSSES))
    settings = {"loss.name": loss, "loss.bound": rng.choice(LOSSES[loss].bounds)}
    settings["loss.head"] = rng.choice(LOSSES[loss].heads) if settings["loss.bound"] in ("none", "epsilon") else "exp"
    settings["loss.formula"] = rng.choice(OF_THEIR_OWN["loss.formula"])
    settings["loss.reading"] = rng.choice(loss_with(loss, {"formula": settings["loss.formula"]}).readings)
    settings["loss.least_std"], settings["loss.most_std"] = rng.uniform(1e-4, 1), rng.uniform(1.1, 1000)
    for path in FIELDS:
        if path in settings or rng.random() < 0.4:
            continue
        setting = setting_of(path)
        if setting.choices is not None:
            settings[path] = rng.choice(list(setting.choices))
        elif kind_of(path) is bool:
            settings[path] = bool(rng.integers(2))
        elif path in OF_THEIR_OWN:
            settings[path] = OF_THEIR_OWN[path][rng.integers(len(OF_THEIR_OWN[path]))]
        elif is_number(path):
            low, high = bounds_of(path)
            drawn = rng.choice([low, high, rng.uniform(low, high), low + (high - low) * 10.0 ** rng.uniform(-12, 0)])
            settings[path] = int(drawn) if kind_of(path) is int else float(drawn)
        else:
            settings[path] = rng.integers(1, 1025, rng.integers(1, 7)).tolist()
    if settings.get("data.table") == "own":
        settings.setdefault("data.csv", OF_THEIR_OWN["data.csv"][0])
    elif "data.csv" in settings:
        settings.setdefault("data.table", "none")
    if settings.get("data.also"):
        settings["data.y"] = "income"
    if settings.get("training.patience") and settings.get("data.validation") == 0:
        del settings["data.validation"]
    if (members := settings.pop("training.members", 1)) > 1:
        one = DEFAULT.with_settings({path: value for path, value in settings.items() if not path.startswith("data.")})
        settings["training.members"] = min(members, most_members(one))
    settings["data.x_min"], settings["data.x_max"] = sorted(rng.uniform(-1e6, 1e6, 2).tolist())
    return Experiment.from_settings(settings)


def is_a_sentence(text, path, value_allowed, name=""):
    """Assert that a refusal is one plain line of the usual form; a formula's says what is wrong with it."""
    assert len(text.splitlines()) == 1
    assert text.isprintable()
    assert text.startswith(f"{setting_of(path).label}{name} cannot be ")
    if setting_of(path).read is None:
        assert text.endswith(f": it must be {value_allowed}.")
    assert text.endswith(".")
    assert len(text) < 500


RANDOM = [random_experiment(np.random.default_rng(seed)) for seed in range(300)]
