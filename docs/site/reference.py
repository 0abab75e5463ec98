"""A Sphinx extension: the reference from the docstrings of what is public.

A line `<!-- reference: heteroscope.torch -->` of a page becomes a table of the names in the module's `__all__` and then
the reference of each. With names after the module, `<!-- reference: heteroscope.monitor.keras MonitorCallback -->`, it
is of these alone. `<!-- result: heteroscope.training.run Run predict -->` is a class that users get and never make: it
has no arguments, and of its members only those named.

The docstrings are plain text, with a line `name: meaning` for each field or argument. Here they become
reStructuredText.
"""

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from docs.site.names import installed

_MARK = re.compile(r"^<!-- reference: (\S+)((?: \w+)*) -->$", re.MULTILINE)
_RESULT = re.compile(r"^<!-- result: (\S+) (\w+)((?: \w+)*) -->$", re.MULTILINE)
_FIELD = re.compile(r"([a-z_]\w*(?:, [a-z_]\w*)*) ?: +(?=\S)")
_LABEL = re.compile(r"(Outputs, in their order|Per point|Read as|Unit of the value|Source|Options): +(?=\S)")
_SPECIAL = re.compile(r"([\\*|]|\b_\b|_(?=\W|$))")
_CODE = re.compile(r"`([^`]+)`")
_NEXT_FIELD = re.compile(r"(?:;|(?<=\.)) (?=[a-z_]\w*(?:, [a-z_]\w*)*: )|(?<=\.) (?=Unit of the value: )")
_CALLS = re.compile(r"(\w+)\(\*\*options\)\(")  # the first line of a function that does what a module does
SHORT = 25  # letters of a sentence that is only a name, such as “β-NLL.”
# What a table of a module is: a table has no docstring of its own.
DATA: Mapping[str, str] = MappingProxyType(
    {
        "presets": 'Every named experiment, by its name: `presets["quick"]` is an `Experiment`.',
        "LOSS_MODULES": 'The class of each loss by the name of its row: `LOSS_MODULES["beta_nll"]` is `BetaNLLLoss`.',
        "LOSS_FUNCTIONS": "The function of each loss by the name of its row.",
        "HEADS": 'The loss of each head: `HEADS["QuantileHead"]` is `"pinball"`.',
        "HEAD_MODULES": "The class of each head by its name.",
    }
)
# How numpy spells out two of its types, and what a reader knows them as.
_P = r"~?[\w.]*"
_ARRAYS = rf"{_P}_SupportsArray\[{_P}dtype\[{_P}Any\]\]"
_SCALARS = rf"{_P}complex \| {_P}bytes \| {_P}str"
_TYPES = (
    (
        re.compile(
            rf"{_P}_Buffer \| {_ARRAYS} \| {_P}_NestedSequence\[{_ARRAYS}\] \| {_SCALARS} \| "
            rf"{_P}_NestedSequence\[{_SCALARS}\]"
        ),
        "~numpy.typing.ArrayLike",
    ),
    (re.compile("<factory>"), "…"),
    (re.compile(rf"{_P}ndarray\[{_P}tuple\[{_P}Any, \.\.\.\], {_P}dtype\[{_P}float64\]\]"), "~numpy.ndarray"),
)


def on_source(app: Any, page: str, source: list[str]) -> None:
    """Sphinx's event source-read: the marks of a page become directives."""
    from sphinx.ext.autodoc.mock import mock  # the tests of this file do without Sphinx

    with mock(app.config.autodoc_mock_imports):
        source[0] = _MARK.sub(lambda found: _directives(found[1], found[2].split()), source[0])
        source[0] = _RESULT.sub(lambda found: _result(found[1], found[2], found[3].split()), source[0])


def _directives(module: str, names: list[str]) -> str:
    """A table of public names, and the directives of each."""
    found = import_module(module)
    things = {f"{module}.{name}": getattr(found, name) for name in names or found.__all__}
    things = {path: thing for path, thing in things.items() if not inspect.ismodule(thing)}  # it has its own mark
    blocks = [_contents(things)] if len(things) > 2 else []
    return _rst([*blocks, *(_directive(path, thing) for path, thing in things.items())])


def _result(module: str, name: str, members: list[str]) -> str:
    """The directive of a class without its arguments, and with these members."""
    assert all(hasattr(getattr(import_module(module), name), member) for member in members), f"{name}: {members}"
    listed = f"\n   :members: {', '.join(members)}" if members else ""
    return _rst([f".. autoclass:: {module}.{name}()\n   :member-order: bysource{listed}"])


def _rst(blocks: Iterable[str]) -> str:
    return "```{eval-rst}\n" + "\n\n".join(blocks) + "\n```"


def _contents(things: Mapping[str, Any]) -> str:
    """A table: each name, which leads to its reference, and the first sentence of it."""
    rows = (f"   * - :py:obj:`~{path}`\n     - {summary(path, thing)}" for path, thing in things.items())
    return "\n".join((".. list-table::", "   :class: names", "", *rows))


def summary(path: str, thing: Any) -> str:
    """The first sentence of what is said of a public thing, after its name if that comes first."""
    name = path.rpartition(".")[2]
    words = DATA[name] if name in DATA else (inspect.getdoc(thing) or "").split("\n\n")[0]
    if calls := _CALLS.match(words):
        return f"The function of :py:obj:`~{path.rpartition('.')[0]}.{calls[1]}`."
    first, *rest = re.split(r"(?<=[.;:]) (?=[A-Z])", " ".join(words.split()))
    return escaped(installed(first if len(first) > SHORT or not rest else f"{first} {rest[0]}"))


def _directive(path: str, thing: Any) -> str:
    name = path.rpartition(".")[2]
    if name in DATA:
        return f".. autodata:: {path}\n   :no-value:\n\n   {escaped(DATA[name])}"
    return f".. autoclass:: {path}\n   :members:" if inspect.isclass(thing) else f".. autofunction:: {path}"


def on_signature(
    app: Any, what: str, name: str, thing: Any, options: Any, arguments: str | None, gives: str | None
) -> tuple[str | None, str | None]:
    """Sphinx's event autodoc-process-signature: types have the names that their readers know."""
    return known_types(arguments), known_types(gives)


def known_types(text: str | None) -> str | None:
    """A signature without what numpy's two types for arrays consist of."""
    for pattern, name in _TYPES:
        text = text and pattern.sub(name, text)
    return text


def on_docstring(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Sphinx's event autodoc-process-docstring: plain lines become reStructuredText, in their list."""
    if what == "data":  # autodoc has the words of `dict`
        lines[:] = []
    elif lines and (calls := _CALLS.match(lines[0])):
        lines[:] = [f"The same as ``{lines[0].rstrip('.')}``; see :py:obj:`~{name.rpartition('.')[0]}.{calls[1]}`."]
    else:
        lines[:] = list(as_rst(lines))


def on_member(app: Any, what: str, name: str, thing: Any, skip: bool, options: Any) -> bool | None:
    """Sphinx's event autodoc-skip-member: what pydantic and scikit-learn add to a class is not ours to explain."""
    is_added = name.startswith("model_") or re.fullmatch(r"set_\w+_request", name)
    return True if is_added or (getattr(thing, "__doc__", "") or "").startswith("Alias for field") else None


def as_rst(lines: list[str]) -> Iterator[str]:
    """A docstring of this project as reStructuredText: fields are a list, code is code, nothing else is markup."""
    in_example = in_field = False
    for line, following in pairwise([*_fields_apart(map(installed, lines)), ""]):
        text = line.strip()
        field, label = _FIELD.match(text), _LABEL.match(text)
        if not text or _is_rule(text):
            in_example = in_field = False
            yield ""
        elif in_example or text.startswith(">>> "):
            if not in_example:
                yield ""
            in_example = True
            yield line
        elif _is_rule(following):
            yield f"**{text}**"
        elif field or label:
            yield from () if in_field else ("",)
            in_field = True
            name, meaning = (part.strip() for part in text.split(":", 1))
            yield f"* **{escaped(name.strip())}**: {_formula(meaning) if name == 'Per point' else escaped(meaning)}"
        else:
            yield f"  {escaped(text)}" if in_field else escaped(text)


def _is_rule(line: str) -> bool:
    """Whether a line is the one below a heading such as `Parameters`."""
    return set(line.strip()) == {"-"}


def _formula(text: str) -> str:
    return f":math:`{text}`" if "\\" in text else f"``{text}``"


def _fields_apart(lines: Iterable[str]) -> Iterator[str]:
    """Two fields on one line, as in `y: observed; mean, std: predicted`, become two lines."""
    for line in lines:
        yield from _NEXT_FIELD.split(line) if _FIELD.match(line.strip()) or _LABEL.match(line.strip()) else (line,)


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
    app.connect("autodoc-process-signature", on_signature)
    app.connect("autodoc-skip-member", on_member)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
