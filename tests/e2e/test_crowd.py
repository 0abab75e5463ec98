"""The client behind benchmarks/crowd.py: windows without a browser open the page and move a slider."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from benchmarks.crowd import CACHED, CHARTS, FRESH, OPENED, Plan, crowd
from benchmarks.streamlit_client import Picture, Window, opened, page_bytes
from tests.e2e.server import Server, running_server

SEEDS = range(901, 903)


def apart(work: Callable[..., Any], *args: Any) -> Any:
    """Do it in a thread of its own: once a browser has been started, this one counts as being in a loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work, *args).result()


def test_two_windows_move_a_slider_and_go_back(server: Server) -> None:
    tally = apart(asyncio.run, crowd(server, SEEDS, Plan(moves=1)))
    assert tally.errors == []
    assert {kind: len(seconds) for kind, seconds in tally.seconds.items()} == {OPENED: 2, FRESH: 2, CACHED: 2}


async def places(url: str) -> list[set[tuple[int, ...]]]:
    """Where the page has fields for code, after its first script run and after the second."""
    found = []
    async with opened(url) as window:
        for _ in range(2):
            await window.until(lambda _: True, within_s=60)
            found.append({place for place, kind in window.places.items() if kind == "text_area"})
            await window.rerun()
    return found


def test_nothing_moves_on_a_page_that_waited_until_the_laboratory_had_loaded(tmp_path: Path) -> None:
    with running_server(tmp_path) as cold:
        first, second = apart(asyncio.run, places(f"{cold.url}/check?check.code=r**2"))
    assert first
    assert first == second


def test_a_window_that_waits_for_others_draws_its_page_once(server: Server) -> None:
    tally = apart(asyncio.run, crowd(server, range(911, 917), Plan(moves=1, thinks_s=0.0, fresh=True)))
    assert tally.errors == []
    assert tally.script_runs == len(tally.seconds[FRESH]) == 6


def test_a_window_knows_what_the_page_shows(server: Server) -> None:
    async def shown() -> tuple[Picture, Window]:
        async with opened(f"{server.url}/?noise.scale=0.3&data.seed=901&training.seed=901&v=2") as window:
            return await window.until(lambda picture: "–" not in picture.figures.values()), window

    picture, window = apart(asyncio.run, shown())
    assert len(picture.charts) == CHARTS
    assert float(picture.figures["RMSE"]) == pytest.approx(0.3, abs=0.02)
    assert window.value("control noise.scale") == "0.3"
    assert "0.4" in window.stops("control noise.scale")


def test_a_page_of_a_million_points_is_under_a_megabyte(server: Server) -> None:
    assert 20_000 < apart(page_bytes, f"{server.url}/?data.n=1000000&v=2") < 1_000_000
