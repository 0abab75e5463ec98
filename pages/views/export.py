"""The Export button of the Fit page: the files of a run, each made when it is asked for."""

from functools import partial

import streamlit as st

from core.export.export_table import EXPORTS
from core.training.run import Run


def export_button(run: Run) -> None:
    """Script, weights, tables and figure of a run, one download for each row of EXPORTS."""
    with st.popover("Export", icon=":material/download:", disabled=not run.has_curve):
        for row in EXPORTS.values():
            st.download_button(
                row.label,
                partial(row.bytes_of, run),
                file_name=f"{run.key}-{row.file_name}",
                mime=row.mime,
                key=f"export {row.name}",
                help=row.help,
                on_click="ignore",
                width="stretch",
            )
