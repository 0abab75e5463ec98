"""The experiment of this browser window: read from the link, changed by the controls, written back to the link."""

import re
import time
from typing import Any

import streamlit as st

from core.data.tables.columns import TableError
from core.experiment.build import dataset_of, is_readable
from core.experiment.data_settings import NO_TABLE
from core.experiment.experiment import (
    DEFAULT,
    FIELDS,
    OF_ONE_TABLE,
    SEEDS,
    Experiment,
    bounds_of,
    differences,
    setting_of,
)
from core.experiment.link import of_experiment, read_link, write_link
from core.experiment.presets import OPENING, PAIRS, PRESETS, matching_preset, nearest_preset, presets
from core.experiment.run_name import run_name
from core.experiment.settings import InvalidExperiment
from core.experiment.table_recipe import changed
from pages.shared import bars
from pages.shared.elements import button
from pages.shared.plain import plain

PREDICTIONS = "predictions"  # in the Calibration page's link: the file examined in place of the experiment's run
NO_FILE = "file"  # its value before a file is uploaded
_FILE = re.compile(rf"[0-9a-f]{{16}}|{NO_FILE}")
SWEEP = "sweep"  # in the link of the page Sweeps: the sweep whose results it shows
_SWEEP = re.compile(r"[0-9a-f]{16}")
_OF_PAGES = frozenset({PREDICTIONS, SWEEP})  # what links have beside an experiment
OWN_COLUMNS = {path: DEFAULT.value(path) for path in OF_ONE_TABLE}
SETTLES_S = 3.0  # after this long even a slow browser shows the link that it was sent
ECHO_S = 3.0  # after this long the controls of a slow browser show the values that a button set


def widget_key(path: str) -> str:
    """The name of a setting's control in the session's state."""
    return f"control {path}"


def widget_value(experiment: Experiment, path: str) -> Any:
    """A setting as its control shows it."""
    value = experiment.value(path)
    return ", ".join(str(v) for v in value) if isinstance(value, tuple) else value


def current_experiment(
    *, with_data: bool = True, with_predictions: bool = False, with_sweep: bool = False
) -> Experiment:
    """The experiment that the link or the controls ask for now. If its table is missing, the page says so and stops.

    `with_predictions`: the page's link also names the file of predictions it shows, see `predictions`; `with_sweep`:
    it names the sweep it shows, see `sweep`.

    Call it first in a script run. The session already has the new value of a control that was moved, so training can
    start before the controls are drawn. If a button asked for another page (`go`), this opens it.
    """
    state, query = st.session_state, st.query_params.to_dict()
    if "experiment" not in state:
        _begin(query)
    else:
        # After a button too: an edit may have come before its script run reached this line.
        by_edit = _take_edits()
        if not (by_edit or state.get("changed", False)) and _went_back(query):
            state.held = _held()
            _open_link(query)
    note_page()
    _write_link(query, with_predictions=with_predictions, with_sweep=with_sweep)
    _show_in_controls()
    # Only now: an edit can end this script run at any line above, and the next one must still know.
    for noted in ("changed", "held"):
        state.pop(noted, None)
    if with_data:
        _refuse_without_data(state.experiment)
    return state.experiment


def _refuse_without_data(experiment: Experiment) -> None:
    try:
        dataset_of(experiment)
    except (TableError, OSError) as error:
        st.header(":material/table: This experiment has no rows to train on", anchor=False)
        st.error(plain(str(error)), icon=":material/error:")
        with st.container(horizontal=True, gap="xsmall"):
            button("Open the Data page", "to data", go, "data", primary=True)
            button("Use the table's own columns", "own columns", change, OWN_COLUMNS)
            button("Use simulated data instead", "draw points", change, {"data.table": NO_TABLE})
        st.stop()


def note_page() -> None:
    """Note a change of page. A page that shows no experiment calls this alone: the next that shows one has it still."""
    state = st.session_state
    if "experiment" in state and _has_moved():
        state.link_page, state.moved_on = state.page, True


def keep_link(query: dict[str, str]) -> tuple[str, ...]:
    """For such a page: open the experiment of its address, unless this window has one. Returns remarks on the link."""
    state = st.session_state
    if "experiment" in state:
        return ()
    _begin(query)
    state.link = _tell_link()
    return state.remarks


def pinned() -> Experiment | None:
    """The pinned experiment, shown on the left of the Compare page; None if none is pinned, or its table is gone."""
    left = st.session_state.get("pinned")
    return left if left is None or is_readable(left) else None


def is_pinned() -> bool:
    """Whether the experiment shown is the pinned one."""
    left = pinned()
    return left is not None and not differences(left, st.session_state.experiment)


def predictions() -> str | None:
    """The key of the file of predictions being examined; NO_FILE before one is uploaded; None if a run is examined."""
    return st.session_state.get(PREDICTIONS)


def examine_predictions(key: str | None) -> None:
    """Examine the file with this key, or the experiment's run for None. Call it before the page is drawn again."""
    st.session_state[PREDICTIONS] = key
    _note_button()


def sweep() -> str | None:
    """The id of the sweep whose results are shown, or None."""
    return st.session_state.get(SWEEP)


def open_sweep(id: str) -> None:
    """Show the results of this sweep. Call it before the page is drawn again."""
    st.session_state[SWEEP] = id
    _note_button()


def _begin(query: dict[str, str]) -> None:
    """Open the first experiment of this window."""
    state = st.session_state
    state.link_page, state.moved_on = state.page, False
    _open_link(query)
    state.base = matching_preset(state.experiment) or nearest_preset(state.experiment)


def _open_link(query: dict[str, str]) -> None:
    opened = read_link(_without_file(query))
    repeated = [name for name in query if len(st.query_params.get_all(name)) > 1]
    remarks = [f"“{name[:40]}” is in this link more than once. The last one is used." for name in repeated[:5]]
    state = st.session_state
    silent = not any(map(of_experiment, query)) and PREDICTIONS not in query
    state.experiment, state.pinned = presets[OPENING] if silent else opened.experiment, opened.pinned
    state.bare = not query  # as long as nothing is changed, the address stays as it was opened
    if _SWEEP.fullmatch(query.get(SWEEP, "")):
        state[SWEEP] = query[SWEEP]
    named = query.get(PREDICTIONS)
    state[PREDICTIONS] = named if named is not None and _FILE.fullmatch(named) else None
    if named is not None and state[PREDICTIONS] is None:
        remarks.append("The predictions in this link are not the key of a file. They are left out.")
    state.remarks = (*opened.remarks, *remarks)


def _write_link(query: dict[str, str], *, with_predictions: bool, with_sweep: bool) -> None:
    """Write the experiment into the page's address, or open another page if a button asked for one."""
    state, link = st.session_state, _tell_link()
    state.bare = state.bare and state.experiment == presets[OPENING] and state.pinned is None and not state.moved_on
    link = {} if state.bare else link
    if with_predictions and "going" not in state and (file := predictions()) is not None:
        link[PREDICTIONS] = file
    if with_sweep and "going" not in state and (shown := sweep()) is not None:
        link[SWEEP] = shown
    page = state.pop("going", None)
    if page is not None or query != link:
        state.link_written = time.monotonic()
    state.link = link
    if page is not None:
        st.switch_page(state.pages[page], query_params=link)
    if query != link:
        st.query_params.from_dict(link)


def full_link() -> dict[str, str]:
    """The query that opens the experiment shown, also where the address is bare."""
    return write_link(st.session_state.experiment, st.session_state.pinned)


def _tell_link() -> dict[str, str]:
    """The full link, told to the bars as well."""
    state, link = st.session_state, full_link()
    if link != (before := state.get("experiment_link")):
        state.told_before = before
    bars.tell(link, run_name(state.experiment))
    return link


def _without_file(query: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in query.items() if name not in _OF_PAGES}


def _has_moved() -> bool:
    """Whether this is not the page whose link was written last."""
    return st.session_state.link_page != st.session_state.page


def _went_back(query: dict[str, str]) -> bool:
    """Whether the address differs because a person pressed Back or Forward.

    The browser sends its address with every click, and learns of a new address only after a while; until then it sends
    the old one, which nobody chose. A link to another page holds the experiment of when it was drawn, which is the one
    before for a moment after a change. A bare address keeps the experiment after the first change of page, and so no
    link is written bare. The file examined goes along too, unless the address names another.
    """
    state, moved = st.session_state, _has_moved()
    if not query and (state.moved_on or moved):
        return False
    settled = time.monotonic() - state.get("link_written", -SETTLES_S) > SETTLES_S
    if not moved:
        return settled and query != state.link
    if not settled and _without_file(query) == state.get("told_before"):
        return False
    other_file = PREDICTIONS in query and query[PREDICTIONS] != predictions()
    return other_file or _without_file(query) != state.experiment_link


def go(page: str, settings: dict[str, Any] | None = None) -> None:
    """Open a page, by its name, with the experiment, some settings changed: a button's `on_click`."""
    if settings:
        change(settings)
    st.session_state.going = page


def to_page(name: str, label: str | None = None, **options: Any) -> None:
    """A button that opens a page with the experiment. It has the page's icon, and its title if `label` is None."""
    page = st.session_state.pages[name]
    button(label or page.title, f"to {name}", go, name, icon=page.icon, **options)


def pin() -> None:
    """Pin the experiment shown, to compare another with it."""
    _take_edits()
    st.session_state.pinned = st.session_state.experiment
    _note_button()


def unpin() -> None:
    """Forget the pinned experiment."""
    st.session_state.pinned = None
    _note_button()


def swap() -> None:
    """Exchange the pinned experiment and the one that the controls change."""
    _take_edits()
    left = st.session_state.pinned
    st.session_state.pinned = st.session_state.experiment
    _set(left)


def open_pair(name: str) -> None:
    """Pin one experiment of a pair and open the other; settings outside the pair stay."""
    _take_edits()
    row, experiment = PAIRS[name], st.session_state.experiment
    st.session_state.pinned = experiment.with_settings(row.left)
    _set(experiment.with_settings(row.right))


def change(settings: dict[str, Any]) -> None:
    """Change some settings, for a button. Edits of controls that came with the same click are kept."""
    _take_edits()
    _set(changed(st.session_state.experiment, settings))


def open_kept(experiment: Experiment, beside: Experiment | None = None) -> None:
    """Open the experiment of a kept run, and pin the one `beside` it, if any."""
    if beside is not None:
        st.session_state.pinned = beside
    _set(experiment)


def open_preset(name: str) -> None:
    """Open a preset, with the seeds as they are."""
    seeds = {path: st.session_state.experiment.value(path) for path in SEEDS}
    _set(PRESETS[name].experiment.with_settings(seeds))
    st.session_state.base = name


def new_seed() -> None:
    """Raise both seeds by one: other points and another initialisation. After the last seed comes the first."""
    change({path: (st.session_state.experiment.value(path) + 1) % (bounds_of(path)[1] + 1) for path in SEEDS})


def _set(experiment: Experiment) -> None:
    state = st.session_state
    state.experiment, state.remarks, state.control_errors = experiment, (), {}
    _note_button()


def _note_button() -> None:
    """Note that a button was pressed, and what the controls have by now: that is no edit that came after it."""
    st.session_state.held = _held()
    st.session_state.changed = True


def _held() -> dict[str, Any]:
    """What each control has."""
    return {path: st.session_state.get(widget_key(path)) for path in FIELDS}


def control_error(path: str) -> str | None:
    """Why the value of a control is not valid, or None. The control then keeps what was typed."""
    return st.session_state.get("control_errors", {}).get(path)


def _take_edits() -> bool:
    """Put the values of the controls into the experiment. Returns whether any was edited.

    All edits are made together. One edit may change other settings (a target brings its range and noise), and the
    controls that still have the old values must not undo that: `held` in the session has those from before the last
    change, until the controls have been given the new ones.
    """
    state = st.session_state
    before: Experiment = state.experiment
    held, known = _held(), state.get("held", {})
    _forget_replaced(held)
    edits = {
        path: v
        for path, v in held.items()
        if v is not None
        and v != widget_value(before, path)
        and not (path in known and v == known[path])
        and not _is_echo(path, v)
        and _can_be_chosen(path, v)
    }
    errors: dict[str, str] = {}
    for path in list(edits):
        try:
            before.with_settings({path: edits[path]})
        except InvalidExperiment as error:
            errors[path] = str(error)
            del edits[path]
    if edits:
        state.held = held
        state.experiment, state.remarks = changed(before, edits), ()
    state.control_errors = errors
    return bool(edits)


def _can_be_chosen(path: str, value: Any) -> bool:
    """Whether a person can have chosen it: a browser that is late sends the label of an option that is gone."""
    choices = setting_of(path).choices
    return choices is None or value in choices


def _show_in_controls() -> None:
    state = st.session_state
    replaced, written = state.setdefault("replaced", {}), state.setdefault("written", {})
    for path in FIELDS:
        key, value = widget_key(path), widget_value(state.experiment, path)
        if state.get(key) != value and control_error(path) is None:
            if not _is_echo(path, state.get(key)):
                replaced[path] = state.get(key), time.monotonic()
            if key in state:  # or Streamlit keeps what was written before the control was drawn, for later
                del state[key]
            state[key] = value
            if value not in written.setdefault(path, []):
                written[path].append(value)


def _is_echo(path: str, value: Any) -> bool:
    """Whether a control still has the value from before a button changed it.

    The browser sends all controls with every edit, and learns of a value that a button set only after a while; until
    then it sends the old one, which nobody chose. It also sends it with a click on a link to another page, if the page
    that it leaves has not drawn its controls yet. And in the first script run of a page Streamlit has forgotten the
    controls of the page before, and gives for one of them what was written before it was drawn.
    """
    if _has_moved() and value in st.session_state.get("written", {}).get(path, ()):
        return True
    old, since = st.session_state.get("replaced", {}).get(path, (None, -ECHO_S))
    return value == old and (time.monotonic() - since < ECHO_S or _has_moved())


def _forget_replaced(held: dict[str, Any]) -> None:
    """Forget the values from before of the controls whose new ones the browser knows: it has sent them."""
    state, now = st.session_state, time.monotonic()
    if not _has_moved():
        for path, (_, since) in list(state.get("replaced", {}).items()):
            if now - since >= ECHO_S and held[path] == widget_value(state.experiment, path):
                del state.replaced[path]
