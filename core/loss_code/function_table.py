"""FUNCTIONS: every function that is known by its name, in one table."""

from collections.abc import Mapping
from types import MappingProxyType

from core.loss_code.arguments import Row
from core.loss_code.array_functions import ARRAY_FUNCTIONS
from core.loss_code.functions import CLAMPS, ELEMENTWISE

FUNCTIONS: Mapping[str, Row] = MappingProxyType({**ELEMENTWISE, **CLAMPS, **ARRAY_FUNCTIONS})
