"""A Sphinx extension: formulas become MathML, which browsers draw themselves: the site loads nothing from elsewhere."""

import re
from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml

# What docutils reads otherwise than TeX does: a digit or letter without braces as an argument.
_FRACTION = re.compile(r"\\[td]?frac\s*(\w|\{[^{}]*\})\s*(\w|\{[^{}]*\})")
_ROOT = re.compile(r"\\sqrt\s*(\w)")
_NAME = re.compile(r"\\(log|min|max|mathrm\{KL\})(?=\s*[\\a-z(])")  # before what it is of, a little space


def mathml(formula: str, as_block: bool = False) -> str:
    """A formula of TeX as MathML."""
    braced = _FRACTION.sub(lambda found: rf"\frac{{{found[1].strip('{}')}}}{{{found[2].strip('{}')}}}", formula)
    return str(tex2mathml(_NAME.sub(r"\\\1\\,", _ROOT.sub(r"\\sqrt{\1}", braced)), as_block=as_block))


def on_math(writer: Any, node: Any) -> None:
    """A formula inside a line."""
    writer.body.append(mathml(node.astext()))
    raise nodes.SkipNode


def on_block(writer: Any, node: Any) -> None:
    """A formula on a line of its own, which scrolls inside itself where it is too wide."""
    writer.body.append(f'<div class="math">{mathml(node.astext(), as_block=True)}</div>\n')
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, bool]:
    """Sphinx calls this."""
    app.add_html_math_renderer("mathml", inline_renderers=(on_math, None), block_renderers=(on_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
