"""PAGES: the pages of the app, collected from the files in ui/pages; and the navigation between them.

To add a page, add its file there: docs/extending.md.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.navigation.page import Page as StreamlitPage
from streamlit.string_util import validate_material_icon

from ui.shared.page_row import PageRow

_FOLDER = Path(__file__).parent / "pages"
_FIRST = "start"  # where Streamlit hides the page that answers at the bare address
_TAKEN = frozenset({_FIRST, "oauth2callback"})  # the second is Streamlit's own
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class PageError(Exception):
    """A page that cannot be listed: one sentence with the page and the piece that is missing or wrong."""


@dataclass(frozen=True)
class Page:
    """A page of the navigation: its row, and the function that draws it."""

    row: PageRow
    show: Callable[[], None]


def collect(folder: Path, package: str) -> Mapping[str, Page]:
    """The pages of a folder by their names, in the order of their places; PageError where one lacks a piece."""
    pages: dict[str, Page] = {}
    for file in sorted(folder.glob("*.py")):
        page = _page(file.stem, package)
        for other, known in pages.items():
            for piece in ("title", "place"):
                if getattr(page.row, piece) == getattr(known.row, piece):
                    raise PageError(f"Page {file.stem}: its {piece} is also that of the page {other}.")
        pages[file.stem] = page
    return MappingProxyType(dict(sorted(pages.items(), key=lambda item: item[1].row.place)))


def _page(name: str, package: str) -> Page:
    """The page of a file, once all that a page must have is there."""
    if not _NAME.fullmatch(name) or name in _TAKEN:
        taken = " and ".join(sorted(_TAKEN))
        raise PageError(f"Page {name}: its name must be small letters, digits and _, and {taken} are taken.")
    module = import_module(f"{package}.{name}")
    row, show = getattr(module, "PAGE", None), getattr(module, "show", None)
    if not isinstance(row, PageRow):
        raise PageError(f"Page {name}: it has no PAGE = PageRow(title, icon, place).")
    if not isinstance(row.title, str) or not row.title.strip():
        raise PageError(f"Page {name}: its title must be words, and is {row.title!r}.")
    if not _is_icon(row.icon):
        raise PageError(f"Page {name}: its icon must be one of Streamlit's, as ':material/table:', not {row.icon!r}.")
    if not isinstance(row.place, int):
        raise PageError(f"Page {name}: its place must be a whole number, and is {row.place!r}.")
    if not callable(show):
        raise PageError(f"Page {name}: it has no function show() that draws it.")
    return Page(row, show)


def _is_icon(icon: str) -> bool:
    try:
        return bool(validate_material_icon(icon))
    except (StreamlitAPIException, TypeError):
        return False


PAGES = collect(_FOLDER, "ui.pages")


def navigate() -> None:
    """Run the page that the address names. Called by app.py alone.

    The session gets the name of the page, because an address without a query means another thing just after a change
    of page (see `state.current_experiment`), and all pages, for buttons that lead to one (`state.to_page`).
    """
    first = next(iter(PAGES))
    listed = {name: _streamlit_page(name, default=name == first) for name in PAGES}
    # The default page answers at / alone; to answer at its own name too, it stands here a second time, unlisted.
    by_name = st.Page(PAGES[first].show, title=PAGES[first].row.title, url_path=first, visibility="hidden")
    opened = st.navigation([*listed.values(), by_name], position="top")
    names = {page.url_path: name for name, page in listed.items()} | {first: first}
    st.session_state.pages, st.session_state.page = listed, names[opened.url_path]
    opened.run()


def _streamlit_page(name: str, *, default: bool) -> StreamlitPage:
    page = PAGES[name]
    path = _FIRST if default else name
    return st.Page(page.show, title=page.row.title, icon=page.row.icon, url_path=path, default=default)
