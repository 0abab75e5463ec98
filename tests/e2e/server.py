"""A real server of the app in a process group of its own, and proof that it leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
START_S = 60.0
END_S = 20.0
LINGER_S = 5.0


@dataclass(frozen=True)
class Server:
    """A running app: where it answers, where it keeps its runs and tables, what it has printed."""

    url: str
    store: str
    tables: Path
    log_path: Path
    process: subprocess.Popen

    def log(self) -> str:
        """All that the server has printed so far."""
        return self.log_path.read_text(errors="replace")

    def descendants(self) -> list[psutil.Process]:
        """The server's children and theirs, the cluster's workers among them."""
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []


@contextmanager
def running_server(folder: Path, app: Path = ROOT / "app.py", **environment: str) -> Iterator[Server]:
    """Start `app`, wait until it answers, yield it; then interrupt it and assert that no process is left.

    Store and tables lie in `folder`, so that a second server on the same folder finds the runs of the first.
    """
    port = int(environment.get("STREAMLIT_SERVER_PORT") or free_port())
    url = f"http://127.0.0.1:{port}"
    store, tables = f"sqlite:///{(folder / 'runs.sqlite3').as_posix()}", folder / "tables"
    log_path = folder / f"server-{port}.log"
    flags = ["--server.headless", "true", "--server.port", str(port), "--server.address", "127.0.0.1"]
    flags += ["--browser.gatherUsageStats", "false"]
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(app), *flags],
            cwd=app.parent,
            env=os.environ | {"HETEROSCOPE_STORE": store, "HETEROSCOPE_TABLES": str(tables)} | environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(url, store, tables, log_path, process)
    try:
        _wait_until_healthy(server)
        yield server
        left = _interrupt(server)
        names = ", ".join(map(_describe, left))
        _kill(left)
        assert not left, f"left running after the server's end: {names}\n{server.log()[-3000:]}"
    finally:
        _kill(_group_of(process))
        process.wait()


def _wait_until_healthy(server: Server) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError(f"the server did not come up; it printed:\n{server.log()[-3000:]}")


def _interrupt(server: Server) -> list[psutil.Process]:
    """Interrupt the server alone, which has to end its workers itself; return what then still runs."""
    known = server.descendants()
    server.process.send_signal(signal.SIGINT)
    try:
        server.process.wait(END_S)
    except subprocess.TimeoutExpired:
        return _running([*known, *_group_of(server.process)])
    deadline = time.monotonic() + LINGER_S
    while (left := _running([*known, *_group_of(server.process)])) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def _group_of(leader: subprocess.Popen) -> list[psutil.Process]:
    """All in the leader's group: itself, what it started only just now, and what has lost its parent."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == leader.pid:
                found.append(process)
        except ProcessLookupError:
            continue
    return found


def _running(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that have not ended; one that has, and that nobody waited for, is no longer running."""
    found = {}
    for process in processes:
        try:
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                found[process.pid] = process
        except psutil.NoSuchProcess:
            continue
    return list(found.values())


def _describe(process: psutil.Process) -> str:
    try:
        return f"{process.pid} ({' '.join(process.cmdline())[:120]})"
    except psutil.NoSuchProcess:
        return f"{process.pid} (ended just now)"


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
