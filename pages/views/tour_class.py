"""Class mode: the tour on a projector. Large type, no navigation, one screen, and the link as a QR code."""

import streamlit as st

_STYLE = """
<style>
.stApp header, [data-testid="stSidebar"] { display: none; }
.stMainBlockContainer { padding: 0.8rem 2rem 0.5rem; }
</style>
"""


def frame() -> None:
    """The style of class mode."""
    st.html(_STYLE)
