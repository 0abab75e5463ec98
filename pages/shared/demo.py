"""A demo on the pages and in the server: what is off there, and why. The checks beneath are in core.runs.demo."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

if TYPE_CHECKING:
    from core.experiment.experiment import Experiment

NO_UPLOADS = "This is a demo, to which no files can be sent. At home it takes them: “streamlit run app.py” starts it."
_UPLOADS = "/_stcore/upload_file"


def is_demo() -> bool:
    """Whether this server is a demo."""
    from core.host import host  # here: a first page loads nothing of core before its words are sent

    return bool(host("demo"))


def no_upload() -> dict[str, Any]:
    """Options of an uploader: in a demo it is off, and its help says why."""
    return {"disabled": True, "help": NO_UPLOADS} if is_demo() else {}


def no_long_run(experiments: "Sequence[Experiment]") -> dict[str, Any]:
    """Options of a button that trains these: in a demo it is off if one takes long, and its help says why."""
    if not is_demo():
        return {}
    from core.runs.demo import too_long
    from core.training.cost import is_quick

    long = [experiment for experiment in experiments if not is_quick(experiment)]
    return {"disabled": True, "help": too_long(long[0])} if long else {}


def middleware() -> list[Middleware]:
    """What refuses uploads of a demo, whatever the page shows."""
    return [Middleware(NoUploads)] if is_demo() else []


class NoUploads:
    """Answers every upload with 403 and a sentence, before a byte of it is read."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        is_upload = scope["type"] == "http" and _UPLOADS in scope["path"] and scope["method"] not in ("GET", "OPTIONS")
        if is_upload:
            words = json.dumps({"detail": NO_UPLOADS}, ensure_ascii=False)
            await Response(words, 403, media_type="application/json")(scope, receive, send)
        else:
            await self.app(scope, receive, send)
