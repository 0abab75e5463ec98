"""A visitor's own predictions on the Calibration page: an uploader, the choices that a file needs, and its groups."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import streamlit as st

from core.data.tables.columns import Columns, TableError
from core.data.tables.reading import read_table
from core.data.tables.table_store import table_store
from core.diagnosis.calibration.group_report import groups_by
from core.evaluation.predictions import Predictions, UnclearError, example, predictions_of
from core.evaluation.predictions_choice import NO_CHOICE, Choice
from core.evaluation.predictions_forms import FAMILIES, FORMS
from core.evaluation.predictions_groups import Groups, group_columns
from core.evaluation.predictions_renamed import renamed
from pages.shared import state
from pages.shared.data_sources import upload
from pages.shared.elements import button, choose, labels, put_table
from pages.shared.plain import plain

_REFUSED = "predictions refused"
_RUN, _FILE = "this experiment", "a file of mine"
_CHOICE, _FAMILY, _LAST = "predictions of", "predictions family", "predictions last"
_LEVELS = (0.5, 0.8, 0.9, 0.95, 0.99)
_NONE = "–"
# The lists of columns for a file whose names do not say what they hold: the role, and the words beside it.
_ROLES: Mapping[str, str] = {
    "y": "Observed y",
    "mean": "Predicted mean",
    "std": "Predicted std",
    "variance": "or variance",
    "log_variance": "or log variance",
    "lower": "Lower end",
    "upper": "Upper end",
}


def choose_source() -> None:
    """The choice between the experiment's predictions and those of a file."""
    st.session_state[_CHOICE] = _RUN if state.predictions() is None else _FILE
    st.segmented_control(
        "Predictions of",
        (_RUN, _FILE),
        required=True,
        key=_CHOICE,
        on_change=_choose,
        help="A file with y and the predictions of any model. It is examined like a run.",
    )


def _choose() -> None:
    """Take the choice; the file that was examined last is shown again."""
    wanted = st.session_state[_CHOICE] == _FILE
    st.session_state[_REFUSED] = ""
    state.examine_predictions(st.session_state.get(_LAST, state.NO_FILE) if wanted else None)


@dataclass(frozen=True)
class Brought:
    """The predictions of a file, its table and its name; without predictions, the reason if there is one."""

    predictions: Predictions | None = None
    columns: Columns | None = None
    name: str = ""
    reason: str = ""


def brought(key: str) -> Brought:
    """The stored predictions with a key."""
    if key == state.NO_FILE:
        return Brought()
    found = Brought()
    try:
        found = replace(found, columns=table_store().get(key), name=table_store().label(key))
        assert found.columns is not None
        predictions = predictions_of(found.columns, st.session_state.get(_FAMILY) or "gaussian", _chosen(key))
    except TableError as error:
        return replace(found, reason=str(error))
    st.session_state[_LAST] = key
    return replace(found, predictions=predictions)


def _chosen(key: str) -> Choice:
    """What the controls of this file say."""
    session = st.session_state
    return Choice(form=session.get(f"form {key}") or "", level=session.get(f"level {key}") or None)


def choices(found: Predictions | None, key: str) -> None:
    """The choices that this file leaves: its form if it has several, the level of its bounds, the law of its std."""
    if found is None or found.found is None:
        return
    forms = [name for name in found.forms if name != "mean" or found.form == "mean"]  # means alone say less
    if len(forms) > 1:
        words = {name: FORMS[name].label for name in forms}
        choose("Read the file as", words, forms[0], f"form {key}", "The file has predictions in more than one form.")
    if None in found.found.bounds and found.form in ("interval", "quantiles"):
        shares = {0.0: "not known", **{level: f"{100 * level:g} %" for level in _LEVELS}}
        help_words = "The column names do not say it. 95 % is used until you choose."
        choose("Level of lower and upper", shares, 0.0, f"level {key}", help_words)
    if found.form == "spread" or found.is_ignorance_alone:
        words = "The distribution at each point, with this mean and standard deviation."
        choose("Read as", labels(FAMILIES), "gaussian", _FAMILY, words)


def choose_groups(shown: Brought, key: str) -> Groups | None:
    """The groups of the file, by a column that is named so or chosen; None without any."""
    found, columns = shown.predictions, shown.columns
    if found is None or columns is None or found.kept is None:
        return None
    own = () if found.groups is None else (found.groups.column,)
    names = (*own, *group_columns(columns, found.taken.union(own)))
    if not names:
        return None
    options = (*own, _NONE, *names[len(own) :])
    name = st.selectbox("By group", options, key=f"group {key}", width=260)
    return None if name == _NONE else groups_by(found, columns, name)


def bring(shown: Brought, key: str) -> None:
    """The name of the file that is shown, what it was read as, and an uploader for another."""
    if refused := st.session_state.get(_REFUSED):
        st.error(plain(refused), icon=":material/error:")
    title, found = "Upload predictions", shown.predictions
    if found is not None:
        title = f"{plain(shown.name)}, {found.y.size:,} points: upload another file"
    elif shown.reason:
        _ask(shown, key)
    with st.expander(title, icon=":material/upload_file:", expanded=found is None, key=f"bring {state.predictions()}"):
        _place()
    if found is not None and found.form != "spread":
        st.caption(f"Read as {plain(found.words)}.")
    for note in () if found is None else found.notes:
        st.caption(plain(note))


def _ask(shown: Brought, key: str) -> None:
    """The reason why a file cannot be read, and lists of its columns to say what they hold."""
    st.error(plain(shown.reason), icon=":material/error:")
    if shown.columns is None:
        return
    numbers = [_NONE, *(name for name, column in shown.columns.columns.items() if column.kind == "number")]
    if len(numbers) == 1:
        return
    st.markdown(f"**Which column of {plain(shown.name)} holds what?**")
    with st.container(horizontal=True, key="which column"):
        for role, words in _ROLES.items():
            first = numbers.index(role) if role in numbers else 0
            st.selectbox(words, numbers, first, key=f"column {role} {key}", width=190)
    button("Use these columns", "read so", _read_so, key, shown.name, primary=True)


def _read_so(key: str, name: str) -> None:
    """Store the table with the chosen columns under the names of their roles."""
    chosen = {role: st.session_state[f"column {role} {key}"] for role in _ROLES}
    picked = {role: column for role, column in chosen.items() if column != _NONE}
    _examine(lambda: renamed(table_store().get(key), NO_CHOICE.with_columns(**picked)), name)


def _place() -> None:
    left, right = st.columns([2, 3], gap="large")
    with left:
        words = "CSV, TSV, Excel or Parquet, one row per point"
        upload(words, "predictions", _take, "Reading the predictions…")
        words, icon = "Example: std 1.5 times too small", ":material/school:"
        button(words, "example", _examine, example, "Example predictions", icon=icon)
        st.caption(
            "Use points that the model was not trained on, in their original order. The order shows whether points "
            "depend on each other. Columns named x or group are used too; other columns are ignored."
        )
    with right:
        rows = [("Form", "Columns"), *((row.label, row.example.partition("\n")[0]) for row in FORMS.values())]
        put_table("table forms", rows)
        st.caption(
            "Instead of std: variance, log variance or precision. Many column names are understood, such as "
            "y\\_true, y\\_pred, sigma, P10, 5 % and lo\\_90. If yours are not, you choose the columns."
        )


def _take(content: bytes, name: str) -> None:
    _examine(lambda: read_table(content, name, fewest_rows=1), name)


def _examine(read: Callable[[], Columns], name: str) -> None:
    """Store a table and examine it; one that holds no numbers at all is refused, and the reason kept."""
    st.session_state[_REFUSED] = ""
    try:
        columns = read()
        if _is_hopeless(columns):
            predictions_of(columns)  # raises, with the reason
        state.examine_predictions(table_store().put(columns, name))
    except TableError as error:
        st.session_state[_REFUSED] = str(error)


def _is_hopeless(columns: Columns) -> bool:
    """Whether no choice of columns can help: the names are understood, and a cell is at fault."""
    try:
        predictions_of(columns)
    except UnclearError:
        return False
    except TableError:
        return True
    return False
