"""Runs as one file: what was exported can be imported, and a hostile file is refused in a sentence."""

import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from core.experiment.experiment import Experiment
from core.runs import exchange
from core.runs import library as module
from core.runs.library import Library, LibraryError
from core.runs.store import Store
from core.training.loop import train
from core.training.run_bytes import to_bytes

SMALL = Experiment.from_settings({"data.n": 100, "network.layers": [4], "training.steps": 5})


@pytest.fixture(scope="module")
def run():
    return train(SMALL)


@pytest.fixture
def libraries(tmp_path):
    both = [Library(Store(f"sqlite:///{tmp_path / name}.sqlite")) for name in ("one", "other")]
    yield both
    for library in both:
        assert library.store.problem is None
        library.store.close()


@pytest.fixture
def library(libraries):
    return libraries[1]


def packed(parts, *, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return buffer.getvalue()


def export_of(run, record=None, **row):
    """A file as `export` writes it, one row of its index changed."""
    index = {"file": "a.npz", "key": run.key, "status": run.status, "name": "", "notes": "", "starred": False, **row}
    words = json.dumps({"format": exchange.FORMAT, "version": exchange.VERSION, "runs": [index]})
    return packed({"a.npz": to_bytes(run) if record is None else record, exchange.INDEX: words})


def index_of(words):
    return packed({exchange.INDEX: words if isinstance(words, bytes) else json.dumps(words)})


def test_an_export_can_be_imported_unchanged(libraries, run):
    one, other = libraries
    for seed in range(3):
        one.store.put(replace(run, experiment=SMALL.with_settings({"training.seed": seed})))
    one.store.put(replace(run, status="stopped"))
    one.star(1)
    one.rename(1, "mine, “quoted”")
    one.note(1, "two\nlines")
    data = one.export([1, 3, 4])
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert sum(name.endswith(".npz") for name in file.namelist()) == 3
    assert other.import_file(data) == exchange.Imported(3, 0)
    assert other.import_file(data) == exchange.Imported(0, 3)
    told = [(e.key, e.status, e.created, e.name, e.notes, e.nll) for e in other.entries(sort="name")]
    kept = [e for e in one.entries(sort="name") if e.id != 2]
    assert sorted(told) == sorted((e.key, e.status, e.created, e.name, e.notes, e.nll) for e in kept)
    assert not other.entries(starred_only=True)  # whoever imports a file does not say what stays longest
    assert other.open(1).weights.tobytes() == run.weights.tobytes()


def test_an_export_larger_than_an_import_accepts_is_refused(libraries, run, monkeypatch):
    libraries[0].store.put(run)
    monkeypatch.setattr(exchange, "MOST_BYTES", 1000)
    with pytest.raises(LibraryError, match="choose fewer"):
        libraries[0].export([1])


def test_a_valid_run_beside_a_bad_one_is_imported(library, run):
    rows = [
        {"file": "no.npz", "key": run.key, "status": "done"},
        {"file": "a.npz", "key": run.key, "status": "done", "name": "kept"},
        7,
    ]
    words = json.dumps({"format": exchange.FORMAT, "version": 1, "runs": rows})
    found = library.import_file(packed({"a.npz": to_bytes(run), exchange.INDEX: words}))
    assert found == exchange.Imported(
        1,
        0,
        (
            "Run 1 was left out: “no.npz” is not in the file.",
            "Run 3 was left out: the index does not say where it is.",
        ),
    )
    assert library.entries()[0].name == "kept"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"key": "0" * 16}, "it was trained by another version, which gives different numbers"),
        ({"status": "diverged"}, "the index calls it diverged, its record done"),
        ({"file": "../../etc/passwd"}, "“../../etc/passwd” is not in the file"),
        ({"file": ["a.npz"]}, "the index does not say where it is"),
        ({"name": 3}, "its name or notes are not text"),
        ({"starred": "yes"}, "its name or notes are not text"),
        ({"name": "x" * 81}, "its name or notes are longer than 80 and 4,000 characters"),
        ({"notes": "x" * 4001}, "its name or notes are longer than 80 and 4,000 characters"),
    ],
)
def test_an_index_that_contradicts_its_record_is_left_out(library, run, row, words):
    assert library.import_file(export_of(run, **row)) == exchange.Imported(0, 0, (f"Run 1 was left out: {words}.",))
    assert library.count() == 0


def record_with(run, *, method=zipfile.ZIP_STORED, **arrays):
    """The record of the run with some of its parts replaced."""
    with zipfile.ZipFile(io.BytesIO(to_bytes(run))) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    return packed({**parts, **{f"{name}.npy": content for name, content in arrays.items()}}, method=method)


def claims(shape):
    """A .npy that claims this shape but holds eight bytes."""
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "<f4", "fortran_order": False, "shape": shape})
    return buffer.getvalue() + b"\0" * 8


def pickled():
    buffer = io.BytesIO()
    np.save(buffer, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    return buffer.getvalue()


def with_words(run, **words):
    """The run's record with some of its words replaced."""
    with np.load(io.BytesIO(to_bytes(run))) as file:
        parts = dict(file)
    parts["words"] = np.array(json.dumps({**json.loads(str(parts["words"])), **words}))
    buffer = io.BytesIO()
    np.savez(buffer, **parts)
    return buffer.getvalue()


def test_text_that_a_database_refuses_is_cleaned(library, run):
    record = with_words(run, created="2026\0\ud800" + "x" * 100, seconds=10**300)
    found = library.import_file(export_of(run, record, name="a\ud800", notes="b\0\ud800c"))
    assert found == exchange.Imported(1, 0)
    (entry,) = library.entries()
    assert (entry.created, entry.name, entry.notes) == ("2026" + "x" * 36, "a\\ud800", "bc")


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (lambda run: with_words(run, seconds=10**400), "its record is not a run"),
        (lambda run: with_words(run, status="well"), "its record is not a run"),
        (lambda run: b"", "its record is not an export of runs, or is incomplete"),
        (lambda run: to_bytes(run)[:-1], "its record is not an export of runs, or is incomplete"),
        (
            lambda run: record_with(run, method=zipfile.ZIP_DEFLATED, weights=b"\0" * 70_000_000),
            "its record would grow beyond 64 MB",
        ),
        (
            lambda run: record_with(run, method=zipfile.ZIP_DEFLATED),
            "its record is compressed in itself, as no export is",
        ),
        (lambda run: record_with(run, weights=claims((3,))), "its record is not a run"),
        (lambda run: record_with(run, weights=b"\x93NUMPY\x09\x00" + b" " * 100), "its record is not a run"),
        (
            lambda run: record_with(run, method=zipfile.ZIP_LZMA),
            "its record is compressed in a way that cannot be read here",
        ),
        (lambda run: record_with(run, weights=claims((10**15,))), "its record is not a run"),
        (lambda run: record_with(run, weights=claims((-1,))), "its record is not a run"),
        (lambda run: record_with(run, weights=pickled()), "its record is not a run"),
        (lambda run: record_with(run, **{f"more{i}": b"x" for i in range(40)}), "its record has more parts than 32"),
    ],
)
def test_a_hostile_record_is_left_out(library, run, record, words):
    found = library.import_file(export_of(run, record(run)))
    assert found == exchange.Imported(0, 0, (f"Run 1 was left out: {words}.",))


def test_a_record_that_is_named_again_and_again_is_read_once(library, run):
    row = {"file": "a.npz", "key": run.key, "status": "done"}
    words = json.dumps({"format": exchange.FORMAT, "version": 1, "runs": [row] * 3})
    found = library.import_file(packed({"a.npz": to_bytes(run), exchange.INDEX: words}))
    assert (found.added, found.already_there) == (1, 0)
    assert found.refused[-1] == "Run 3 was left out: another run of the index has its record."


def test_a_part_that_is_longer_than_the_directory_says_is_not_unpacked(library, run):
    """50 MB of zeros in a part of, as it says, as many bytes as the record has."""
    size = len(to_bytes(run))
    data = bytearray(export_of(run, b"\0" * 50_000_000))
    place = data.index((50_000_000).to_bytes(4, "little"), data.index(b"PK\1\2"))
    data[place : place + 4] = size.to_bytes(4, "little")
    (words,) = library.import_file(bytes(data)).refused
    assert words == "Run 1 was left out: “a.npz” is damaged."


def swapped(data, old, new):
    assert old in data
    return data.replace(old, new)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (lambda run: b"", "The file is not an export of runs, or is incomplete."),
        (lambda run: b"x" * 1000, "The file is not an export of runs, or is incomplete."),
        (lambda run: export_of(run)[:-30], "The file is not an export of runs, or is incomplete."),
        (lambda run: to_bytes(run), "“index.json” is not in the file."),
        (lambda run: index_of(b"{"), "The file is not an export of runs: its index cannot be read."),
        (lambda run: index_of(b"\xff"), "The file is not an export of runs: its index cannot be read."),
        (lambda run: index_of(b"[" * 100_000), "The file is not an export of runs: its index cannot be read."),
        (lambda run: index_of([]), "The file is not an export of runs: its index says something else."),
        (
            lambda run: index_of({"format": exchange.FORMAT, "version": 9, "runs": []}),
            "The file was written by another version (9, here 1).",
        ),
        (
            lambda run: index_of({"format": exchange.FORMAT, "version": 1, "runs": [0] * 2001}),
            "The file has more than 2,000 runs.",
        ),
        (lambda run: packed({str(i): b"" for i in range(3000)}), "The file has more parts than 2,001."),
        (lambda run: packed({"x" * 60_000 + str(i): b"" for i in range(30)}), "The file has more parts than 2,001."),
        (lambda run: packed({"a": bytes(250_000_000)}), "The file would grow beyond 200 MB."),
        (lambda run: index_of(b" " * 30_000_000), "“index.json” would grow beyond 20 MB."),
        (
            lambda run: packed({exchange.INDEX: b"x"}, method=zipfile.ZIP_BZIP2),
            "The file is compressed in a way that cannot be read here.",
        ),
        (lambda run: swapped(export_of(run), b"PK\1\2", b"PK\1\3"), "The file is damaged."),
    ],
)
def test_a_hostile_file_is_refused_in_a_sentence(library, run, data, words):
    assert library.import_file(data(run)) == exchange.Imported(0, 0, (words,))
    assert library.count() == 0


def test_a_file_too_large_is_not_opened(library, monkeypatch, run):
    monkeypatch.setattr(exchange, "MOST_BYTES", 1000)
    (words,) = library.import_file(export_of(run)).refused
    assert words.startswith("The file has 0 MB: at most 0 MB are read")


def test_runs_of_a_large_import_are_scored_on_demand(library, run, monkeypatch):
    monkeypatch.setattr(module, "SCORING_S", -1.0)
    assert library.import_file(export_of(run)).added == 1
    (entry,) = library.entries()
    assert entry.nll is None
    assert library.scored(entry).nll == run.scores["nll"]


def test_many_refusals_are_counted(library):
    words = {"format": exchange.FORMAT, "version": 1, "runs": [{}] * 50}
    refused = library.import_file(index_of(words)).refused
    assert len(refused) == exchange.MOST_REFUSALS + 1
    assert refused[-1] == "There are 40 more."


def test_a_damaged_part_is_named(library, run):
    data = bytearray(export_of(run))
    data[200] ^= 0xFF
    (words,) = library.import_file(bytes(data)).refused
    assert words.startswith("Run 1 was left out: ")
