"""The clock of a host leaps: the server goes on, and every run is kept. It needs a compiler of C, `cc`."""

import asyncio
import random
import sqlite3
import struct
import subprocess
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.crowd import SLIDER, changed, finished, new_values
from benchmarks.streamlit_client import opened
from tests.e2e.server import Server, running_server

DAY_S = 86_400
LEAPS = (3 * DAY_S, -10 * DAY_S, 400 * DAY_S, 0)  # seconds from the true time
WITHIN_S = 10.0  # after a leap everything must work again


# The clock that tells the date has as many seconds more as the file says; the one that only goes on is left alone.
CLOCK = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static volatile long *leap;
__attribute__((constructor)) static void begin(void) {
  int file = open(getenv("LEAP_FILE"), O_RDONLY);
  leap = mmap(0, sizeof(long), PROT_READ, MAP_SHARED, file, 0);
  close(file);
}
int clock_gettime(clockid_t clock, struct timespec *now) {
  int failed = syscall(SYS_clock_gettime, clock, now);
  if (!failed && clock == CLOCK_REALTIME) now->tv_sec += *leap;
  return failed;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec precise;
  clock_gettime(CLOCK_REALTIME, &precise);
  now->tv_sec = precise.tv_sec, now->tv_usec = precise.tv_nsec / 1000;
  return 0;
}
time_t time(time_t *kept) {
  struct timespec precise;
  clock_gettime(CLOCK_REALTIME, &precise);
  if (kept) *kept = precise.tv_sec;
  return precise.tv_sec;
}
"""


def leap(file: Path, seconds: int) -> None:
    """Set the clock of all that look at this file."""
    with file.open("r+b") as opened_file:
        opened_file.write(struct.pack("l", seconds))


def clock_of(folder: Path) -> tuple[Path, dict[str, str]]:
    """A file that sets a clock, and the environment of those who go by it."""
    source, library, file = folder / "clock.c", folder / "clock.so", folder / "clock"
    source.write_text(CLOCK)
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source)], check=True)
    file.write_bytes(struct.pack("l", 0))
    return file, {"LD_PRELOAD": str(library), "LEAP_FILE": str(file)}


def is_healthy(server: Server) -> bool:
    with urllib.request.urlopen(f"{server.url}/healthz", timeout=30) as answer:
        return answer.status == 200


async def moves_through_leaps(server: Server, clock: Path) -> list[float]:
    """One fresh run before each leap and one after it; the seconds from each leap to the answer."""
    took = []
    async with opened(f"{server.url}/?data.seed=5&v=2") as window:
        await window.until(finished, within_s=60)
        stops = new_values(window, random.Random(1))
        for seconds in LEAPS:
            for leaps in (False, True):
                before = window.picture
                await window.move(SLIDER, stops.pop())
                if leaps:
                    leap(clock, seconds)  # while the run is being trained
                since = time.monotonic()
                await window.until(lambda now, was=before: finished(now) and changed(was)(now), within_s=WITHIN_S)
            took.append(time.monotonic() - since)
    return took


@pytest.mark.slow
def test_a_leap_of_the_clock_loses_nothing(tmp_path: Path) -> None:
    clock, goes_by_it = clock_of(tmp_path)
    with running_server(tmp_path, HETEROSCOPE_SPACES="one", **goes_by_it) as server:
        took = asyncio.run(moves_through_leaps(server, clock))
        assert is_healthy(server)
        assert "Traceback" not in server.log()
    assert max(took) < WITHIN_S
    with closing(sqlite3.connect(tmp_path / "runs.sqlite3")) as database:
        days = [row[0][:10] for row in database.execute("select created from runs where status = 'done'")]
    assert len(days) == 1 + 2 * len(LEAPS), days
    assert len(set(days)) >= len(LEAPS), f"the clock did not leap: {days}"
