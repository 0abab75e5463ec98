"""What a visitor sees where a page fails unexpectedly: a sentence with a name to quote, and no traceback."""

import streamlit as st

from core import log


def told(error: Exception) -> bool:
    """Log an error of a page under a short name and show it; True: Streamlit shows nothing of its own."""
    name = log.failed("page failed", error)
    st.error(
        "This page has failed, which is a fault of ours. Load it again; if that does not help, tell whoever runs "
        f"this server the name “{name}”, under which the log has more.",
        icon=":material/error:",
    )
    return True
