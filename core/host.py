"""HOST: the settings of whoever runs it, from the environment or a file; a table that the README shows.

A value that cannot be read is one sentence with the name of the variable and what it takes, said as the program starts.
"""

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Literal

from .host_file import FILE, HostFileError, in_file

_NUMBER = re.compile(r"[0-9]{1,15}")
_UNITS = MappingProxyType({"": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9})
_BYTES = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?) ?(kB|MB|GB|)")
_FLAGS = MappingProxyType({"1": True, "0": False, "on": True, "off": False, "yes": True, "no": False})


class HostError(ValueError):
    """A setting of the host that cannot be read: one sentence."""


class _WrongError(Exception):
    """What a setting takes."""


@dataclass(frozen=True)
class HostSetting:
    """One setting: text is taken as it is, a choice is one of `choices`, a flag is on or off, a count is a number,
    bytes may have a unit.

    `default` is what holds where the variable is not set; None where the program finds out by itself. `default_words`
    says which.
    """

    name: str
    kind: Literal["text", "choice", "flag", "count", "bytes"]
    default: str | int | bool | None
    meaning: str
    default_words: str
    least: int = 0
    choices: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        """The name of its variable."""
        return f"HETEROSCOPE_{self.name.upper()}"

    def read(self, text: str, place: str = "") -> str | int | bool:
        """The value that a text stands for; `place` is what an error calls it. Raises HostError."""
        try:
            return self._read(text.strip())
        except _WrongError as error:
            shown = text if len(text) <= 40 else f"{text[:39]}…"
            raise HostError(f"{place or self.variable} is “{one_line(shown)}”: it must be {error}.") from None

    def _read(self, text: str) -> str | int | bool:
        if self.kind == "text":
            return text
        if self.kind == "choice":
            if text.lower() in self.choices:
                return text.lower()
            raise _WrongError(" or ".join(self.choices))
        if self.kind == "flag":
            if text.lower() in _FLAGS:
                return _FLAGS[text.lower()]
            raise _WrongError("1 or 0")
        if self.kind == "count":
            if _NUMBER.fullmatch(text) and int(text) >= self.least:
                return int(text)
            raise _WrongError(f"a whole number from {self.least:,} on")
        found = _BYTES.fullmatch(text)
        size = round(float(found[1]) * _UNITS[found[2]]) if found else -1
        if size >= self.least:
            return size
        raise _WrongError(f"a size from {_size(self.least)} on, as 500 MB or 2 GB")


# Defaults of other kinds of hosts, where they differ from those of a laptop: on that nobody else is in the way.
_FOR: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "laptop": MappingProxyType({}),
        "class": MappingProxyType(
            {
                "most_own_runs": 300,
                "most_own_run_bytes": 100_000_000,
                "most_own_table_bytes": 200_000_000,
                "most_own_seconds": 1_800,
                "most_sweep_runs": 500,
                "alone_minutes": 30,
                "table_days": 30,
            }
        ),
        "public": MappingProxyType(
            {
                "most_own_runs": 100,
                "most_own_run_bytes": 30_000_000,
                "most_own_table_bytes": 50_000_000,
                "most_own_seconds": 300,
                "most_sweep_runs": 0,
                "alone_minutes": 10,
                "table_days": 2,
            }
        ),
    }
)
_ROWS = (
    HostSetting(
        "for",
        "choice",
        "laptop",
        "for whom the defaults of the other settings are: a class is 60 people who know each other (docs/hosting.md)",
        "laptop",
        choices=tuple(_FOR),
    ),
    HostSetting(
        "store",
        "text",
        None,
        "database of finished runs, as an SQLAlchemy URL; PostgreSQL needs `pip install 'psycopg[binary]'`",
        "SQLite in the user's cache folder",
    ),
    HostSetting("most_runs", "count", 2_000, "runs that the store keeps; then the oldest are deleted", "2,000", 1),
    HostSetting(
        "most_run_bytes",
        "bytes",
        1_000_000_000,
        "size of all kept runs; then the oldest are deleted, starred ones last",
        "1 GB",
        1,
    ),
    HostSetting(
        "most_own_runs", "count", 0, "runs that the store keeps of one visitor; then their oldest is deleted", "0: all"
    ),
    HostSetting(
        "most_own_run_bytes",
        "bytes",
        0,
        "size of the kept runs of one visitor; then their oldest is deleted",
        "0: no limit of one's own",
    ),
    HostSetting(
        "tables",
        "text",
        None,
        "folder of uploaded tables, or an fsspec URL that several machines share, as s3://bucket/tables",
        "a folder in the user's cache",
    ),
    HostSetting(
        "most_table_bytes",
        "bytes",
        2_000_000_000,
        "size of all uploaded tables; then the table unused for longest is deleted",
        "2 GB",
        1,
    ),
    HostSetting("sweeps", "text", None, "folder of the sweeps started on the page", "a folder in the user's cache"),
    HostSetting("most_sweep_runs", "count", 2_000, "runs of one sweep on the page; 0: no sweeps", "2,000"),
    HostSetting(
        "most_own_table_bytes",
        "bytes",
        0,
        "size of the uploaded tables of one visitor; then theirs unused for longest is deleted",
        "0: no limit of one's own",
    ),
    HostSetting("table_days", "count", 0, "days after which an unused uploaded table is deleted", "0: never"),
    HostSetting(
        "spaces",
        "choice",
        "browser",
        "whose runs and tables a visitor sees beside shared ones: those of this browser (or of their login), or of all",
        "browser",
        choices=("browser", "one"),
    ),
    HostSetting(
        "administrators",
        "text",
        "",
        "e-mail addresses, with commas between, of those whose login opens the page Host, where trainings are stopped",
        "nobody",
    ),
    HostSetting(
        "workers", "count", None, "worker processes on this machine, one for each core", "the cores, at least two", 1
    ),
    HostSetting(
        "worker_memory",
        "bytes",
        None,
        "memory of one worker process, at least 400 MB; a run that needs more fails with a sentence",
        "no limit",
        400_000_000,  # with 200 MB each worker dies at its first run
    ),
    HostSetting(
        "small",
        "flag",
        None,
        "1 trains in the server's own process, which takes 400 MB in all; 0 in worker processes",
        "1 where there is less than 1.2 GB",
    ),
    HostSetting(
        "alone_minutes",
        "count",
        0,
        "minutes after which a run that nobody watches is stopped; what it has learned is kept as a stopped run",
        "0: never",
    ),
    HostSetting(
        "most_own_seconds",
        "count",
        0,
        "expected seconds of training that one visitor may have running and waiting; what is more is refused",
        "0: no limit",
    ),
    HostSetting(
        "local_files",
        "flag",
        False,
        "1 lets a visitor on this machine name a file of this machine by its path",
        "0: files are uploaded",
    ),
    HostSetting(
        "demo",
        "flag",
        False,
        "1 for a public page: quick runs alone, no uploads, and kept runs are looked at but never changed",
        "0: all is open",
    ),
    HostSetting(
        "log",
        "choice",
        "words",
        "json: every event as one line of JSON on stderr; words: what needs attention, in plain words",
        "words",
        choices=("words", "json"),
    ),
)
HOST: Mapping[str, HostSetting] = MappingProxyType({row.name: row for row in _ROWS})


def host(name: str) -> str | int | bool | None:
    """The value of a setting now: its variable's, else that in the file. Raises HostError if it cannot be read."""
    row = HOST[name]
    if (text := os.environ.get(row.variable, "")).strip():
        return row.read(text)
    try:
        text = in_file().get(name, "")
    except HostFileError as error:
        raise HostError(str(error)) from None
    if text.strip():
        return row.read(text, f"{name} in {FILE}")
    return row.default if name == "for" else _FOR[str(host("for"))].get(name, row.default)


def defaults_of(kind: str) -> Mapping[str, int]:
    """The defaults of a kind of host where they differ from those of a laptop."""
    return _FOR[kind]


def count(name: str) -> int:
    """The value of a setting that is a number and has a default."""
    return int(host(name) or 0)


def settings_in_words() -> list[tuple[str, str, str]]:
    """Each setting with its value now and what it is, without the password of a database."""
    found = []
    for row in HOST.values():
        value = host(row.name)
        words = row.default_words if value == row.default else "set" if row.kind == "text" else f"{value}"
        found.append((row.variable, words, row.meaning))
    return found


def check() -> list[str]:
    """A sentence for each variable that cannot be read, and for each of our prefix that means nothing."""
    wrong = []
    for row in HOST.values():
        try:
            host(row.name)
        except HostError as error:
            wrong.append(str(error))
    known = {row.variable for row in HOST.values()}
    unknown = sorted(name for name in os.environ if name.startswith("HETEROSCOPE_") and name not in known)
    wrong += [_unknown(name, name, known) for name in unknown]
    try:
        strange = sorted(in_file().keys() - HOST.keys())
    except HostFileError:
        strange = []  # it is said above
    wrong += [_unknown(f"{one_line(name)} in {FILE}", name, HOST) for name in strange]
    return list(dict.fromkeys(wrong))


def _unknown(shown: str, name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, known, 1)
    meant = f"did you mean {near[0]}? The README lists them all." if near else "the README lists them all."
    return f"{shown} is not a setting: {meant}"


def one_line(text: str) -> str:
    """Text without line breaks and marks that do not print, which could forge a line of a log."""
    return "".join(sign if sign.isprintable() else "�" for sign in text)[:200]


def _size(size: int) -> str:
    return f"{size / 10**6:,.0f} MB" if size >= 10**6 else f"{size:,} byte{'' if size == 1 else 's'}"
