"""One script run: its place among all that compute, how it waits, and when the browser knows the address it wrote."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner_utils.script_run_context import get_run_yield_check

from pages.shared.gate import GATE, look_s

TOLD_AFTER_S = 0.5  # who waits longer for a place in the line is told it
TOLD_EVERY_S = 1.0  # at most, however fast the line moves
_FREE = frozenset({"start", "tour", "glossary"})  # pages that compute next to nothing

# Out of the flow of the page, so that nothing moves when it comes and goes.
_LINE = """
<style>
  div:has(> * > .line), div:has(> .line) { position: absolute; width: 0; height: 0; }
  .line {
    position: fixed; z-index: 100; right: 1rem; bottom: 4rem; padding: 0.35rem 0.75rem; border-radius: 0.5rem;
    font-size: 0.875rem; white-space: nowrap; color: var(--st-text-color, inherit);
    background: var(--st-secondary-background-color, Canvas); border: 1px solid var(--st-border-color, GrayText);
  }
</style>
"""


@contextmanager
def script_run() -> Iterator[None]:
    """One script run. It waits for a place first; the browser keeps its picture and is told how many come before.

    The browser counts as told of an address it has written only from the end of the run. What a busy browser asks for
    meanwhile waits until then, and still comes with the address from before.
    """
    begun = time.monotonic()
    line = st.session_state.told_line = st.empty()  # always there, so that what follows keeps its place
    free = st.session_state.get("page") in _FREE
    note_page()
    try:
        with nullcontext() if free else GATE.place(give_way, _teller(line, begun)):
            line.empty()
            yield
    finally:
        if st.session_state.get("link_written", -math.inf) >= begun:
            st.session_state.link_written = time.monotonic()


def _teller(line: DeltaGenerator, begun: float) -> Callable[[int], None]:
    """Writes into `line` how many script runs come before this one, when that has changed."""
    told, soonest = -1, begun + TOLD_AFTER_S

    def tell(before: int) -> None:
        nonlocal told, soonest
        if time.monotonic() > soonest and told != before:
            told, soonest = before, time.monotonic() + TOLD_EVERY_S
            _tell(line, line_words(before))

    return tell


def tell_line(words: str) -> None:
    """Say this in a corner, where nothing moves for it; nothing more for empty words."""
    if (line := st.session_state.get("told_line")) is not None:  # none where a page is drawn by itself
        _tell(line, words)


def _tell(line: DeltaGenerator, words: str) -> None:
    if words:
        line.html(f'{_LINE}<div class="line" role="status">{escape(words)}</div>')
    else:
        line.empty()


def line_words(before: int) -> str:
    """What a window reads while others are served."""
    others = "1 other comes" if before == 1 else f"{before} others come"
    return f"Many people are here. {others} before you." if before else "Many people are here. You are next."


def give_way() -> None:
    """End this script run if a person has asked for another: raises what Streamlit ends it with."""
    if (check := get_run_yield_check()) is not None:
        check()


def wait(ended: threading.Event, seconds: float) -> bool:
    """Wait at most `seconds` for an event, without a place in the line; returns whether it has come.

    It ends as soon as a person has asked for something else.
    """
    return wait_until(ended.wait, seconds)


def wait_until(waits: Callable[[float], bool], seconds: float) -> bool:
    """The same for anything that waits at most so many seconds and says whether that came for which it waited."""
    began = time.monotonic()
    if waits(0):
        return True
    with GATE.let_go(give_way):
        while (waited := time.monotonic() - began) < seconds:
            if waits(min(seconds - waited, look_s(waited))):
                return True
            give_way()
    return False


@contextmanager
def can_wait(later_s: float = 1.0) -> Iterator[Callable[[], None]]:
    """Work that can wait: to be called between its parts, it ends this script run if that is not wanted any more.

    Script runs that began up to `later_s` seconds after this one go first.
    """
    try:
        yield lambda: GATE.step_aside(give_way, later_s)
    finally:
        GATE.step_back()


def note_page() -> None:
    """Forget the picture of the page before: this one has not drawn its own yet."""
    memory = st.session_state
    if memory.get("pictured_page") != memory.get("page"):
        memory.pictured_page, memory.pictured = memory.get("page"), False


def has_picture() -> bool:
    """Whether the window shows charts of this page, which stay until others are drawn."""
    return bool(st.session_state.get("pictured", False))


def note_picture() -> None:
    """The charts of this page are drawn."""
    st.session_state.pictured = True
