"""How a record shows itself in a notebook. What draws it lies above this room, so the package's face registers it."""

from collections.abc import Callable, Mapping
from typing import Any

Bundle = Mapping[str, Any]  # what a notebook may show, by MIME type
Presenter = Callable[[Any, "set[str] | None", "set[str] | None"], Bundle]

_presenters: dict[str, Presenter] = {}


def present_with(presenter: Presenter) -> None:
    """From now on records are shown by `presenter(record, include, exclude)`, as `_repr_mimebundle_` describes them."""
    _presenters["any"] = presenter


def presented(record: object, include: "set[str] | None" = None, exclude: "set[str] | None" = None) -> Bundle:
    """What a notebook may show of a record, by MIME type: of all, or those of `include` that are not in `exclude`.

    Without a presenter it is the one line of its repr.
    """
    presenter = _presenters.get("any")
    return {"text/plain": repr(record)} if presenter is None else presenter(record, include, exclude)
