"""A Sphinx extension: the reference from the docstrings of what is public.

A line `<!-- reference: heteroscope.torch -->` of a page becomes the reference of each name in the module's `__all__`.
With names after the module, `<!-- reference: heteroscope.training.run Run -->`, it is of these alone. Where a version
has no such module, its heading goes too, which is the line above the mark.

The docstrings are plain text, with a line `name: meaning` for each field or argument. Here they become
reStructuredText.
"""

import inspect
import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

_MARK = re.compile(r"^(#+ .*\n\n)?<!-- reference: (\S+)((?: \w+)*) -->$", re.MULTILINE)
_FIELD = re.compile(r"([a-z_]\w*(?:, [a-z_]\w*)*): +(?=\S)")
_SPECIAL = re.compile(r"([\\*|]|\b_\b|_(?=\W|$))")
_CODE = re.compile(r"`([^`]+)`")
_NEXT_FIELD = re.compile(r"; (?=[a-z_]\w*(?:, [a-z_]\w*)*: )")
# In a checkout the library is `core`, and its command `python -m core`; the site is for those who installed it.
_NAMES = (
    (re.compile(r"\bpython -m core\b"), "heteroscope"),
    (re.compile(r"\bcore(?=\.[a-z_]| import\b)"), "heteroscope"),
)


def on_source(app: Any, page: str, source: list[str]) -> None:
    """Sphinx's event source-read: the marks of a page become directives."""
    source[0] = _MARK.sub(lambda found: _directives(found[1] or "", found[2], found[3].split()), source[0])


def _directives(heading: str, module: str, names: list[str]) -> str:
    """The directives of public names, below their heading. A module that is not in this version has neither."""
    try:
        if find_spec(module) is None:
            return ""
    except ModuleNotFoundError:  # nor is the package that it would be in
        return ""
    found = import_module(module)
    blocks = "\n\n".join(_directive(f"{module}.{name}", getattr(found, name)) for name in names or found.__all__)
    return f"{heading}```{{eval-rst}}\n{blocks}\n```"


def _directive(path: str, thing: Any) -> str:
    if inspect.ismodule(thing):
        return ""  # which has a mark of its own
    if inspect.isclass(thing):
        return f".. autoclass:: {path}\n   :members:"
    if inspect.isroutine(thing):
        return f".. autofunction:: {path}"
    is_own = type(thing).__module__.startswith("heteroscope")
    words = escaped(" ".join((type(thing).__doc__ or "").split())) if is_own else ""
    return f".. autodata:: {path}\n   :no-value:\n\n   {words}"


def on_docstring(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Sphinx's event autodoc-process-docstring: plain lines become reStructuredText, in their list."""
    # Of a table, autodoc has the words of `dict`.
    lines[:] = [] if what == "data" and type(thing).__module__ == "builtins" else list(as_rst(lines))


def on_member(app: Any, what: str, name: str, thing: Any, skip: bool, options: Any) -> bool | None:
    """Sphinx's event autodoc-skip-member: what pydantic adds to a class is not ours to explain."""
    return True if name.startswith("model_") else None


def as_rst(lines: list[str]) -> Iterator[str]:
    """A docstring of this project as reStructuredText: fields are a list, code is code, nothing else is markup."""
    in_example = in_field = False
    for line in _fields_apart(map(installed, lines)):
        text = line.strip()
        if not text:
            in_example = in_field = False
            yield ""
        elif in_example or text.startswith(">>> "):
            if not in_example:
                yield ""
            in_example = True
            yield line
        elif field := _FIELD.match(text):
            yield from () if in_field else ("",)
            in_field = True
            yield f"* **{escaped(field[1])}**: {escaped(text[field.end() :])}"
        else:
            yield f"  {escaped(text)}" if in_field else escaped(text)


def installed(text: str) -> str:
    """A line with the names that the library and its command have where they are installed."""
    for pattern, name in _NAMES:
        text = pattern.sub(name, text)
    return text


def _fields_apart(lines: Iterable[str]) -> Iterator[str]:
    """Two fields on one line, as in `y: observed; mean, std: predicted`, become two lines."""
    for line in lines:
        yield from _NEXT_FIELD.split(line) if _FIELD.match(line.strip()) else (line,)


def escaped(text: str) -> str:
    """A line without markup but for its code, which is between backticks."""
    parts = _CODE.split(text)
    words = [_SPECIAL.sub(r"\\\1", part).replace("`", r"\`") for part in parts[::2]]
    line = words[0]
    for code, after in zip(parts[1::2], words[1:], strict=True):
        before = r"\ " if line and not line[-1].isspace() and line[-1] not in "([{-/“" else ""
        line += f"{before}``{code}``" + (rf"\ {after}" if after and after[0].isalnum() else after)
    return line


def setup(app: Any) -> dict[str, bool]:
    """Sphinx calls this."""
    app.connect("source-read", on_source)
    app.connect("autodoc-process-docstring", on_docstring)
    app.connect("autodoc-skip-member", on_member)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
