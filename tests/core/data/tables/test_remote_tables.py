"""Uploaded tables in a place that several machines share, by an fsspec URL."""

from pathlib import Path

import numpy as np
import pytest

from core.data.tables import table_owners
from core.data.tables.columns import Columns, TableError
from core.data.tables.reading import read_table
from core.data.tables.remote_tables import RemoteTables, is_url
from core.data.tables.table_store import TableStore, table_store
from tests.visiting import visiting


@pytest.fixture
def columns() -> Columns:
    rows = "\n".join(f"{x},{x % 7}" for x in range(50))
    return read_table(f"x,y\n{rows}\n".encode(), "t.csv")


def machine(tmp_path: Path, name: str, place: str) -> TableStore:
    return TableStore(tmp_path / name, remote=RemoteTables(place))


@pytest.mark.parametrize("protocol", ["file", "memory"])
def test_another_machine_finds_a_table(tmp_path: Path, columns: Columns, protocol: str) -> None:
    place = f"{protocol}://{tmp_path}/shared"
    key = machine(tmp_path, "one", place).put(columns, "t.csv")
    other = machine(tmp_path, "other", place)
    assert other.label(key) == "t.csv"
    np.testing.assert_array_equal(other.get(key).columns["y"].values, columns.columns["y"].values)
    assert [path.name for path in (tmp_path / "other").iterdir()] == [f"{key}.parquet"]


@pytest.mark.parametrize("protocol", ["file", "memory"])
def test_it_is_its_owners_on_every_machine(
    tmp_path: Path, columns: Columns, protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_owners, "LOOKS_S", 0.0)
    place = f"{protocol}://{tmp_path}/shared"
    one, other = machine(tmp_path, "one", place), machine(tmp_path, "other", place)
    with visiting("anna"):
        key = one.put(columns, "annas.csv")
        assert other.label(key) == "annas.csv"
        assert other.get(key).rows == 50
    with visiting("bert"):
        for each in (one, other):
            with pytest.raises(TableError, match="not shared with you"):
                each.get(key)
    with visiting("anna"):
        one.share(key)
    with visiting("bert"):
        assert other.get(key).rows == 50
    with visiting("anna"):
        other.drop(key)
    for name in ("anna", "bert"):
        with visiting(name), pytest.raises(TableError, match="is not here"):
            one.get(key)


def test_what_is_nowhere_or_damaged_is_a_sentence(tmp_path: Path, columns: Columns) -> None:
    shared = tmp_path / "shared"
    store = machine(tmp_path, "one", f"file://{shared}")
    with pytest.raises(TableError, match="is not here"):
        store.get("0123456789abcdef")
    with pytest.raises(TableError, match="is not the name of a table"):
        store.get("../../etc/passwd")
    key = store.put(columns, "t.csv")
    (shared / f"{key}.parquet").write_bytes(b"PAR1 no table")
    with pytest.raises(TableError, match="was damaged"):
        machine(tmp_path, "other", f"file://{shared}").get(key)


def test_a_place_that_cannot_be_used_is_named_without_its_secrets(tmp_path: Path, columns: Columns) -> None:
    for place in ("nowhere://user:secret@host/tables", "ftp://user:secret@127.0.0.1:1/tables"):
        with pytest.raises(TableError) as error:
            machine(tmp_path, "one", place).put(columns, "t.csv")
        assert "HETEROSCOPE_TABLES" in str(error.value)
        assert "secret" not in str(error.value)
        (tmp_path / "one" / f"{columns.key}.parquet").unlink(missing_ok=True)


def test_the_host_names_a_folder_or_a_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: Columns) -> None:
    assert is_url("s3://bucket/tables")
    assert not is_url("C:/tables")
    monkeypatch.setenv("XDG_CACHE_HOME", f"{tmp_path / 'cache'}")
    monkeypatch.setenv("HETEROSCOPE_TABLES", f"file://{tmp_path}/shared")
    key = table_store().put(columns, "t.csv")
    assert (tmp_path / "shared" / f"{key}.parquet").is_file()
    monkeypatch.setenv("HETEROSCOPE_TABLES", f"{tmp_path / 'folder'}")
    assert table_store().folder == tmp_path / "folder"
