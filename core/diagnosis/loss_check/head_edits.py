"""Edits of a head that has a stretch without a gradient: softplus for a ReLU or a clamp, or another limit."""

import ast
from collections.abc import Iterator
from types import MappingProxyType

from .edit_sheet import EditSheet, argument_of, called, is_method
from .name_spellings import expected_of
from .own_source import Edit

# Limits that hardly ever bite, by what is limited: a std of 0.0067 of a log variance, of 0.001 of the others.
_LOG_LIMIT = "-10"
_LIMITS = MappingProxyType({"σ": "1e-3", "σ²": "1e-6"})
_RELUS = frozenset({"relu", "relu6", "ReLU"})
_CLAMPS = frozenset({"clamp", "clip", "clamp_min", "clip_by_value", "maximum", "max"})
_LIMIT_NAMES = ("min", "a_min", "x_min", "min_value", "clip_value_min")
_MOST_USES = 12


def heads(sheet: EditSheet) -> Iterator[Edit]:
    """Softplus for a ReLU or a clamp, a limit that does not bite for one that does, or a log variance as it is."""
    source = sheet.source
    for node in sheet.nodes(ast.Call):
        assert isinstance(node, ast.Call)
        inner, about = argument_of(node), source.segment(node)
        if inner is None:
            continue
        if called(node) in _RELUS:
            yield Edit("relu", (source.replace(node, sheet.spell("softplus", source.segment(inner))),), about, 0.8)
            yield Edit("no_head", (source.replace(node, source.segment(inner)),), about, 0.7)
        limit = _limit(node) if called(node) in _CLAMPS else None
        if limit is None:
            continue
        yield Edit("limit", (source.replace(limit, _far_limit(sheet, node, inner)),), about, 0.9)
        if isinstance(limit, ast.Constant) and limit.value == 0 and called(node) in ("maximum", "max"):
            yield Edit("relu", (source.replace(node, sheet.spell("softplus", source.segment(inner))),), about, 0.8)
        yield Edit("clamp", (source.replace(node, _softened(sheet, node, inner, limit)),), about, 1.2)


def _far_limit(sheet: EditSheet, node: ast.expr, inner: ast.expr) -> str:
    """A limit far below, by what the name of what is made, or of what is limited, says that it is."""
    above = sheet.source.parents.get(node)
    made = above.targets[0] if isinstance(above, ast.Assign) else inner
    for name in (sheet.source.segment(made), sheet.source.segment(inner)):
        for expected in expected_of(name):
            return _LIMITS.get(expected, _LOG_LIMIT)
    return _LIMITS["σ"] if isinstance(inner, ast.Call) and called(inner) in ("softplus", "exp") else _LOG_LIMIT


def _softened(sheet: EditSheet, node: ast.Call, inner: ast.expr, limit: ast.expr) -> str:
    """softplus(x) + c for clamp(x, min=c)."""
    text = sheet.spell("softplus", sheet.source.segment(inner))
    if isinstance(limit, ast.Constant) and limit.value == 0:
        return text
    text = f"{text} + {sheet.source.segment(limit)}"
    tight = isinstance(sheet.source.parents.get(node), ast.BinOp | ast.Attribute | ast.UnaryOp)
    return f"({text})" if tight else text


def _limit(node: ast.Call) -> ast.expr | None:
    """The lower limit of a clamp."""
    for keyword in node.keywords:
        if keyword.arg in _LIMIT_NAMES:
            return keyword.value
    at = 0 if is_method(node) else 1
    return node.args[at] if len(node.args) > at else None


def softened(sheet: EditSheet) -> Iterator[Edit]:
    """Softplus of a second output that is used as it is, though it may be below zero."""
    source = sheet.source
    for role in sheet.code.roles:
        uses = sheet.uses(role.name)[:_MOST_USES] if role.kind == "second" else []
        if not uses:
            continue
        text = f"{sheet.spell('softplus', role.name)} + 1e-6"
        places = tuple(source.replace(use, f"({text})" if _is_tight(sheet, use) else text) for use in uses)
        yield Edit("softplus_of", places, role.name, 1.5)


def _is_tight(sheet: EditSheet, use: ast.expr) -> bool:
    return isinstance(sheet.source.parents.get(use), ast.BinOp | ast.Attribute | ast.UnaryOp)
