"""Buttons, choices, downloads and tables, with the look that they have on every page."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeVar

import streamlit as st

from pages.shared.plain import table

T = TypeVar("T")


class Labelled(Protocol):
    """A row of a table that has a label."""

    @property
    def label(self) -> str:
        """What a person reads."""


def labels(rows: Mapping[str, Labelled]) -> dict[str, str]:
    """The label of each row."""
    return {name: row.label for name, row in rows.items()}


def button(
    label: str,
    key: str,
    click: Callable[..., None] | None,
    *args: Any,
    icon: str | None = None,
    primary: bool = False,
    disabled: bool = False,
    help: str | None = None,
) -> None:
    """A button; pressed, it calls `click(*args)` before the page is drawn again."""
    kind: Literal["primary", "secondary"] = "primary" if primary else "secondary"
    st.button(label, type=kind, icon=icon, key=key, on_click=click, args=args, disabled=disabled, help=help)


def choose(label: str, words: Mapping[T, str], default: T, key: str, help: str | None = None) -> T:
    """Buttons, one of which is always chosen; `words` has the label of each value."""
    return st.segmented_control(
        label, tuple(words), default=default, required=True, format_func=words.__getitem__, key=key, help=help
    )


def select(
    label: str,
    options: Sequence[str],
    value: str | None,
    key: str,
    click: Callable[[], None],
    help: str,
    words: Callable[[str], str] = str,
) -> None:
    """A select box that shows `value`, or nothing if that is no option; `click` reads the choice from the session."""
    index = options.index(value) if value in options else None
    st.session_state[key] = None if index is None else value
    st.selectbox(label, options, index, key=key, format_func=words, on_change=click, help=help)


def download(
    label: str,
    make: Callable[[], bytes | str],
    file_name: str,
    mime: str,
    key: str,
    *,
    disabled: bool = False,
    help: str | None = None,
) -> None:
    """A button for a file that is made once it is pressed. The page stays, or the browser could lose the file."""
    st.download_button(
        label,
        make,
        file_name,
        mime,
        icon=":material/download:",
        key=key,
        on_click="ignore",
        disabled=disabled,
        help=help,
    )


def put_table(key: str, rows: Sequence[Sequence[str]], *, escape: bool = True) -> None:
    """A table under a key that the style knows; see `plain.table`."""
    with st.container(key=key):
        st.markdown(table(rows, escape=escape))
