"""PAGES: the pages of the app, collected from the files in pages/; and the navigation between them.

To add a page, add its file there: docs/extending.md. It gives TITLE and ICON for the navigation, PLACE in its order
(the lowest opens at the bare address), and `show`, which draws the page. LISTED = False keeps a page that only answers
old addresses out of the navigation. Until the navigation has been drawn once in a
process, Streamlit runs the file that an address names in place of app.py. So each file calls `run`, as app.py does. It
imports nothing before, for the worker processes import it too.
"""

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.navigation.page import Page as StreamlitPage
from streamlit.string_util import validate_material_icon

from pages.shared.shell import set_up
from pages.shared.terms import definitions

_FOLDER = Path(__file__).parents[1]
_FIRST = "start"  # where Streamlit hides the page that answers at the bare address
_LIGHT = frozenset({"start", "tour"})  # stand within a second, also on a slow net
_TAKEN = frozenset({_FIRST, "oauth2callback"})  # the second is Streamlit's own
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class PageError(Exception):
    """A page that cannot be listed: one sentence with the page and the piece that is missing or wrong."""


@dataclass(frozen=True)
class Page:
    """A page of the navigation. It answers at the name of its file."""

    title: str
    icon: str  # ":material/name:", of fonts.google.com/icons
    place: int
    show: Callable[[], None]
    listed: bool = True


def collect(folder: Path, package: str) -> Mapping[str, Page]:
    """The pages of a folder by their names, in the order of their places; PageError where one lacks a piece."""
    pages: dict[str, Page] = {}
    for file in sorted(folder.glob("*.py")):
        page = _page(file, package)
        for other, known in pages.items():
            for piece in ("title", "place"):
                if getattr(page, piece) == getattr(known, piece):
                    raise PageError(f"Page {file.stem}: its {piece} is also that of the page {other}.")
        pages[file.stem] = page
    return MappingProxyType(dict(sorted(pages.items(), key=lambda item: item[1].place)))


def _page(file: Path, package: str) -> Page:
    """The page of a file, once all that a page must have is there."""
    name = file.stem
    if not _NAME.fullmatch(name) or name in _TAKEN:
        taken = " and ".join(sorted(_TAKEN))
        raise PageError(f"Page {name}: its name must be small letters, digits and _, and {taken} are taken.")
    parts = ast.parse(file.read_text(encoding="utf-8")).body
    if any(isinstance(part, ast.Import | ast.ImportFrom) for part in parts):
        raise PageError(f"Page {name}: it imports at its top, so that worker processes would too: import in show().")
    if not any(isinstance(part, ast.If) and ast.unparse(part.test) == "__name__ == '__main__'" for part in parts):
        raise PageError(f'Page {name}: it does not end in if __name__ == "__main__" with run(), to be opened first.')
    module = import_module(f"{package}.{name}")
    title, icon, place, show = (getattr(module, piece, None) for piece in ("TITLE", "ICON", "PLACE", "show"))
    if not isinstance(title, str) or not title.strip():
        raise PageError(f"Page {name}: its TITLE must be words, and is {title!r}.")
    if not isinstance(icon, str) or not _is_icon(icon):
        raise PageError(f"Page {name}: its ICON must be one of Streamlit's, as ':material/table:', not {icon!r}.")
    if not isinstance(place, int):
        raise PageError(f"Page {name}: its PLACE must be a whole number, and is {place!r}.")
    if not callable(show):
        raise PageError(f"Page {name}: it has no function show() that draws it.")
    return Page(title, icon, place, show, bool(getattr(module, "LISTED", True)))


def _is_icon(icon: str) -> bool:
    try:
        return bool(validate_material_icon(icon))
    except StreamlitAPIException:
        return False


PAGES = collect(_FOLDER, "pages")


def run() -> None:
    """Draw the frame and the page that the address names: all that app.py and a page's file do.

    The session gets the name of the page, because an address without a query means another thing just after a change
    of page (see `state.current_experiment`), and all pages, for buttons that lead to one (`state.to_page`).
    """
    set_up()
    first = next(iter(PAGES))
    listed = {name: _streamlit_page(name, default=name == first) for name in PAGES}
    # The default page answers at / alone; to answer at its own name too, it stands here a second time, unlisted.
    by_name = st.Page(PAGES[first].show, title=PAGES[first].title, url_path=first, visibility="hidden")
    opened = st.navigation([*listed.values(), by_name], position="top")
    names = {page.url_path: name for name, page in listed.items()} | {first: first}
    st.session_state.pages, st.session_state.page = listed, names[opened.url_path]
    from pages.shared.state import script_run  # after set_up, so that the workers' libraries load meanwhile

    with script_run(), definitions(late=st.session_state.page in _LIGHT):
        opened.run()


def _streamlit_page(name: str, *, default: bool) -> StreamlitPage:
    page = PAGES[name]
    path = _FIRST if default else name
    seen: Literal["visible", "hidden"] = "visible" if page.listed else "hidden"
    return st.Page(page.show, title=page.title, icon=page.icon, url_path=path, default=default, visibility=seen)
