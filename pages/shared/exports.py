"""The Export button of a run: its files, each made when it is asked for; the zip of all charts with its progress."""

from functools import partial

import streamlit as st

from core.export.chart_files import charts_zip
from core.export.export_table import EXPORTS, Export
from core.export.file_name import file_stem
from core.training.run import Run
from pages.shared.elements import button, download

_MADE = "charts made"  # in the session: the last zip, and which run it is of


@st.fragment
def export_button(run: Run) -> None:
    """A button that opens the list of files that the run can leave as; they are listed once it is open."""
    icon, disabled = ":material/download:", not run.has_curve
    files = st.popover("Export", icon=icon, disabled=disabled, key="export", on_change="rerun")
    if not files.open:
        return
    with files:
        for row in EXPORTS.values():
            if row.name == "charts":
                _charts(run, row)
            else:
                _file(run, row)


def _file(run: Run, row: Export) -> None:
    make = partial(row.bytes_of, run)
    download(row.label, make, _name(run, row), row.mime, f"export {row.name}", **_LOOK, help=row.help)


_LOOK = {"icon": None, "width": "stretch"}


def _name(run: Run, row: Export) -> str:
    return f"{file_stem(run.experiment, run.key)}-{row.file_name}"


def _charts(run: Run, row: Export) -> None:
    """All charts take some seconds: they are drawn while a bar says which, can be stopped, and are saved then."""
    memory, of = st.session_state, f"{run.key} {run.created} {run.experiment.loss.reading} {run.experiment.data.y}"
    made_of, content = memory.get(_MADE, ("", b""))
    if made_of == of:
        label = f"Save all charts ({len(content) / 1e6:.1f} MB)"
        download(label, lambda: content, _name(run, row), row.mime, f"export {row.name}", **_LOOK)
        return
    if not st.button(row.label, "draw charts", help=row.help, width="stretch"):
        return
    bar = st.progress(0.0, "Drawing the charts")
    button("Stop", "stop charts", lambda: None, icon=":material/stop:")  # any click ends this script run

    def tell(label: str, share: float) -> None:
        bar.progress(share, f"Drawing: {label}")

    memory[_MADE] = of, charts_zip(run, tell)
    st.rerun(scope="fragment")
