"""The tables that a visitor has brought: open one, share it, remove it. On the Data page."""

from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from core.data.tables.columns import TableError
from core.data.tables.table_owners import OwnTable
from core.data.tables.table_store import table_store
from core.experiment.data_settings import OWN_TABLE
from core.host import count
from core.visitor import SHARED, own_space
from pages.shared.data_sources import open_table
from pages.shared.elements import button
from pages.shared.plain import plain

_CHOSEN, _PROBLEM = "own table", "own table problem"


def show() -> None:
    """The tables of this visitor, folded; nothing if they have none."""
    tables = {table.key: table for table in table_store().own()}
    if not tables:
        return
    label = "Your table" if len(tables) == 1 else f"Your {len(tables):,} tables"
    with st.expander(label, icon=":material/folder:", key="own tables"):
        if problem := st.session_state.pop(_PROBLEM, None):
            st.error(plain(problem), icon=":material/error:")
        key = st.selectbox(
            "Table",
            list(tables),
            format_func=lambda key: _words(tables[key]),
            key=_CHOSEN,
            label_visibility="collapsed",
        )
        _actions(tables[key])
        _told(tables[key])


def _words(table: OwnTable) -> str:
    shared = ", shared" if table.is_shared and own_space() != SHARED else ""
    used = datetime.fromtimestamp(table.used, UTC)
    return f"{table.label}: {table.size / 1e3:,.0f} kB, last used {used:%Y-%m-%d}{shared}"


def _actions(table: OwnTable) -> None:
    with st.container(horizontal=True, gap="xsmall", key="own table actions"):
        fit = {"data.table": OWN_TABLE, "data.csv": table.key}
        button("Open", "open own table", open_table, fit, icon=":material/open_in_new:", primary=True)
        if own_space() != SHARED:
            _sharing(table)
        with st.popover("Remove", icon=":material/delete:"):
            st.markdown("Its runs stay in your list. They open again once you bring its file again.")
            button("Remove this table", "remove own table", _remove, table.key, primary=True)


def _sharing(table: OwnTable) -> None:
    if not table.is_shared:
        words = "Everybody who opens this server and has a link to it can then read its rows."
        button("Share", "share own table", _tried, table_store().share, table.key, icon=":material/group:", help=words)
        return
    theirs = table_store().owners.shared_by(table.key) != own_space()
    help_words = "Somebody else has shared the same rows." if theirs else None
    button(
        "Stop sharing",
        "unshare own table",
        _tried,
        table_store().unshare,
        table.key,
        icon=":material/group_off:",
        disabled=theirs,
        help=help_words,
    )


def _told(table: OwnTable) -> None:
    """Who sees it, and how long it stays."""
    words = [] if own_space() == SHARED or table.is_shared else ["Nobody else sees it."]
    if days := count("table_days"):
        words.append(f"It is removed when nobody has used it for {days:,} {'day' if days == 1 else 'days'}.")
    if words:
        st.caption(" ".join(words))


def _remove(key: str) -> None:
    st.session_state.pop(_CHOSEN, None)
    _tried(table_store().drop, key)


def _tried(act: Callable[[str], None], key: str) -> None:
    """Do this to a table; what cannot be done is told where the tables are."""
    try:
        act(key)
    except TableError as error:
        st.session_state[_PROBLEM] = str(error)
