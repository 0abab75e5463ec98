"""Two servers, each a process of its own, with one PostgreSQL, one scheduler and its workers between them."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.experiment.from_table import table_experiment
from tests.core.runs.test_scheduler_elsewhere import ROOT, STARTS_S, port, scheduler, worker
from tests.postgres import programs, running_postgres

# One command a line: a word and the settings of an experiment. One answer a line.
SERVER = """
import json, sys
from core.experiment.experiment import Experiment
from core.runs.cluster import Cluster
from core.runs.laboratory import Laboratory
from core.runs.library import Library
from core.runs.store import Store

lab = Laboratory(Cluster(), Store(patient=True))
jobs = {}

def told(job):
    run = job.run
    return {
        "begun": job.frame is not None and job.frame.step > 0,
        "attempt": job.attempt,
        "status": run and run.status,
        "message": run and run.message,
        "weights": run and run.weights.tobytes().hex()[:64],
        "created": run and run.created,
    }

def start(experiment):
    jobs[experiment.key] = lab.start(experiment, "anna")

COMMANDS = {
    "start": start,
    "stop": lambda experiment: lab.stop(experiment, "anna"),
    "look": lambda experiment: told(jobs[experiment.key]),
    "kept": lambda experiment: lab.find(experiment) is not None,
    "count": lambda experiment: Library(lab.store).count(),
    "others": lambda experiment: lab._others.long_jobs(),
    "workers": lambda experiment: lab.cluster.known_workers,
}
for line in sys.stdin:
    word, settings = json.loads(line)
    print(json.dumps(COMMANDS[word](Experiment.from_settings(settings))), flush=True)
"""
QUICK: dict[str, Any] = {"data.n": 500, "training.steps": 40}
LONG = QUICK | {"training.steps": 1_000_000, "training.batch_size": 10}
BRIEF = QUICK | {"training.steps": 400}


class Server:
    """One of the servers, which is asked line by line."""

    def __init__(self, process: subprocess.Popen[str]):
        self.process = process

    def ask(self, word: str, settings: dict[str, Any] = QUICK) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps([word, settings]), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())

    def until(self, word: str, settings: dict[str, Any], holds: Callable[[Any], bool]) -> Any:
        deadline = time.monotonic() + STARTS_S
        while not holds(answer := self.ask(word, settings)):
            assert time.monotonic() < deadline, f"{word}: {answer}"
            time.sleep(0.02)
        return answer


@contextmanager
def server(at: int, store: str) -> Iterator[Server]:
    host = {"DASK_SCHEDULER_ADDRESS": f"tcp://127.0.0.1:{at}", "HETEROSCOPE_STORE": store}
    command = [sys.executable, "-c", SERVER]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | host, **pipes)  # type: ignore[call-overload]
    try:
        yield Server(process)
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("two")


@pytest.fixture(scope="module")
def servers(folder: Path) -> Iterator[tuple[Server, Server]]:
    bin = programs()
    assert bin is not None, "PostgreSQL is not installed: on Debian, apt install postgresql"
    at = port()
    with ExitStack() as stack:
        place = stack.enter_context(pytest.MonkeyPatch.context())
        place.setenv("TMPDIR", f"{folder}")
        place.setenv("HETEROSCOPE_TABLES", f"{folder / 'workers'}")
        store = stack.enter_context(running_postgres(bin)).url
        stack.enter_context(scheduler(at))
        for _ in range(2):
            stack.enter_context(worker(at))
        place.setenv("HETEROSCOPE_TABLES", f"{folder / 'servers'}")
        both = [stack.enter_context(server(at, store)) for _ in range(2)]
        for each in both:
            each.until("workers", QUICK, lambda count: count == 2)
        yield both[0], both[1]


def ended(answer: dict[str, Any]) -> bool:
    return answer["status"] is not None


@pytest.mark.ci
def test_equal_experiments_train_once_and_both_have_the_run(servers: tuple[Server, Server]) -> None:
    one, other = servers
    one.ask("start", LONG)
    begun = one.until("look", LONG, lambda answer: answer["begun"])
    other.ask("start", LONG)
    joined = other.until("look", LONG, lambda answer: answer["begun"])
    assert joined["attempt"] == begun["attempt"]  # frames of one training reach both
    assert one.ask("stop", LONG)  # it leaves; the other's goes on
    left = one.until("look", LONG, ended)
    assert left["status"] == "stopped"
    time.sleep(0.5)
    assert not ended(other.ask("look", LONG))
    assert other.ask("stop", LONG)
    assert other.until("look", LONG, ended)["status"] == "stopped"


@pytest.mark.ci
def test_what_one_has_stopped_the_other_can_train(servers: tuple[Server, Server]) -> None:
    one, other = servers
    settings = LONG | {"training.seed": 9}
    one.ask("start", settings)
    one.until("look", settings, lambda answer: answer["begun"])
    one.ask("stop", settings)
    one.until("look", settings, ended)
    other.ask("start", settings)  # under the name that the workers were told to stop
    other.until("look", settings, lambda answer: answer["begun"])
    time.sleep(0.5)
    assert not ended(other.ask("look", settings))
    other.ask("stop", settings)
    other.until("look", settings, ended)


@pytest.mark.ci
def test_both_get_one_run_and_find_it_among_the_kept(servers: tuple[Server, Server]) -> None:
    for each in servers:
        each.ask("start", BRIEF)
    runs = [each.until("look", BRIEF, ended) for each in servers]
    assert runs[0] == runs[1]  # weights and the time of training
    assert runs[0]["status"] == "done"
    one, other = servers
    one.ask("start", QUICK)
    one.until("look", QUICK, ended)
    assert other.until("kept", QUICK, bool)
    kept = one.ask("count")
    several = [BRIEF | {"training.seed": seed} for seed in range(1, 7)]
    for settings in several:
        for each in servers:
            each.ask("start", settings)
    for settings in several:
        for each in servers:
            each.until("look", settings, ended)
    one.until("count", QUICK, lambda count: count == kept + len(several))
    time.sleep(0.5)  # what the other may still write
    assert other.ask("count") == kept + len(several)


@pytest.mark.ci
def test_a_failure_is_not_told_again_once_it_would_not_fail(
    servers: tuple[Server, Server], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HETEROSCOPE_TABLES", f"{folder / 'servers'}")
    x = np.linspace(0, 5, 60)
    data = table_experiment(pd.DataFrame({"x": x, "y": np.sin(x)}), target="y").data
    settings = QUICK | {"data.table": data.table, "data.csv": data.csv, "data.y": "y"}
    for each in servers:
        each.ask("start", settings)
        failed = each.until("look", settings, ended)
        assert failed["status"] == "failed"
        assert "A worker does not have this table" in failed["message"]
    shutil.copytree(folder / "servers", folder / "workers")
    for each in reversed(servers):
        each.ask("start", settings)
        assert each.until("look", settings, ended)["status"] == "done"


@pytest.mark.ci
def test_one_is_killed_and_the_other_goes_on(servers: tuple[Server, Server]) -> None:
    one, other = servers
    mine, yours = LONG | {"training.seed": 1}, LONG | {"training.seed": 2}
    one.ask("start", mine)
    one.until("look", mine, lambda answer: answer["begun"])
    other.until("others", QUICK, lambda count: count == 1)
    other.ask("start", yours)  # one worker is kept free of long runs, of whatever server
    time.sleep(0.5)
    assert not other.ask("look", yours)["begun"]
    one.process.send_signal(signal.SIGKILL)
    other.until("look", yours, lambda answer: answer["begun"])  # what it trained ends with it
    other.ask("start", QUICK | {"training.seed": 3})
    other.until("look", QUICK | {"training.seed": 3}, ended)
    assert other.ask("stop", yours)
