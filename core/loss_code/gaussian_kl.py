"""Whether a tree is a KL divergence between two Gaussians, told by its values at random points."""

from collections.abc import Callable
from itertools import permutations

import numpy as np

from ..model.formulas.program import value
from ..model.formulas.tree import Node
from .algebra import without_stops
from .values import LEAF

_AS_VARIANCE: tuple[Callable[[np.ndarray], np.ndarray], ...] = (
    np.exp,
    lambda log_std: np.exp(2 * log_std),
    np.abs,
    np.square,
)
_POINTS = 7


def is_kl(tree: Node) -> tuple[str, ...]:
    """The leaves mean, spread, mean, spread of the first and the second Gaussian; () for any other tree.

    Of a KL to the standard normal, the first two.
    """
    leaves = sorted(name for name in tree.names if name.startswith(LEAF))
    if len(leaves) not in (2, 4) or any(node.op.startswith("#") and node.of for node in tree.walk()):
        return ()
    rng = np.random.default_rng(0)
    given = {name: rng.uniform(0.3, 1.7, _POINTS) for name in leaves}
    with np.errstate(all="ignore"):
        found = np.asarray(value(without_stops(tree), np, given))
    if found.shape != (_POINTS,) or not np.isfinite(found).all():
        return ()
    for order in permutations(leaves):
        for spread in _AS_VARIANCE:
            mean, var = given[order[0]], spread(given[order[1]])
            mean_q, var_q = (given[order[2]], spread(given[order[3]])) if len(order) == 4 else (0.0, 1.0)
            kl = 0.5 * (np.log(var_q / var) + (var + (mean - mean_q) ** 2) / var_q - 1)
            if _same(found, kl):
                return tuple(name.removeprefix(LEAF) for name in order)
    return ()


def _same(found: np.ndarray, kl: np.ndarray) -> bool:
    """Up to a factor and a constant."""
    a, b = found - found.mean(), kl - kl.mean()
    factor = float(a @ b) / float(b @ b)
    return bool(np.allclose(a, factor * b, rtol=1e-9, atol=1e-9)) and factor != 0
