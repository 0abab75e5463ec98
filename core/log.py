"""The log of a host: one event a line on stderr, in plain words, or as JSON where HETEROSCOPE_LOG says so.

An event has a name and a few facts of fixed names, none of which can hold what belongs to a visitor: no paths, names,
notes, cells, addresses. Of an error the log has its type and where it was raised, but not its words, which may quote a
cell. Errors have a short name of their own, which a visitor is shown and can quote.

Nothing is printed before `begin`, so that notebooks and the command line stay silent.
"""

import json
import logging
import secrets
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, TextIO

from .host import host

_LOGGER = logging.getLogger("heteroscope.host")
_LOGGER.addHandler(logging.NullHandler())
_LOGGER.propagate = False
_ROOT = Path(__file__).parents[1]
_MOST = 200  # characters of a fact
_DEEPEST = 40  # frames of an error

# The events, each with its level. In plain words only those above INFO are printed: the others come with every run.
EVENTS: Mapping[str, int] = MappingProxyType(
    {
        "started": logging.INFO,
        "stopped": logging.INFO,
        "training begun": logging.INFO,
        "training ended": logging.INFO,
        "store away": logging.WARNING,
        "store back": logging.WARNING,
        "store given up": logging.ERROR,
        "worker lost": logging.WARNING,
        "table refused": logging.INFO,
        "import refused": logging.INFO,
        "run not kept": logging.ERROR,
        "training failed": logging.ERROR,
        "page failed": logging.ERROR,
        "other": logging.WARNING,
    }
)
# What an event may say, and of which type. `request` is the name of an error; `where` are its frames.
FACTS: Mapping[str, type | tuple[type, ...]] = MappingProxyType(
    {
        "key": str,
        "status": str,
        "seconds": (float, int),
        "steps": int,
        "kind": str,
        "bytes": int,
        "count": int,
        "what": str,
        "request": str,
        "error": str,
        "where": list,
        "logger": str,
    }
)


def event(name: str, **facts: Any) -> None:
    """Log an event of EVENTS with some of FACTS. Raises KeyError for any other, and TypeError for another type."""
    level = EVENTS[name]
    for fact, value in facts.items():
        if not isinstance(value, FACTS[fact]):
            raise TypeError(f"{fact} of the event {name} is {type(value).__name__}")
    _LOGGER.log(level, name, extra={"facts": facts})


def failed(name: str, error: BaseException, **facts: Any) -> str:
    """Log an error as an event; returns the short name by which it is found in the log."""
    request = secrets.token_hex(3)
    event(name, request=request, **_of_error(error), **facts)
    return request


def begin(stream: TextIO | None = None) -> None:
    """Print events from now on, to stderr if nothing else is named. As JSON, so is what other packages log."""
    as_json = host("log") == "json"
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Json() if as_json else _Words())
    _LOGGER.handlers[:] = [handler]
    _LOGGER.setLevel(logging.INFO if as_json else logging.WARNING)
    if as_json:
        _take_over(handler)


def _take_over(handler: logging.Handler) -> None:
    """Let the loggers of other packages that print by themselves print by this handler."""
    logging.captureWarnings(True)
    logging.getLogger().handlers[:] = [handler]
    logging.setLoggerClass(_takes(handler))
    for logger in [*logging.root.manager.loggerDict.values()]:
        if isinstance(logger, logging.Logger) and logger is not _LOGGER and logger.handlers:
            logger.handlers[:], logger.propagate = [handler], False


def _takes(handler: logging.Handler) -> type[logging.Logger]:
    """A class of loggers that print by this handler where they would print by themselves."""

    class Taken(logging.Logger):
        def addHandler(self, hdlr: logging.Handler) -> None:
            prints = type(hdlr) is logging.StreamHandler
            super().addHandler(handler if prints else hdlr)
            self.propagate = self.propagate and not prints

    return Taken


def _of_error(error: BaseException) -> dict[str, Any]:
    """The type of an error and its frames, without its words."""
    frames = traceback.extract_tb(error.__traceback__)[-_DEEPEST:]
    return {"error": type(error).__name__, "where": [f"{_short(each.filename)}:{each.lineno}" for each in frames]}


def _short(file: str) -> str:
    """A file of ours from the project's folder, one of a package from the folder of packages: no one's home."""
    path = Path(file)
    if path.is_relative_to(_ROOT) and "site-packages" not in path.parts:
        return path.relative_to(_ROOT).as_posix()
    parts = path.parts
    return "/".join(parts[parts.index("site-packages") + 1 :]) if "site-packages" in parts else path.name


def _facts_of(record: logging.LogRecord) -> dict[str, Any]:
    """The event and its facts; of another package's record where it comes from, and of its error the same."""
    if (facts := getattr(record, "facts", None)) is not None:
        return {"event": record.msg, **facts}
    told: dict[str, Any] = {"event": "other", "logger": f"{record.name}:{record.funcName}:{record.lineno}"}
    if record.exc_info and record.exc_info[1] is not None:
        told |= _of_error(record.exc_info[1])
    return told


def _cut(value: Any) -> Any:
    return value[:_MOST] if isinstance(value, str) else value


class _Json(logging.Formatter):
    """One line of JSON: time (UTC), level, event, facts."""

    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        words = {"time": when, "level": record.levelname.lower(), **_facts_of(record)}
        return json.dumps({name: _cut(value) for name, value in words.items()}, ensure_ascii=False)


class _Words(logging.Formatter):
    """One line in plain words."""

    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        facts = _facts_of(record)
        name = facts.pop("event")
        where = facts.pop("where", [])
        words = ", ".join(f"{fact} {_cut(value)}" for fact, value in facts.items())
        return f"{when} Heteroscope: {name}{f': {words}' if words else ''}{f' at {where[-1]}' if where else ''}"
