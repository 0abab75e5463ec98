"""Mixtures: what the code works out over an axis of components is written out for two of them.

The outputs are then mu1, mu2, s1, s2 (t1, t2, …) and logit: the weights are sigmoid(logit) and sigmoid(−logit).
"""

from collections.abc import Mapping

from ..model.formulas.tree import Node, number
from .algebra import join
from .loss_code import Role
from .spellings import LOG_WORDS, pieces
from .values import LEAF

OVER = frozenset(["#logsumexp", "#total"])  # what goes over the components
_SYMBOLS = {"mean": "mu", "second": "s", "third": "t", "fourth": "u"}
COMPONENTS = 2
_LOGIT = Node("logit")


def is_mixture(tree: Node) -> bool:
    """Whether something goes over components."""
    return any(node.op in OVER for node in tree.walk())


def components(tree: Node, roles: Mapping[str, Role]) -> dict[str, tuple[Node, Node]]:
    """For each leaf that has components, what it is in the first and in the second."""
    over = {LEAF + name for name in _names_over(tree)}
    raw = _raw_logits(tree)
    made = {}
    for leaf in sorted(over):
        role = roles.get(leaf.removeprefix(LEAF))
        if role is None:
            continue
        if role.kind == "mixing":
            made[leaf] = _weights(leaf, raw)
        elif role.kind in _SYMBOLS:
            symbol = _SYMBOLS[role.kind]
            made[leaf] = Node(f"{symbol}1"), Node(f"{symbol}2")
    return made


def _names_over(tree: Node) -> set[str]:
    names: set[str] = set()
    for node in tree.walk():
        if node.op in OVER:
            names |= {name.removeprefix(LEAF) for name in node.names if name.startswith(LEAF)}
    return names


def _raw_logits(tree: Node) -> set[str]:
    """The leaves of which a softmax is taken: they are logits."""
    return {node.of[0].op for node in tree.walk() if node.op == "#logsumexp" and not node.of[0].of}


def _weights(leaf: str, raw: set[str]) -> tuple[Node, Node]:
    if leaf in raw:
        return _LOGIT, number(0.0)
    both = join("sigmoid", _LOGIT), join("sigmoid", join("neg", _LOGIT))
    if LOG_WORDS & set(pieces(leaf)):
        return join("log", both[0]), join("log", both[1])
    return both


def written_out(tree: Node, made: Mapping[str, tuple[Node, Node]], which: int = 0) -> Node:
    """The tree with everything that goes over components written out."""
    if not tree.of:
        return made[tree.op][which] if tree.op in made else tree
    if tree.op in OVER:
        first, second = (written_out(tree.of[0], made, at) for at in range(COMPONENTS))
        if tree.op == "#total":
            return join("add", first, second)
        return join("add", second, join("softplus", join("sub", first, second)))
    below = [written_out(each, made, which) for each in tree.of]
    return join("pow", *below, number(tree.value)) if tree.op == "power" else join(tree.op, *below)


def outputs_of(tree: Node) -> tuple[str, ...]:
    """The outputs of a mixture that stand in a tree, in order."""
    names = tree.names
    known = [f"{symbol}{at}" for symbol in _SYMBOLS.values() for at in (1, 2)]
    return tuple(name for name in ("mu", "s", "t", "u", *known, "logit") if name in names)
