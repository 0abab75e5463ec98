"""Names of files: they say what is in them, and no name of a visitor's table can do harm in one."""

import re

import pytest

from core.data.tables.reading import read_table
from core.data.tables.table_store import table_store
from core.experiment.experiment import Experiment
from core.experiment.presets import PRESETS, presets
from core.export.file_name import LONGEST_PART, file_stem, slug

SAFE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def test_it_says_loss_data_seed_and_key() -> None:
    experiment = Experiment()
    assert file_stem(experiment) == f"gaussian-nll_two-sines_seed-0_{experiment.key}"
    other = presets["engel"].with_settings({"loss.name": "laplace_nll", "data.seed": 3})
    assert file_stem(other, "abc") == "laplace-nll_engel_seeds-3-0_abc"


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_has_a_safe_name(name: str) -> None:
    parts = file_stem(presets[name]).split("_")
    assert len(parts) == 4
    assert all(map(SAFE.fullmatch, parts))


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Größe & Gewicht.csv", "groe-gewicht"),
        ("../../etc/passwd", "etc-passwd"),
        ("..", "own-table"),
        ("数据.xlsx", "own-table"),
        ('a"b\r\nSet-Cookie: x=1.csv', "a-b-set-cookie-x-1"),
        ("x" * 300 + ".csv", "x" * LONGEST_PART),
    ],
)
def test_names_of_uploaded_tables_are_cleaned(label, name, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("HETEROSCOPE_TABLES", str(tmp_path))
    rows = "\n".join(f"{i},{i * i % 7}" for i in range(20))
    key = table_store().put(read_table(f"x,y\n{rows}\n".encode(), "t.csv"), label)
    experiment = Experiment.from_settings({"data.table": "own", "data.csv": key})
    assert file_stem(experiment).split("_")[1] == name


def test_a_slug_is_never_empty() -> None:
    assert slug("") == "file"
    assert slug("---", "table") == "table"
