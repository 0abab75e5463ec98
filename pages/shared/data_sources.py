"""Sources of a table: a shipped one, an uploaded file, or a path if the server answers to this machine alone."""

import ipaddress
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st

from core.data.tables.columns import MOST_BYTES, TableError
from core.data.tables.reading import read_table
from core.data.tables.shipped import TABLES
from core.data.tables.table_store import table_store
from core.experiment.data_settings import OWN_TABLE
from core.experiment.experiment import Experiment
from core.host import host
from pages.shared import demo, reading_choices, state
from pages.shared.elements import button
from pages.shared.plain import plain

_REFUSED, _PATH = "upload refused", "data path"
_FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Forwarded")  # headers that a proxy adds
TYPES = None  # any file: one that cannot be read gets a sentence, where the browser would only say no


def bring(experiment: Experiment) -> None:
    """Buttons for the shipped tables, an uploader, and a field for a path if it `is_local`."""
    with st.container(horizontal=True, gap="xsmall", key="shipped"):
        for name, row in TABLES.items():
            chosen = experiment.data.table == name
            icon, key = ":material/table:", f"shipped {name}"
            button(plain(row.label), key, open_shipped, name, icon=icon, primary=chosen, help=plain(row.help))
    if is_local():
        left, right = st.columns([3, 2], gap="medium")
        with right:
            words = "Offered because HETEROSCOPE_LOCAL_FILES allows it, and only this machine can reach this server."
            st.text_input(
                "Or a path on this machine", key=_PATH, on_change=_take_path, placeholder="data/table.csv", help=words
            )
    else:
        left = st.container()
    with left:
        words = "Your own table: CSV, TSV, Excel or Parquet, with column names in the first row"
        upload(words, "upload", bring_new, "Reading the table…")
    reading_choices.offer(experiment, _take)
    if refused := st.session_state.get(_REFUSED):
        st.error(plain(refused), icon=":material/error:")


def upload(label: str, name: str, take: Callable[[bytes, str], None], words: str) -> None:
    """An uploader; once it has a file, `take` gets its bytes and name, while `words` tell what is done.

    Each file is followed by a new uploader: with the old one the server frees the file's bytes.
    """
    turn = st.session_state.setdefault(f"{name} turn", 0)
    most, off = MOST_BYTES // 1_000_000, demo.no_upload()
    file = st.file_uploader(label, type=TYPES, key=f"{name} {turn}", max_upload_size=most, **off)
    if file is not None:
        st.session_state[f"{name} turn"] = turn + 1
        with st.spinner(words):
            take(file.getvalue(), file.name)
        st.rerun()


def open_shipped(name: str) -> None:
    """Fit a shipped table."""
    st.session_state[_REFUSED] = ""
    open_table({"data.table": name})


def open_table(table: dict[str, str]) -> None:
    """Fit a table, by the recipe for tables unless the person has chosen another."""
    state.change(table)


def is_local() -> bool:
    """Whether a visitor may name this machine's files: its host allows it, and it answers to this machine alone.

    What a browser says about itself proves nothing, so that the switch of the host decides.
    """
    if not host("local_files"):
        return False
    headers = st.context.headers
    asked = urlsplit(headers.get("Origin", "")).hostname or ""
    forwarded = any(name in headers for name in _FORWARDED)
    return _is_loopback(st.get_option("server.address") or "") and _is_loopback(asked) and not forwarded


def _is_loopback(address: str) -> bool:
    try:
        return address == "localhost" or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _take_path() -> None:
    written = st.session_state[_PATH].strip()
    if written and is_local():
        path = Path(written).expanduser()
        bring_new(path, path.name)


def bring_new(source: bytes | Path, name: str) -> None:
    """Store a new table and fit it; if it is refused, `refused` says why."""
    reading_choices.forget()
    _take(source, name)


def _take(source: bytes | Path, name: str) -> None:
    """Store a table and fit it; if it is refused, keep the reason and change nothing."""
    try:
        columns = read_table(source, name, choices=reading_choices.choices())
        key = table_store().put(columns, name)
    except TableError as error:
        st.session_state[_REFUSED] = str(error)
        return
    st.session_state[_REFUSED] = ""
    reading_choices.remember(source, name, key, columns)
    open_table({"data.table": OWN_TABLE, "data.csv": key})


def refused() -> str:
    """Why the last file was not taken; empty if it was."""
    return st.session_state.get(_REFUSED, "")
