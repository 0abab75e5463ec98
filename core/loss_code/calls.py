"""Calls in the code: of its own functions and classes, and of what the tables know of the frameworks."""

import ast
from collections.abc import Mapping
from collections.abc import Sequence as Many
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from .algebra import formula
from .arguments import CannotRead
from .densities import DENSITIES
from .function_table import FUNCTIONS
from .leaves import PARAMETER
from .library_calls import LibraryCalls
from .loss_code import CodeError
from .reader_state import DEEPEST_CALLS, MOST_RUNS
from .spellings import spelled
from .values import (
    Class,
    Distribution,
    Function,
    Instance,
    Layer,
    Library,
    Method,
    Partial,
    Scope,
    Sequence,
    Shape,
    Table,
    Tensor,
    constant,
)

_OF_THE_MEAN = frozenset(["sqrt", "log", "log1p", "ln", "log10", "log2"])  # lowest where the mean is
_DENSITY_METHODS = frozenset(
    ["log_prob", "logpdf", "log_pdf", "pdf", "prob", "cdf", "logpmf", "log_cdf", "logcdf", "survival_function"]
)


MOST_ITEMS = 256  # of a list


# As Keras hands them to a loss function.
_KERAS_SHAPES: Mapping[str, Shape] = MappingProxyType({"y_true": ("N", 1), "y_pred": ("N", "k")})


def _taken(function: Any) -> int:
    """How many arguments a function takes."""
    if isinstance(function, Function):
        return len(function.node.args.args) - (function.owner is not None)
    return 3 if isinstance(function, Library | Layer) and "nll" in function_name(function).lower() else 2


def function_name(function: Library | Layer) -> str:
    """The name of what is called."""
    return function.last if isinstance(function, Library) else function.name


class Calls(LibraryCalls):
    """Works out calls."""

    def _Call(self, node: ast.Call) -> Any:
        function = self.value(node.func)
        arguments, keywords = self._arguments(node, function)
        if isinstance(function, Tensor) and function.leaf is not None:
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            known = self._by_name(name, arguments, keywords, node) if name else None
            return self._unknown_call(node, arguments) if known is None else known
        if isinstance(function, Tensor) and function.number is not None:  # K.epsilon()
            return function
        return self.call(function, arguments, keywords)

    def _arguments(self, node: ast.Call, function: Any) -> tuple[list[Any], dict[str, Any]]:
        arguments: list[Any] = []
        for each in node.args:
            if isinstance(each, ast.Starred):
                inner = self.value(each.value)
                if isinstance(inner, Tensor):  # as many columns as the function takes
                    split = replace(inner, columns=inner.columns or "drop", fresh=False)
                    inner = Sequence(
                        tuple(self.column(split, at, each) for at in range(_taken(function) - len(arguments)))
                    )
                arguments += inner.items if isinstance(inner, Sequence) else [inner]
            else:
                arguments.append(self.value(each))
        keywords: dict[str, Any] = {}
        for word in node.keywords:
            value = self.value(word.value)
            if word.arg is not None:
                keywords[word.arg] = value
            elif isinstance(value, Table):
                keywords |= value.items
        return arguments, keywords

    def call(self, function: Any, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
        """Call a value. Raises CannotRead."""
        if isinstance(function, Partial):
            return self.call(function.function, [*function.arguments, *arguments], {**function.keywords, **keywords})
        if isinstance(function, Function):
            return self.run(function, arguments, keywords)
        if isinstance(function, Class):
            return self._instance(function, arguments, keywords)
        if isinstance(function, Instance):
            return self._call_instance(function, arguments, keywords)
        if isinstance(function, Layer):
            return self._call_layer(function, arguments, keywords)
        if isinstance(function, Sequence):  # nn.Sequential
            for layer in function.items:
                arguments, keywords = [self.call(layer, arguments, keywords)], {}
            return arguments[0]
        if isinstance(function, Library):
            return self._call_library(function, arguments, keywords)
        if isinstance(function, Method):
            return self._call_method(function, arguments, keywords)
        return self._unknown_call(self.node, arguments)

    # Of the code's own.

    def runs(self, function: Any) -> bool:
        """Whether a function of the code was called."""
        return id(function) in self.ran

    def run(self, function: Function, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
        """What a function gives back. Raises CodeError for one that calls itself."""
        if any(each is function.node for each in self.calls):
            raise CodeError(f"The function {function.name} calls itself: paste the loss without the recursion.")
        self.runs_taken += 1
        if self.runs_taken > MOST_RUNS:
            raise CodeError("The code calls its functions too often to be read: paste the loss function alone.")
        if len(self.calls) >= DEEPEST_CALLS:
            raise CannotRead("too many functions call each other")
        scope = Scope({}, function.scope)
        self._bind(function, scope, list(arguments), keywords)
        before, self.scope = self.scope, scope
        self.calls.append(function.node)
        self.ran.add(id(function.node))
        try:
            return self.body(function.node)
        finally:
            self.calls.pop()
            self.scope = before

    def body(self, node: Any) -> Any:
        """Run the body of a function."""
        raise NotImplementedError

    def _bind(self, function: Function, scope: Scope, arguments: list[Any], keywords: Mapping[str, Any]) -> None:
        names = function.node.args
        parameters = [*names.posonlyargs, *names.args]
        static = any(
            isinstance(d, ast.Name) and d.id == "staticmethod" for d in getattr(function.node, "decorator_list", [])
        )
        if function.owner is not None and parameters and not static:
            arguments = [function.owner, *arguments]
        defaults = dict(zip([p.arg for p in reversed(parameters)], reversed(names.defaults), strict=False))
        defaults |= {p.arg: d for p, d in zip(names.kwonlyargs, names.kw_defaults, strict=True) if d is not None}
        for parameter, value in zip(parameters, arguments, strict=False):
            scope.names[parameter.arg] = value
        if names.vararg is not None:
            scope.names[names.vararg.arg] = Sequence(tuple(arguments[len(parameters) :]))
        for parameter in [*parameters, *names.kwonlyargs]:
            if parameter.arg in keywords:
                scope.names[parameter.arg] = keywords[parameter.arg]
            elif parameter.arg not in scope.names:
                scope.names[parameter.arg] = self.parameter(parameter, defaults.get(parameter.arg))
        if names.kwarg is not None:
            scope.names[names.kwarg.arg] = Table({k: v for k, v in keywords.items() if k not in scope.names})

    def parameter(self, parameter: ast.arg, default: ast.AST | None) -> Any:
        """A parameter that is given nothing: its default, or a leaf."""
        name = parameter.arg
        if name in self.given:
            return constant(self.given[name])
        if default is not None and not (isinstance(default, ast.Constant) and default.value is None):
            value = self.value(default)
            if isinstance(value, Tensor) and value.number is not None and name not in self.defaults:
                self.defaults[name] = value.number
            return value
        if default is not None and not {"target", "mean", "second"} & set(spelled(name)):
            return None
        shape = _KERAS_SHAPES.get(name) if self.is_keras else None
        return self.leaves.named(name, PARAMETER, parameter, shape, False)

    def _instance(self, made: Class, arguments: Many[Any], keywords: Mapping[str, Any]) -> Instance:
        instance = Instance(made)
        if (initial := made.methods.get("__init__")) is not None:
            self.run(Function(f"{made.name}.__init__", initial, made.scope, instance), arguments, keywords)
        return instance

    def _call_instance(self, instance: Instance, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
        for name in ("forward", "call", "__call__"):
            if (method := instance.of.methods.get(name)) is not None:
                return self.run(
                    Function(f"{instance.of.name}.{name}", method, instance.of.scope, instance), arguments, keywords
                )
        return self.opaque(self.node)

    # Methods.

    def _call_method(self, method: Method, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
        of, name = method.of, method.name
        if isinstance(of, Method) and name in _DENSITY_METHODS and of.name in DENSITIES:  # jss.norm.logpdf
            return self._of_scipy(of.name, name, arguments, keywords)
        if isinstance(of, Method):  # f.variance.sqrt()
            of = self.tensor(of)
        if isinstance(of, Distribution):
            return self._of_distribution(of, name, arguments)
        if isinstance(of, Tensor) and name == "backward":
            self.ends.append(of)
            return None
        if name == "add_loss" and arguments and isinstance(arguments[0], Tensor):
            self.ends.append(arguments[0])
            return None
        if isinstance(of, Sequence) and name in ("append", "extend"):
            added = arguments[0].items if name == "extend" and isinstance(arguments[0], Sequence) else arguments[:1]
            of.items = (*of.items, *added)[:MOST_ITEMS]
            return None
        if isinstance(of, Tensor | Sequence):
            if name in FUNCTIONS:
                return self.known(name, FUNCTIONS[name], [of, *arguments], keywords)
            if name == "log_prob" and arguments and isinstance(of, Tensor) and of.leaf is not None:
                return self._of_unknown(of.leaf, arguments[0])
        if isinstance(of, Table) and name in ("values", "items", "keys"):
            pairs = [Sequence((key, value)) for key, value in of.items.items()]
            return Sequence(tuple(pairs if name == "items" else of.items.values() if name == "values" else of.items))
        if isinstance(of, Table) and name == "get" and arguments:
            return of.items.get(arguments[0], arguments[1] if len(arguments) > 1 else None)
        return self._unknown_call(self.node, arguments)

    def _of_distribution(self, law: Distribution, name: str, arguments: Many[Any]) -> Any:
        if name in _DENSITY_METHODS:
            return self.density(law, name, arguments[0] if arguments else None)
        row = DENSITIES[law.name]
        text = {"entropy": row.entropy, "mean": row.mean, "std": row.std, "stddev": row.std}.get(name, "")
        if text:
            return formula(text, law.parameters)
        return self._unknown_call(self.node, arguments)
