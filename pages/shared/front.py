"""What the server does before Streamlit: it sends the frontend compressed, and the first words at once.

Streamlit sends its frontend uncompressed, 2.7 MB before a page's first word, and leaves compression to a proxy that few
have. A file is compressed once in the life of the server. The frame of every page, which is a blank sheet until all
this has arrived, is sent with the words of the page in it; they go when the page stands.
"""

import asyncio
import gzip
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.cli_util import open_browser
from streamlit.config import get_option
from streamlit.web.server.server_util import get_url

from core import log
from pages.shared import operations, stopping, warm_up
from pages.shared.first_words import FIRST_WORDS, HERE, WORDS
from pages.shared.preloads import STATIC, first_files, links
from pages.shared.visitors import new_cookie, token_of

_TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".json": "application/json"}
_LISTENS_S = 0.3  # after its start the server listens
_SMALL = 1_000  # bytes: what is smaller is sent as it is
_LEVEL = 6
_YEAR_S = 31_536_000  # the names of the files hold a hash of their content
_PAGE = re.compile(r"/[a-z_]*")


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[None]:
    """Before the first visitor the files that they get are compressed; behind the first page the laboratory loads.

    When the server ends, what runs is kept.
    """
    log.begin()
    log.event("started")
    stopping.listen()
    await to_thread.run_sync(_compress_first)
    warm_up.start()
    if not get_option("server.headless"):
        asyncio.get_running_loop().call_later(_LISTENS_S, _open_browser)
    yield
    stopping.ended()
    await to_thread.run_sync(stopping.stop)


def _open_browser() -> None:
    """As `streamlit run` does where it makes the server itself."""
    address = get_option("server.address") or "localhost"
    open_browser(get_url("localhost" if address in ("0.0.0.0", "::") else address))


def middleware() -> list[Middleware]:
    """What requests go through before Streamlit sees them."""
    return [Middleware(Front)]


class Front:
    """Answers requests for the frontend's files and for the frame of a page; all others go on to Streamlit."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        asks = scope["type"] == "http" and scope["method"] == "GET"
        answer = await _answer(scope) if asks else None
        await (self.app if answer is None else answer)(scope, receive, _with_cookie(scope, send) if asks else send)


def _with_cookie(scope: Scope, send: Send) -> Send:
    """Sends the same; the frame of a page with a cookie for a browser that has none."""
    headers, path = Headers(scope=scope), _below_base(scope["path"])
    is_frame = path is not None and _PAGE.fullmatch(path) and "text/html" in headers.get("accept", "")
    if not is_frame or token_of(headers.get("cookie", "")):
        return send
    base = str(get_option("server.baseUrlPath") or "").strip("/")
    secure = "https" in (scope.get("scheme"), headers.get("x-forwarded-proto", ""))

    async def with_cookie(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            MutableHeaders(scope=message).append("Set-Cookie", new_cookie(f"/{base}", secure=secure))
        await send(message)

    return with_cookie


async def _answer(scope: Scope) -> Response | None:
    headers, path = Headers(scope=scope), _below_base(scope["path"])
    if path is None:
        return None
    if path in operations.PATHS:
        return await operations.answer(path)
    if "gzip" not in headers.get("accept-encoding", "") or "range" in headers:
        return None
    if _PAGE.fullmatch(path) and "text/html" in headers.get("accept", ""):
        light = path in ("/", "/start") and not scope["query_string"]
        if light:
            warm_up.page_asked()
        else:
            warm_up.hurry(warm_up.needed_by(path.strip("/") or "fit"))
        body = await to_thread.run_sync(_frame, path)
        return None if body is None else _response(body, ".html", "private, no-cache")
    name = path.rpartition("/")[2]
    if path.startswith("/static/") and (kind := Path(name).suffix) in (".js", ".css"):
        body = await to_thread.run_sync(_compressed, path)
        return None if body is None else _response(body, kind, f"public, immutable, max-age={_YEAR_S}")
    return None


def _below_base(path: str) -> str | None:
    """The path below `server.baseUrlPath`; None for one beside it. What a host asks is answered at both."""
    base = str(get_option("server.baseUrlPath") or "").strip("/")
    if not base or path in operations.PATHS:
        return path
    found = re.fullmatch(rf"/{re.escape(base)}(/.*)?", path)
    return None if found is None else found[1] or "/"


def _response(body: bytes, kind: str, cache: str) -> Response:
    headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding", "Cache-Control": cache}
    return Response(body, media_type=_TYPES[kind], headers=headers)


def _compress_first() -> None:
    for path in first_files():
        _compressed(path)


@lru_cache(maxsize=1000)
def _compressed(path: str) -> bytes | None:
    """A file of the frontend; None where it is none, or too small to gain by it."""
    file = (STATIC / path.lstrip("/")).resolve()
    if not file.is_relative_to(STATIC.resolve()) or not file.is_file() or file.stat().st_size < _SMALL:
        return None
    return gzip.compress(file.read_bytes(), _LEVEL, mtime=0)


@lru_cache(maxsize=100)
def _frame(path: str) -> bytes | None:
    """The frame of a page with its first words; None where Streamlit's own is not as expected."""
    html = (STATIC / "index.html").read_text(encoding="utf-8")
    name = path.strip("/") or "start"
    title, words = WORDS.get(name, WORDS[""])
    if HERE not in html or "<title>Streamlit</title>" not in html:
        return None
    first = FIRST_WORDS.replace("TITLE", escape(title)).replace("WORDS", escape(words))
    html = html.replace("<title>Streamlit</title>", "<title>Heteroscope</title>").replace(HERE, first + HERE)
    html = html.replace("</head>", f"{links(name, html)}</head>")
    return gzip.compress(html.encode(), _LEVEL, mtime=0)
