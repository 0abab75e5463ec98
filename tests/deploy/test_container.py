"""The container, without a daemon: what its files say is done in a folder with the same files, by plain processes."""

import asyncio
import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import yaml

from benchmarks.crowd import finished
from benchmarks.streamlit_client import Picture, opened
from tests.core.runs.test_scheduler_elsewhere import ROOT, port, soon
from tests.postgres import programs, running_postgres

STARTS_S = 60.0
LINES = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def said(word: str) -> list[str]:
    """What stands behind a word of the Dockerfile, in its order."""
    return [line.removeprefix(word).strip() for line in LINES if line.startswith(f"{word} ")]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `app`, what the Dockerfile copies and .dockerignore lets through, and an empty `data`."""
    root = tmp_path_factory.mktemp("image")
    (root / "data").mkdir()
    for line in said("COPY"):
        *sources, target = [word for word in shlex.split(line) if not word.startswith("--")]
        for source in sources:
            to = root / "app" / target / ("" if target != "./" else source)
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, to, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, to)
    return root


def environment(image: Path, more: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
    """The environment of a process in the container, with the folders of `image` for those at its root."""
    found = {"PATH": os.environ["PATH"], "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false"}
    for line in said("ENV"):
        found |= dict(word.split("=", 1) for word in shlex.split(line))
    places = {"/data": f"{image / 'data'}", "/app": f"{image / 'app'}", "/home/lab": f"{image}"}
    return {
        name: re.sub("/data|/app|/home/lab", lambda at: places[at[0]], value)
        for name, value in (found | {**more}).items()
    }


@contextmanager
def process(command: list[str], image: Path, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A command of the container that ends with the block; `python` is the one that runs here."""
    assert command[0] == "python"
    log = (image / "log").open("ab")
    running = subprocess.Popen(
        [sys.executable, *command[1:]], cwd=image / "app", env=environment, stdout=log, stderr=log
    )
    try:
        yield running
    finally:
        running.terminate()
        try:
            running.wait(15)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
        log.close()


def ready(at: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{at}/readyz", timeout=STARTS_S) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def test_every_file_that_it_copies_is_here_and_not_ignored() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_through = [line[1:] for line in lines if line.startswith("!")]
    copied = [word for line in said("COPY") for word in shlex.split(line)[:-1] if not word.startswith("--")]
    for source in copied:
        assert (ROOT / source).exists()
        assert any(fnmatch.fnmatch(source, each) or each.startswith(f"{source}/") for each in let_through), source
    assert set(said("USER")) == {"lab"}
    assert "--uid 1000" in said("RUN")[0]


@pytest.mark.ci
def test_it_compiles_starts_and_calls_itself_healthy(image: Path) -> None:
    at, held = port(), environment(image)
    (compiles,) = (line for line in said("RUN") if line.startswith("python "))
    subprocess.run([sys.executable, *shlex.split(compiles)[1:]], cwd=image / "app", env=held, check=True)
    command = json.loads(said("CMD")[0].replace("8501", f"{at}").replace("0.0.0.0", "127.0.0.1"))
    (asks,) = re.findall(r"CMD (\[.*\])", said("HEALTHCHECK")[0])
    with process(command, image, held):
        assert soon(lambda: ready(at), STARTS_S), (image / "log").read_text()
        asked = json.loads(asks.replace("8501", f"{at}"))
        assert subprocess.run([sys.executable, *asked[1:]], env=held, timeout=60).returncode == 0
    assert (image / "data" / "runs.sqlite").is_file()


def test_compose_has_no_secret_and_restarts_what_ends() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"PASSWORD: (\S+)", text)) == {"${POSTGRES_PASSWORD:?choose"}
    services = COMPOSE["services"]
    assert set(services) == {"postgres", "scheduler", "worker", "app"}
    for name, service in services.items():
        assert service["restart"] == "unless-stopped"
        assert name == "app" or "healthcheck" in service  # the app's is in its image
        assert name == "postgres" or "mem_limit" in service
        for volume in service["volumes"]:
            assert volume.partition(":")[0] in COMPOSE["volumes"]
        for needed, when in service.get("depends_on", {}).items():
            assert when == {"condition": "service_healthy"}
            assert "test" in services[needed]["healthcheck"]


@pytest.mark.ci
def test_its_services_train_together(image: Path) -> None:
    bin = programs()
    assert bin is not None, "PostgreSQL is not installed: on Debian, apt install postgresql"
    joined, at = port(), port()
    with ExitStack() as stack:
        postgres = stack.enter_context(running_postgres(bin))

        def here(text: str) -> str:
            """The names of the services as addresses of this machine."""
            text = text.replace("lab@postgres/lab", postgres.url.partition("://")[2])
            return text.replace("scheduler:8786", f"127.0.0.1:{joined}").replace("8786", f"{joined}")

        for name, number in (("scheduler", 1), ("worker", COMPOSE["services"]["worker"]["deploy"]["replicas"])):
            service = COMPOSE["services"][name]
            for _ in range(number):
                held = {word: here(value) for word, value in service["environment"].items()}
                command = [here(word) for word in service["command"]]
                stack.enter_context(process(command, image, environment(image, held)))
            if name == "scheduler":
                test = [here(word) for word in service["healthcheck"]["test"][1:]]
                assert soon(lambda test=test: subprocess.run([sys.executable, *test[1:]]).returncode == 0, STARTS_S)
        held = {word: here(value) for word, value in COMPOSE["services"]["app"]["environment"].items()}
        command = json.loads(said("CMD")[0].replace("8501", f"{at}").replace("0.0.0.0", "127.0.0.1"))
        stack.enter_context(process(command, image, environment(image, held)))
        assert soon(lambda: ready(at), STARTS_S), (image / "log").read_text()
        assert soon(lambda: b"heteroscope_workers 2.0" in numbers(at), STARTS_S)

        async def fit() -> Picture:
            async with opened(f"http://127.0.0.1:{at}/?data.seed=3&v=2") as window:
                return await window.until(finished)

        picture = asyncio.run(fit())
        assert float(picture.figures["RMSE"]) > 0
        assert soon(lambda: b'heteroscope_runs_total{status="done"} 1.0' in numbers(at), STARTS_S)


def numbers(at: int) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{at}/metrics", timeout=STARTS_S) as answer:
        return bytes(answer.read())
