"""Who looks at a page: a browser, by its cookie, or a person who has logged in.

The front of the server gives each browser a cookie, which no script can read. A browser that keeps none has a space as
long as its window is open. `core.visitor` asks here in every thread that serves a page, so that nothing of another
visitor's is found by mistake.
"""

import re
import secrets
import uuid
from http.cookies import CookieError, SimpleCookie

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core import visitor
from core.host import host
from core.visitor import SHARED, Visitor, space_of

COOKIE = "heteroscope"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_LASTS_S = 400 * 86_400  # browsers keep no cookie for longer
_SPACE = "space"


def present() -> Visitor | None:
    """The visitor of this thread; None in a thread that serves no page."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return None
    if host("spaces") == "one" or host("demo"):  # a demo keeps nothing of its visitors
        return Visitor(SHARED)
    # Found once in the life of a window: when its connection breaks, its cookies cannot be read for a moment.
    state = st.session_state
    if _SPACE not in state:
        state[_SPACE] = _of_login() or _of_browser() or space_of("window", uuid.uuid4().hex)
    return Visitor(state[_SPACE], is_administrator())


def token_of(header: str) -> str:
    """The token in a Cookie header; empty if there is none that we have made."""
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found is not None and _TOKEN.fullmatch(found.value) else ""


def new_cookie(path: str, *, secure: bool) -> str:
    """A Set-Cookie header that makes a browser a visitor of its own, on pages below `path`."""
    words = f"{COOKIE}={secrets.token_urlsafe(32)}; Path={path}; Max-Age={_LASTS_S}; HttpOnly; SameSite=Lax"
    return f"{words}; Secure" if secure else words


def is_logged_in() -> bool:
    """Whether somebody has logged in, where the host has set up a login."""
    return bool(getattr(st.user, "is_logged_in", False))


def has_login() -> bool:
    """Whether the host has set up a login."""
    return "is_logged_in" in st.user


def is_administrator() -> bool:
    """Whether the host has named the address of whoever has logged in, and the login vouches for it."""
    if not is_logged_in():
        return False
    named = {each.strip().casefold() for each in str(host("administrators") or "").split(",")} - {""}
    return str(st.user.get("email", "")).casefold() in named and st.user.get("email_verified", True) is True


def own_name() -> str:
    """How to call whoever has logged in."""
    return str(st.user.get("name") or st.user.get("email") or "You")[:60] if is_logged_in() else ""


def browser_space() -> str:
    """The space of this browser, also where somebody has logged in; empty if it keeps no cookie."""
    return _of_browser()


def _of_login() -> str:
    if not is_logged_in():
        return ""
    issuer, subject = st.user.get("iss"), st.user.get("sub")
    return space_of("person", f"{issuer}\0{subject}") if issuer and subject else ""


def _of_browser() -> str:
    token = st.context.cookies.get(COOKIE, "")
    return space_of("browser", token) if isinstance(token, str) and _TOKEN.fullmatch(token) else ""


# At the first import: no page may be served before.
visitor.told_by(present)
