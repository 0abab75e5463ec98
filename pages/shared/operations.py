"""What whoever runs a host asks it: whether it works (/healthz), whether it is ready (/readyz), its numbers (/metrics).

Answered beside Streamlit, so that a question costs no session. Nothing in the answers is of a visitor. The first
question starts the laboratory: a host that sends visitors only once it is ready would wait for ever.
"""

import json
from typing import TYPE_CHECKING

import streamlit as st
from anyio import to_thread
from starlette.responses import Response

from pages.shared import shell

if TYPE_CHECKING:
    from core.runs.health import Health

PATHS = ("/healthz", "/readyz", "/metrics")


async def answer(path: str) -> Response:
    """The answer to one of the paths: 200 if all is well, 503 if not, with a word or a sentence on each part."""
    if not shell.is_started():
        trouble = await to_thread.run_sync(shell.start_workers)
        if trouble:
            return _said({"status": "not started", "workers": trouble}, 503)
    return await to_thread.run_sync(_answer, path)


def _answer(path: str) -> Response:
    from core.runs.health import numbers

    if path == "/metrics":
        return Response(numbers(shell.laboratory()), media_type="text/plain; version=0.0.4")
    whole = path == "/healthz"
    report = _health().report() if whole else _health().ready()
    good = report.is_well if whole else report.is_ready
    words = {"status": "ok" if good else "not well", "store": report.store, "workers": report.workers}
    if whole:
        words |= {"training": report.training, "seconds": f"{report.seconds:.3f}"}
    return _said(words, 200 if good else 503)


@st.cache_resource(show_spinner=False)
def _health() -> "Health":
    from core.runs.health import Health

    return Health(shell.laboratory())


def _said(words: dict[str, str], status: int) -> Response:
    return Response(f"{json.dumps(words, ensure_ascii=False)}\n", status, media_type="application/json")
