"""FUNCTIONS: every function that is known by its name, in one table."""

from collections.abc import Mapping
from types import MappingProxyType

from .arguments import Row
from .array_functions import ARRAY_FUNCTIONS
from .functions import CLAMPS, ELEMENTWISE

FUNCTIONS: Mapping[str, Row] = MappingProxyType({**ELEMENTWISE, **CLAMPS, **ARRAY_FUNCTIONS})
