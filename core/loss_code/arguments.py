"""What a call of a known function is given, by the names of its parameters in any framework."""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Protocol

from .values import Tensor, constant


class CannotRead(Exception):
    """Something of the code that means nothing here: a few words that end a sentence."""


class World(Protocol):
    """What functions may ask of the reader that calls them."""

    def remark(self, name: str, severity: str, **facts: object) -> None:
        """Note something about the place that is being read."""

    def hint(self, value: Any, kind: str, why: str) -> None:
        """Say what a leaf is, by its place in a known function."""

    def statistic(self, node: ast.AST) -> Tensor:
        """A variance or the like of a batch, which stands here."""

    def mask(self, node: ast.AST) -> Tensor:
        """A mask of points, made by what stands here."""

    def call(self, function: Any, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
        """Call a value."""

    def tensor(self, value: Any) -> Tensor:
        """A value as an array. Raises CannotRead."""


@dataclass(frozen=True)
class Parameter:
    """A parameter: its names, the first being ours, and its default; "" where it must be given, None where it may."""

    names: tuple[str, ...]
    default: float | str | None = ""


@dataclass(frozen=True)
class Row:
    """A known function: its parameters, and a formula in them or what makes its value."""

    parameters: tuple[Parameter, ...]
    formula: str = ""
    make: "Callable[[Arguments], Any] | None" = None


_WORDS = MappingProxyType({"True": 1.0, "False": 0.0, "None": None})


@lru_cache(maxsize=512)
def parameters(text: str) -> tuple[Parameter, ...]:
    """Parameters from "x input|min a_min=None|beta=1": names that mean the same, and a default."""
    made = []
    for part in filter(None, text.split("|")):
        names, sign, default = part.partition("=")
        value: float | str | None = ""
        if sign and default in _WORDS:
            value = _WORDS[default]
        elif sign:
            value = float(default) if default[0] in "-0123456789." else default
        made.append(Parameter(tuple(names.split()), value))
    return tuple(made)


def rows(table: Mapping[str, tuple[str, str] | tuple[str, Callable[..., Any]]]) -> Mapping[str, Row]:
    """Rows by each name of their key, from their parameters and a formula or a function."""
    made = {}
    for names, (given, what) in table.items():
        formula, make = (what, None) if isinstance(what, str) else ("", what)
        for name in names.split():
            made[name] = Row(parameters(given), formula, make)
    return MappingProxyType(made)


@dataclass(frozen=True)
class Arguments:
    """The arguments of one call: by the names of the parameters, with what else was given by keyword."""

    world: World
    name: str
    node: ast.AST
    given: Mapping[str, Any]
    others: Mapping[str, Any] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether it was given, and not as None."""
        return self.given.get(name) is not None

    def tensor(self, name: str) -> Tensor:
        """An array or number. Raises CannotRead."""
        value = self.given.get(name)
        if value is None:
            raise CannotRead(f"{self.name} needs {name}")
        return self.world.tensor(value)

    def number(self, name: str, otherwise: float | None = None) -> float | None:
        """A plain number, `otherwise` where it is none."""
        value = self.given.get(name)
        if isinstance(value, bool):
            return float(value)
        if isinstance(value, Tensor):
            return value.number if value.number is not None else otherwise
        return otherwise

    def word(self, name: str, otherwise: str = "") -> str:
        """A word."""
        value = self.given.get(name)
        return value if isinstance(value, str) else otherwise

    def flag(self, name: str) -> bool:
        """A truth value: of a number whether it is not 0."""
        return bool(self.number(name, 0.0))


def bound(
    world: World, name: str, node: ast.AST, row: Row, positional: Sequence[Any], keywords: Mapping[str, Any]
) -> Arguments:
    """The arguments of a call, put to the names of the row's parameters. Raises CannotRead."""
    given: dict[str, Any] = {}
    for parameter, value in zip(row.parameters, positional, strict=False):
        given[parameter.names[0]] = value
    names = {each: parameter.names[0] for parameter in row.parameters for each in parameter.names}
    others: dict[str, Any] = {"*": tuple(positional[1:])}
    for word, value in keywords.items():
        if word in names:
            given[names[word]] = value
        else:
            others[word] = value
    for parameter in _missing(row, given):
        if parameter.default == "":
            raise CannotRead(f"{name} needs {parameter.names[0]}")
        default = parameter.default
        given[parameter.names[0]] = constant(default) if isinstance(default, float) else default
    return Arguments(world, name, node, given, others)


def _missing(row: Row, given: Mapping[str, Any]) -> Iterator[Parameter]:
    return (parameter for parameter in row.parameters if parameter.names[0] not in given)
