"""The settings of a host: read from the environment, refused in one sentence, and listed in the README."""

from pathlib import Path

import pytest

from core.host import HOST, HostError, check, count, defaults_of, host

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
HOSTING = (Path(__file__).parents[2] / "docs" / "hosting.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("most_runs", "", 2000),
        ("most_runs", " 12 ", 12),
        ("most_run_bytes", "2 GB", 2_000_000_000),
        ("most_run_bytes", "1.5MB", 1_500_000),
        ("most_table_bytes", "7", 7),
        ("local_files", "on", True),
        ("local_files", "0", False),
        ("workers", "", None),
        ("store", " sqlite:///x ", "sqlite:///x"),
    ],
)
def test_a_setting_is_read(monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: object) -> None:
    monkeypatch.setenv(HOST[name].variable, text)
    assert host(name) == value


@pytest.mark.parametrize(
    ("name", "text", "takes"),
    [
        ("most_runs", "0", "a whole number from 1 on"),
        ("workers", "many", "a whole number from 1 on"),
        ("workers", "²", "a whole number from 1 on"),
        ("workers", "9" * 400, "a whole number from 1 on"),
        ("worker_memory", "1 MB", "a size from 400 MB on, as 500 MB or 2 GB"),
        ("most_run_bytes", "2 TB", "a size from 1 byte on, as 500 MB or 2 GB"),
        ("most_run_bytes", "-1", "a size from 1 byte on, as 500 MB or 2 GB"),
        ("local_files", "maybe", "1 or 0"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(monkeypatch: pytest.MonkeyPatch, name: str, text: str, takes: str) -> None:
    variable = HOST[name].variable
    monkeypatch.setenv(variable, text)
    with pytest.raises(HostError) as error:
        host(name)
    assert str(error.value).startswith(f"{variable} is “{text[:39]}")
    assert str(error.value).endswith(f"”: it must be {takes}.")
    assert len(str(error.value)) < 150
    assert check() == [str(error.value)]


def test_a_variable_that_means_nothing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check() == []
    monkeypatch.setenv("HETEROSCOPE_WOKERS", "3")
    (words,) = check()
    assert words == (
        "HETEROSCOPE_WOKERS is not a setting: did you mean HETEROSCOPE_WORKERS? The README lists them all."
    )


def test_the_readme_lists_them_all() -> None:
    for row in HOST.values():
        assert f"| `{row.variable}` | {row.meaning} | {row.default_words} |" in README


@pytest.mark.parametrize("kind", ["class", "public"])
def test_a_kind_of_host_has_other_defaults_which_the_document_lists(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HETEROSCOPE_FOR", kind)
    for name, value in defaults_of(kind).items():
        assert count(name) == value
        (line,) = [line for line in HOSTING.splitlines() if line.startswith(f"| `{HOST[name].variable}` |")]
        told = [cell.strip(" |").partition(":")[0] for cell in line.split(" | ")][{"class": 2, "public": 3}[kind]]
        assert HOST[name].read(told.replace(",", "")) == value
    monkeypatch.setenv("HETEROSCOPE_MOST_OWN_RUNS", "7")
    assert count("most_own_runs") == 7
