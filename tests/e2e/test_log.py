"""The log of a real server: JSON alone, all that happens, and nothing of those who visit."""

import asyncio
import json
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.streamlit_client import PageError, opened
from tests.e2e.server import ROOT, Server, running_server

FAILING = '''"""A page that fails on what a visitor has typed."""

if __name__ == "__main__":
    raise ValueError("the name “Anna Smith”")
elif __name__ == "app":
    from streamlit.starlette import App

    from pages.shared import errors
    from pages.shared.front import lifespan

    app = App(__file__, lifespan=lifespan, on_script_error=errors.told)
'''


def events(server: Server) -> list[dict[str, Any]]:
    """What is on stderr; Streamlit's greeting goes to stdout, and is in the same file."""
    return [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]


async def quick_run(url: str) -> None:
    async with opened(f"{url}/fit?data.seed=5&v=2") as window:
        await window.until(lambda picture: bool(picture.figures) and "–" not in picture.figures.values())


async def failing(url: str) -> str:
    async with opened(url) as window:
        try:
            await window.until(lambda _: bool(window.texts()))
        except PageError as error:
            return str(error)
        return " ".join(window.texts())


def test_all_that_happens_is_json_and_nothing_of_a_visitor(tmp_path: Path) -> None:
    with running_server(tmp_path, HETEROSCOPE_LOG="json") as server, ThreadPoolExecutor(1) as apart:
        apart.submit(asyncio.run, quick_run(server.url)).result()
        forked = [each for each in server.descendants() if "forkserver" in " ".join(each.parent().cmdline())]
        forked[0].kill()
        until = time.monotonic() + 60
        while "worker lost" not in [line["event"] for line in events(server)]:
            assert time.monotonic() < until, server.log()
            time.sleep(0.1)
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(60)
        told = events(server)
    names = [line["event"] for line in told]
    for name in ("started", "training begun", "training ended", "stopped"):
        assert name in names
    (ended,) = [line for line in told if line["event"] == "training ended"]
    assert (ended["status"], len(ended["key"])) == ("done", 16)
    assert str(tmp_path) not in " ".join(map(str, told))
    others = [line for line in server.log().splitlines() if line.strip() and not line.startswith("{")]
    assert [line.strip() for line in others if "view your Streamlit" not in line and "URL:" not in line] == []


def test_a_page_that_fails_shows_a_name_to_quote(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(FAILING, encoding="utf-8")
    options = {"HETEROSCOPE_LOG": "json", "PYTHONPATH": str(ROOT)}
    with running_server(tmp_path, tmp_path / "app.py", **options) as server, ThreadPoolExecutor(1) as apart:
        words = apart.submit(asyncio.run, failing(server.url)).result()
        until = time.monotonic() + 30
        while not (found := [line for line in events(server) if line["event"] == "page failed"]):
            assert time.monotonic() < until
            time.sleep(0.1)
        assert f"the name “{found[0]['request']}”" in words
        assert "Anna" not in words
        assert found[0]["error"] == "ValueError"
        assert "Anna" not in server.log()
