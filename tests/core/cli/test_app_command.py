"""`app`: what cannot be opened is one sentence, before a server starts."""

import socket

import pytest

from core.cli.main import main


@pytest.mark.parametrize("port", ["70000", "-3"])
def test_a_port_that_is_none_is_one_sentence(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["app", "--no-browser", "--port", port]) == 2
    assert "a port from 1 to 65,535" in capsys.readouterr().err


def test_a_port_in_use_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("", 0))
        other.listen()
        assert main(["app", "--no-browser", "--port", str(other.getsockname()[1])]) == 2
    assert "no other program uses" in capsys.readouterr().err


def test_a_run_that_is_not_kept_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["app", "--run", "0123456789abcdef"]) == 2
    said = capsys.readouterr().err
    assert "the key of a kept run" in said
    assert said.count("\n") == 1
