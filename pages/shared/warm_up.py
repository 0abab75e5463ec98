"""The laboratory loads in the background, while a person reads the first page.

Whoever needs it sooner waits with `wait`, which says how far it is. Loading is a list of steps. Before each it lets a
page go first that somebody is opening just now, because Python runs one of them at a time.
"""

import sys
import threading
from importlib import import_module
from types import MappingProxyType

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import log
from core.runs import forkserver
from pages.shared.shell import start_workers

# What a first answer needs comes first; then what the first chart and the first run need.
_NEEDED_TO_CHECK = ("core.diagnosis.loss_check.check", "core.diagnosis.loss_check.examples")
_LOADED = (
    *_NEEDED_TO_CHECK,
    "pages.shared.state",
    "pages.shared.data_sources",
    "core.charts.of_run.scene",
    "pages.views.points_first",
    "pages.views.fit",
    "pages.views.check",
    "pages.views.predict",
    "pages.views.data",
)
STARTING = "The laboratory is starting"
_VIEW = "pages.views."
_FIRST = MappingProxyType({"fit": f"{_VIEW}points_first"})  # what a page draws before the rest of it is loaded
_OTHER_PAGES = f"{_VIEW}fit"  # loads most of what a page of the laboratory needs that is not in the list
_NOBODY_S = 4.0  # so long after the start of the server a first visitor is expected: a browser opens with it
_LETS_GO_FIRST_S = 20.0  # at most so long a page is waited for that somebody opens
_SWITCH_S = 0.0005  # threads take turns so often while it loads; Python's own 5 ms make a page wait noticeably

_begun, _ended = threading.Lock(), threading.Event()
_done: list[str] = []
_asked = threading.Event()  # somebody has asked for a page
_seen = threading.Event()  # somebody has seen a page
_go_on = threading.Event()  # nobody waits for a page's first words
_wanted: list[str] = []  # what loads next, before all others


def page_asked() -> None:
    """A page is being opened that needs nothing of this: loading lets it go first."""
    _asked.set()
    _go_on.clear()


def page_sent() -> None:
    """A page is drawn, or so far that it waits for something else: loading goes on."""
    _go_on.set()
    _seen.set()


def needed_by(page: str) -> tuple[str, ...]:
    """The modules of the list that the first elements of a page are drawn with."""
    view = f"{_VIEW}{page}"
    return (_FIRST.get(page, view if view in _LOADED else _OTHER_PAGES),)


def hurry(names: tuple[str, ...]) -> None:
    """Somebody waits for these modules: they load next, and then loading lets the page go first."""
    _wanted[:] = names
    _go_on.set()
    _asked.set()


def start() -> None:
    """Begin to load, in a thread. A second call does nothing."""
    if _begun.acquire(blocking=False):
        threading.Thread(target=_load, name="warm-up", daemon=True).start()


def load(page: str) -> None:
    """Load what the first elements of a page are drawn with; meanwhile a line says so, where it takes a moment.

    A window that has seen the line keeps its place: else all below would move up, and stand twice for a moment.
    """
    names = [name for name in needed_by(page) if name not in _done]  # sys.modules has those that are half loaded
    is_loaded = _ended.is_set() or not names
    if is_loaded and page != st.session_state.get("page_loaded_here"):
        return
    st.session_state.page_loaded_here, place = page, st.empty()
    if is_loaded:
        return
    place.caption(f"{STARTING}…")
    for name in names:
        import_module(name)
        _done.append(name)
    place.empty()


def wait(place: DeltaGenerator, names: tuple[str, ...] = _NEEDED_TO_CHECK) -> None:
    """Wait until these modules are loaded; meanwhile a quiet line in `place` says how far it is."""
    start()
    hurry(names)
    while not (_ended.is_set() or set(names) <= {*_done}):
        done = sum(name in _done for name in names)
        place.progress(max(0.05, done / len(names)), f"{STARTING}. Your answer follows in a moment.")
        _ended.wait(0.2)
    place.empty()


def _let_go_first() -> None:
    if not _go_on.wait(_LETS_GO_FIRST_S):
        _go_on.set()  # it never came to its end: a visitor without JavaScript, say


def _load() -> None:
    """Load all; start the workers once somebody has seen a page: they import the script that is then the main one."""
    if _asked.wait(_NOBODY_S):
        _let_go_first()
    forkserver.start()
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_S)
    try:
        left = [*_LOADED]
        while left:
            if _asked.is_set():
                _let_go_first()
            wanted = [name for name in _wanted if name in left]
            name = wanted[0] if wanted else left[0]
            left.remove(name)
            if len(wanted) == 1:  # the page is drawn now
                _go_on.clear()
            import_module(name)
            _done.append(name)
    except ImportError as error:  # the page that needs it says what is wrong; the log says it now
        log.failed("page failed", error)
    finally:
        sys.setswitchinterval(before)
        _ended.set()
    _seen.wait()
    start_workers()
