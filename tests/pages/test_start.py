"""The first page of a server: what it loads, what is sent for it, and how it reads numbers."""

import asyncio
import gzip
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.diagnosis.loss_check.examples import EXAMPLES
from pages.shared.first_words import WORDS
from pages.shared.front import Front
from pages.shared.preloads import STATIC, first_files
from pages.views.start_check import EXAMPLE, plain_number

ROOT = Path(__file__).parents[2]
HEAVY = ("numpy", "pandas", "altair", "scipy", "pydantic", "distributed", "core.experiment.experiment")
OF_TRAINING = ("numba", "distributed", "sqlalchemy", "core.runs.laboratory", "core.training.kernel")
MOST_SENT = 2_500_000


@pytest.mark.parametrize(("page", "heavy"), [("start", HEAVY), ("points_first", OF_TRAINING)])
def test_a_first_page_loads_nothing_that_it_does_not_draw(page: str, heavy: tuple[str, ...]) -> None:
    code = (
        f"import sys; import pages.shared.navigation, pages.views.{page}\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def answer(path: str, encoding: str = "gzip", accept: str = "*/*") -> tuple[dict[str, str], bytes] | None:
    """What the server says to a request before Streamlit sees it: headers and body, or None where it passes it on."""
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        sent.append({"passed": True})

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    headers = [(b"accept-encoding", encoding.encode()), (b"accept", accept.encode())]
    scope = {"type": "http", "method": "GET", "path": path, "headers": headers, "query_string": b"v=2"}
    asyncio.run(Front(app)(scope, receive, send))
    if "passed" in sent[0]:
        return None
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return told, b"".join(part.get("body", b"") for part in sent[1:])


def test_a_file_is_sent_compressed_and_kept_by_the_browser() -> None:
    path = next(path for path in first_files() if "/protobuf." in path)
    found = answer(path)
    assert found is not None
    headers, body = found
    assert gzip.decompress(body) == (STATIC / path.lstrip("/")).read_bytes()
    assert headers["content-encoding"] == "gzip"
    assert "immutable" in headers["cache-control"]
    assert "javascript" in headers["content-type"]
    assert len(body) < 0.3 * len(gzip.decompress(body))


@pytest.mark.parametrize("path", ["/static/js/../../../etc/passwd.js", "/static/js/none.js", "/_stcore/health", "/a/b"])
def test_other_requests_are_streamlits(path: str) -> None:
    assert answer(path, accept="text/html") is None


def test_a_browser_without_gzip_gets_what_streamlit_sends() -> None:
    assert answer("/", encoding="br", accept="text/html") is None


def test_the_frame_of_a_page_has_its_first_words() -> None:
    for path, name in (("/", "start"), ("/start", "start"), ("/fit", "")):
        found = answer(path, accept="text/html")
        assert found is not None
        html = gzip.decompress(found[1]).decode()
        assert f"<h1>{WORDS[name][0]}</h1>" in html
        assert html.count('<div id="root"></div>') == 1
        assert "<title>Heteroscope</title>" in html


def test_a_first_visitor_is_sent_less_than_the_limit() -> None:
    files = [answer(path) for path in first_files()]
    code = sum(len(found[1]) for found in files if found is not None)
    fonts = ("MaterialSymbols-Rounded*", "SourceSansVF-Upright*", "SourceCodeVF-Upright*")
    media = sum(file.stat().st_size for name in fonts for file in (STATIC / "static" / "media").glob(f"{name}.woff2"))
    assert 300_000 < code + media < MOST_SENT


def test_the_example_is_the_first_of_check_a_loss() -> None:
    given = EXAMPLES[0].given
    assert {name: str(getattr(given, name)).strip() for name in EXAMPLE} == EXAMPLE


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("-0.38", "-0.38"),
        ("−0,38", "-0.38"),
        ("1.234,5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("1,234,567", "1234567"),
        (" 1 234 ", "1234"),
        ("1e-3", "1e-3"),
        ("", ""),
        ("abc", "abc"),
    ],
)
def test_a_number_is_read_with_comma_or_point(text: str, number: str) -> None:
    assert plain_number(text) == number


def test_below_a_path_the_same_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.shared.front.get_option", {"server.baseUrlPath": "/lab/"}.get)
    for path, heading in (("/lab", "start"), ("/lab/", "start"), ("/lab/fit", "")):
        found = answer(path, accept="text/html")
        assert found is not None
        assert f"<h1>{WORDS[heading][0]}</h1>" in gzip.decompress(found[1]).decode()
    script = next(first_files())
    assert answer(f"/lab{script}") == answer_at_root(script, monkeypatch)
    assert answer("/fit", accept="text/html") is None
    assert answer(script) is None


def answer_at_root(path: str, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, str], bytes] | None:
    with monkeypatch.context() as root:
        root.setattr("pages.shared.front.get_option", {}.get)
        return answer(path)
