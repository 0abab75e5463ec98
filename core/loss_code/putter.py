"""The trees of the code in our symbols, each part worked out once however often it stands there."""

from collections.abc import Mapping

from ..model.formulas.tree import Node, number
from .algebra import join
from .mixtures import OVER
from .values import LEAF

LARGEST = 500  # nodes of a quantity


class Putter:
    """Puts the trees of names into those of the code, each part once."""

    def __init__(self, trees: Mapping[str, Node]):
        self.trees = trees
        self.done: dict[int, tuple[Node, Node | None]] = {}  # by identity, for equal trees are long to compare

    def of(self, tree: Node) -> Node | None:
        """The tree in our symbols, without stops; None where a name has no role, or it is too large or has no value."""
        if id(tree) not in self.done:
            self.done[id(tree)] = tree, self._worked_out(tree)
        return self.done[id(tree)][1]

    def _worked_out(self, tree: Node) -> Node | None:
        if not tree.of:
            return self.trees.get(tree.op, None if tree.op.startswith(LEAF) else tree)
        if tree.size > LARGEST or tree.op in OVER:
            return None
        if tree.op in ("stop", "#through"):
            return self.of(tree.of[0])
        below = [self.of(each) for each in tree.of]
        known = [each for each in below if each is not None]
        if len(known) < len(below):
            return None
        try:
            return join("pow", *known, number(tree.value)) if tree.op == "power" else join(tree.op, *known)
        except ArithmeticError:
            return None
