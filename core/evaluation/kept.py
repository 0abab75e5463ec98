"""Results that live as long as what they are of."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

S = TypeVar("S")
P = ParamSpec("P")
R = TypeVar("R")

MOST = 16  # results of one function that an object keeps


def kept(function: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """A cache by the further, hashable arguments, in the object that comes first, and gone with it.

    A cache of the function's own would hold the last objects for ever, and one may have hundreds of megabytes. The
    oldest results beyond MOST go. An exception is not kept.
    """

    @wraps(function)
    def answer(subject: S, *args: P.args, **kwargs: P.kwargs) -> R:
        results = vars(subject).setdefault(f"kept {function.__module__}.{function.__qualname__}", {})
        key = (args, *sorted(kwargs.items()))
        if key not in results:
            result = function(subject, *args, **kwargs)
            while len(results) >= MOST:
                results.pop(next(iter(results)), None)
            results[key] = result
            return result
        found: R = results[key]
        return found

    return answer
