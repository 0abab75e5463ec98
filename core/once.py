"""A property that is computed once for each object, without a lock that all objects share.

Before Python 3.12, `functools.cached_property` has one lock for each property, of all objects together: while one
visitor's verdict is found, which may take a training, nobody else's could be. Here two threads that ask the same object
at the same time may both compute the value; both are equal, and the last one is kept.
"""

import functools
from typing import TYPE_CHECKING, Any

__all__ = ["cached_property"]

if TYPE_CHECKING:
    cached_property = functools.cached_property
else:
    _MISSING = object()

    class cached_property(functools.cached_property):
        """`functools.cached_property` without its lock."""

        def __get__(self, instance: Any, owner: Any = None) -> Any:
            """The value of an object, from its `__dict__` once it is known; of the class, the property itself."""
            if instance is None:
                return self
            known = instance.__dict__
            value = known.get(self.attrname, _MISSING)
            if value is _MISSING:
                value = known[self.attrname] = self.func(instance)
            return value
