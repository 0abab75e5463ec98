"""What the Runs page shows: the library of runs as a table, and below it the actions on the selected ones."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from core.data.tables.columns import TableError
from core.data.tables.table_store import table_store
from core.experiment.build import is_readable
from core.experiment.experiment import Experiment
from core.export.file_name import file_stem
from core.host import count
from core.runs.demo import library_of
from core.runs.entry import SORTS, Entry, compare
from core.runs.exchange import MOST_BYTES, Imported
from core.runs.folding import Fold, folded, runs_of
from core.runs.library import Library, LibraryError
from core.runs.schema import LONGEST_NAME, LONGEST_NOTES
from core.runs.store import Store
from core.training.run import STATUSES
from core.visitor import SHARED, own_space
from pages.shared import demo, state, visitors
from pages.shared.elements import button, download, labels, put_table
from pages.shared.plain import plain
from pages.shared.shell import laboratory
from pages.views.runs_table import FOLDED, loss_label, select, table_words, title

_ANY, _UNFOLDED = "any", "runs unfolded"
_MINE, _SHARED, _WHOSE = "Mine", "Shared", "runs whose"
_MEGABYTE = 1_000_000


def show() -> None:
    """One script run: the size of the library, the filters, the table, and the selected runs."""
    state.current_experiment(with_data=False)
    library = library_of(laboratory().store)
    space = _space(library)
    total = library.count(space=space)
    if library.store.is_reachable:
        _size(library, space, total)
    _messages(library)
    _to_account(library)
    if not library.store.is_reachable:
        _away(library.store)
        return
    if total == 0:
        if space == own_space():
            st.markdown(
                "No run is kept yet: every run that you train on another page comes here. Or import a file of runs."
            )
            _import(library)
        else:
            st.markdown("Nobody has shared a run yet. Select a run under Mine to share it.")
        return
    if found := _found(library, space):
        lines = select(found)
        chosen = runs_of(lines)
        _actions(library, lines, chosen)
        if len(chosen) == 1:
            _one(library, library.scored(chosen[0]))
        elif len(chosen) == 2:
            _two(*map(library.scored, chosen))
    else:
        st.markdown("No run matches. A search looks into names, notes, keys and settings, such as noise.scale=0.3.")
    _import(library)


def _space(library: Library) -> str:
    """Whose runs are listed: the choice between the visitor's own and shared ones, where these are not the same."""
    if own_space() == SHARED:
        return SHARED
    if _WHOSE not in st.session_state:  # whoever has none yet is shown what there is
        st.session_state[_WHOSE] = _MINE if library.count(space=own_space()) or not library.count() else _SHARED
    chosen = st.segmented_control(
        "Whose runs",
        (_MINE, _SHARED),
        required=True,
        key=_WHOSE,
        label_visibility="collapsed",
    )
    return SHARED if chosen == _SHARED else own_space()


def _size(library: Library, space: str, total: int) -> None:
    used = library.size_bytes(space) / _MEGABYTE
    words = f"{total:,} {'run' if total == 1 else 'runs'}, {used:,.1f} MB"
    most = count("most_own_run_bytes") or count("most_run_bytes")
    full = "When that is full, the oldest runs are deleted first, starred ones last."
    if own_space() == SHARED:
        words += f" of {most / _MEGABYTE:,.0f} MB. {full}"
    elif space == SHARED:
        words += ". Everybody who opens this server sees them. They are changed by those who shared them."
    elif count("most_own_run_bytes"):
        words += f" of {most / _MEGABYTE:,.0f} MB. {full} {_whose()}"
    else:
        words += f". {_whose()}"
    st.markdown(words)


def _whose() -> str:
    return "Only you see them." if visitors.is_logged_in() else "Only this browser sees them."


def _to_account(library: Library) -> None:
    """For whoever has just logged in: the runs and tables that this browser had before."""
    browser = visitors.browser_space()
    if not visitors.is_logged_in() or not browser:
        return
    if number := library.count_elsewhere(browser):
        words = f"{number:,} {'run' if number == 1 else 'runs'} of this browser came before your login."
        with st.container(horizontal=True, vertical_alignment="center", key="from browser"):
            st.markdown(words, width="content")
            button("Move to my account", "move runs", _move, library, browser, icon=":material/move_item:")


def _move(library: Library, browser: str) -> None:
    library.move_here(browser)
    table_store().move_here(browser)


def _away(store: Store) -> None:
    """The list while its database cannot be reached: it is not empty, it is not known."""
    waiting = store.waiting
    words = "No list just now: the store of runs cannot be reached."
    if waiting:
        words += f" {waiting:,} {'run waits' if waiting == 1 else 'runs wait'} to be kept."
    st.markdown(words)
    button("Try again", "try store", lambda: None, icon=":material/refresh:")


def _messages(library: Library) -> None:
    """The result of the last click: a problem, a deletion with its undo, or an import."""
    memory = st.session_state
    if problem := memory.pop("runs_problem", None) or library.store.problem:
        st.error(plain(problem), icon=":material/error:")
    if deleted := memory.get("runs_deleted"):
        with st.container(horizontal=True, vertical_alignment="center", key="deleted"):
            words = "1 run was deleted." if len(deleted) == 1 else f"{len(deleted):,} runs were deleted."
            st.markdown(f":material/delete: {words}", width="content")
            button("Undo", "undo", _undo, library, deleted, icon=":material/undo:", help="Within an hour.")
    if shared := memory.pop("runs_shared", None):
        st.success(shared, icon=":material/group:")
    if imported := memory.pop("runs_imported", None):
        _tell(imported)


def _tell(imported: Imported) -> None:
    words = f"{imported.added:,} added, {imported.already_there:,} already here."
    if imported.refused:
        st.warning("\n\n".join([words, *map(plain, imported.refused)]), icon=":material/warning:")
    else:
        st.success(words, icon=":material/check:")


def _found(library: Library, space: str) -> list[Entry | Fold]:
    """Search, filters and order, and the runs that they leave; those of an experiment over seeds as one line.

    What was searched for is shown run by run.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", key="filters"):
        search = st.text_input("Search", key="runs search", placeholder="name, notes, a setting", width=280)
        loss = _choice("Loss", library.losses(), loss_label)
        source = _choice("Data", library.tables(), table_words)
        status = _choice("Status", STATUSES, str)
        sort = st.selectbox("Sort by", list(SORTS), format_func=labels(SORTS).__getitem__, key="runs sort", width=170)
        down = st.toggle("Reverse", key="runs reverse") != SORTS[sort].descending
        starred = st.toggle("Starred", key="runs starred")
    filters = {"space": space, "loss": loss, "table": source, "status": status, "starred_only": starred}
    found = library.entries(search or "", sort=sort, descending=down, **filters)
    return list(found) if search else folded(found, st.session_state.get(_UNFOLDED, ()))


def _choice(label: str, names: Sequence[str], words: Callable[[str], str]) -> str | None:
    options = {_ANY: _ANY, **{name: words(name) for name in names}}
    chosen = st.selectbox(label, list(options), format_func=options.__getitem__, key=f"runs {label}", width=150)
    return None if chosen == _ANY else chosen


def _actions(library: Library, lines: Sequence[Entry | Fold], chosen: Sequence[Entry]) -> None:
    ids = [entry.id for entry in chosen]
    if not chosen:
        st.caption(
            "Select a run at the left edge of its row to name, reopen or delete it; select two to compare them. "
            f"A line with {FOLDED} is one experiment over seeds: select it to see its runs."
        )
        return
    starred = all(entry.starred for entry in chosen)
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="actions"):
        if len(lines) == 1 and isinstance(lines[0], Fold):
            _unfold_button(lines[0])
        if len(chosen) == 1:
            _reopen(chosen[0])
        if len(chosen) == 2:
            _open_button("Open side by side", "beside", "compare_arrows", "compare", chosen[1], chosen[0])
        word, theirs = "Unstar" if starred else "Star", not all(map(library.may_change, chosen))
        button(word, "star", _each, library.star, ids, not starred, icon=":material/star:", disabled=theirs)
        words = f"One file, with name and notes; at most {MOST_BYTES / _MEGABYTE:.0f} MB."
        large, export = sum(entry.size for entry in chosen) > MOST_BYTES, partial(library.export, ids)
        download("Export", export, _file_name(chosen), "application/zip", "export", disabled=large, help=words)
        is_shared = own_space() != SHARED and chosen[0].space == SHARED
        word, icon = ("Stop sharing", "group_off") if is_shared else ("Delete", "delete")
        button(word, "delete", _delete, library, chosen, icon=f":material/{icon}:", disabled=theirs)
        if own_space() != SHARED and not is_shared:
            _share_box(library, chosen)
        st.markdown("1 run selected" if len(chosen) == 1 else f"{len(chosen):,} runs selected", width="content")


def _share_box(library: Library, chosen: Sequence[Entry]) -> None:
    """What sharing means, and the button."""
    tables = sorted({entry.own_table for entry in chosen} - {""})
    turn = st.session_state.setdefault("share turn", 0)  # with another key the box is closed
    with st.popover("Share", icon=":material/group:", key=f"share box {turn}"):
        st.markdown("Everybody who opens this server sees a shared run, with its name and notes.")
        also = bool(tables) and st.checkbox(
            "Also the rows of its table",
            key="share rows",
            help="Without the rows others see settings and scores, and cannot open the run.",
        )
        label = "Share this run" if len(chosen) == 1 else f"Share {len(chosen):,} runs"
        rows = tables if also else []
        button(label, "share", _share, library, [entry.id for entry in chosen], rows, primary=True)


def _share(library: Library, ids: Sequence[int], tables: Sequence[str]) -> None:
    memory = st.session_state
    memory["share turn"] += 1
    for key in tables:
        try:
            table_store().share(key)
        except TableError as error:
            memory.runs_problem = str(error)
    added = len(library.share(ids))
    already = len(ids) - added
    words = "1 run is shared now." if added == 1 else f"{added:,} runs are shared now."
    memory.runs_shared = f"{words} {already:,} had been shared before." if already else words


def _file_name(chosen: Sequence[Entry]) -> str:
    """The name of a file of runs: what the one run is, or how many there are."""
    if len(chosen) == 1 and (experiment := chosen[0].experiment) is not None:
        return f"{file_stem(experiment, chosen[0].key)}-run.zip"
    return f"heteroscope-{len(chosen)}-runs.zip"


def _unfold_button(fold: Fold) -> None:
    """Shows the runs of an experiment over seeds in the list, or hides them again; and opens it on Over seeds."""
    opened = fold.id in st.session_state.get(_UNFOLDED, ())
    label, icon = ("Hide its runs", "unfold_less") if opened else (f"Show its {len(fold.entries)} runs", "unfold_more")
    button(label, "unfold", _unfold, fold.id, icon=f":material/{icon}:", primary=True)
    if (experiment := fold.entries[-1].experiment) is not None:
        button("Open Over seeds", "to seeds", _open, "seeds", experiment, icon=":material/casino:")


def _unfold(fold: int) -> None:
    """Show a folded experiment, or hide it if it is shown."""
    st.session_state[_UNFOLDED] = set(st.session_state.get(_UNFOLDED, ())) ^ {fold}


def _reopen(entry: Entry) -> None:
    words = None if entry.is_current else "Another version kept this run: it is trained again when you open it."
    if entry.experiment is not None and not is_readable(entry.experiment):
        words = "Its table is not here, or is not shared with you."
    if entry.experiment is None:
        words = "Another version kept this run, with settings that this one does not know."
    _open_button("Reopen", "reopen", "open_in_new", "fit", entry, help=words)


def _open_button(label: str, key: str, icon: str, page: str, *shown: Entry, **options: Any) -> None:
    """A button that opens a page with a run, and another pinned; off if another version kept one of them."""
    both = [entry.experiment for entry in shown]
    missing = any(each is None or not is_readable(each) for each in both)
    options |= {"icon": f":material/{icon}:", "disabled": missing}
    button(label, key, _open, page, *both, primary=True, **options)


def _open(page: str, experiment: Experiment, beside: Experiment | None = None) -> None:
    state.open_kept(experiment, beside)
    state.go(page)


def _one(library: Library, entry: Entry) -> None:
    named, noted = st.columns([2, 3], gap="medium")
    theirs = not library.may_change(entry)
    with named:
        st.text_input(
            "Name",
            entry.name,
            max_chars=LONGEST_NAME,
            key=f"name {entry.id}",
            on_change=partial(_write, library.rename, entry.id, f"name {entry.id}"),
            placeholder=title(entry),
            disabled=theirs,
        )
        st.caption(plain(f"{entry.key}, {entry.status} in {entry.seconds:.2f} s, {entry.size / 1000:,.0f} kB"))
    with noted:
        st.text_area(
            "Notes",
            entry.notes,
            max_chars=LONGEST_NOTES,
            height=96,
            key=f"notes {entry.id}",
            on_change=partial(_write, library.note, entry.id, f"notes {entry.id}"),
            disabled=theirs,
        )


def _two(one: Entry, other: Entry) -> None:
    head = ("", *(f"{'★ ' if entry.starred else ''}{title(entry)}" for entry in (one, other)))
    put_table("compared-runs", [head, *compare(one, other)])


def _import(library: Library) -> None:
    with st.expander("Import a file of runs", icon=":material/upload:"):
        # Each file is followed by a new uploader, so that the same file is not read at every click.
        number = st.session_state.setdefault("runs_uploads", 0)
        file = st.file_uploader(
            f"What Export has written, at most {MOST_BYTES / _MEGABYTE:.0f} MB",
            type="zip",
            key=f"import {number}",
            max_upload_size=MOST_BYTES // _MEGABYTE,
            **demo.no_upload(),
        )
    if file is not None:
        with st.spinner("Reading the runs…"):
            st.session_state.runs_imported = library.import_file(file.getvalue())
        st.session_state.runs_uploads += 1
        st.rerun()


def _each(act: Callable[..., None], ids: Sequence[int], value: bool | str) -> None:
    """Do this to each of the runs; what cannot be done is told at the top of the page."""
    for run_id in ids:
        try:
            act(run_id, value)
        except LibraryError as error:
            st.session_state.runs_problem = str(error)


def _write(act: Callable[[int, str], None], run_id: int, key: str) -> None:
    _each(act, [run_id], st.session_state[key])


def _delete(library: Library, chosen: Sequence[Entry]) -> None:
    st.session_state.runs_deleted = library.delete([entry.id for entry in chosen])
    st.session_state.runs_selected = []  # restored runs are not selected
    laboratory().forget([entry.key for entry in chosen])


def _undo(library: Library, ids: Sequence[int]) -> None:
    if len(library.undo(ids)) < len(ids):
        st.session_state.runs_problem = "Some of these runs are gone: they made room for newer runs."
    st.session_state.runs_deleted = []
