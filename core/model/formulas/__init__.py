"""Losses per point as formulas: read, checked, written as text, LaTeX and torch code, and run with their gradients.

`parse` reads what a person types, `read` the formulas of the rows of LOSSES. Nothing that is read is ever run as code:
words are looked up in tables, and what stands in none of them is refused with one sentence that says where.
"""

from .parser import FormulaError, read
from .typed_formula import Formula, parse

__all__ = ["Formula", "FormulaError", "parse", "read"]
