"""The settings of a host: read from the environment, refused in one sentence, and listed in the README."""

from pathlib import Path

import pytest

from core.cli.main import main
from core.host import HOST, HostError, check, count, defaults_of, host

FILE = ".streamlit/secrets.toml"
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
        ("log", "yaml", "words or json"),
        ("demo", "perhaps", "1 or 0"),
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


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of secrets of a working folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".streamlit").mkdir()
    return tmp_path / ".streamlit" / "secrets.toml"


def test_settings_may_stand_in_the_file_of_secrets(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert host("most_runs") == 2000
    secrets.write_text(
        '[auth]\nx = 1\n[heteroscope]\nmost_runs = 12\nmost_run_bytes = "2 GB"\ndemo = true\nlog = "json"'
    )
    assert (host("most_runs"), host("most_run_bytes"), host("demo"), host("log")) == (12, 2 * 10**9, True, "json")
    assert check() == []
    monkeypatch.setenv("HETEROSCOPE_MOST_RUNS", "7")
    assert host("most_runs") == 7, "the environment wins"
    secrets.write_text("[heteroscope]\nmost_runs = 13\ndemo = false")
    assert host("demo") is False, "a changed file is read again"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "[heteroscope]\nmost_runs = 0",
            f"most_runs in {FILE} is “0”: it must be a whole number from 1 on.",
        ),
        ("[heteroscope]\nmost_runs = -1", "is “-1”: it must be a whole number from 1 on."),
        (
            "[heteroscope]\nmost_runs = 1.5",
            f"most_runs in {FILE} must be text, a whole number, true or false.",
        ),
        ("[heteroscope]\nmost_runs = [1]", "must be text, a whole number, true or false."),
        (
            "[heteroscope]\nmost_run = 1",
            f"most_run in {FILE} is not a setting: did you mean most_runs? ",
        ),
        ('[heteroscope]\n"a\\nb" = 1', "a�b in .streamlit/secrets.toml is not a setting"),
        ("heteroscope = 3", "heteroscope in .streamlit/secrets.toml must be a section"),
        ('password = "secret\n', ".streamlit/secrets.toml is not TOML: look at "),
        ("[" * 5000, ".streamlit/secrets.toml is not TOML: look at "),
        ("a = " + "[" * 100_000, ".streamlit/secrets.toml is not TOML: look at "),
        ("#" * 1_100_000, ".streamlit/secrets.toml has more than 1 MB"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(secrets: Path, text: str, words: str) -> None:
    secrets.write_text(text)
    (wrong,) = check()
    assert words in wrong
    assert wrong.endswith(".")
    assert "secret\n" not in wrong
    assert "\n" not in wrong


def test_a_file_that_is_not_text_is_one_sentence(secrets: Path) -> None:
    secrets.write_bytes(b"\xff\xfe\x00")
    assert check() == [".streamlit/secrets.toml is not TOML: look at its text."]


@pytest.mark.parametrize("name", [row.name for row in HOST.values() if row.kind != "text"])
@pytest.mark.parametrize(
    "text", ["x", "-1", "1e9", "１", "0x10", "1 000", "NaN", "1;2", "a\nb", "\x1b[31m", "9" * 5000]
)
def test_nothing_else_is_taken_for_a_value(monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    monkeypatch.setenv(HOST[name].variable, text)
    (wrong,) = check()
    assert wrong.startswith(HOST[name].variable)
    assert wrong.isprintable()


def test_the_command_line_says_it_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HETEROSCOPE_MOST_RUNS", "x")
    assert main(["runs"]) == 2
    assert capsys.readouterr().err == "HETEROSCOPE_MOST_RUNS is “x”: it must be a whole number from 1 on.\n"


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
