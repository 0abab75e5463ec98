"""What the Glossary shows: every term with its meaning, its formula, and where it is shown."""

from urllib.parse import urlencode

import streamlit as st

from core.glossary.glossary import GLOSSARY, found_by
from core.glossary.term import Term
from pages.shared.elements import button
from pages.shared.plain import plain

_WORDS = "glossary words"


def show() -> None:
    """One script run: the search, and the terms that it finds."""
    if "experiment" in st.session_state:  # it goes along to the next page
        from pages.shared import state

        state.note_page()
    st.markdown(
        "What the terms on these pages mean. Elsewhere, click a term with a dotted underline to read its meaning."
    )
    words = st.text_input("Search", key=_WORDS, max_chars=40, placeholder="floor, nats, coverage …", width=360)
    found = found_by(words) if words.strip() else list(GLOSSARY.values())
    if not found:
        st.info(f"No term matches “{plain(words)}”. Try a shorter word.", icon=":material/search_off:")
        button("Show all terms", "all terms", _show_all)
    with st.container(key="glossary"):
        for term in found:
            _term(term)


def _show_all() -> None:
    st.session_state[_WORDS] = ""


def _term(term: Term) -> None:
    with st.container(gap="xxsmall"):
        st.header(plain(term.name), anchor=term.slug)
        st.markdown(plain(term.meaning))
        if term.formula:
            st.markdown(f"*{plain(term.formula)}*")
        if under := _under(term):
            st.caption(under)


def _under(term: Term) -> str:
    """Other forms of the term, terms that belong to it, and the pages that show it."""
    see = [f"[{plain(name)}](#{GLOSSARY[name].slug})" for name in term.see]
    query = urlencode(st.session_state.get("experiment_link", {}))
    shown = [f"[{_title(page)}]({page}{'?' if query else ''}{query})" for page in term.shown]
    parts = {"See also": see, "Shown on": shown}
    return " · ".join(f"{label}: {', '.join(items)}" for label, items in parts.items() if items)


def _title(page: str) -> str:
    from pages.shared.navigation import PAGES

    return PAGES[page].title
