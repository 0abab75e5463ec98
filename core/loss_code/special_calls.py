"""BUILTIN: calls that make something other than an array: mixtures, partial functions, ranges, layers."""

import re
from collections.abc import Callable, Mapping
from collections.abc import Sequence as Many
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from ..model.formulas.tree import Node
from .algebra import apply, formula, join
from .arguments import CannotRead
from .array_functions import product, reduced
from .function_table import FUNCTIONS
from .reader_state import Seen
from .values import Distribution, Function, Layer, Library, Partial, Sequence, Table, Tensor, constant

_EPSILON = 1e-7
_TRAINS = re.compile(r"\btorch\b|\bF\.|\bnn\.|\btf\.|\bK\.")


def _first(reader: Any, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
    return arguments[0] if arguments else next(iter(keywords.values()), None)


def _independent(reader: Any, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
    law = _first(reader, arguments, keywords)
    if not isinstance(law, Distribution):
        raise CannotRead("Independent of something that is not a distribution here")
    depth = arguments[1] if len(arguments) > 1 else keywords.get("reinterpreted_batch_ndims", constant(1))
    return replace(law, summed=not (isinstance(depth, Tensor) and depth.number == 0))


def _categorical(reader: Any, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
    """A categorical is the log weights of a mixture."""
    logits = keywords.get("logits", arguments[1] if len(arguments) > 1 else None)
    probs = keywords.get("probs", arguments[0] if arguments else None)
    if logits is None and probs is None:
        raise CannotRead("a categorical needs probs or logits")
    if logits is not None:
        return reader.known("log_softmax", FUNCTIONS["log_softmax"], [logits], {})
    value = reader.tensor(probs)
    reader.hint(value, "mixing", "probabilities of a mixture")
    return value.made(join("log", value.tree))


def _mixture(reader: Any, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
    words = {
        "mixture_distribution": 0,
        "mixture": 0,
        "cat": 0,
        "component_distribution": 1,
        "components_distribution": 1,
        "components": 1,
    }
    pair = [*arguments[:2], None, None][:2]
    for word, at in words.items():
        pair[at] = keywords.get(word, pair[at])
    weights, law = pair
    if not isinstance(law, Distribution):
        raise CannotRead("the components of this mixture are not known")
    return replace(law, weights=reader.tensor(weights), summed=False)


def _partial(reader: Any, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
    return Partial(arguments[0], tuple(arguments[1:]), dict(keywords))


def _epsilon(reader: Any, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
    return constant(_EPSILON)


def _sequential(reader: Any, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
    items = arguments[0].items if len(arguments) == 1 and isinstance(arguments[0], Sequence) else arguments
    return Sequence(tuple(each for each in items))


def _kl(reader: Any, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
    p, q = [*arguments, *keywords.values(), None, None][:2]
    if not (isinstance(p, Distribution) and isinstance(q, Distribution) and p.name == q.name == "Normal"):
        raise CannotRead("only a KL between two normal distributions is read")
    reader.remark("kl", "warning")
    given = {f"{key}{at}": value for at, law in enumerate((p, q)) for key, value in law.parameters.items()}
    return formula("log(scale1/scale0) + (scale0**2 + (loc0 - loc1)**2)/(2*scale1**2) - 1/2", given)


def _range(reader: Any, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
    numbers = [reader.tensor(each).number for each in arguments]
    if any(each is None for each in numbers) or not numbers:
        return reader.opaque(reader.node)
    found = range(*(int(each or 0) for each in numbers))
    if len(found) > 64:
        return reader.opaque(reader.node)
    return Sequence(tuple(constant(each) for each in found))


def _zip(reader: Any, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
    lengths = [len(each.items) for each in arguments if isinstance(each, Sequence)]
    if not lengths:  # of unknown length: one of each stands for all
        return Sequence((Sequence(tuple(arguments)),))
    rows = [_items(reader, each, min(lengths)) for each in arguments]
    return Sequence(tuple(Sequence(items) for items in zip(*rows, strict=True)))


def _items(reader: Any, value: Any, length: int) -> tuple[Any, ...]:
    """The first items of a list, or the columns of an array."""
    if isinstance(value, Sequence):
        return value.items[:length]
    columns = replace(reader.tensor(value), columns=reader.tensor(value).columns or "drop")
    return tuple(reader.column(columns, at, reader.node) for at in range(length))


def _enumerate(reader: Any, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
    if not isinstance(arguments[0], Sequence):
        return reader.opaque(reader.node)
    return Sequence(tuple(Sequence((constant(at), each)) for at, each in enumerate(arguments[0].items)))


def _none(reader: Any, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
    return None


def _print(reader: Any, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
    reader.printed += [each for each in arguments if isinstance(each, Tensor)]


def _list(reader: Any, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
    return arguments[0] if arguments else Sequence(())


def _dict(reader: Any, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
    return Table(dict(keywords))


def _float(reader: Any, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
    value = _first(reader, arguments, keywords)
    if isinstance(value, str):
        try:
            return Tensor(Node("number", (), float(value)), ())
        except ValueError:
            raise CannotRead("this word is not a number") from None
    if _TRAINS.search(reader.source.text) and isinstance(value, Tensor):  # a number of Python's has no gradient
        return reader.known("item", FUNCTIONS["item"], [value], {})
    return value


def _map(reader: Any, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
    function, items = arguments[0], arguments[1]
    if not isinstance(items, Sequence):
        return reader.opaque(reader.node)
    return Sequence(tuple(reader.call(function, [each], {}) for each in items.items))


def _vmapped(reader: Any, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
    return arguments[0]


def _value_and_grad(reader: Any, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
    return arguments[0]


def _activation(reader: Any, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
    name = _first(reader, arguments, keywords)
    if isinstance(name, str) and name in FUNCTIONS:
        return Layer(name, (), {})
    return name if isinstance(name, Library | Function) else Layer("identity", (), {})


def _lambda_law(reader: Any, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
    """TensorFlow Probability's layer: its distribution is what a loss then asks for log_prob."""
    law = reader.call(arguments[0] if arguments else keywords.get("make_distribution_fn"), [], {})
    if isinstance(law, Distribution):
        reader.laws.append(law)
    return Layer("identity", (), {})


def _observed(reader: Any, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
    """Pyro's sample(…, obs=y): what is trained with is minus its log density."""
    laws = [each for each in arguments if isinstance(each, Distribution)]
    if not laws or "obs" not in keywords:
        return reader.opaque(reader.node)
    value = apply("neg", reader.density(laws[0], "log_prob", keywords["obs"]))
    reader.assigned.append(Seen("nll", reader.node, value))
    return value


def _parameter(reader: Any, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
    """A number that is trained, whatever it begins with."""
    value = _first(reader, arguments, keywords)
    if isinstance(value, Tensor) and value.number is None:
        return value
    made = reader.opaque(reader.node)
    if isinstance(value, Tensor):
        reader.leaves.by_name[made.leaf].initial = value.number
    return made


def _einsum(reader: Any, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
    """Products of arrays of one shape, summed over what the result leaves out."""
    pattern = arguments[0] if arguments and isinstance(arguments[0], str) else ""
    given, _, result = pattern.replace(" ", "").partition("->")
    if len(set(given.split(","))) != 1 or not pattern:
        raise CannotRead("this einsum is not read")
    value = product([reader.tensor(each) for each in arguments[1:]])
    gone = [at for at, letter in enumerate(given.split(",")[0]) if letter not in result]
    return reduced(value, tuple(gone), False, 1) if gone else value


def _dot(reader: Any, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
    a, b = (reader.tensor(each) for each in arguments[:2])
    return reader.matrix_product(a, b)


BUILTIN: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "Independent": _independent,
        "Categorical": _categorical,
        "OneHotCategorical": _categorical,
        "MixtureSameFamily": _mixture,
        "MixtureGeneral": _mixture,
        "partial": _partial,
        "epsilon": _epsilon,
        "finfo": lambda *_: Library("finfo"),
        "Sequential": _sequential,
        "ModuleList": _list,
        "kl_divergence": _kl,
        "range": _range,
        "zip": _zip,
        "enumerate": _enumerate,
        "print": _print,
        "isinstance": _none,
        "hasattr": _none,
        "super": _none,
        "list": _list,
        "tuple": _list,
        "dict": _dict,
        "float": _float,
        "int": _float,
        "diag_embed": _first,
        "diag": _first,
        "diagonal": _first,
        "map": _map,
        "vmap": _vmapped,
        "jit": _vmapped,
        "value_and_grad": _value_and_grad,
        "reversed": _list,
        "Activation": _activation,
        "Lambda": _vmapped,
        "no_grad": _none,
        "DistributionLambda": _lambda_law,
        "sample": _observed,
        "Parameter": _parameter,
        "Variable": _parameter,
        "add_weight": _parameter,
        "get_variable": _parameter,
        "param": _parameter,
        "einsum": _einsum,
        "dot": _dot,
        "matmul": _dot,
        "inner": _dot,
    }
)
