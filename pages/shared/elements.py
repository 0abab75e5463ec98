"""Buttons, choices, downloads and tables, with the look that they have on every page."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import streamlit as st

from pages.shared.plain import table

if TYPE_CHECKING:
    import pandas as pd
    from pandas.io.formats.style import Styler

T = TypeVar("T")


def labels(rows: Mapping[str, Any]) -> dict[str, str]:
    """The label of each row of a table."""
    return {name: row.label for name, row in rows.items()}


def button(label: str, key: str, click: Callable[..., None], *args: Any, primary: bool = False, **options: Any) -> None:
    """A button; pressed, it calls `click(*args)` before the page is drawn again. `options` are Streamlit's."""
    kind: Literal["primary", "secondary"] = "primary" if primary else "secondary"
    st.button(label, key, type=kind, on_click=click, args=args, **options)


def choose(label: str, words: Mapping[T, str], default: T, key: str, help: str | None = None) -> T:
    """Buttons, one of which is always chosen; `words` has the label of each value."""
    return st.segmented_control(
        label, tuple(words), default=default, required=True, format_func=words.__getitem__, key=key, help=help
    )


def select(
    label: str, options: Sequence[str], value: str | None, key: str, click: Callable[[], None], **others: Any
) -> None:
    """A select box that shows `value`, or nothing if that is no option; `click` reads the choice from the session.

    A browser that is late sends the label of an option that the box has no more. Nobody chose that: `click` is not
    called, and the box shows `value` again.
    """
    index = options.index(value) if value in options else None
    st.session_state[key] = None if index is None else value
    args = key, options, click
    st.selectbox(label, options, index, key=key, on_change=_if_an_option, args=args, **others)


def _if_an_option(key: str, options: Sequence[str], click: Callable[[], None]) -> None:
    if (chosen := st.session_state[key]) is None or chosen in options:
        click()


def download(label: str, make: Callable[[], bytes | str], file: str, mime: str, key: str, **options: Any) -> None:
    """A button for a file that is made once it is pressed. The page stays, or the browser could lose the file."""
    options = {"icon": ":material/download:", **options}
    st.download_button(label, make, file, mime, key=key, on_click="ignore", **options)


def section(name: str, title: str, **options: Any) -> None:
    """The heading of a section, in Markdown; `why` and addresses lead to it by its name."""
    st.subheader(title, anchor=f"see-{name}", **options)


def put_table(key: str, rows: Sequence[Sequence[str]], *, escape: bool = True) -> None:
    """A table under a key that the style knows; see `plain.table`."""
    with st.container(key=key):
        st.markdown(table(rows, escape=escape))


def put_rows(key: str, rows: "pd.DataFrame", **options: Any) -> None:
    """A table of data that scrolls and sorts, with numbers as they are everywhere on the screen."""
    st.dataframe(in_words(rows), hide_index=True, key=key, **options)


def in_words(rows: "pd.DataFrame") -> "Styler":
    """Rows whose numbers have a true minus sign and at most six digits; a dash where a cell is empty."""
    from core.words import exact

    numbers = [name for name in rows.columns if rows[name].dtype.kind in "fi"]
    return rows.style.format(dict.fromkeys(numbers, lambda value: exact(float(value), 0.0)), na_rep="–")
