"""A small identity provider on this machine, with which a browser logs in as whoever is `next`.

It speaks as much of OpenID Connect as a client needs: discovery, the authorization-code flow, a signed identity token.
"""

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey


class Provider:
    """The provider: `next` holds the claims of whoever logs in next; None refuses."""

    def __init__(self) -> None:
        self.next: dict[str, Any] | None = None
        self.key = RSAKey.generate_key(2048, {"kid": "1"})
        self.codes: dict[str, dict[str, Any]] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def token(self, code: str) -> dict[str, Any]:
        """The answer to a code."""
        claims = self.codes.pop(code)
        times = {"iat": int(time.time()), "exp": int(time.time()) + 600}
        signed = jwt.encode({"alg": "RS256", "kid": "1"}, {"iss": self.url, **times, **claims}, self.key)
        return {"access_token": "a", "token_type": "Bearer", "expires_in": 600, "id_token": signed}

    def metadata(self) -> dict[str, Any]:
        """What the provider says of itself."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            if asked.path == "/authorize":
                self._redirect({name: value[0] for name, value in parse_qs(asked.query).items()})
            elif asked.path == "/keys":
                self._answer({"keys": [provider.key.as_dict(private=False)]})
            else:
                self._answer(provider.metadata())

        def do_POST(self) -> None:
            sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self._answer(provider.token(sent["code"][0]))

        def _redirect(self, asked: dict[str, str]) -> None:
            answer = {"state": asked["state"], "error": "access_denied"}
            if provider.next is not None:
                code = secrets.token_hex(8)
                provider.codes[code] = {**provider.next, "aud": asked["client_id"], "nonce": asked.get("nonce")}
                answer = {"state": asked["state"], "code": code}
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri']}?{urlencode(answer)}")
            self.end_headers()

        def _answer(self, words: dict[str, Any]) -> None:
            body = json.dumps(words).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@contextmanager
def provider() -> Iterator[Provider]:
    """A running provider."""
    made = Provider()
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()


def secrets_for(provider: Provider, url: str, path: Path) -> Path:
    """The secrets of a server at this address that lets people log in there."""
    path.write_text(
        f"""[auth]
redirect_uri = "{url}/oauth2callback"
cookie_secret = "{secrets.token_urlsafe(32)}"
client_id = "heteroscope"
client_secret = "known to both"
server_metadata_url = "{provider.url}/.well-known/openid-configuration"
""",
        encoding="utf-8",
    )
    return path
