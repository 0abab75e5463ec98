"""A host with little memory: training in the server's own process, without PyTorch, and within its bound."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.runs import small_host

ROOT = Path(__file__).parents[3]
# In a process of its own: the bound of the memory is one of the whole process.
SERVER = """
import json, os, sys
sys.modules["torch"] = None  # as if it were not installed
from core.experiment.experiment import Experiment
from core.runs.cluster import Cluster
from core.runs.laboratory import Laboratory
from core.runs.store import Store

def run(**settings):
    experiment = Experiment.from_settings({name.replace("__", "."): value for name, value in settings.items()})
    job = lab.start(experiment, "anna")
    return job.wait(60) and [job.run.status, job.run.message]

lab = Laboratory(Cluster(), Store(sys.argv[1], patient=True))
found = {
    "quick": run(data__n=200, training__steps=20),
    "plain": run(data__n=200, training__steps=20, training__stepper="plain"),
    "large": run(data__n=1_000_000, network__layers=[1024] * 6, training__batch_size=65_536, training__steps=1),
    "after": run(data__n=200, training__steps=21),
}
long = Experiment.from_settings({"training.steps": 1_000_000, "training.batch_size": 10})
job = lab.start(long, "anna")
while job.frame is None:
    job.wait(0.05)
lab.stop(long, "anna")
job.wait(60)
found["long"] = [job.run.status, ""]
children = open(f"/proc/self/task/{os.getpid()}/children").read() if sys.platform == "linux" else ""
print(json.dumps(found | {"children": children, "workers": lab.cluster.known_workers}))
lab.close()
"""


def test_it_is_small_where_the_host_says_it_or_has_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    assert small_host.memory() > 0
    monkeypatch.setattr(small_host, "memory", lambda: 1e9)
    assert small_host.is_small()
    monkeypatch.setenv("HETEROSCOPE_SMALL", "0")
    assert not small_host.is_small()
    monkeypatch.setattr(small_host, "memory", lambda: 1e10)
    monkeypatch.setenv("HETEROSCOPE_SMALL", "1")
    assert small_host.is_small()
    monkeypatch.delenv("HETEROSCOPE_SMALL")
    assert not small_host.is_small()


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the memory of a process")
def test_it_trains_in_the_server_without_pytorch_and_within_its_memory(tmp_path: Path) -> None:
    host = {"HETEROSCOPE_SMALL": "1", "HETEROSCOPE_WORKERS": "1", "HETEROSCOPE_WORKER_MEMORY": "400 MB"}
    command = [sys.executable, "-c", SERVER, f"sqlite:///{tmp_path / 'runs.sqlite'}"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | host, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    assert found["quick"] == found["after"] == ["done", ""]
    assert found["long"] == ["stopped", ""]
    assert (found["children"], found["workers"]) == ("", 1)
    assert found["plain"][0] == found["large"][0] == "failed"
    assert found["plain"][1] == (
        'Implementation cannot be "plain": PyTorch is not installed on this host; pip install torch adds it.'
    )
    assert found["large"][1].startswith("It needs more memory than this host allows a run")
