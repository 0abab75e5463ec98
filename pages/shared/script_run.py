"""One script run, and when the browser counts as told of the address that it wrote."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st


@contextmanager
def script_run() -> Iterator[None]:
    """One script run. The browser counts as told of an address it has written only from its end.

    What a busy browser asks for meanwhile waits until then, and still comes with the address from before.
    """
    begun = time.monotonic()
    try:
        yield
    finally:
        if st.session_state.get("link_written", -math.inf) >= begun:
            st.session_state.link_written = time.monotonic()
