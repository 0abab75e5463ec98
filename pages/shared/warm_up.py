"""The laboratory loads in the background, while a person reads the first page.

Whoever needs it sooner waits with `wait`, which says how far it is. Loading is a list of steps: between two of them it
lets a page go first that somebody is opening just now, because Python runs one of them at a time.
"""

import sys
import threading
import time
from importlib import import_module

from streamlit.delta_generator import DeltaGenerator

from core.runs import forkserver
from pages.shared.shell import start_workers

# What a first answer needs comes first; then what the first chart and the first run need.
_NEEDED_TO_CHECK = ("core.diagnosis.loss_check.check", "core.diagnosis.loss_check.examples")
_LOADED = (
    *_NEEDED_TO_CHECK,
    "pages.shared.state",
    "pages.shared.data_sources",
    "core.charts.of_run.scene",
    "pages.views.fit",
    "pages.views.check",
    "pages.views.predict",
    "pages.views.data",
)
_LETS_GO_FIRST_S = 1.5  # at most so long after a page was asked for
_SWITCH_S = 0.0005  # threads take turns so often while it loads; Python's own 5 ms make a page wait noticeably

_begun, _ended = threading.Lock(), threading.Event()
_done: list[str] = []
_page_asked = [0.0]
_seen = threading.Event()  # somebody has seen a page


def page_asked() -> None:
    """A page is being opened: loading lets it go first."""
    _page_asked[0] = time.monotonic()


def page_sent() -> None:
    """Its first words are there."""
    _page_asked[0] = 0.0
    _seen.set()


def start() -> None:
    """Begin to load, in a thread. A second call does nothing."""
    if _begun.acquire(blocking=False):
        threading.Thread(target=_load, name="warm-up", daemon=True).start()


def is_ready() -> bool:
    """Whether all is loaded."""
    return _ended.is_set()


def progress() -> float:
    """The share of the steps that are done, from 0 to 1."""
    return len(_done) / len(_LOADED)


def wait(place: DeltaGenerator, names: tuple[str, ...] = _NEEDED_TO_CHECK) -> None:
    """Wait until these modules are loaded; meanwhile a quiet line in `place` says how far it is."""
    start()
    page_sent()
    while not (_ended.is_set() or set(names) <= {*_done}):
        done = sum(name in _done for name in names)
        place.progress(max(0.05, done / len(names)), "The laboratory is starting. Your answer follows in a moment.")
        _ended.wait(0.2)
    place.empty()


def _load() -> None:
    """Load all; start the workers once somebody has seen a page: they import the script that is then the main one."""
    forkserver.start()
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_S)
    try:
        for name in _LOADED:
            while time.monotonic() - _page_asked[0] < _LETS_GO_FIRST_S:
                time.sleep(0.02)
            import_module(name)
            _done.append(name)
    except ImportError as error:  # the page that needs it says what is wrong; the log says it now
        print(f"The laboratory could not be loaded in the background: {error}", file=sys.stderr)
    finally:
        sys.setswitchinterval(before)
        _ended.set()
    _seen.wait()
    start_workers()
