"""What `python -m core app` does: open the laboratory in a browser, at one run if it is asked for."""

import argparse
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import webbrowser
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlencode

from ..experiment.link import write_link
from ..experiment.settings import InvalidExperiment, Problem
from .kept_run import run_named

_HERE = Path(__file__).resolve().parents[1]
_PLACES = (_HERE / "_app" / "app.py", _HERE.parent / "app.py")  # once installed, and in a checkout
PORTS = range(8501, 8601)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--run", metavar="RUN", help="open at this run: the key of a kept run, or a .safetensors file")
    parser.add_argument("--port", type=int, help=f"of the server; without it the first that is free from {PORTS[0]} on")
    parser.add_argument("--no-browser", action="store_true", help="print the address only")
    parser.add_argument("flags", nargs="*", metavar="-- FLAGS", help="of `streamlit run`, after --")


def app(options: argparse.Namespace) -> int:
    """Run the app until Ctrl-C; returns its exit status. Raises InvalidExperiment for a run that is not kept."""
    if find_spec("streamlit") is None:
        print('The app needs Streamlit: pip install "heteroscope[app]"', file=sys.stderr)
        return 2
    port = options.port or next(filter(_is_free, PORTS), PORTS[0])
    if not _is_free(port):
        raise InvalidExperiment([Problem("--port", port, "a port from 1 to 65,535 that no other program uses")])
    address = f"http://localhost:{port}"
    link = f"{address}/fit?{urlencode(_query_of(options.run))}" if options.run else address
    flags = ["--server.port", str(port), "--server.headless", "true", "--server.showEmailPrompt", "false"]
    file = _app_file()
    # Server and workers must find the app's own `core` and `pages` before others: a folder of somebody's project, say.
    paths = os.pathsep.join(filter(None, (str(file.parent), os.environ.get("PYTHONPATH"))))
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(file), *flags, *options.flags],
        env=os.environ | {"PYTHONPATH": paths, "PYTHONSAFEPATH": "1"},
    )
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())  # it must not outlive its command
    threading.Thread(target=_open, args=(server, address, link, not options.no_browser), daemon=True).start()
    try:
        return server.wait()
    except KeyboardInterrupt:  # the server had it too, and stops by itself
        return server.wait()


def _is_free(port: int) -> bool:
    """Whether a server can take this port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except (OSError, OverflowError):
            return False
    return True


def _app_file() -> Path:
    return next(place for place in _PLACES if place.is_file())


def _query_of(name: str) -> dict[str, str]:
    """The link of a run, which is in the store of the app from now on."""
    from ..runs.store import Store

    run = run_named(name)
    if name.endswith(".safetensors"):
        store = Store()
        is_kept = store.put(run)
        store.close()
        if not is_kept:
            raise InvalidExperiment([Problem("--run", name, store.problem or "a run that can be kept")])
    return write_link(run.experiment)


def _open(server: subprocess.Popen, address: str, link: str, in_browser: bool) -> None:
    """Say where it is once it answers, and open a browser there."""
    while server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                break
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    else:
        return  # it has said why it ended
    print(f"Heteroscope is at {link}", flush=True)
    if in_browser and (os.environ.get("DISPLAY") or sys.platform in ("darwin", "win32")):
        webbrowser.open(link)
