"""Logging in and out, where the host has set up a login; and the way to the page Host for an administrator."""

import streamlit as st

from pages.shared import visitors
from pages.shared.elements import button
from pages.shared.plain import plain


def draw(name: str) -> None:
    """At the foot of the page with this name."""
    if not visitors.has_login():
        return
    if not visitors.is_logged_in():
        log_in(f"log in {name}")
        return
    if visitors.is_administrator() and name != "host":
        st.page_link(st.session_state.pages["host"], label="Host")
    who = plain(visitors.own_name())
    button(f"Log out {who}", f"log out {name}", st.logout, icon=":material/logout:")


def log_in(key: str) -> None:
    """A button that leads to the host's login. It comes back to the start page, without the experiment shown."""
    button("Log in", key, st.login, icon=":material/login:")
