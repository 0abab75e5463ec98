"""Requests whose headers cannot be read are refused before Streamlit sees them: it fails on some, with a traceback."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_ADDRESSES = ("origin", "referer")


def middleware() -> list[Middleware]:
    """What each request goes through first."""
    return [Middleware(ReadableHeaders)]


class ReadableHeaders:
    """Answers 400 where an address in a header is none, and opens no socket for it."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] not in ("http", "websocket") or _is_readable(Headers(scope=scope)):
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await PlainTextResponse("A header of this request cannot be read.\n", 400)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})


def _is_readable(headers: Headers) -> bool:
    try:
        for address in [f"//{headers.get('host', '')}", *(headers.get(name, "") for name in _ADDRESSES)]:
            parts = urlsplit(address)
            _ = parts.hostname, parts.port
    except ValueError:
        return False
    return True
