"""The source of a function as an exported script carries it: laboratory and script run the same lines."""

import ast
import builtins
import dis
import inspect
import math
import re
from collections.abc import Callable, Iterator
from textwrap import dedent, indent
from types import CodeType, FunctionType, MappingProxyType
from typing import Any

import numpy as np

# What every script has under these names.
_KNOWN = MappingProxyType({**vars(builtins), "np": np, "math": math})
_MISSING = object()


def check_source(function: Callable[..., Any], row: str) -> None:
    """Raise ValueError where a script could not carry the function; `row` names the row of the table it stands in.

    It must be a plain `def`, and may use its arguments, builtins, np, math and other functions of this kind.
    """
    for part in _with_helpers(function, row):
        for name, value in _used(part).items():
            if not isinstance(value, FunctionType):
                raise ValueError(f"{row}: {part.__name__} uses {name}, which an exported script does not have")


def source(function: Callable[..., Any], name: str, says: str = "") -> str:
    """The function as Python text without annotations, called `name`, after the functions that it uses.

    An argument `xp`, the array library, is left out and stands for torch. `says` becomes the docstring.
    """
    *helpers, last = _with_helpers(function, name)
    return "\n\n".join([*(_text(helper, helper.__name__) for helper in helpers), _text(last, name, says)])


def _with_helpers(function: Callable[..., Any], row: str) -> list[FunctionType]:
    """The function, after those of its module that it uses, each once."""
    if not isinstance(function, FunctionType) or function.__name__ == "<lambda>" or function.__closure__:
        raise ValueError(f"{row}: {function!r} must be a plain def, whose source an exported script can carry")
    found: list[FunctionType] = []
    for used in _used(function).values():
        if isinstance(used, FunctionType) and used is not function:
            found += _with_helpers(used, row)
    return list(dict.fromkeys([*found, function]))


def _used(function: FunctionType) -> dict[str, Any]:
    """What the function uses of its module, by name, beyond what every script has."""
    codes = list(_codes(function.__code__))
    of_module = {
        name: function.__globals__[name] for code in codes for name in code.co_names if name in function.__globals__
    }
    of_module = {name: value for name, value in of_module.items() if value is not _KNOWN.get(name, _MISSING)}
    if not of_module:  # most are done here: to read the instructions takes a hundred times as long
        return {}
    loaded = {one.argval for code in codes for one in dis.get_instructions(code) if one.opname == "LOAD_GLOBAL"}
    return {name: value for name, value in of_module.items() if name in loaded}  # the others are attributes


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A function's code, and that of the comprehensions and functions within it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _text(function: FunctionType, name: str, says: str = "") -> str:
    lines = dedent(inspect.getsource(function)).splitlines()
    node = ast.parse("\n".join(lines)).body[0]
    assert isinstance(node, ast.FunctionDef)
    first = node.body[0]
    start = first.lineno - 1
    while lines[start - 1].lstrip().startswith("#"):
        start -= 1
    body = lines[start:]
    if first.lineno == node.lineno:  # def f(x): return x
        body[0] = body[0][first.col_offset :]
    arguments = [argument.arg for argument in node.args.args if argument.arg != "xp"]
    head = f"def {name}({', '.join(arguments)}):\n" + (f'    """{says}"""\n' if says else "")
    return head + re.sub(r"\bxp\b", "torch", indent(dedent("\n".join(body)), "    ")) + "\n"
