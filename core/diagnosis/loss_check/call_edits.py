"""Edits of what is handed to functions: a variance for a scale, an exponent, a head with a dead stretch, a shape."""

import ast
import re
from collections.abc import Iterator

from .edit_sheet import EditSheet, argument_of, called
from .own_source import Edit

_MOST_USES, _MOST_ARGUMENTS = 12, 4
_SUMS = frozenset({"sum", "mean", "reduce_sum", "reduce_mean"})
_RESHAPES = frozenset({"squeeze", "flatten", "unsqueeze", "view", "reshape", "ravel", "expand_dims"})


def exponents(sheet: EditSheet) -> Iterator[Edit]:
    """The exponent of an exp halved, doubled, or with the other sign."""
    source = sheet.source
    for node in sheet.nodes(ast.Call):
        assert isinstance(node, ast.Call)
        inner = argument_of(node)
        if called(node) != "exp" or inner is None:
            continue
        method = not node.args
        is_minus = isinstance(inner, ast.UnaryOp) and isinstance(inner.op, ast.USub)
        bare = inner.operand if isinstance(inner, ast.UnaryOp) and is_minus else inner
        sign = "-" if is_minus else ""
        half = _without_half(bare)
        if half is not None:
            text = sign + source.factor(half)
            yield Edit("whole_exp", (source.replace(inner, _operand(text, method)),), source.segment(node), 1.0)
        else:
            text = f"{sign}0.5 * {source.factor(bare)}"
            yield Edit("half_exp", (source.replace(inner, _operand(text, method)),), source.segment(node), 1.0)
            text = f"{sign}2 * {source.factor(bare)}"
            yield Edit("double_exp", (source.replace(inner, _operand(text, method)),), source.segment(node), 1.2)
        text = source.segment(bare) if is_minus else f"-{source.factor(bare)}"
        yield Edit("exp_sign", (source.replace(inner, _operand(text, method)),), source.segment(node), 1.0)


def _operand(text: str, method: bool) -> str:
    """The text as an argument, or in brackets before a method."""
    return f"({text})" if method and not text.isidentifier() else text


def _without_half(node: ast.expr) -> ast.expr | None:
    """x of 0.5*x, x*0.5 or x/2."""
    if not isinstance(node, ast.BinOp):
        return None
    if isinstance(node.op, ast.Div) and isinstance(node.right, ast.Constant) and node.right.value == 2:
        return node.left
    if isinstance(node.op, ast.Mult):
        for one, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(one, ast.Constant) and one.value == 0.5:
                return other
    return None


def wrapped(sheet: EditSheet) -> Iterator[Edit]:
    """A square, a root or an exp of a second output where it is used: at one place, or at all of them."""
    source = sheet.source
    for name in sheet.second_names:
        uses = sheet.uses(name)[:_MOST_USES]
        atom = name if re.fullmatch(r"[\w.\[\]:, ]+", name) else f"({name})"
        forms = {
            "squared": f"{atom}**2",
            "rooted": sheet.spell("sqrt", name),
            "exp_of": sheet.spell("exp", name),
            "exp_half_of": sheet.spell("exp", f"0.5 * {atom}"),
        }
        for kind, text in forms.items():
            for use in uses:
                yield Edit(kind, (source.replace(use, _fit(sheet, use, text)),), name, 1.4)
            if len(uses) > 1:
                everywhere = tuple(source.replace(use, _fit(sheet, use, text)) for use in uses)
                yield Edit(kind, everywhere, name, 1.5)
    for node in sheet.nodes(ast.Call):
        assert isinstance(node, ast.Call)
        for argument in [*node.args[1:], *(each.value for each in node.keywords)]:
            if isinstance(argument, ast.Call | ast.BinOp | ast.Subscript):
                about, atom = source.segment(argument), source.atom(argument)
                yield Edit("rooted", (source.replace(argument, sheet.spell("sqrt", about)),), about, 1.6)
                yield Edit("squared", (source.replace(argument, f"{atom}**2"),), about, 1.6)


def swapped(sheet: EditSheet) -> Iterator[Edit]:
    """Two arguments of a call in the other order."""
    source = sheet.source
    for node in sheet.nodes(ast.Call):
        assert isinstance(node, ast.Call)
        if not 2 <= len(node.args) <= _MOST_ARGUMENTS:
            continue
        for i, one in enumerate(node.args):
            for other in node.args[i + 1 :]:
                places = source.replace(one, source.segment(other)), source.replace(other, source.segment(one))
                yield Edit("swapped", places, source.segment(node), 0.9)


def _fit(sheet: EditSheet, use: ast.expr, text: str) -> str:
    """The text in the place of a use: a power under another power or before a method is in brackets."""
    above = sheet.source.parents.get(use)
    is_base = isinstance(above, ast.BinOp) and isinstance(above.op, ast.Pow) and above.left is use
    return f"({text})" if "**" in text and (is_base or isinstance(above, ast.Attribute)) else text


def shapes(sheet: EditSheet) -> Iterator[Edit]:
    """One shape for target and mean: without squeeze, with a slice for an index, or with an axis more or less."""
    source = sheet.source
    for node in sheet.nodes(ast.Call):
        assert isinstance(node, ast.Call)
        if called(node) in _RESHAPES and (inner := argument_of(node)) is not None:
            yield Edit("shape", (source.replace(node, source.segment(inner)),), source.segment(node), 1.0)
    indices = [last for node in sheet.nodes(ast.Subscript) if (last := _last_index(node)) is not None]
    if indices:
        slices = tuple(source.replace(last, f"{index}:{index + 1}") for last, index in indices)
        yield Edit("slice", slices, source.segment(source.parents[source.parents[indices[0][0]]]), 1.1)
    for role in sheet.code.roles:
        for use in sheet.uses(role.name) if role.kind in ("target", "mean") else ():
            atom = source.atom(use)
            yield Edit("axis", (source.replace(use, f"{atom}[..., 0]"),), role.name, 1.3)
            yield Edit("axis", (source.replace(use, f"{atom}[..., None]"),), role.name, 1.4)


def _last_index(node: ast.expr) -> tuple[ast.Constant, int] | None:
    """The number that takes one of the last axis, the 0 of out[:, 0], with its value."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Tuple) or not node.slice.elts:
        return None
    last = node.slice.elts[-1]
    if isinstance(last, ast.Constant) and type(last.value) is int and last.value >= 0:
        return last, last.value
    return None


def mixtures(sheet: EditSheet) -> Iterator[Edit]:
    """The log of a sum for a sum of logs."""
    source = sheet.source
    told = {remark.text for remark in sheet.code.remarks if remark.name == "mean_of_logs"}
    for node in sheet.nodes(ast.Call):
        assert isinstance(node, ast.Call)
        inner = argument_of(node)
        if called(node) not in _SUMS or inner is None or not (node.args or node.keywords):
            continue
        if not any(source.segment(node) in text or text in source.segment(node) for text in told):
            continue
        rest = [each for each in node.args if each is not inner]
        axis = [*map(source.segment, rest), *(f"{each.arg}={source.segment(each.value)}" for each in node.keywords)]
        text = sheet.spell("logsumexp", ", ".join([source.segment(inner), *axis]))
        yield Edit("logsumexp", (source.replace(node, text),), source.segment(node), 1.0)


def unstopped(sheet: EditSheet) -> Iterator[Edit]:
    """A mean or a second output whose gradient is not stopped."""
    source = sheet.source
    means = {role.name for role in sheet.code.roles if role.kind in ("mean", "target", "residual", "minus_residual")}
    for node in sheet.nodes(ast.Call):
        assert isinstance(node, ast.Call)
        inner = argument_of(node)
        if called(node) in ("detach", "stop_gradient") and inner is not None:
            parts = {source.segment(each) for each in ast.walk(inner) if isinstance(each, ast.expr)}
            kind = "unstopped_mean" if means & parts and not parts & set(sheet.second_names) else "unstopped"
            yield Edit(kind, (source.replace(node, source.segment(inner)),), source.segment(node), 1.0)
