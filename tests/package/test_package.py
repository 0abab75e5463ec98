"""The package `heteroscope`: it holds all it needs, works beside another `core`, and says which version it is."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from core.version import VERSION
from tests.e2e.server import free_port
from tests.package.built import ROOT, STRANGER, build, oldest, python, unpacked

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
BASE_LOADS_NO = ("torch", "streamlit", "distributed", "sklearn", "pandas", "numba")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the wheel installs, beside somebody else's core."""
    folder = tmp_path_factory.mktemp("package")
    return unpacked(build(folder / "dist"), folder / "site")


def requirements(name: str) -> set[str]:
    """The lines of a file of requirements, without those that name another file."""
    lines = (ROOT / name).read_text().splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith(("#", "-r"))}


def test_it_asks_for_what_a_host_installs_or_for_what_is_older() -> None:
    extras = PROJECT["optional-dependencies"]
    base = {asked.name: asked.specifier for asked in map(Requirement, PROJECT["dependencies"])}
    host = {asked.name: asked.specifier for asked in map(Requirement, requirements("requirements-small.txt"))}
    added = {*extras["app"], *extras["export"]} - {"heteroscope[export]"}
    assert added == {line for line in requirements("requirements-small.txt") if Requirement(line).name not in base}
    for name, versions in base.items():
        assert end(versions) == end(host[name])
        assert versions.contains(oldest(host[name]))
    assert {*extras["docs"]} == requirements("requirements-docs.txt")
    assert {*extras["dev"]} - {"heteroscope[app,torch]"} == requirements("requirements-dev.txt")


def end(versions: SpecifierSet) -> str:
    """The first version that is not meant."""
    return next(each.version for each in versions if each.operator == "<")


def test_one_place_has_the_version() -> None:
    assert f"version: {VERSION}" in (ROOT / "CITATION.cff").read_text().splitlines()
    assert re.search(rf"^## {re.escape(VERSION)}\b", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


def test_the_wheel_is_whole(site: Path) -> None:
    def files(folder: Path) -> set[str]:
        return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}

    here = {name for name in files(ROOT / "core") if "__pycache__" not in name}
    assert {name for name in files(site / "heteroscope") if not name.startswith("_app")} == here
    app = site / "heteroscope" / "_app"
    assert files(app / "pages") == {name for name in files(ROOT / "pages") if "__pycache__" not in name}
    assert (app / ".streamlit" / "config.toml").read_bytes() == (ROOT / ".streamlit" / "config.toml").read_bytes()


def test_it_is_imported_at_once_and_loads_little(site: Path, tmp_path: Path) -> None:
    code = f"import sys, heteroscope; print([name for name in {BASE_LOADS_NO} if name in sys.modules])"
    assert python(site, ["-c", code], tmp_path).stdout.strip() == "[]"


@pytest.mark.long
def test_a_run_is_the_same_as_in_a_checkout(site: Path, tmp_path: Path) -> None:
    said = python(site, ["-m", "heteroscope", "train", "--preset", "quick", "--json"], tmp_path, **stored(tmp_path))
    assert said.returncode == 0, said.stderr
    here = subprocess.run(
        [sys.executable, "-m", "core", "train", "--preset", "quick", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(said.stdout)["scores"] == json.loads(here.stdout)["scores"]


def stored(folder: Path) -> dict[str, str]:
    """A store and a place for tables that only this test has."""
    return {"HETEROSCOPE_STORE": f"sqlite:///{folder / 'runs.sqlite3'}", "HETEROSCOPE_TABLES": str(folder / "tables")}


@pytest.fixture
def app(site: Path, tmp_path: Path) -> Iterator[str]:
    """The address of the app that the installed command runs, in a folder with another `core` and other `pages`."""
    for name in ("core", "pages"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(STRANGER)
    port = free_port()
    environment = {"PYTHONPATH": str(site), **stored(tmp_path)}
    command = [sys.executable, "-m", "heteroscope", "app", "--no-browser", "--port", str(port)]
    server = subprocess.Popen(command, cwd=tmp_path, env=os.environ | environment, stdout=subprocess.PIPE, text=True)
    yield f"http://localhost:{port}"
    server.terminate()
    server.wait(timeout=30)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0, "the server outlives its command"


@pytest.mark.long
def test_the_installed_app_trains_beside_another_core(app: str) -> None:
    until = time.monotonic() + 120
    while True:
        try:
            with urllib.request.urlopen(f"{app}/healthz", timeout=60) as answer:
                found = json.load(answer)
            break
        except (urllib.error.URLError, OSError):
            assert time.monotonic() < until
            time.sleep(0.3)
    assert found["training"] == "ok", found
