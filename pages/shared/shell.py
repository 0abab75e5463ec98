"""The frame of every page, and the one laboratory that all sessions share."""

import threading
import uuid
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from pages.shared import visitors  # noqa: F401  from now on pages belong to visitors
from pages.shared.accessible import make_accessible

if TYPE_CHECKING:
    from core.runs.laboratory import Laboratory


_begun = threading.Event()  # the laboratory starts
_started = threading.Event()  # it stands: nobody waits for it
_stopped = threading.Event()  # the server ends: it starts no more
_FAVICON = Path(__file__).parent / "favicon.svg"

# Streamlit leaves a wide empty band above a page, which a laptop needs for the figures: a page begins where the header
# ends. Elements that are drawn again do not fade, and Streamlit's own "running" sign
# is off: the page has a progress bar. Tables have no CSV button, because a name that a visitor typed could be a formula
# in somebody's spreadsheet; the exports make names harmless. The top of the page has a fixed height, so that the charts
# do not jump when a run ends.
_STYLE = """
<style>
@media (min-width: 640px) {
  .stMainBlockContainer { padding: 3.75rem 3rem 1rem; }
  .st-key-top { min-height: 9.8rem; }
  .st-key-remarks, .st-key-pairs, .st-key-ask, .st-key-whose { padding-top: 0.7rem; }
  .st-key-table-facts td:first-child { white-space: nowrap; }
  :is(.st-key-top, .st-key-pairs) button { padding-inline: 0.5rem; }
  .st-key-sides .stHorizontalBlock { display: grid; grid: repeat(4, auto) / repeat(2, minmax(0, 1fr)); row-gap: 1rem; }
  .st-key-sides .stColumn, .st-key-sides .stColumn > .stVerticalBlock {
    display: grid; grid: subgrid / minmax(0, 1fr); grid-row: 1 / span 4; width: auto; min-width: 0;
  }
  .st-key-sides .stColumn > .stVerticalBlock > * { width: 100%; }
}
@media (max-width: 639.98px) {
  :is(.st-key-charts, .st-key-charts div:is(.stHorizontalBlock, .stColumn, .stColumn > .stVerticalBlock)),
    div:has(> .st-key-charts), .st-key-charts > div:has(> .stHorizontalBlock) { display: contents; }
  div:has(> .st-key-charts) ~ * { order: 5; }
  .st-key-charts .stColumn:first-child .stElementContainer ~ .stElementContainer { order: 2; }
  .st-key-charts .stColumn:last-child .stElementContainer { order: 4; }
  div:has(> .st-key-controls) { order: 1; }
  div:has(> .st-key-film) { order: 3; }
  .st-key-controls .st-key-first-controls {
    display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0.5rem 1rem;
  }
  .st-key-first-controls > :first-child { grid-column: 1 / -1; }
  .st-key-first-controls > :has(.stSlider, .stTextInput, .stTextArea) { grid-column: 1 / -1; order: 1; }
  .st-key-compared table, .st-key-compared tbody { display: flex; flex: 1; }
  .st-key-compared tr { display: flex; flex: 1; flex-direction: column; white-space: nowrap; }
  .st-key-compared :is(th, td) { min-height: 2rem; }
  :is(.st-key-table-seeds, .st-key-table-unknown, .st-key-table-costs, .st-key-table-by-n, .st-key-table-groups,
    .st-key-table-forms) { overflow-x: auto; }
  :is(.st-key-table-seeds, .st-key-table-unknown, .st-key-table-by-n, .st-key-table-groups, .st-key-table-forms)
    :is(th, td) { white-space: nowrap; }
}
.st-key-check-code textarea, .st-key-check-log-text textarea {
  font-family: var(--st-code-font, monospace); font-size: 0.8125rem;
}
[class*="st-key-table-"] :is(th, td),
:is(.st-key-differences, .st-key-compared, .st-key-compared-runs, .st-key-readings) :is(th, td) {
  padding: 0.2rem 0.6rem; font-size: 0.9375rem;
}
.st-key-compared td { white-space: nowrap; }
.stApp a[href^="glossary#"] {
  color: inherit !important; text-decoration: underline dotted !important; text-underline-offset: 0.2em; cursor: help;
}
.stApp a[href^="glossary#"]:hover { text-decoration-style: solid !important; }
div:has(> :is(.st-key-definition, .st-key-viewport-place, .st-key-net-film)) {
  position: absolute; left: 0; width: 0; height: 0;
}
.st-key-glossary { max-width: 46rem; }
.st-key-glossary h2 { font-size: 1.125rem; padding: 0.75rem 0 1.1rem; }
.st-key-glossary [data-testid="stCaptionContainer"] { opacity: 1; }
.st-key-glossary a { color: inherit; }
body[data-film] :is(.st-key-top, .st-key-scores) { position: relative; }
body[data-film] .st-key-top::after, body[data-film] .st-key-scores::before {
  content: var(--film-note); position: absolute; left: 0; font-size: 0.8125rem; line-height: 1rem; font-weight: 600;
}
body[data-film] .st-key-top::after { bottom: -1rem; }
body[data-film] .st-key-scores::before { top: -1rem; }
.stApp button[aria-label^="Download as CSV"] { display: none; }
.stApp [data-stale="true"] { opacity: 1 !important; transition: none !important; }
[class*="-progress"] > [data-retained="true"] { display: none; }
.stApp [data-testid="stStatusWidget"], .stApp [data-testid="stBaseButton-header"] { display: none; }
</style>
"""


def set_up(title: str) -> None:
    """The title in the browser's tab, the icon and the style. Called before anything else is drawn."""
    st.set_page_config(page_title=title, page_icon=str(_FAVICON), layout="wide", initial_sidebar_state="auto")
    st.html(_STYLE)
    make_accessible()


@st.cache_resource(show_spinner=False, on_release=lambda laboratory: laboratory.close())
def _laboratory() -> "Laboratory":
    _begun.set()
    from threadpoolctl import threadpool_limits

    from core.runs.demo import laboratory_here

    # Verdicts and scores multiply small matrices, which is no faster on several cores: more BLAS threads would only
    # spin beside the workers, and use twice the CPU time.
    threadpool_limits(1, user_api="blas")
    made = laboratory_here()
    _started.set()
    return made


def is_started() -> bool:
    """Whether nobody has to wait for the laboratory."""
    return _started.is_set()


def start_workers() -> str:
    """Start the workers and open the store, for those who come. Returns what went wrong; who needs them is told too."""
    from core.runs.cluster import ClusterError

    try:
        _laboratory()
    except ClusterError as error:
        return str(error)
    return ""


def stop() -> None:
    """End the laboratory, if it was started: what runs is kept. No page gets another."""
    from core.runs.cluster import ClusterError

    _stopped.set()
    if _begun.is_set():
        with suppress(ClusterError):
            _laboratory()  # it may be starting
        _laboratory.clear()


def laboratory() -> "Laboratory":
    """The laboratory of this server. If no workers can be started, the page says so and stops."""
    from core.runs.cluster import ClusterError

    if _stopped.is_set():
        st.stop()
    try:
        with nullcontext() if _started.is_set() else st.spinner("Starting the laboratory…"):
            return _laboratory()
    except ClusterError as error:
        st.error(str(error), icon=":material/cloud_off:")
        st.stop()


def session() -> str:
    """The id of this browser window: the laboratory notes by it who watches which run."""
    return st.session_state.setdefault("session", uuid.uuid4().hex)
