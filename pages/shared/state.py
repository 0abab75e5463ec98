"""The experiment of this browser window: from the link, then from the controls; and back into the link."""

import re
import time
from typing import Any

import streamlit as st

from core.data.tables.columns import TableError
from core.data.tables.shipped import TABLES
from core.experiment.build import dataset_of
from core.experiment.data_settings import NO_TABLE
from core.experiment.experiment import DEFAULT, FIELDS, OF_ONE_TABLE, Experiment, bounds_of, differences
from core.experiment.link import read_link, write_link
from core.experiment.presets import PAIRS, PRESETS, recipe_for_table
from core.experiment.settings import InvalidExperiment
from pages.shared.plain import plain

PREDICTIONS = "predictions"  # in the Calibration page's link: a file that it examines in place of the experiment's run
NO_FILE = "file"  # its value before there is one
_FILE = re.compile(rf"[0-9a-f]{{16}}|{NO_FILE}")
OWN_COLUMNS = {path: DEFAULT.value(path) for path in OF_ONE_TABLE}
SEEDS = ("data.seed", "training.seed")
SETTLES_S = 1.5  # by then a browser shows the link it was sent
ECHO_S = 3.0  # by then a slow one's controls have the values that a button changed


def widget_key(path: str) -> str:
    """The name of a setting's control in the session's state."""
    return f"control {path}"


def widget_value(experiment: Experiment, path: str) -> Any:
    """A setting as its control shows it."""
    value = experiment.value(path)
    return ", ".join(str(v) for v in value) if isinstance(value, tuple) else value


def current_experiment(*, with_data: bool = True, with_predictions: bool = False) -> Experiment:
    """What the link or the controls ask for now. Where its table cannot be had, the page says so, and ends there.

    `with_predictions`: the page's link tells which file of predictions it shows, see `predictions`.

    Called first in a script run: a moved control already has its new value then, so that training can begin before
    the controls are drawn again. A page that a button asked for (`go`) is opened from here.
    """
    state, query = st.session_state, st.query_params.to_dict()
    if "experiment" not in state:
        _begin(query)
    elif not (state.pop("changed", False) or _take_edits()) and _went_back(query):
        _open_link(query)
    if _has_moved():
        state.link_page, state.moved_on = state.page, True
    _write_link(query, with_predictions=with_predictions)
    _show_in_controls()
    if with_data:
        _refuse_without_data(state.experiment)
    return state.experiment


def _refuse_without_data(experiment: Experiment) -> None:
    try:
        dataset_of(experiment)
    except (TableError, OSError) as error:
        st.subheader(":material/table: This experiment has no rows to train on", anchor=False)
        st.error(plain(str(error)), icon=":material/error:")
        with st.container(horizontal=True, gap="xsmall"):
            st.button("Open the Data page", type="primary", key="to data", on_click=go, args=("data",))
            st.button("Take the table's own columns", key="own columns", on_click=change, args=(OWN_COLUMNS,))
            st.button("Draw points instead", key="draw points", on_click=change, args=({"data.table": NO_TABLE},))
        st.stop()


def leave_alone() -> None:
    """Called by a page that shows no experiment: the one of this window is kept for the next page that does."""
    state = st.session_state
    if "experiment" in state and _has_moved():
        state.link_page, state.moved_on = state.page, True


def keep_link(query: dict[str, str]) -> tuple[str, ...]:
    """Open the experiment of an address on a page that shows none, unless this window has one; what it says of it."""
    if "experiment" in st.session_state:
        return ()
    _begin(query)
    remarks: tuple[str, ...] = st.session_state.remarks
    return remarks


def pinned() -> Experiment | None:
    """The experiment that stands on the left of the Compare page, if one was pinned."""
    return st.session_state.get("pinned")


def is_pinned() -> bool:
    """Whether the experiment shown is the pinned one."""
    left = pinned()
    return left is not None and not differences(left, st.session_state.experiment)


def predictions() -> str | None:
    """The key of the file of predictions that is examined; NO_FILE before it is brought; None where a run is."""
    return st.session_state.get(PREDICTIONS)


def examine_predictions(key: str | None) -> None:
    """Examine the file of this key, or with None the experiment's run: called before the page is drawn again."""
    st.session_state[PREDICTIONS], st.session_state.changed = key, True


def _begin(query: dict[str, str]) -> None:
    """Open the first experiment of this window."""
    state = st.session_state
    state.link_page, state.moved_on = state.page, False
    _open_link(query)
    state.base = matching_preset(state.experiment) or next(iter(PRESETS))


def _open_link(query: dict[str, str]) -> None:
    opened = read_link({name: value for name, value in query.items() if name != PREDICTIONS})
    repeated = [name for name in query if len(st.query_params.get_all(name)) > 1]
    remarks = [f"“{name[:40]}” stands more than once in this link: the last one was taken." for name in repeated[:5]]
    state = st.session_state
    state.experiment, state.pinned = opened.experiment, opened.pinned
    named = query.get(PREDICTIONS)
    state[PREDICTIONS] = named if named is not None and _FILE.fullmatch(named) else None
    if named is not None and state[PREDICTIONS] is None:
        remarks.append("This link's predictions are no file's key: they were left out.")
    state.remarks = (*opened.remarks, *remarks)


def _write_link(query: dict[str, str], *, with_predictions: bool) -> None:
    """Put the experiment into the page's address; and open another page, if a button asked for it."""
    state = st.session_state
    bare = state.experiment == Experiment() and state.pinned is None and not state.moved_on
    link = {} if bare else write_link(state.experiment, state.pinned)
    if with_predictions and "going" not in state and (file := predictions()) is not None:
        link[PREDICTIONS] = file
    page = state.pop("going", None)
    if page is not None or query != link:
        state.link_written = time.monotonic()
    state.link = link
    if page is not None:
        st.switch_page(state.pages[page], query_params=link)
    if query != link:
        st.query_params.from_dict(link)


def _has_moved() -> bool:
    """Whether this is another page than the one whose link was written last."""
    return st.session_state.link_page != st.session_state.page


def _went_back(query: dict[str, str]) -> bool:
    """Whether the browser shows another address because a person went back, or forward, to it.

    The browser sends its address along with every click, and a new one reaches it only after a while: until then it
    sends the one before, which nobody chose. The navigation opens a page at its bare address: that keeps the
    experiment. So no link is written bare once a person has changed the page, and going back to a bare address keeps
    it too.
    """
    state = st.session_state
    if not query and (state.moved_on or _has_moved()):
        return False
    settled = time.monotonic() - state.get("link_written", -SETTLES_S) > SETTLES_S
    return query != state.link and (settled or _has_moved())


def go(page: str, settings: dict[str, Any] | None = None) -> None:
    """Open a page, by its name, with the experiment, some settings changed: a button's `on_click`."""
    if settings:
        change(settings)
    st.session_state.going = page


def to_page(name: str, label: str | None = None, *, primary: bool = False, help_words: str | None = None) -> None:
    """A button that leads to a page with the experiment; it has the page's icon, and its title unless told."""
    page = st.session_state.pages[name]
    st.button(
        label or page.title,
        type="primary" if primary else "secondary",
        icon=page.icon,
        key=f"to {name}",
        on_click=go,
        args=(name,),
        help=help_words,
    )


def pin() -> None:
    """Keep the experiment shown, to be compared with another."""
    _take_edits()
    st.session_state.pinned, st.session_state.changed = st.session_state.experiment, True


def unpin() -> None:
    """Forget the pinned experiment."""
    st.session_state.pinned, st.session_state.changed = None, True


def swap() -> None:
    """The pinned experiment becomes the one that the controls change, and that one is pinned."""
    _take_edits()
    left = st.session_state.pinned
    st.session_state.pinned = st.session_state.experiment
    _set(left)


def open_pair(name: str) -> None:
    """Pin one half of a pair and open the other; all else stays as it is."""
    _take_edits()
    row, experiment = PAIRS[name], st.session_state.experiment
    st.session_state.pinned = experiment.with_settings(row.left)
    _set(experiment.with_settings(row.right))


def change(settings: dict[str, Any]) -> None:
    """Set some settings, as a button does; an edit that came along with its click stays."""
    _take_edits()
    _set(st.session_state.experiment.with_settings(settings))


def open_kept(experiment: Experiment, beside: Experiment | None = None) -> None:
    """Open the experiment of a kept run; with another `beside` it, that one is pinned."""
    if beside is not None:
        st.session_state.pinned = beside
    _set(experiment)


def open_preset(name: str) -> None:
    """Open a preset; the seeds stay what they are."""
    seeds = {path: st.session_state.experiment.value(path) for path in SEEDS}
    st.session_state.base = name
    _set(PRESETS[name].experiment.with_settings(seeds))


def new_seed() -> None:
    """Other points and another start; after the last seed comes the first."""
    change({path: (st.session_state.experiment.value(path) + 1) % (bounds_of(path)[1] + 1) for path in SEEDS})


def _set(experiment: Experiment) -> None:
    state = st.session_state
    state.experiment, state.remarks, state.control_errors, state.changed = experiment, (), {}, True


def matching_preset(experiment: Experiment) -> str | None:
    """The preset that this experiment is, seeds and reading aside."""
    seeds = {path: experiment.value(path) for path in SEEDS}
    same = (name for name, row in PRESETS.items() if row.experiment.with_settings(seeds).key == experiment.key)
    return next(same, None)


def control_error(path: str) -> str | None:
    """What is wrong with what a control holds, if anything is: it then stays as it was typed."""
    return st.session_state.get("control_errors", {}).get(path)


def _take_edits() -> bool:
    """Put what the controls hold into the experiment; whether any was edited.

    All edits together, so that what an edit brings along (a target its range and noise) is not undone by the controls
    that still hold the old values.
    """
    state = st.session_state
    before: Experiment = state.experiment
    held = {path: state.get(widget_key(path)) for path in FIELDS}
    edits = {
        path: v
        for path, v in held.items()
        if v is not None and v != widget_value(before, path) and not _is_echo(path, v)
    }
    errors: dict[str, str] = {}
    for path in list(edits):
        try:
            before.with_settings({path: edits[path]})
        except InvalidExperiment as error:
            errors[path] = str(error)
            del edits[path]
    if edits.get("data.table") in TABLES:
        edits = {**recipe_for_table(before, TABLES[edits["data.table"]].columns().rows), **edits}
    if edits:
        state.experiment, state.remarks = before.with_settings(edits), ()
    state.control_errors = errors
    return bool(edits)


def _show_in_controls() -> None:
    state = st.session_state
    replaced = state.setdefault("replaced", {})
    for path in FIELDS:
        key, value = widget_key(path), widget_value(state.experiment, path)
        if state.get(key) != value and control_error(path) is None:
            if not _is_echo(path, state.get(key)):
                replaced[path] = state.get(key), time.monotonic()
            state[key] = value


def _is_echo(path: str, value: Any) -> bool:
    """Whether a control still says what it said before it was set otherwise.

    The browser sends all controls along with every edit, and a value that a button has changed reaches it only after a
    while: until then it sends the one before, which nobody chose.
    """
    old, since = st.session_state.get("replaced", {}).get(path, (None, -ECHO_S))
    return value == old and time.monotonic() - since < ECHO_S
