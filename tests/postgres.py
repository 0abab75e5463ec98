"""A real PostgreSQL for tests: its own server on a free port, which can be stopped and started again."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

STARTS_S = 30.0
_DEBIAN = Path("/usr/lib/postgresql")  # where the server's programs are, which are not on the path


def programs() -> Path | None:
    """The folder of PostgreSQL's programs; None where it is not installed."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    folders = sorted(_DEBIAN.glob("*/bin/initdb"))
    return folders[-1].parent if folders else None


@dataclass
class Postgres:
    """A server with its data in a folder."""

    bin: Path
    folder: Path
    port: int
    user: str | None
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its SQLAlchemy URL."""
        return f"postgresql+psycopg://tester@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it and wait until it takes connections. Raises ChildProcessError where it ends at once."""
        command = [self.bin / "postgres", "-D", self.folder, "-p", f"{self.port}", "-k", self.folder]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, user=self.user, cwd=self.folder, **quiet)
        ready = [self.bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", f"{self.port}"]
        until = time.monotonic() + STARTS_S
        while subprocess.run(ready).returncode:
            if self.process.poll() is not None:
                raise ChildProcessError("PostgreSQL ended as it started: another program may have its port")
            assert time.monotonic() < until, "PostgreSQL does not start"
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it at once, as a restart does: open connections break."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()
            self.process = None


@contextmanager
def running_postgres(bin: Path) -> Iterator[Postgres]:
    """A new server; PostgreSQL refuses to run as root, so then it runs as nobody."""
    user = "nobody" if os.getuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="postgres"))
    if user is not None:
        shutil.chown(folder, user)
    server = Postgres(bin, folder / "data", _free_port(), user)
    try:
        made = [bin / "initdb", "-D", server.folder, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(made, user=user, check=True, capture_output=True, cwd=folder)
        try:
            server.start()
        except ChildProcessError:  # between the search for a port and the start another program took it
            server.port = _free_port()
            server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
