"""How a person's own code spells a function: torch.exp, tf.exp, K.exp, jnp.exp, np.exp, or exp alone."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from .own_source import OwnSource

# By framework: what stands before exp, log, sqrt and abs where the code calls none of them.
_ROOTS: Mapping[str, str] = MappingProxyType(
    {"": "", "torch": "torch.", "tensorflow": "tf.math.", "keras": "K.", "jax": "jnp.", "numpy": "np."}
)
_OF_TORCH = re.compile(r"\.[a-z]\w*\(|\bNormal\(")
_OTHERWISE: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("torch", "softplus"): "torch.nn.functional.softplus",
        ("torch", "mse_loss"): "torch.nn.functional.mse_loss",
        ("jax", "softplus"): "jax.nn.softplus",
        ("jax", "logsumexp"): "jax.nn.logsumexp",
        ("tensorflow", "logsumexp"): "tf.reduce_logsumexp",
        ("numpy", "softplus"): "np.logaddexp(0, %)",
    }
)
_USUAL = ("exp", "log", "sqrt", "abs")  # whose library is that of the rest
_LIBRARIES = (
    "torch",
    "tf",
    "tf.math",
    "K",
    "keras.backend",
    "ops",
    "keras.ops",
    "jnp",
    "np",
    "numpy",
    "math",
    "jax.numpy",
)


class OwnSpelling:
    """The functions of a framework as a code calls them."""

    def __init__(self, source: OwnSource, framework: str):
        self.framework, self.prefixes = framework or _usual(source.text), source.prefixes

    def __call__(self, function: str, argument: str) -> str:
        """A call of the function, as this code would write it."""
        name = self._name(function)
        return name.replace("%", argument) if "%" in name else f"{name}({argument})"

    def _name(self, function: str) -> str:
        if (own := self.prefixes.get(function)) and _is_library(own, function):
            return own
        if (other := _OTHERWISE.get((self.framework, function))) is not None:
            return f"F.{function}" if self.framework == "torch" and self._uses("F") else other
        return f"{self._root}{function}"

    @property
    def _root(self) -> str:
        for usual in _USUAL:
            if (own := self.prefixes.get(usual)) and _is_library(own, usual):
                root = own.removesuffix(usual)
                # math is for numbers; torch's functional and special have no exp
                return root if root != "math." else _ROOTS[self.framework]
        if self.framework == "keras" and not self._uses("K"):
            return "ops." if self._uses("ops") else "keras.ops."
        return _ROOTS[self.framework]

    def _uses(self, library: str) -> bool:
        return any(name.startswith(f"{library}.") for name in self.prefixes.values())


def _usual(text: str) -> str:
    """The framework of a code that names no library: arrays with methods and distributions are torch's."""
    return "torch" if _OF_TORCH.search(text) else ""


def _is_library(name: str, function: str) -> bool:
    """Whether a dotted name is a library's function, not a method of something."""
    root = name.removesuffix(function).rstrip(".")
    return root == "" or root in _LIBRARIES or root.startswith(("torch", "tf", "F", "jax", "keras", "K", "nn"))
