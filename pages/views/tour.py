"""What the tour shows: the heading of a step and the ways on at once, and then the step. Nothing heavy comes before."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.tour.contents import LAST, LAST_TITLE, NAMES, QUESTION, TITLES, before_and_after
from pages.shared import warm_up
from pages.shared.bars import APP, heading
from pages.shared.plain import plain
from pages.shared.shell import is_started
from pages.views import tour_frame
from pages.views.tour_frame import link_to
from pages.views.tour_keys import arrow_keys

_ROOM = 340  # pixels, about those of a step


def show() -> None:
    """One script run: the step that the address names."""
    if "experiment" in st.session_state:
        from pages.shared import state

        state.note_page()
    query = st.query_params.to_dict()
    name, in_class, remarks = asked_for(query)
    if not remarks:
        st.query_params.from_dict(query)  # a link to this very page leaves the browser's address as it was
    tour_frame.style(in_class)
    with st.container(key="tour"):
        _top(name, in_class, remarks)
        body = st.container()
        _turn(name, in_class)  # before the step, so that a second press of Next never meets the link from before
        arrow_keys()
        with body:
            if name == LAST:
                _own(in_class)
            else:
                _step(name, in_class)


def _step(name: str, in_class: bool) -> None:
    """The step itself; on a server that has just started, a line keeps its room until it is loaded."""
    starting = None if is_started() else st.empty()
    if starting is not None:
        with starting.container():
            st.caption(f"{warm_up.STARTING}…")
            st.space(_ROOM)
    from pages.views.tour_step import show as draw

    if starting is not None:
        starting.empty()
    draw(name, in_class)


def asked_for(query: Mapping[str, str]) -> tuple[str, bool, tuple[str, ...]]:
    """The step that an address asks for, whether in class mode, and what was left out of it, in sentences."""
    remarks = []
    name = query.get("step", NAMES[0])
    if name not in NAMES:
        remarks.append(f"The tour has no step “{name[:40]}”: this is its first one.")
        name = NAMES[0]
    mode = query.get("class", "0")
    if mode not in ("0", "1"):
        remarks.append(f"“class” is 1 or 0, not “{mode[:40]}”: class mode is off.")
    return name, mode == "1", tuple(remarks)


def _top(name: str, in_class: bool, remarks: tuple[str, ...]) -> None:
    where = f"Step {NAMES.index(name) + 1} of {len(TITLES)}" if name in TITLES else "The end of the tour"
    st.caption(f"{QUESTION} · {where}")
    title = TITLES.get(name, LAST_TITLE)
    st.set_page_config(page_title=f"{title} · {APP}")
    heading(title)
    for remark in remarks:
        st.warning(plain(remark), icon=":material/link_off:")
    if in_class:
        tour_frame.narrow_note()


def _own(in_class: bool) -> None:
    """The ways on from here."""
    left, right = st.columns([5, 2], gap="large") if in_class else (st.container(), st.container())
    with left, st.container(key="tour-own"):
        st.markdown(_ANSWER)
        for name, label, words in _WAYS_ON:
            with st.container(border=True, horizontal=True, vertical_alignment="center"):
                st.page_link(st.session_state.pages[name], label=f"**{label}**", width=230)
                st.markdown(words, width="stretch")
    if in_class:
        with right:
            tour_frame.qr_code(link_to(LAST, False))


_ANSWER = """
- A negative loss is no error. Its sign depends on the unit of y and on the noise.
- Compare a loss with its floor, never with zero.
- If the variance is wrong, ask first what the second output means in your loss.
"""
_WAYS_ON = (
    ("check", "Check a loss", "Paste its code and a few numbers: read what it learns."),
    ("data", "Bring a table", "Upload a file: see whether its scatter varies, and train a network on it."),
    ("fit", "Open the Laboratory", "Choose noise, network and loss yourself, and watch it train."),
)


def _turn(name: str, in_class: bool) -> None:
    """Back, the numbers of the steps, Next; and the way into class mode or out of it."""
    before, after = before_and_after(name)
    with st.container(key="tour-turn", horizontal=True, vertical_alignment="center", gap="small"):
        _link("tour-back", "Back", before, name, in_class, icon=":material/arrow_back:")
        with st.container(key="tour-numbers", horizontal=True, gap="xxsmall", width="content"):
            page = st.session_state.pages["tour"]
            for i, (each, title) in enumerate(TITLES.items(), 1):
                words, query = f"Step {i}: {title}", link_to(each, in_class)
                with st.container(key="tour-here" if each == name else f"tour-number-{i}", width="content"):
                    st.page_link(page, label=f"{i}", icon="", help=words, query_params=query)
        _link("tour-next", "Next", after, name, in_class, icon=":material/arrow_forward:", icon_position="right")
        st.space("stretch")
        words = "Leave class mode" if in_class else "Class mode"
        _link("tour-mode", words, name, name, not in_class, icon=":material/co_present:")


def _link(key: str, label: str, to: str | None, name: str, in_class: bool, **options: Any) -> None:
    """A link in the row; where it leads nowhere it is hidden and keeps its place, so that the others do not move."""
    page, query = st.session_state.pages["tour"], link_to(to or name, in_class)
    with st.container(key=key if to else "tour-nowhere", width="content"):
        st.page_link(page, label=label, query_params=query, **options)
