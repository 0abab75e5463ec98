"""Norms of the gradients that a loop has left in its parameters. They are only read: no hook, no change."""

from collections import Counter
from typing import Any

import numpy as np

from .arrays import norms

MOST_PARAMETERS = 500
_MOST_OUTPUTS = 16  # rows of a weight matrix that are looked at one by one: those of a head
_LOOKS = 5  # in a row without any gradient
_OUTPUT = ", output "


class Gradients:
    """Looks at the gradients of named parameters. `norm` is that of all together, at the last look that saw any.

    `silent` names those with no gradient, or one of exactly 0, at each of the last looks, beside others that had one.
    A head is looked at output by output: "net.2.weight, output 2 of 2".
    """

    def __init__(self) -> None:
        self._parameters: list[tuple[str, Any]] = []
        self._zero: dict[str, int] = {}
        self.norm: float | None = None
        self.looks = 0

    def watch(self, net: Any) -> None:
        """Look at the trainable parameters of a module, or of a list of modules."""
        for module in net if isinstance(net, list | tuple) else [net]:
            self._parameters += [(name, each) for name, each in module.named_parameters() if each.requires_grad]
        del self._parameters[MOST_PARAMETERS:]

    def look(self) -> None:
        """Read the norms, with one transfer from a device. Where no gradient is there, it is no look."""
        found = [(name, each.grad) for name, each in self._parameters]
        if all(grad is None for _, grad in found):
            return
        names: list[str] = []
        grads: list[tuple[Any, bool]] = []
        for name, grad in found:
            if grad is None:
                self._zero[name] = self._zero.get(name, 0) + 1
                continue
            outputs = int(grad.shape[0]) if grad.ndim == 2 else 0
            by_row = 1 < outputs <= _MOST_OUTPUTS and not getattr(grad, "is_sparse", False)
            grads.append((grad.detach(), by_row))
            names += [f"{name}{_OUTPUT}{i} of {outputs}" for i in range(1, outputs + 1)] if by_row else [name]
        values = norms(grads)
        self.looks += 1
        self.norm = float(np.sqrt(np.sum(values**2)))
        for name, value in zip(names, values, strict=True):
            self._zero[name] = self._zero.get(name, 0) + 1 if value == 0 else 0

    @property
    def silent(self) -> tuple[str, ...]:
        """What has had no gradient for some looks; a matrix of which no row had one is named as a whole."""
        if self.norm is None or self.norm == 0:
            return ()
        zero = [name for name, count in self._zero.items() if count >= _LOOKS]
        of_each = Counter(name.partition(_OUTPUT)[0] for name in self._zero)
        quiet = Counter(name.partition(_OUTPUT)[0] for name in zero)
        wholes = {whole for whole, count in quiet.items() if count == of_each[whole]}
        return tuple(dict.fromkeys(whole if (whole := name.partition(_OUTPUT)[0]) in wholes else name for name in zero))
