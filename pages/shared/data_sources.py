"""Where a table comes from: a shipped one, a file that is uploaded, or a path where the app answers to this machine."""

import ipaddress
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st

from core.data.tables.columns import MOST_BYTES, TableError
from core.data.tables.reading import read_table
from core.data.tables.shipped import TABLES
from core.data.tables.table_store import table_store
from core.experiment.data_settings import OWN_TABLE
from core.experiment.experiment import Experiment
from core.experiment.presets import recipe_for_table
from pages.shared import state
from pages.shared.plain import plain

_REFUSED, _PATH = "upload refused", "data path"
_FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Forwarded")  # what a proxy adds
TYPES = ("csv", "tsv", "txt", "parquet")


def bring(experiment: Experiment) -> None:
    """Buttons for the shipped tables, a place for a file, and a path where the app answers to this machine alone."""
    with st.container(horizontal=True, gap="xsmall", key="shipped"):
        for name, row in TABLES.items():
            st.button(
                plain(row.label),
                icon=":material/table:",
                key=f"shipped {name}",
                type="primary" if experiment.data.table == name else "secondary",
                on_click=open_shipped,
                args=(name,),
                help=plain(row.help),
            )
    if is_local():
        left, right = st.columns([3, 2], gap="medium")
        with right:
            st.text_input(
                "Or a path on this machine",
                key=_PATH,
                on_change=_take_path,
                placeholder="data/table.csv",
                help="Offered because this server answers to this machine alone.",
            )
    else:
        left = st.container()
    with left:
        _upload()
    if refused := st.session_state.get(_REFUSED):
        st.error(plain(refused), icon=":material/error:")


def _upload() -> None:
    given = uploaded("A table of your own: CSV, TSV or Parquet, with the columns' names in the first line", "upload")
    if given is not None:
        with st.spinner("Reading the table…"):
            _take(*given)
        st.rerun()


def uploaded(label: str, name: str) -> tuple[bytes, str] | None:
    """A place for a file; once there is one, its bytes and its name, and the next script run has a new place.

    A new uploader each time: the server forgets the file's bytes with the old one.
    """
    turn = st.session_state.setdefault(f"{name} turn", 0)
    file = st.file_uploader(label, type=TYPES, key=f"{name} {turn}", max_upload_size=MOST_BYTES // 1_000_000)
    if file is None:
        return None
    st.session_state[f"{name} turn"] = turn + 1
    return file.getvalue(), file.name


def open_shipped(name: str) -> None:
    """Fit a shipped table."""
    st.session_state[_REFUSED] = ""
    open_table({"data.table": name}, TABLES[name].columns().rows)


def open_table(table: dict[str, str], rows: int) -> None:
    """Fit a table, by a recipe for tables unless another was chosen."""
    state.change({**recipe_for_table(st.session_state.experiment, rows), **table})


def is_local() -> bool:
    """Whether the server answers to this machine alone, and no proxy stands before it: only then may a visitor name
    its files."""
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
        _take(path, path.name)


def _take(source: bytes | Path, name: str) -> None:
    """Put a table on the shelf and fit it; or keep the sentence that says why not, and leave all as it was."""
    try:
        columns = read_table(source, name)
        key = table_store().put(columns, name)
    except TableError as error:
        st.session_state[_REFUSED] = str(error)
        return
    st.session_state[_REFUSED] = ""
    open_table({"data.table": OWN_TABLE, "data.csv": key}, columns.rows)
