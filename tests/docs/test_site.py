"""The site: its own parts, and in CI the whole of it, built with every warning as an error."""

import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urlsplit

import pytest

import core
import core.interop
import core.torch.heads
import core.torch.losses
from core.charts.of_run.chart_table import CHARTS
from docs.site import names
from docs.site.gallery import PICTURES
from docs.site.links import SHOWN, on_page, on_source
from tests.sentences import ROOT

ROOMS = (core, core.interop, core.torch.losses, core.torch.heads)
# What must not be left in the reference: markup that was not read, a type spelled out, words of another package.
LEFT_OVER = ("_NestedSequence", "dtype[float64]", "&lt;factory&gt;", ":ref:", "Alias for field", "metadata_routing")


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


@pytest.mark.parametrize(
    ("page", "text", "is_shown"),
    [
        ("scores", "python -m core scores p.csv", "heteroscope scores p.csv"),
        ("check", "from core import check; core.check", "from heteroscope import check; heteroscope.check"),
        ("losses", "the table in core/model/losses, the core of it", "the table in core/model/losses, the core of it"),
        ("design", "from core import check", "from core import check"),
    ],
)
def test_a_reader_who_installed_the_library_reads_its_name(page: str, text: str, is_shown: str) -> None:
    source = [text]
    names.on_source(None, page, source)
    assert source == [is_shown]


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
    reference = "".join(
        (site / name).read_text(encoding="utf-8") for name in ("reference.html", "reference_torch.html")
    )
    public = [f"{room.__name__.replace('core', 'heteroscope', 1)}.{name}" for room in ROOMS for name in room.__all__]
    assert [name for name in public if f'id="{name}"' not in reference and f'id="module-{name}"' not in reference] == []
    assert [left for left in LEFT_OVER if left in reference] == []
    losses = (site / "losses.html").read_text(encoding="utf-8")
    assert re.search(r'<table class="cards [^"]*"', losses), "a table with sentences is wider than its page"
    assert '<p class="head">Per point</p>' in losses


def test_the_page_for_a_wrong_address_finds_the_others_from_everywhere() -> None:
    app = SimpleNamespace(config=SimpleNamespace(html_baseurl="https://example.org/docs/"))
    at_404, at_index = {"metatags": ""}, {"metatags": ""}
    on_page(app, "404", "", at_404, None)
    on_page(app, "index", "", at_index, None)
    assert '<base href="https://example.org/docs/">' in at_404["metatags"]
    assert at_index == {"metatags": ""}


def _wrong_links(page: Path, site: Path) -> list[str]:
    """What a page links to or loads that is not in the site; addresses of other sites may be linked, but not loaded.

    A place in a page has to be there too, and each picture has words.
    """
    text = page.read_text(encoding="utf-8")
    found = [
        f"{page.name} has a picture without words" for image in re.findall(r"<img [^>]*>", text) if 'alt="' not in image
    ]
    for tag, address in re.findall(r'<(\w+)[^>]*?\s(?:href|src)="([^"]*)"', text):
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            loads = tag != "a" and parts.scheme != "data"
            found += [f"{page.name} loads {address}"] if loads else []
        elif parts.path and not (page.parent / unquote(parts.path)).exists():
            found.append(f"{page.relative_to(site)} leads to {address}")
        elif parts.fragment:
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            if target.suffix == ".html" and f'id="{unquote(parts.fragment)}"' not in target.read_text(encoding="utf-8"):
                found.append(f"{page.relative_to(site)} leads to {address}, which has no such place")
    return found
