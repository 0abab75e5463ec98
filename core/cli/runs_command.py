"""`python -m core runs …`: the library of runs on the command line."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..evaluation.scores import COMPARED
from ..experiment.settings import InvalidExperiment, Problem, one_line
from ..export.run_tables import write
from ..runs.entry import SORTS, Entry
from ..runs.exchange import MOST_BYTES
from ..runs.library import Library, LibraryError
from ..runs.store import Store
from .called import called

LARGEST_ID = 2**31 - 1


@dataclass(frozen=True)
class Act:
    """One thing to do with runs: its help, the arguments it takes, and the function that does it."""

    help: str
    arguments: tuple[str, ...]
    run: Callable[[Library, argparse.Namespace], Any]


def runs(options: argparse.Namespace) -> int:
    """Carry out the act and print its result. Exit status 2 and one sentence if it cannot be done."""
    store = Store()
    try:
        if store.problem is None:
            answer = ACTS[options.act].run(Library(store), options)
    except LibraryError as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        store.close()
    if store.problem is not None:
        print(store.problem, file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(answer, allow_nan=False))
    elif isinstance(answer, list):
        print("\n".join(map(_line, answer)) if answer else "No run matches.")
    else:
        for name, value in answer.items():
            for words in value if isinstance(value, list) else [value]:
                print(f"{name}: {words}")
    return 0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command; its acts are words after it."""
    parser.add_argument("act", nargs="?", default="list", choices=list(ACTS), metavar="ACT", help=", ".join(ACTS))
    parser.add_argument("words", nargs="*", metavar="RUN", help="number or key of a run; a name, notes or a file")
    parser.add_argument("--search", default="", metavar="WORDS", help="words in name, notes, key or settings")
    parser.add_argument("--sort", default="created", choices=list(SORTS), metavar="BY", help=", ".join(SORTS))
    parser.add_argument("--starred", action="store_true", help="starred runs alone")
    parser.epilog = "; ".join(f"{' '.join((name, *act.arguments))}: {act.help}" for name, act in ACTS.items())


def _list(library: Library, options: argparse.Namespace) -> list[dict[str, Any]]:
    shown = [field.name for field in fields(Entry) if field.name != "experiment_json"]
    found = library.entries(options.search, sort=options.sort, starred_only=options.starred)
    return [{name: getattr(entry, name) for name in shown} for entry in found]


def _star(on: bool) -> Callable[[Library, argparse.Namespace], Any]:
    def star(library: Library, options: argparse.Namespace) -> dict[str, Any]:
        ids = _ids(library, options.words)
        for run_id in ids:
            library.star(run_id, on)
        return {"starred" if on else "unstarred": ids}

    return star


def _say(put: Callable[[Library, int, str], None]) -> Callable[[Library, argparse.Namespace], Any]:
    def say(library: Library, options: argparse.Namespace) -> dict[str, Any]:
        if len(options.words) < 2:
            raise LibraryError(f"runs {options.act} takes a run and what to write, such as: {options.act} 3 best.")
        (run_id,) = _ids(library, options.words[:1])
        put(library, run_id, " ".join(options.words[1:]))
        return {"changed": [run_id]}

    return say


def _delete(library: Library, options: argparse.Namespace) -> dict[str, Any]:
    return {"deleted": library.delete(_ids(library, options.words))}


def _undo(library: Library, options: argparse.Namespace) -> dict[str, Any]:
    found = library.undo([_number(word) for word in options.words])
    if not found:
        raise LibraryError("Nothing to undo: it takes the numbers of runs deleted within the last hour.")
    return {"back": found}


def _export(library: Library, options: argparse.Namespace) -> dict[str, Any]:
    if not options.words:
        raise LibraryError("runs export takes a file and the runs to write, such as: export runs.zip 3 4.")
    path, *words = options.words
    matching = [] if words else library.entries(options.search, starred_only=options.starred)
    ids = _ids(library, words) if words else [entry.id for entry in matching]
    write("runs export", path, library.export(ids))
    return {"exported": ids, "file": path}


def _import(library: Library, options: argparse.Namespace) -> dict[str, Any]:
    if len(options.words) != 1:
        raise LibraryError("runs import takes one file, such as: import runs.zip.")
    path = options.words[0]
    try:
        with Path(path).open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidExperiment([Problem("runs import", path, f"a file that can be read ({reason})")]) from None
    found = library.import_file(data)
    if found.refused and not found.added and not found.already_there:
        raise LibraryError(" ".join(found.refused))
    return {"added": found.added, "already_there": found.already_there, "refused": list(found.refused)}


def _ids(library: Library, words: list[str]) -> list[int]:
    """The runs that these words name, by number or by key; a key stands for the latest run of that key."""
    if not words:
        raise LibraryError(f"Which run? Give its number or its key: {called()} runs lists both.")
    by_key: dict[str, int] = {}
    for entry in library.entries() if any(len(word) == 16 for word in words) else []:
        by_key[entry.key] = max(entry.id, by_key.get(entry.key, 0))
    return list(dict.fromkeys(by_key[word] if word in by_key else _number(word) for word in words))


def _number(word: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) <= 10 and int(word) <= LARGEST_ID):
        words = f"“{one_line(word)}” is not a run: give its number or its key, as {called()} runs lists them."
        raise LibraryError(words)
    return int(word)


def _line(row: Mapping[str, Any]) -> str:
    nll = COMPARED["nll"].words(row["nll"])
    words = row["name"] or row["changes"]
    star = "★" if row["starred"] else " "
    return f"{row['id']:6} {star} {row['key']} {row['status']:9} {row['loss']:22} {nll:>8}  {words}"


ACTS: Mapping[str, Act] = MappingProxyType(
    {
        "list": Act("what is kept", (), _list),
        "star": Act("never delete it to make room", ("RUN…",), _star(True)),
        "unstar": Act("allow it to be deleted when it is old", ("RUN…",), _star(False)),
        "rename": Act("give it a name", ("RUN", "NAME"), _say(Library.rename)),
        "note": Act("write notes beside it", ("RUN", "NOTES"), _say(Library.note)),
        "delete": Act("delete it", ("RUN…",), _delete),
        "undo": Act("restore it within an hour", ("RUN…",), _undo),
        "export": Act("write runs to one file; all that match if none is named", ("FILE", "RUN…"), _export),
        "import": Act("import the runs of such a file", ("FILE",), _import),
    }
)
