"""The log: one line an event, and nothing of a visitor in it."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from core import log


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    names = ["", "heteroscope.host", "somebody"]
    before = {name: [*logging.getLogger(name).handlers] for name in names}
    level, made_by = log._LOGGER.level, logging.getLoggerClass()
    yield
    for name, handlers in before.items():
        logging.getLogger(name).handlers[:] = handlers
    log._LOGGER.setLevel(level)
    logging.setLoggerClass(made_by)
    logging.captureWarnings(False)


def begun(monkeypatch: pytest.MonkeyPatch, form: str) -> io.StringIO:
    monkeypatch.setenv("HETEROSCOPE_LOG", form)
    stream = io.StringIO()
    log.begin(stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def raised() -> ValueError:
    try:
        raise ValueError("the cell “Anna Smith” of /home/anna/table.csv is not a number")
    except ValueError as error:
        return error


def test_an_event_is_one_line_of_json(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = begun(monkeypatch, "json")
    log.event("training ended", key="0123456789abcdef", status="done", seconds=0.25, steps=300)
    (line,) = lines(stream)
    assert str(line.pop("time")).endswith("+00:00")
    assert line == {
        "level": "info",
        "event": "training ended",
        "key": "0123456789abcdef",
        "status": "done",
        "seconds": 0.25,
        "steps": 300,
    }


def test_plain_words_are_printed_where_something_needs_attention(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = begun(monkeypatch, "words")
    log.event("training ended", key="0123456789abcdef", status="done", seconds=0.25, steps=300)
    assert stream.getvalue() == ""
    log.event("store away", what="read", error="OperationalError")
    assert stream.getvalue().endswith(" Heteroscope: store away: what read, error OperationalError\n")


@pytest.mark.parametrize("form", ["json", "words"])
def test_an_error_is_found_by_its_name_and_tells_nothing_of_a_visitor(
    monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    stream = begun(monkeypatch, form)
    name = log.failed("page failed", raised())
    assert name in stream.getvalue()
    assert "ValueError" in stream.getvalue()
    assert "tests/core/test_log.py:" in stream.getvalue()
    assert "Anna" not in stream.getvalue()
    assert "/home" not in stream.getvalue()
    assert stream.getvalue().count("\n") == 1


def test_only_known_facts_are_logged() -> None:
    with pytest.raises(KeyError):
        log.event("started", path="/home/anna")
    with pytest.raises(KeyError):
        log.event("opened by Anna")
    with pytest.raises(TypeError):
        log.event("table refused", kind=b"x,y")


def test_what_other_packages_log_is_json_without_their_words(monkeypatch: pytest.MonkeyPatch) -> None:
    early = logging.getLogger("somebody")
    early.addHandler(logging.StreamHandler(io.StringIO()))
    stream = begun(monkeypatch, "json")
    late = logging.getLogger("somebody.else")
    late.propagate = False
    late.addHandler(logging.StreamHandler(io.StringIO()))
    early.error("Anna's file %s", "/home/anna/table.csv", exc_info=raised())
    late.error("Anna's file")
    first, second = lines(stream)
    assert str(first["logger"]).startswith("somebody:test_what_other")
    assert first["error"] == "ValueError"
    assert str(second["logger"]).startswith("somebody.else:")
    assert "Anna" not in stream.getvalue()


def test_nothing_is_printed_before_it_begins(capfd: pytest.CaptureFixture[str]) -> None:
    log.event("store away", what="read")
    assert capfd.readouterr() == ("", "")
