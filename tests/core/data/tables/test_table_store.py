"""The shelf: a real folder, shared by real processes."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from core.data.tables.columns import TableError
from core.data.tables.reading import read_table
from core.data.tables.table_store import TableStore, table_store

ROOT = Path(__file__).parents[4]


def brought(salt=0, rows=40):
    lines = ["x,when,colour,odd,nothing"]
    for row in range(rows):
        odd = "abc" if row == 3 else f"{row}.25"
        colour = ("red", "blue", "")[row % 3]
        lines.append(f"{row + salt},2024-01-{row % 28 + 1:02d},{colour},{odd},")
    return read_table("\n".join(lines).encode(), "brought.csv")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "tables"


def keys_in(folder):
    return {path.stem for path in folder.glob("*.parquet")}


def test_a_table_comes_back_as_it_was_put(folder):
    table = brought()
    key = TableStore(folder).put(table, "brought.csv")
    found = TableStore(folder).get(key)  # another one: nothing is in memory
    assert key == table.key == found.key
    assert (found.rows, found.notes, list(found.columns)) == (40, table.notes, list(table.columns))
    assert {name: column.kind for name, column in found.columns.items()} == {
        "x": "number",
        "when": "date",
        "colour": "category",
        "odd": "category",
        "nothing": "empty",
    }
    for name, column in table.columns.items():
        np.testing.assert_array_equal(found[name].values, column.values)
        assert (found[name].categories, found[name].trouble) == (column.categories, column.trouble)
    assert [path.name for path in folder.iterdir()] == [f"{key}.parquet"]


def test_a_table_put_again_has_the_new_label(folder):
    kept = TableStore(folder)
    assert kept.put(brought(), "a.csv") == kept.put(brought(), "<b>b</b>.csv")
    assert kept.label(brought().key) == "<b>b</b>.csv"
    assert keys_in(folder) == {brought().key}


def test_the_one_used_longest_ago_goes_first(folder):
    kept = TableStore(folder)
    keys = [kept.put(brought(salt), "") for salt in range(4)]
    for age, key in enumerate(keys):
        os.utime(folder / f"{key}.parquet", (time.time() - 100 + age,) * 2)
    TableStore(folder).get(keys[0])
    sizes = sum(path.stat().st_size for path in folder.iterdir())
    small = TableStore(folder, most_bytes=int(sizes * 0.8))
    last = small.put(brought(9), "")
    assert keys_in(folder) == {keys[0], keys[3], last}
    with pytest.raises(TableError, match=f"The table {keys[1]} is not here: open its file on the Data page"):
        kept.get(keys[1])  # though it still has it in memory: the folder says what there is


def test_a_table_larger_than_the_shelf_is_kept_alone(folder):
    tiny = TableStore(folder, most_bytes=1)
    tiny.put(brought(0), "")
    last = tiny.put(brought(1), "")
    assert keys_in(folder) == {last}


@pytest.mark.parametrize("damage", [lambda data: data[:-50], lambda data: b"", lambda data: b"x" * 500])
def test_a_damaged_file_is_refused_and_can_be_put_again(folder, damage):
    key = TableStore(folder).put(brought(), "a.csv")
    path = folder / f"{key}.parquet"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(TableError, match=f"The table {key} was damaged and is removed: open its file"):
        TableStore(folder).get(key)
    assert TableStore(folder).put(brought(), "a.csv") == key
    assert TableStore(folder).get(key).rows == 40


def test_a_file_of_other_content_than_its_name_is_refused(folder):
    kept = TableStore(folder)
    one, other = (kept.put(brought(salt), "") for salt in range(2))
    (folder / f"{one}.parquet").replace(folder / f"{other}.parquet")
    with pytest.raises(TableError, match="damaged"):
        TableStore(folder).get(other)


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "0123456789abcdeF", "0123456789abcdef.parquet", "/x"])
def test_only_a_key_becomes_part_of_a_path(folder, key):
    for ask in (TableStore(folder).get, TableStore(folder).label):
        with pytest.raises(TableError, match="is not the name of a table: open its file on the Data page"):
            ask(key)


def test_an_unknown_key_is_told(folder):
    for ask in (TableStore(folder).get, TableStore(folder).label):
        with pytest.raises(TableError, match="The table 0123456789abcdef is not here"):
            ask("0123456789abcdef")


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(TableError, match=r"The table “a\.csv” cannot be kept: "):
        TableStore(tmp_path / "file" / "tables").put(brought(), "a.csv")


def test_what_was_left_half_written_goes_after_an_hour(folder):
    folder.mkdir()
    old, new = folder / ".a.part", folder / ".b.part"
    for path, age in ((old, 7200), (new, 60)):
        path.write_bytes(b"half")
        os.utime(path, (time.time() - age,) * 2)
    TableStore(folder).put(brought(), "")
    assert (old.exists(), new.exists()) == (False, True)


PUT_MANY = """
import sys
from pathlib import Path
from core.data.tables.reading import read_table
from core.data.tables.table_store import TableStore
data = Path(sys.argv[1]).read_bytes()
table = read_table(data, "same.csv")
kept = TableStore(Path(sys.argv[2]))
for turn in range(60):
    key = kept.put(table, f"{sys.argv[3]}{turn}.csv")
    assert TableStore(kept.folder).get(key).key == key
print(key)
"""


def test_two_processes_may_put_the_same_table_at_once(tmp_path, folder):
    source = tmp_path / "same.csv"
    source.write_text("a,y\n" + "\n".join(f"{i},{i / 7}" for i in range(5000)))
    arguments = [[sys.executable, "-c", PUT_MANY, str(source), str(folder), who] for who in "ab"]
    both = [subprocess.Popen(each, cwd=ROOT, stdout=subprocess.PIPE, text=True) for each in arguments]
    said = [process.communicate(timeout=60)[0].strip() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert said[0] == said[1]
    assert [path.name for path in folder.iterdir()] == [f"{said[0]}.parquet"]
    assert TableStore(folder).label(said[0]) in ("a59.csv", "b59.csv")


def test_the_folder_comes_from_the_environment(folder, monkeypatch):
    monkeypatch.setenv("HETEROSCOPE_TABLES", str(folder))
    assert table_store().folder == folder
    assert table_store() is table_store()
    monkeypatch.delenv("HETEROSCOPE_TABLES")
    assert table_store().folder.parts[-2:] == ("heteroscope", "tables")
