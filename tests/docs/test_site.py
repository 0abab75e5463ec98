"""The site: its own parts, and in CI the whole of it, built with every warning as an error."""

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import core
from core.charts.of_run.chart_table import CHARTS
from docs.site.gallery import PICTURES
from docs.site.links import SHOWN, on_source
from docs.site.reference import as_rst
from tests.sentences import ROOT


@pytest.mark.parametrize(
    ("page", "text", "is_shown"),
    [
        ("hosting", "[the README](../README.md)", "[the README](readme.md)"),
        ("howto/csv", "[a](../tables.md#measured)", "[a](../tables.md#measured)"),
        ("howto/csv", "[a](../../CHANGELOG.md)", "[a](../changelog.md)"),
        ("design", "[the code](../core/once.py)", "the code (`core/once.py`)"),
        ("design", "[out](https://example.org/x.md) ![p](fit.png)", "[out](https://example.org/x.md) ![p](fit.png)"),
        ("index", "```{toctree}\n?scores\n?no_such_page\n```", "```{toctree}\nscores\n```"),
    ],
)
def test_links_lead_to_where_the_site_has_the_page(page: str, text: str, is_shown: str) -> None:
    source = [text]
    on_source(None, page, source)
    assert source == [is_shown]


def test_the_readme_is_a_page_whose_links_lead_to_pages() -> None:
    source = [""]
    on_source(None, "readme", source)
    assert source[0].startswith("# Heteroscope")
    assert "](teaching.md)" in source[0]
    assert "](docs/" not in source[0]
    assert set(SHOWN) == {"readme", "contributing", "changelog"}


def test_a_docstring_becomes_a_list_of_its_fields_and_nothing_else_is_markup() -> None:
    lines = [
        "E|r|, and 2*3*4; see core.evaluation and `core.x`s.",
        "",
        "y: observed; mean_, std: predicted,",
        "    (n,). Raises ValueError.",
    ]
    assert list(as_rst(lines)) == [
        r"E\|r\|, and 2\*3\*4; see heteroscope.evaluation and ``heteroscope.x``\ s.",
        "",
        "",
        "* **y**: observed",
        r"* **mean\_, std**: predicted,",
        "  (n,). Raises ValueError.",
    ]


def test_every_picture_is_a_chart_of_a_preset() -> None:
    assert {picture.chart for picture in PICTURES.values()} <= set(CHARTS)
    assert {picture.preset for picture in PICTURES.values()} <= set(core.presets)


@pytest.mark.ci
def test_the_site_builds_without_a_warning_and_leads_nowhere_wrong(tmp_path: Path) -> None:
    tools, site = tmp_path / "tools", tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(tools)]
    subprocess.run([*install, "--requirement", "requirements-docs.txt"], cwd=ROOT, check=True)
    build = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-n", "-b", "html", "docs", str(site)]
    built = subprocess.run(build, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(tools)}, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    pages = sorted(site.rglob("*.html"))
    assert [wrong for page in pages for wrong in _wrong_links(page, site)] == []
    reference = (site / "reference.html").read_text(encoding="utf-8")
    assert [name for name in core.__all__ if f'id="heteroscope.{name}"' not in reference] == []


def _wrong_links(page: Path, site: Path) -> list[str]:
    """What a page links to or loads that is not in the site; addresses of other sites may be linked, but not loaded."""
    found = []
    for tag, address in re.findall(r'<(\w+)[^>]*?\s(?:href|src)="([^"]*)"', page.read_text(encoding="utf-8")):
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            loads = tag != "a" and parts.scheme != "data"
            found += [f"{page.name} loads {address}"] if loads else []
        elif parts.path and not (page.parent / unquote(parts.path)).exists():
            found.append(f"{page.relative_to(site)} leads to {address}")
    return found
