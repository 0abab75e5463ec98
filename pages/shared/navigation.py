"""PAGES: the pages of the app, collected from the files in pages/; and how an address opens one.

To add a page, add its file there: docs/extending.md. It gives TITLE and ICON, PART (its place in the navigation, of
`parts.PARTS`), PLACE in the order of all pages (the lowest opens at the bare address), and `show`, which draws it.
LISTED = False keeps a page out of the bars, as those that only answer old addresses. OWN_HEADING = True is for a page
that draws its own main heading by `bars.heading`; the others get one with their title and the name of the run. Until
the navigation has been drawn once in a process, Streamlit runs the file that an address names in place of app.py. So
each file calls `run`, as app.py does. It imports nothing before, for the worker processes import it too.
"""

import ast
import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.string_util import validate_material_icon

from pages.shared import bars, warm_up
from pages.shared.parts import PARTS, Page
from pages.shared.script_run import script_run
from pages.shared.shell import set_up
from pages.shared.terms import definitions

_FOLDER = Path(__file__).parents[1]
_FIRST = "home"  # where Streamlit hides the page that answers at the bare address
_FIT = "fit"  # what the bare address opened before there was a start
_LIGHT = frozenset({"start", "tour"})  # stand within a second, also on a slow net
_TAKEN = frozenset({_FIRST, "oauth2callback"})  # the second is Streamlit's own
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class PageError(Exception):
    """A page that cannot be listed: one sentence with the page and the piece that is missing or wrong."""


def collect(folder: Path, package: str) -> Mapping[str, Page]:
    """The pages of a folder by their names, in the order of their places; PageError where one is without a piece."""
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
    pieces = ("TITLE", "ICON", "PLACE", "PART", "show")
    title, icon, place, part, show = (getattr(module, piece, None) for piece in pieces)
    if not isinstance(title, str) or not title.strip():
        raise PageError(f"Page {name}: its TITLE must be words, and is {title!r}.")
    if not isinstance(icon, str) or not _is_icon(icon):
        raise PageError(f"Page {name}: its ICON must be one of Streamlit's, as ':material/table:', not {icon!r}.")
    if not isinstance(place, int):
        raise PageError(f"Page {name}: its PLACE must be a whole number, and is {place!r}.")
    if not isinstance(part, str) or part not in PARTS:
        raise PageError(f"Page {name}: its PART must be one of {', '.join(PARTS)}, and is {part!r}.")
    if not callable(show):
        raise PageError(f"Page {name}: it has no function show() that draws it.")
    listed, own_heading = getattr(module, "LISTED", True), getattr(module, "OWN_HEADING", False)
    return Page(title, icon, place, part, show, listed=bool(listed), own_heading=bool(own_heading))


def _is_icon(icon: str) -> bool:
    try:
        return bool(validate_material_icon(icon))
    except StreamlitAPIException:
        return False


PAGES = collect(_FOLDER, "pages")


def run() -> None:
    """Draw the frame and the page that the address names: all that app.py and a page's file do.

    The session gets the name of the page, because a link means another thing just after a change of page (see
    `state.current_experiment`), and all pages, for links and buttons that lead to one (`state.to_page`).
    """
    first = next(iter(PAGES))
    # Links from before there was a start have an experiment at the bare address. It opens there, without a second
    # address: the page behind it in the browser's history would only lead forward again.
    at_root = _FIT if bars.names_an_experiment(st.query_params.to_dict()) else first
    root = st.Page(PAGES[at_root].show, title=PAGES[first].title, url_path=_FIRST, default=True)
    pages = {name: st.Page(page.show, title=page.title, icon=page.icon, url_path=name) for name, page in PAGES.items()}
    opened = st.navigation([root, *pages.values()], position="hidden")
    name = at_root if opened is root else opened.url_path
    st.session_state.pages, st.session_state.page = {**pages, first: root}, name
    set_up(bars.window_title(PAGES[name], st.session_state.get("run_name")))
    bars.draw(name, PAGES)
    with script_run(), definitions(late=name in _LIGHT):
        if name not in _LIGHT:
            warm_up.load(name)
        opened.run()
    bars.foot(name, PAGES)
    warm_up.page_sent()
