"""The head of a loss in torch: from what a network gives to the log of the spread that the loss takes."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..model.formulas.program import value
from ..model.formulas.tree import Node
from ..model.head import S
from ..model.losses import Loss


@dataclass(frozen=True)
class Spread:
    """`Loss.spread_of` in torch: the output `at` as a tree in what the network gives; nothing changes without one."""

    at: int = 0
    tree: Node | None = None

    @classmethod
    def of(cls, row: Loss) -> "Spread":
        """That of a row with its head."""
        if row.head.is_own or row.spread_at is None:
            return cls()
        return cls(row.spread_at, row.head.log_spread(row.outputs[row.spread_at].log_power))

    def __call__(self, each: Sequence[Tensor]) -> Sequence[Tensor]:
        """H outputs (...) as the loss has them."""
        if self.tree is None:
            return each
        return [*each[: self.at], value(self.tree, torch, {S: each[self.at]}), *each[self.at + 1 :]]
