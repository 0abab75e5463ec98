"""GIVEN: what a person may tell beside a file: code, what its names are, and numbers of a run, each checked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from ...experiment.settings import InvalidExperiment, Problem, unknown
from ...loss_code.loss_code import ROLES
from ..doctor.field import Field, text, within
from ..doctor.implied import SIGMAS

PREFIX = "check."
LONGEST_CODE = 100_000  # characters
LONGEST_IN_LINK = 2_000  # of code that an address holds
_MOST_ROLES, _LONGEST_ROLES = 40, 4_000
_LARGEST = 1e12


def roles_of(given: Any) -> tuple[tuple[str, str | float], ...]:
    """What names are taken for, from a mapping or from JSON text; "" is none. Raises ValueError."""
    if isinstance(given, tuple):
        given = dict(given)
    if isinstance(given, str):
        if len(given) > _LONGEST_ROLES:
            raise ValueError
        given = json.loads(given) if given.strip() else {}
    if not isinstance(given, Mapping) or len(given) > _MOST_ROLES:
        raise ValueError
    roles: dict[str, str | float] = {}
    for name, role in given.items():
        is_number = isinstance(role, int | float) and not isinstance(role, bool) and abs(role) <= _LARGEST
        if not isinstance(name, str) or not (is_number or (isinstance(role, str) and role in ROLES)):
            raise ValueError
        roles[name] = float(role) if is_number else role
    return tuple(sorted(roles.items()))


def _count(value: Any) -> int | None:
    found = within(1, 1e9, optional=True)(value)
    if found is not None and found != int(found):
        raise ValueError
    return None if found is None else int(found)


FIELDS: Mapping[str, Field] = MappingProxyType(
    {
        "code": Field(
            "Your loss, as code or as a formula",
            "Paste a line, a function, a class or a whole script: PyTorch, TensorFlow, Keras, JAX, NumPy or LaTeX.",
            f"text of at most {LONGEST_CODE:,} characters",
            text(lambda value: len(value) <= LONGEST_CODE),
            "",
        ),
        "roles": Field(
            "What its names mean",
            "For each name that the code does not define: target, mean, second output, or a number.",
            f'JSON such as {{"lv": "second", "w": 0.5}}, with {", ".join(ROLES)} or a number',
            roles_of,
            (),
        ),
        "function": Field(
            "Function", "Which function is the loss.", "a name", text(lambda value: len(value) <= 200), ""
        ),
        "value": Field(
            "Loss value",
            "The number that your code prints, of points it was not trained on if possible.",
            "between −1,000,000 and 1,000,000, or empty",
            within(-1e6, 1e6, optional=True),
            None,
        ),
        "std_y": Field(
            "Standard deviation of y",
            "In the unit of the loss: 1 if you standardise y.",
            "between 0.000001 and 1,000,000, or empty",
            within(*SIGMAS, optional=True),
            None,
        ),
        "variance": Field(
            "Predicted variance",
            "A typical value of what your code calls the variance.",
            "between −1e12 and 1e12, or empty",
            within(-_LARGEST, _LARGEST, optional=True),
            None,
        ),
        "quantity": Field(
            "That number is",
            "The quantity in your code that this is a typical value of.",
            "a name or an expression of the code",
            text(lambda value: len(value) <= 200),
            "",
        ),
        "noise": Field(
            "Known σ of the noise",
            "From repeated measurements, or because you simulated the data. If it varies with x, a typical value.",
            "between 0.000001 and 1,000,000, or empty",
            within(*SIGMAS, optional=True),
            None,
        ),
        "points": Field(
            "Points in the sum",
            "Number of points that your loss sums over: the batch size.",
            "a whole number between 1 and 1,000,000,000, or empty",
            _count,
            None,
        ),
    }
)
NUMBERS = ("value", "std_y", "variance", "noise", "points")


@dataclass(frozen=True)
class Given:
    """What a person tells. Numbers are None where nothing was told; std and σ in the unit of y."""

    code: str = ""
    roles: tuple[tuple[str, str | float], ...] = ()
    function: str = ""
    value: float | None = None
    std_y: float | None = None
    variance: float | None = None
    quantity: str = ""
    noise: float | None = None
    points: int | None = None

    def with_values(self, **values: Any) -> "Given":
        """The same with some values changed, unchecked."""
        return replace(self, **values)


def given_of(values: Mapping[str, Any]) -> Given:
    """What is told by values from outside, by the names of FIELDS, with or without "check." before them.

    Raises InvalidExperiment with a sentence for each value that cannot be used.
    """
    bare = {name.removeprefix(PREFIX): value for name, value in values.items()}
    problems = [unknown(f"{PREFIX}{name}", value, _NAMES) for name, value in bare.items() if name not in FIELDS]
    checked: dict[str, Any] = {}
    for name, field in FIELDS.items():
        try:
            checked[name] = field.read(bare.get(name, field.default))
        except (ValueError, TypeError, OverflowError, RecursionError):
            problems.append(Problem(f"{PREFIX}{name}", bare[name], field.allowed, label=field.label))
    noise, std_y = checked.get("noise"), checked.get("std_y")
    if noise is not None and std_y is not None and noise > std_y:
        allowed = f"the standard deviation of y, {std_y:g}"
        because, label = "the noise is part of y, so it is at most", FIELDS["noise"].label
        problems.append(Problem(f"{PREFIX}noise", noise, allowed, because, label))
    if problems:
        raise InvalidExperiment(problems)
    return Given(**checked)


_NAMES = {f"{PREFIX}{name}": field for name, field in FIELDS.items()}


def to_link(given: Given) -> dict[str, str]:
    """The part of an address that opens it again; code that is too long for an address is left out."""
    link: dict[str, str] = {}
    for name, field in FIELDS.items():
        value = getattr(given, name)
        if value == field.default or (name == "code" and len(value) > LONGEST_IN_LINK):
            continue
        written = json.dumps(dict(value), ensure_ascii=False) if name == "roles" else None
        link[f"{PREFIX}{name}"] = written or (f"{value:.12g}" if isinstance(value, float) else str(value))
    return link
