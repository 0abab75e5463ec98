"""A server that is told to end keeps what runs, and says after the next start why it was interrupted."""

import asyncio
import os
import signal
import socket
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from benchmarks.streamlit_client import opened
from pages.shared.preloads import STATIC
from tests.e2e.server import Server, running_server
from tests.e2e.test_crowd import apart

ENDS_S = 15.0  # on a busy machine: it takes half a second
ONE = {"HETEROSCOPE_SPACES": "one"}  # these windows have no cookies: each would be another visitor
LONG = "training.steps=1000000&training.batch_size=64&v=2"


async def trained(url: str, seeds: range) -> None:
    """Press Train in a window for each seed, and close the window."""
    for seed in seeds:
        async with opened(f"{url}/fit?data.seed={seed}&{LONG}") as window:
            await window.until(lambda _: window.has_button("train"))
            await window.press("train")
            await window.until(lambda _: window.has_button("stop"))


async def said(url: str, seed: int) -> str:
    async with opened(f"{url}/fit?data.seed={seed}&{LONG}") as window:
        await window.until(lambda _: window.has_button("train"))
        return " ".join(window.texts())


def running(server: Server) -> int:
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=60) as answer:
        line = next(line for line in answer.read().decode().splitlines() if line.startswith("heteroscope_jobs_running"))
    return int(float(line.split()[1]))


def wait_for(server: Server, seconds: float = 120.0) -> None:
    until = time.monotonic() + seconds
    while not running(server):
        assert time.monotonic() < until, "no run begins"
        time.sleep(0.1)


def ended(server: Server, number: int, *, group: bool = False) -> float:
    """Signal the server, or all its processes as a terminal does; the seconds that it took to end."""
    began = time.monotonic()
    if group:
        os.killpg(server.process.pid, number)
    else:
        server.process.send_signal(number)
    server.process.wait(60)
    return time.monotonic() - began


@pytest.mark.parametrize(("number", "group"), [(signal.SIGINT, True), (signal.SIGTERM, False)])
def test_what_runs_is_kept_and_says_why_it_ended(tmp_path: Path, number: int, group: bool) -> None:
    with running_server(tmp_path, **ONE) as server:
        apart(asyncio.run, trained(server.url, range(1, 4)))
        wait_for(server)
        assert ended(server, number, group=group) < ENDS_S
        assert "Traceback" not in server.log()
    with running_server(tmp_path, **ONE) as server:
        words = [apart(asyncio.run, said(server.url, seed)) for seed in range(1, 4)]
        assert sum("The server was stopped at step" in each for each in words) == 1
        assert sum("The server was stopped before this run began" in each for each in words) == 2
        assert all("Stopped before the end" in each for each in words)
        assert "Traceback" not in server.log()


def test_a_connection_that_hangs_does_not_keep_a_server(tmp_path: Path) -> None:
    """A visitor who asks for large files and reads nothing: the web server would wait until all is sent."""
    with running_server(tmp_path, **ONE) as server:
        apart(asyncio.run, trained(server.url, range(1, 2)))
        wait_for(server)
        address = urlsplit(server.url)
        largest = max(STATIC.rglob("*.js"), key=lambda path: path.stat().st_size).relative_to(STATIC)
        with socket.socket() as stalled:
            stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stalled.connect((address.hostname, address.port))
            head = f"GET /{largest.as_posix()} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n"
            stalled.sendall(head.encode() * 20)
            time.sleep(1.0)
            assert ended(server, signal.SIGTERM) < ENDS_S
    with running_server(tmp_path, **ONE) as server:
        assert "The server was stopped at step" in apart(asyncio.run, said(server.url, 1))


def test_a_server_that_nobody_has_opened_ends_at_once(tmp_path: Path) -> None:
    with running_server(tmp_path, **ONE) as server:
        assert ended(server, signal.SIGTERM) < ENDS_S
        assert "Traceback" not in server.log()
