"""Requests with hostile headers: each gets an answer below 500 or a closed connection, and the log has no traceback."""

import base64
import socket
from urllib.parse import urlsplit

import pytest

from tests.e2e.server import Server, running_server

WAITS_S = 1.0
UPGRADE = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    f"Sec-WebSocket-Key: {base64.b64encode(b'0' * 16).decode()}\r\nSec-WebSocket-Protocol: streamlit\r\n"
)
PATHS = (
    "/",
    "/fit",
    "/healthz",
    "/metrics",
    "/_stcore/health",
    "/_stcore/host-config",
    "/media/x",
    "/static/../../etc",
)
HEADERS: dict[str, bytes] = {
    "huge cookie": b"Cookie: a=" + b"x" * 60_000,
    "many cookies": b"Cookie: " + b"; ".join(b"a%d=1" % i for i in range(5_000)),
    "broken cookie": b'Cookie: =;;;=\x01\xff; _streamlit_xsrf=\xe2\x28\xa1; __Host-"="',
    "forged session": b"Cookie: _streamlit_user=2|1:0|10:1|15:_streamlit_user|4:e30=|deadbeef; _streamlit_xsrf=2|x|y|z",
    "no host": b"X-Nothing: 1",
    "bad host": b"Host: evil.example:99999999",
    "two hosts": b"Host: a\r\nHost: b",
    "host with markup": b"Host: <script>alert(1)</script>",
    "host of bytes": b"Host: \xff\xfe\x80",
    "bad origin": b"Origin: http://[::1",
    "origin of nothing": b"Origin: null",
    "origin with bytes": b"Origin: \xff\xfe",
    "forwarded": b"X-Forwarded-For: " + b"1.2.3.4, " * 3_000,
    "forwarded nonsense": b"X-Forwarded-For: ';drop table runs;--\r\nX-Forwarded-Proto: gopher\r\nForwarded: for=_\"",
    "forwarded host": b"X-Forwarded-Host: a b c\r\nX-Forwarded-Port: -1\r\nX-Real-Ip: ::::",
    "range": b"Range: bytes=9999999999999999999-1,-1--1\r\nAccept-Encoding: gzip;q=NaN, \xff",
    "language": b"Accept-Language: " + b"a-" * 20_000,
    "length": b"Content-Length: -1",
    "two lengths": b"Content-Length: 1\r\nContent-Length: 2",
    "chunks": b"Transfer-Encoding: chunked, identity",
    "many headers": b"\r\n".join(b"X-%d: 1" % i for i in range(2_000)),
}


@pytest.fixture(scope="module")
def plain_server(tmp_path_factory: pytest.TempPathFactory) -> Server:
    with running_server(tmp_path_factory.mktemp("headers")) as server:
        yield server


def status(server: Server, path: str, header: bytes, more: str = "") -> int:
    """The status of the answer; 0 where the connection was closed without one, or waits for more."""
    address = urlsplit(server.url)
    own = header == HEADERS["no host"] or header.startswith(b"Host:")
    host = b"" if own else f"Host: {address.netloc}\r\n".encode()
    with socket.create_connection((address.hostname, address.port), timeout=WAITS_S) as connection:
        request = b"GET %s HTTP/1.1\r\n%s%s%s\r\n\r\n" % (path.encode(), host, more.encode(), header)
        try:
            connection.sendall(request)
            line = connection.recv(4096).partition(b"\r\n")[0]
        except (ConnectionError, TimeoutError):
            return 0
    return int(line.split()[1]) if line.startswith(b"HTTP/") else 0


@pytest.mark.parametrize("name", HEADERS)
def test_a_hostile_header_is_answered_and_leaves_no_traceback(plain_server: Server, name: str) -> None:
    for path in PATHS:
        assert status(plain_server, path, HEADERS[name]) < 500, path
    assert status(plain_server, "/_stcore/stream", HEADERS[name], UPGRADE) < 500
    assert "Traceback" not in plain_server.log(), plain_server.log()[-3000:]


LONG = ("/" + "a" * 60_000, "/?" + "&".join(f"a{i}=1" for i in range(9_000)))


@pytest.mark.parametrize("path", [*LONG, "/%ff%00", "//", "/fit?a=%FF"])
def test_a_hostile_path_too(plain_server: Server, path: str) -> None:
    assert status(plain_server, path, b"X-Nothing: 2") < 500
    assert "Traceback" not in plain_server.log(), plain_server.log()[-3000:]


def test_it_still_serves(plain_server: Server) -> None:
    assert status(plain_server, "/", b"Accept: text/html") == 200
    assert status(plain_server, "/readyz", b"Accept: */*") == 200
