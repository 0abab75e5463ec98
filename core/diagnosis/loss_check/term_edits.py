"""Edits of the terms of a loss: a ½ that was lost, a sign, a missing logarithm, a root for a square."""

import ast
from collections.abc import Iterator

from .edit_sheet import EditSheet, is_method
from .name_spellings import expected_of
from .own_source import Edit, Replacement, dotted

_LARGEST_EPSILON = 1e-3


def terms_of(node: ast.expr) -> list[ast.expr]:
    """The terms of a sum or a difference."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        return [*terms_of(node.left), *terms_of(node.right)]
    return [node]


def sums(sheet: EditSheet) -> Iterator[ast.expr]:
    """The sums that are not part of another sum."""
    for node in sheet.nodes(ast.BinOp):
        if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Add | ast.Sub):
            continue
        above = sheet.source.parents.get(node)
        if not (isinstance(above, ast.BinOp) and isinstance(above.op, ast.Add | ast.Sub)):
            yield node


def halves(sheet: EditSheet) -> Iterator[Edit]:
    """½ before a term of a sum."""
    data = {role.name for role in sheet.code.roles if role.kind in ("target", "mean")}
    for node in sums(sheet):
        for term in terms_of(node):
            if isinstance(term, ast.Constant) or sheet.source.segment(term) in data:
                continue
            text = f"0.5 * {sheet.source.factor(term)}"
            yield Edit("half", (sheet.source.replace(term, text),), sheet.source.segment(term), 1.0)


def doubles(sheet: EditSheet) -> Iterator[Edit]:
    """A ½ taken off a product or a quotient."""
    source = sheet.source
    for node in sheet.nodes(ast.BinOp):
        assert isinstance(node, ast.BinOp)
        if isinstance(node.op, ast.Mult) and _is(node.left, 0.5):
            yield Edit("double", (source.replace(node, source.segment(node.right)),), source.segment(node.right), 1.3)
        elif isinstance(node.op, ast.Div) and _is(node.right, 2):
            yield Edit("double", (source.replace(node, source.segment(node.left)),), source.segment(node.left), 1.3)


def _is(node: ast.expr, value: float) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value == value


def signs(sheet: EditSheet) -> Iterator[Edit]:
    """Plus for minus between two terms, and minus for plus."""
    source = sheet.source
    for node in sheet.nodes(ast.BinOp):
        assert isinstance(node, ast.BinOp)
        if not isinstance(node.op, ast.Add | ast.Sub):
            continue
        old, new = ("+", "-") if isinstance(node.op, ast.Add) else ("-", "+")
        start, end = source.span(node.left)[1], source.span(node.right)[0]
        at = source.text.find(old, start, end)
        if at >= 0:
            yield Edit("sign", (Replacement(at, at + 1, new),), source.segment(node.right), 1.1)


def minus(sheet: EditSheet) -> Iterator[Edit]:
    """The minus sign before the whole loss, or without it."""
    node, source = sheet.final, sheet.source
    if node is None:
        return
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield Edit("no_minus", (source.replace(node, source.segment(node.operand)),), source.segment(node), 1.0)
    else:
        yield Edit("minus", (source.replace(node, f"-{source.factor(node)}"),), source.segment(node), 0.9)


def missing_log(sheet: EditSheet) -> Iterator[Edit]:
    """The log of the spread, after the residual term."""
    core, source = sheet.core, sheet.source
    if core is None:
        return
    end = source.span(core)[1]
    inside = isinstance(core, ast.BinOp | ast.Call | ast.Name | ast.UnaryOp)
    for name in sheet.second_names if inside else ():
        log = sheet.spell("log", name)
        for term in _by_name(name, log):
            before, after = ("(", ")") if _is_bare_operand(sheet, core) else ("", "")
            start = source.span(core)[0]
            edit = (Replacement(start, start, before), Replacement(end, end, f" + {term}{after}"))
            yield Edit("log_term", edit, name, 2.0)


def _by_name(name: str, log: str) -> tuple[str, ...]:
    """The log term that the name asks for, first."""
    expected = (*expected_of(name), "")[0]
    of = {
        "log σ²": (f"0.5 * {name}", name),
        "log σ": (name,),
        "σ²": (f"0.5 * {log}", log),
        "σ": (log,),
        "1/σ²": (f"-0.5 * {log}",),
    }
    return of.get(expected, (f"0.5 * {name}", name, f"0.5 * {log}", log))


def _is_bare_operand(sheet: EditSheet, core: ast.expr) -> bool:
    """Whether the loss per point stands unbracketed before a method: F.mse_loss(…).mean()."""
    return isinstance(sheet.source.parents.get(core), ast.Attribute) and not isinstance(core, ast.BinOp)


def squares(sheet: EditSheet) -> Iterator[Edit]:
    """The square for its root, for a size, or for a bare residual."""
    source = sheet.source
    for node in sheet.nodes(ast.Call, ast.BinOp):
        inner = _rooted(node)
        if inner is not None and _is_square(inner):
            yield Edit("root", (source.replace(node, source.segment(inner)),), source.segment(node), 0.8)
        if isinstance(node, ast.Call):
            yield from _sizes(sheet, node)
    for node in _residuals(sheet):
        start, end = source.span(node)
        closing = _closing(source.text, start, end) if isinstance(node, ast.BinOp) else end
        if closing:
            yield Edit("bare", (Replacement(closing, closing, "**2"),), source.segment(node), 1.2)


def _sizes(sheet: EditSheet, node: ast.Call) -> Iterator[Edit]:
    """The square for the size of a residual, and the squared for the absolute error."""
    source, about = sheet.source, sheet.source.segment(node)
    inner = _argument(node, "abs") or _argument(node, "absolute")
    if inner is not None:
        of_method = is_method(node) and isinstance(sheet.source.parents.get(node), ast.Attribute)
        square = f"{about[: about.rfind('.')]}.pow(2)" if of_method else f"{source.atom(inner)}**2"
        yield Edit("size", (source.replace(node, square),), about, 1.0)
    for name, kind in (("smooth_l1_loss", "huber"), ("huber_loss", "huber"), ("l1_loss", "size")):
        if (own := source.segment(node.func)).endswith(name):
            new = f"{own[: -len(name)]}mse_loss"
            yield Edit(kind, (source.replace(node.func, new),), own, 1.0)
            return


def unsquared(sheet: EditSheet) -> Iterator[Edit]:
    """A second output itself where its square stands, at one place or at all."""
    source, found = sheet.source, []
    for node in sheet.nodes(ast.BinOp):
        if _is_square(node) and isinstance(node, ast.BinOp) and source.segment(node.left) in sheet.second_names:
            found.append(source.replace(node, source.segment(node.left)))
            yield Edit("unsquared", (found[-1],), source.segment(node), 1.0)
    if len(found) > 1:
        yield Edit("unsquared", tuple(found), "", 1.2)


def unweighted(sheet: EditSheet) -> Iterator[Edit]:
    """A constant factor on one term taken off, and a constant taken off a spread."""
    source = sheet.source
    constants = {role.name for role in sheet.code.roles if role.kind == "constant"}
    assigned = {node.targets[0].id for node in ast.walk(sheet.scope) if _is_constant_assignment(node)}  # type: ignore[attr-defined]
    for node in sheet.nodes(ast.BinOp):
        assert isinstance(node, ast.BinOp)
        for factor, rest in ((node.left, node.right), (node.right, node.left)):
            bare = source.segment(factor)
            is_number = isinstance(factor, ast.Constant) and not _is(factor, 0.5) and not _is(factor, 2)
            if isinstance(node.op, ast.Mult) and (is_number or bare in constants | assigned):
                yield Edit("unweighted", (source.replace(node, source.segment(rest)),), bare, 1.2)
            elif isinstance(node.op, ast.Add) and is_number and isinstance(rest, ast.Call):
                yield Edit("unshifted", (source.replace(node, source.segment(rest)),), source.segment(node), 1.3)


def _is_constant_assignment(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Constant)
    )


def natural(sheet: EditSheet) -> Iterator[Edit]:
    """The natural logarithm for one to the base of ten or two."""
    source = sheet.source
    for node in sheet.nodes(ast.Call):
        assert isinstance(node, ast.Call)
        own = source.segment(node.func)
        if own.endswith(("log10", "log2")):
            name = own.removesuffix("10").removesuffix("2")
            yield Edit("natural", (source.replace(node.func, name),), own, 0.8)


def inverted(sheet: EditSheet) -> Iterator[Edit]:
    """Times a second output where it is divided by, and the other way round."""
    source = sheet.source
    for node in sheet.nodes(ast.BinOp):
        assert isinstance(node, ast.BinOp)
        if isinstance(node.op, ast.Div | ast.Mult) and source.segment(node.right) in sheet.second_names:
            mark, new = ("/", "*") if isinstance(node.op, ast.Div) else ("*", "/")
            start, end = source.span(node.left)[1], source.span(node.right)[0]
            at = source.text.find(mark, start, end)
            if at >= 0:
                yield Edit("inverted", (Replacement(at, at + 1, new),), source.segment(node.right), 1.1)


def _rooted(node: ast.expr) -> ast.expr | None:
    """What a square root is taken of."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and _is(node.right, 0.5):
        return node.left
    return _argument(node, "sqrt")


def _argument(node: ast.expr, function: str) -> ast.expr | None:
    """The argument of a call of this function, or what it is a method of."""
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Name):
        return node.args[0] if node.func.id == function and node.args else None
    if isinstance(node.func, ast.Attribute) and node.func.attr == function:
        return node.args[0] if node.args else node.func.value
    return None


def _is_square(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Pow) and _is(node.right, 2)
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else dotted(node.func)
    return name == "square" or (name in ("pow", "power") and bool(node.args) and _is(node.args[-1], 2))


def _residuals(sheet: EditSheet) -> Iterator[ast.expr]:
    """Differences and residuals that are neither squared nor arguments of a function."""
    names = {role.name for role in sheet.code.roles if role.kind in ("residual", "minus_residual")}
    ends = {role.name for role in sheet.code.roles if role.kind in ("target", "mean")}
    for node in sheet.nodes(ast.BinOp, ast.Name):
        above = sheet.source.parents.get(node)
        if isinstance(above, ast.BinOp) and isinstance(above.op, ast.Pow):
            continue
        if isinstance(above, ast.Call | ast.Attribute):
            continue
        if isinstance(node, ast.Name) and node.id in names and isinstance(node.ctx, ast.Load):
            yield node
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
            sides = {sheet.source.segment(node.left), sheet.source.segment(node.right)}
            if sides <= ends:
                yield node


def _closing(text: str, start: int, end: int) -> int:
    """The index behind the bracket that closes right after `end`, if one opened right before `start`; else 0."""
    after = len(text[end:]) - len(text[end:].lstrip())
    return end + after + 1 if text[:start].rstrip().endswith("(") and text[end + after : end + after + 1] == ")" else 0


def log_of_exp(sheet: EditSheet) -> Iterator[Edit]:
    """The log of a density worked out, with or without an ε in it: E − log D for log(ε + exp(E)/D)."""
    source = sheet.source
    for node in sheet.nodes(ast.Call):
        inner = _argument(node, "log")
        if inner is None:
            continue
        kept = [term for term in terms_of(inner) if not _is_epsilon(term)]
        if len(kept) != 1:
            continue
        found = _density(kept[0])
        if found is None:
            continue
        exponent, below = found
        start = source.segment(exponent)
        log = sheet.spell("log", source.segment(below)) if below is not None else ""
        above = source.parents.get(node)
        if isinstance(above, ast.UnaryOp) and isinstance(above.op, ast.USub) and start.startswith("-"):
            text, place = start[1:] + (f" + {log}" if log else ""), above
            text = f"({text})" if isinstance(source.parents.get(above), ast.BinOp | ast.Attribute) else text
        else:
            text, place = f"({start} - {log})" if log else f"({start})", node
        yield Edit("log_density", (source.replace(place, text),), source.segment(node), 2.0)


def _is_epsilon(node: ast.expr) -> bool:
    """Whether it is a number that only keeps a logarithm from zero."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float) and 0 < node.value <= _LARGEST_EPSILON
    return isinstance(node, ast.Name) and node.id.lower() in ("eps", "epsilon", "tiny")


def _density(node: ast.expr) -> tuple[ast.expr, ast.expr | None] | None:
    """(E, D) of exp(E)/D; D is None where nothing is divided by."""
    exponent = _argument(node, "exp")
    if exponent is not None:
        return exponent, None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        exponent = _argument(node.left, "exp")
        return None if exponent is None else (exponent, node.right)
    return None
