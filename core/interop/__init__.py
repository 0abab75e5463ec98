"""Predictive distributions to and from other packages.

>>> from core.interop import from_scipy, to_scipy, to_torch, from_torch, to_arviz, toolbox_arrays
"""

from .arviz_data import to_arviz
from .scipy_laws import from_scipy, to_scipy
from .toolbox import ToolboxArrays, toolbox_arrays
from .torch_laws import from_torch, to_torch

__all__ = ["ToolboxArrays", "from_scipy", "from_torch", "to_arviz", "to_scipy", "to_torch", "toolbox_arrays"]
