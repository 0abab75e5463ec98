"""What edits are proposed for: the lines of a loss, where its value is worked out, and the names of its outputs."""

import ast
from collections.abc import Iterator

from ...loss_code.loss_code import LossCode
from ...once import cached_property
from .likelihood_shape import named_trees
from .own_source import OwnSource, dotted, own_source
from .own_spelling import OwnSpelling

_REDUCTIONS = frozenset({"mean", "sum", "reduce_mean", "reduce_sum", "average", "nanmean", "nansum"})
_WRAPPERS = frozenset({"squeeze", "neg", "negative"})
_VALUES = ("loss", "nll", "cost", "objective", "total", "criterion")
_MOST_NODES = 3000
_LIBRARIES = frozenset(("torch", "F", "nn", "tf", "tfp", "K", "keras", "ops", "np", "numpy", "jnp", "jax", "math"))


class EditSheet:
    """A code as text and tree, in the part that makes the loss. Raises SyntaxError for a text that is no Python."""

    def __init__(self, code: LossCode):
        self.code = code
        self.source: OwnSource = own_source(code.source)
        self.spell = OwnSpelling(self.source, code.framework)

    @cached_property
    def scope(self) -> ast.AST:
        """The function of the loss, or all of the text."""
        body: ast.AST = self.source.tree
        for name in filter(None, self.code.function.split(".")):
            inner = [
                node
                for node in ast.walk(body)
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == name
            ]
            body = inner[-1] if inner else body
        return body

    def nodes(self, *kinds: type) -> Iterator[ast.expr]:
        """The expressions of these kinds where the loss is made, in the order of the text."""
        found = [node for node in ast.walk(self.scope) if isinstance(node, kinds) and hasattr(node, "lineno")]
        yield from sorted(found[:_MOST_NODES], key=self.source.span)  # type: ignore[type-var,misc]

    @cached_property
    def value(self) -> ast.expr | None:
        """The expression that is the loss, reductions and all, as it was assigned; None where no line shows it."""
        return None if self.final is None else self._resolved(self.final)

    @cached_property
    def final(self) -> ast.expr | None:
        """The last expression that is the loss: what is returned, what a loss is assigned, or the last line."""
        statements = self._statements
        returned = [node.value for node in statements if isinstance(node, ast.Return) and node.value is not None]
        named = [node.value for node in statements if isinstance(node, ast.Assign) and _is_loss(node.targets[0])]
        last = getattr(statements[-1], "value", None) if statements else None
        found = returned[-1] if returned else named[-1] if named else last
        found = found.body if isinstance(found, ast.Lambda) else found
        return self._assigned(found) if isinstance(found, ast.Name) else found

    @cached_property
    def _statements(self) -> list[ast.Return | ast.Assign | ast.Expr]:
        found = [node for node in ast.walk(self.scope) if isinstance(node, ast.Return | ast.Assign | ast.Expr)]
        return sorted(found, key=lambda node: (node.lineno, node.col_offset))

    def _assigned(self, name: ast.Name) -> ast.expr:
        """What a name was assigned last, or the name itself."""
        found = [
            each.value
            for each in self._statements
            if isinstance(each, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == name.id for target in each.targets)
        ]
        return found[-1] if found else name

    def _resolved(self, node: ast.expr) -> ast.expr:
        """The same where a name that is only reduced, as in nll.mean(), stands for what it was assigned."""
        inner = node
        while isinstance(inner, ast.Call) and called(inner) in _REDUCTIONS and is_method(inner):
            assert isinstance(inner.func, ast.Attribute)
            inner = inner.func.value
        assigned = self._assigned(inner) if isinstance(inner, ast.Name) else inner
        return assigned if isinstance(inner, ast.Name) and assigned is not inner else node

    @cached_property
    def core(self) -> ast.expr | None:
        """The same without reductions: the loss per point."""
        node = self.value
        while node is not None:
            if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
                node = node.operand
            elif isinstance(node, ast.Call) and called(node) in _REDUCTIONS | _WRAPPERS:
                node = argument_of(node)
            else:
                return node
        return None

    @cached_property
    def second_names(self) -> list[str]:
        """What the code calls the second output and the quantities made of it, as it writes them."""
        return list(dict.fromkeys(name for name, _ in named_trees(self.code)))

    def uses(self, name: str) -> list[ast.expr]:
        """The places where a name, or an expression such as out[:, 1], is used and not assigned."""
        kinds = (ast.Name, ast.Subscript, ast.Attribute)
        found = [
            node
            for node in self.nodes(*kinds)
            if isinstance(getattr(node, "ctx", None), ast.Load) and self.source.segment(node) == name
        ]
        return [node for node in found if not isinstance(self.source.parents.get(node), ast.arguments)]


def called(node: ast.Call) -> str:
    """The last name of the function or method that is called."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def is_method(node: ast.Call) -> bool:
    """Whether it is a method of an array, not a function of a library."""
    return isinstance(node.func, ast.Attribute) and dotted(node.func.value).split(".")[0] not in _LIBRARIES


def argument_of(node: ast.Call) -> ast.expr | None:
    """What a function is called with, or an array whose method is called."""
    if isinstance(node.func, ast.Attribute) and is_method(node):
        return node.func.value
    return node.args[0] if node.args else None


def _is_loss(target: ast.expr) -> bool:
    name = target.id.lower() if isinstance(target, ast.Name) else ""
    return name == "l" or any(word in name for word in _VALUES)
