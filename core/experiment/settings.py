"""What a setting is, and how a value from outside is checked.

Label, help, unit and bounds of a setting are declared on its field; widgets, the command line, links and error messages
read them there. A value that cannot be used becomes a `Problem`: one sentence that names the field, the value and what
the field takes.
"""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, ClassVar, get_origin

import numpy as np
from annotated_types import Ge, Le
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic.fields import FieldInfo

LONGEST = 1000  # characters of a value from outside, if its field does not say otherwise
SENTENCES = 8  # in one error: further ones are counted
LABELS: dict[str, str] = {}  # of each setting by its full name, as on the screen; each section adds its own


@dataclass(frozen=True)
class Problem:
    """A setting that cannot be used, and what is allowed instead. As text it is one sentence on one line.

    It says the label that the control has on the screen; `named` adds the name of the setting, for the command line.
    """

    field: str
    value: Any
    allowed: str
    because: str = "it must be"
    label: str = ""  # of a control that is no setting of an experiment

    def __str__(self) -> str:
        return self._sentence(self.label or LABELS.get(self.field, self.field))

    @property
    def named(self) -> str:
        """The sentence with the name of the setting after its label: “Steps (training.steps) cannot be 0: …”."""
        label = self.label or LABELS.get(self.field, self.field)
        return self._sentence(label if label == self.field else f"{label} ({self.field})")

    def _sentence(self, subject: str) -> str:
        reason = f"{self.because} {self.allowed}".strip()
        return f"{one_line(subject, 120)} cannot be {_shown(self.value)}: {reason}."


class InvalidExperiment(Exception):
    """Settings that are not a valid experiment; `problems` names each field, its value and what is allowed.

    It is not a ValueError, because pydantic would turn that into an error of its own.
    """

    def __init__(self, problems: list[Problem]):
        super().__init__(problems)  # so that it can be sent from a worker process
        self.problems = problems

    def __str__(self) -> str:
        return self._sentences(str)

    @property
    def named(self) -> str:
        """The sentences with the names of the settings, for the command line."""
        return self._sentences(lambda problem: problem.named)

    def _sentences(self, words: Callable[[Problem], str]) -> str:
        beyond = len(self.problems) - SENTENCES
        more = [f"There are {beyond:,} more problems." if beyond > 1 else "There is 1 more problem."]
        return " ".join([*map(words, self.problems[:SENTENCES]), *(more if beyond > 0 else [])])


@dataclass(frozen=True)
class Setting:
    """What a user reads about a field, and how it is set. `log` spaces the steps of a slider by ratio."""

    label: str
    help: str
    unit: str = ""
    choices: Mapping[str, Any] | None = None
    log: bool = False
    step: float | None = None
    synthetic_only: bool = False  # has an effect only for simulated points, not for a table
    table_only: bool = False
    own_table_only: bool = False
    members_only: bool = False  # has an effect only for several members that each may set points of a table aside
    loss_parameter: str = ""  # has an effect only for losses with a parameter of this name
    takes: str = ""  # what it takes, in words, if its type does not say it
    read: Callable[[Any], Any] | None = None  # normalises a checked value; raises ValueError with the reason
    view_only: bool = False  # changes what is shown of a run, not what is trained
    longest: int = LONGEST  # characters of a value from outside
    neutral: Any = None  # the value without any effect: keys from before the setting existed stay valid

    def choice_label(self, name: str) -> str:
        """The words for one choice."""
        row = (self.choices or {})[name]
        return row if isinstance(row, str) else row.label


def setting(
    default: Any, label: str, help: str, *, within: tuple[float, float] | None = None, length: Any = None, **more: Any
) -> Any:
    """A field of a section: its default, what a user reads about it, and its bounds; `more` is as in `Setting`.

    within: the lowest and highest value of a number; length: the smallest and largest number of entries of a list.
    """
    (low, high), (fewest, most) = within or (None, None), length or (None, None)
    field = Field(default, ge=low, le=high, min_length=fewest, max_length=most)
    field.metadata.append(Setting(label, help, **more))
    return field


def setting_in(field: FieldInfo) -> Setting:
    """Label, help, unit and choices of a field."""
    return next(m for m in field.metadata if isinstance(m, Setting))


def bounds_in(field: FieldInfo) -> tuple[Any, Any]:
    """Lowest and highest value of a number field, in the type of the field."""
    low: Any = next(m.ge for m in field.metadata if isinstance(m, Ge))
    high: Any = next(m.le for m in field.metadata if isinstance(m, Le))
    return field.annotation(low), field.annotation(high)  # type: ignore[misc]


def allowed_in(field: FieldInfo) -> str:
    """What a field takes, as words for a sentence."""
    setting, kind = setting_in(field), field.annotation
    if setting.choices is not None:
        return "one of " + listed(setting.choices)
    if setting.takes:
        return setting.takes
    if kind is bool:
        return "true or false"
    low, high = bounds_in(field)
    whole = "a whole number " if kind is int else ""
    return f"{whole}between {_number(low)} and {_number(high)}"


def check_all(values: Mapping[str, Any], fields: Mapping[str, FieldInfo]) -> dict[str, Any]:
    """Values from outside in the types of their fields; both mappings are by name, such as "noise.scale".

    Raises InvalidExperiment that names all values that cannot be used.
    """
    problems, checked = [], {}
    for path, value in values.items():
        try:
            checked[path] = _checked(path, value, fields)
        except InvalidExperiment as error:
            problems += error.problems
    if problems:
        raise InvalidExperiment(problems)
    return checked


def _checked(path: str, value: Any, fields: Mapping[str, FieldInfo]) -> Any:
    """One value from outside, in the type of its field and within its bounds."""
    if path not in fields:
        raise InvalidExperiment([unknown(path, value, fields)])
    field = fields[path]
    setting = setting_in(field)
    given = value.item() if isinstance(value, np.generic) else value
    is_list = get_origin(field.annotation) is tuple
    if is_list and isinstance(given, str):
        given = [part.strip() for part in given[: LONGEST + 1].strip("()[] ").split(",")]
    parts = given if is_list and isinstance(given, list | tuple) else [given]
    too_long = isinstance(value, str) and len(value) > setting.longest
    bool_for_other = field.annotation is not bool and any(isinstance(part, bool) for part in parts)
    unordered = is_list and parts is not given
    if too_long or bool_for_other or unordered:
        raise InvalidExperiment([Problem(path, value, allowed_in(field))])
    adapter = _ADAPTERS.get(path)
    if adapter is None:
        bounds = [m for m in field.metadata if not isinstance(m, Setting)]
        kind: Any = field.annotation if not bounds else Annotated[(field.annotation, *bounds)]  # type: ignore[misc]
        adapter = _ADAPTERS[path] = TypeAdapter(kind)
    try:
        good = adapter.validate_python(given)
    except ValidationError:
        raise InvalidExperiment([Problem(path, value, allowed_in(field))]) from None
    unknown_choice = setting.choices is not None and good not in setting.choices
    not_finite = isinstance(good, float) and not math.isfinite(good)
    if unknown_choice or not_finite:
        raise InvalidExperiment([Problem(path, value, allowed_in(field))])
    if setting.read is not None:
        try:
            good = setting.read(good)
        except ValueError as error:
            words = one_line(error, 300).rstrip(".")
            raise InvalidExperiment([Problem(path, value, words[0].lower() + words[1:], "")]) from None
    return good + 0.0 if isinstance(good, float) else good  # −0 becomes 0: equal settings have equal keys


_ADAPTERS: dict[str, TypeAdapter] = {}


class Section(BaseModel):
    """A frozen group of settings. Raises InvalidExperiment for unknown names and values out of bounds."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    section: ClassVar[str]

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        LABELS.update({f"{cls.section}.{name}": setting_in(field).label for name, field in cls.model_fields.items()})

    @model_validator(mode="before")
    @classmethod
    def _check_each(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            raise InvalidExperiment([Problem(cls.section, values, "an object of settings")])
        fields = {f"{cls.section}.{name}": field for name, field in cls.model_fields.items()}
        checked = check_all({f"{cls.section}.{name}": value for name, value in values.items()}, fields)
        return {path.removeprefix(f"{cls.section}."): value for path, value in checked.items()}


def unknown(path: str, value: Any, known: Iterable[str]) -> Problem:
    """The problem of an unknown name, with the nearest known one."""
    known = list(known)
    near = get_close_matches(str(path)[:LONGEST], known, n=1, cutoff=0.5)
    instead = f"the nearest is {near[0]}" if near else f"one example is {known[0]}"
    return Problem(path, value, instead, "there is no setting of this name;")


def to_text(value: Any) -> str:
    """A value as it is written in a link or a flag."""
    if isinstance(value, (list, tuple)):
        return ",".join(str(v) for v in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def listed(names: Iterable[str], last: str = "or") -> str:
    """Names as a list in a sentence: a, b or c."""
    names = list(names)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


def one_line(text: Any, longest: int = 60) -> str:
    """Text from outside, shortened, with all non-printable characters escaped."""
    text = str(text)
    text = text if len(text) <= longest else text[:longest] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _number(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:g}"


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return f'"{one_line(value)}"'
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return f"{value:.0f}"
    try:
        return one_line(json.dumps(value, default=str, ensure_ascii=False))
    except (TypeError, ValueError, RecursionError):  # odd keys, a number of 5,000 digits, deeply nested lists
        return f"this {type(value).__name__}"
