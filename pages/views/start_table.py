"""I have a table, on the Start page: a file is read on the spot, and one button trains on it."""

import streamlit as st

from pages.shared import demo, warm_up

_TURN, _ARRIVED = "start table turn", "start table here"
_MOST_MB = 200


def draw() -> None:
    """The uploader; with a table, its target, and the buttons that train."""
    st.markdown("## I have a table")
    st.markdown("Upload CSV, TSV, Excel or Parquet. Train on it, and get predictions with intervals.")
    turn = st.session_state.setdefault(_TURN, 0)
    file = st.file_uploader(
        "Your table",
        key=f"start table {turn}",
        max_upload_size=_MOST_MB,
        label_visibility="collapsed",
        **demo.no_upload(),
    )
    if demo.is_demo():
        st.caption(demo.NO_UPLOADS)
    place = st.empty()
    if file is not None:
        warm_up.wait(place, ("pages.shared.data_sources",))
        _read(file.getvalue(), file.name)
        st.session_state[_TURN] = turn + 1  # with a new uploader the server frees the file's bytes
        st.rerun()
    if st.session_state.get(_ARRIVED):
        _table()
    if (page := st.session_state.pages.get("calibration")) is not None:
        with st.container(key="start-predictions"):
            words, link = "Check a file of predictions", {"predictions": "file"}
            st.page_link(page, label=words, icon=":material/straighten:", query_params=link)


def _read(content: bytes, name: str) -> None:
    from pages.shared import data_sources, state

    state.keep_link({})
    with st.spinner("Reading the table…"):
        data_sources.bring_new(content, name)
    st.session_state[_ARRIVED] = name


def _table() -> None:
    from core.data.tables.choice import numeric
    from core.data.tables.columns import TableError
    from core.experiment.build import choice_of, columns_of
    from pages.shared import data_sources, state
    from pages.shared.elements import button, select
    from pages.shared.plain import plain

    if refused := data_sources.refused():
        st.error(plain(refused), icon=":material/error:")
        return
    experiment = st.session_state.experiment
    try:
        columns = columns_of(experiment.data)
        choice = choice_of(experiment.data, columns)
    except (TableError, OSError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        button("Open it on the Data page", "start to data", state.go, "data", icon=":material/table:")
        return
    name = plain(st.session_state[_ARRIVED])
    st.markdown(f"**{name}**: {columns.rows:,} rows, {len(columns.columns):,} columns.")
    select("Column to predict", list(numeric(columns)), choice.target, "start target", _choose_target)
    st.caption(plain(f"From {', '.join(choice.features[:8])}{'…' if len(choice.features) > 8 else ''}."))
    with st.container(horizontal=True, gap="xsmall"):
        button("Train and predict with intervals", "start predict", _train, "predict", primary=True)
        button("Train and see the fit", "start fit", _train, "fit")
        button("Choose columns", "start columns", state.go, "data")


def _choose_target() -> None:
    from pages.shared import state

    if (chosen := st.session_state["start target"]) is not None:
        state.change({"data.y": chosen, "data.features": ""})


def _train(page: str) -> None:
    """Train with the recipe for tables, however long it takes, and open the page that shows it."""
    from pages.shared import state

    st.session_state.asked = {st.session_state.experiment.key}
    state.go(page)
