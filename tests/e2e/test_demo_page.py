"""A demo on a real server: what is off cannot be reached by other ways than its buttons."""

import asyncio
import sqlite3
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.streamlit_client import opened
from tests.e2e.server import running_server


def uploads(url: str, path: str, method: str) -> int:
    request = urllib.request.Request(f"{url}{path}", b"x,y\n1,2\n", method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code if "no files can be sent" in error.read().decode() else 0


async def long_run(url: str) -> str:
    """What a link to a long run shows, after its button was pressed although it is off, and trained unasked."""
    async with opened(f"{url}/fit?training.steps=1000000&training.batch_size=64&v=2") as window:
        await window.until(lambda _: window.has_button("train"))
        assert any("Not trained here" in words for words in window.texts())
        await window.press("train")
        await window.until(lambda _: window.has_button("train"))
        await window.switch("retrain long")
        await window.until(lambda _: any("The training failed" in words for words in window.texts()), within_s=30)
        return " ".join(window.texts())


async def quick_run(url: str) -> None:
    async with opened(f"{url}/fit?data.seed=5&v=2") as window:
        await window.until(lambda picture: bool(picture.figures) and "–" not in picture.figures.values())


def test_a_demo_trains_quick_runs_keeps_nothing_and_takes_no_files(tmp_path: Path) -> None:
    with running_server(tmp_path, HETEROSCOPE_DEMO="1") as server, ThreadPoolExecutor(1) as apart:
        apart.submit(asyncio.run, quick_run(server.url)).result()
        assert "a training takes at most 2 s" in apart.submit(asyncio.run, long_run(server.url)).result()
        for path in ("/_stcore/upload_file/a/b", "//_stcore/upload_file/a/b", "/x/../_stcore/upload_file/a/b"):
            assert uploads(server.url, path, "PUT") == 403
            assert uploads(server.url, path, "POST") == 403
        assert "Traceback" not in server.log()
    with closing(sqlite3.connect(urlsplit(server.store).path)) as file:
        assert file.execute("select count(*) from runs").fetchone() == (0,)
    assert not server.tables.exists()
