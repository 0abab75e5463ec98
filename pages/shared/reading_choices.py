"""The decimal sign and the order of dates of a table that was brought, where its file leaves them open."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import streamlit as st

from core.data.tables.columns import Choices, Columns
from core.experiment.experiment import Experiment

_BROUGHT, _CHOSEN = "brought table", "reading chosen"
_MOST_KEPT = 50_000_000  # bytes of a file, kept to be read again


@dataclass(frozen=True)
class _Brought:
    """The file of the table that was brought last, its name, the table's key, and what the file leaves open."""

    source: bytes | Path
    name: str
    key: str
    asks: tuple[str, ...]


@dataclass(frozen=True)
class _Question:
    """A field of Choices as a control: its label, the labels of its values, and a help text."""

    label: str
    values: Mapping[str, str]
    help: str


_QUESTIONS: Mapping[str, _Question] = MappingProxyType(
    {
        "decimal": _Question(
            "Decimal sign",
            {"": "as found", ",": "comma: 1,5", ".": "point: 1.5"},
            "The file can be read in two ways. The note below says which one was used, and what the other gives.",
        ),
        "dates": _Question(
            "Dates",
            {"": "as found", "day": "day first", "month": "month first"},
            "All dates in the file could begin with the day or with the month.",
        ),
    }
)


def choices() -> Choices:
    """What was chosen for the table that was brought last."""
    return Choices(**st.session_state.get(_CHOSEN, {}))


def forget() -> None:
    """Another file comes, of which nothing is chosen yet."""
    for name in (_BROUGHT, _CHOSEN):
        st.session_state.pop(name, None)


def remember(source: bytes | Path, name: str, key: str, columns: Columns) -> None:
    """Keep the file of a table that leaves something open; what it left open before a choice stays asked."""
    before = st.session_state.get(_BROUGHT)
    asks = columns.asks if before is None else before.asks
    if asks and (isinstance(source, Path) or len(source) <= _MOST_KEPT):
        st.session_state[_BROUGHT] = _Brought(source, name, key, asks)


def offer(experiment: Experiment, read: Callable[[bytes | Path, str], None]) -> None:
    """A control for each question that the experiment's table leaves open; a choice reads the file again."""
    brought = st.session_state.get(_BROUGHT)
    if brought is None or brought.key != experiment.data.csv:
        return
    with st.container(horizontal=True, key="reading choices"):
        for name in brought.asks:
            row = _QUESTIONS[name]
            st.session_state[_key(name)] = st.session_state.get(_CHOSEN, {}).get(name, "")
            st.segmented_control(
                row.label,
                tuple(row.values),
                required=True,
                format_func=row.values.__getitem__,
                key=_key(name),
                help=row.help,
                on_change=_choose,
                args=(name, brought, read),
            )


def _choose(name: str, brought: _Brought, read: Callable[[bytes | Path, str], None]) -> None:
    st.session_state[_CHOSEN] = {**st.session_state.get(_CHOSEN, {}), name: st.session_state[_key(name)] or ""}
    read(brought.source, brought.name)


def _key(name: str) -> str:
    return f"reading {name}"
