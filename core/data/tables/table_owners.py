"""Who may read an uploaded table: those who brought it, and everybody once it is shared.

Beside the tables lies a file for each who has one: `owners/KEY/SPACE.json`, with the name that they gave it. A table
without owners came by a command or from an earlier version: who knows its key may read it, as a link says it.
"""

import json
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...visitor import SHARED, visitor
from .remote_tables import RemoteTables

_KEY = re.compile(r"[0-9a-f]{16}")
_SPACE = re.compile(r"[a-z0-9]{1,32}")
OWNER_FILE = re.compile(r"owners/([0-9a-f]{16})/[a-z0-9]{1,32}\.json")  # below the tables
LONGEST_LABEL = 200  # characters
LOOKS_S = 5.0  # between two looks at a shared place: so long another machine may still show what is no longer shared
MOST_LOOKED = 10_000  # keys


@dataclass(frozen=True)
class OwnTable:
    """A table of a visitor: its key, the name of its file, its size on disk in bytes, and when it was last used."""

    key: str
    label: str
    size: int
    used: float  # seconds since 1970
    is_shared: bool


class TableOwners:
    """The owners of the tables in a folder."""

    def __init__(self, folder: Path, remote: RemoteTables | None = None) -> None:
        self.tables, self.folder = folder, folder / "owners"
        self._remote = remote  # where several machines share them: here are copies
        self._looked: dict[str, float] = {}  # when each key was last looked up there

    def may_read(self, key: str) -> bool:
        """Whether the visitor of this thread may read the table with this key; without a visitor all may be read."""
        present = visitor()
        if present is None or not key:
            return True
        if not _KEY.fullmatch(key):
            return False
        self._look(key)
        # The owner's file is tried first: a table that is just being brought has nobody else's.
        return self._file(key, present.space).exists() or self.is_shared(key) or not (self.folder / key).is_dir()

    def is_shared(self, key: str) -> bool:
        """Whether everybody may read it."""
        self._look(key)
        return self._file(key, SHARED).exists()

    def label(self, key: str) -> str | None:
        """What the visitor of this thread calls it, or else who shared it; None where no owner has named it."""
        present = visitor()
        for space in (present.space if present else SHARED, SHARED):
            if "label" in (told := self._told(key, space)):
                return str(told["label"])
        return None

    def label_in(self, key: str, space: str) -> str | None:
        """What this space calls it, or else who shared it; empty if it is others' alone, None if it is nobody's."""
        owned = self.spaces(key)
        for each in (space, SHARED):
            if each in owned:
                return str(self._told(key, each).get("label", ""))
        return "" if owned else None

    def shared_by(self, key: str) -> str:
        """The space of who shared it; empty if it is not shared, or by nobody in particular."""
        return str(self._told(key, SHARED).get("by", ""))

    def add(self, key: str, label: str, space: str, by: str = "") -> None:
        """From now on the table is one of this space, under this name; `by` says who shared it. Raises OSError."""
        path = self._file(key, space)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{secrets.token_hex(8)}.part")
        part.write_text(json.dumps({"label": label[:LONGEST_LABEL], "by": by}), encoding="utf-8")
        os.replace(part, path)
        if self._remote is not None:
            self._remote.keep(path, f"owners/{key}")

    def drop(self, key: str, space: str) -> bool:
        """The table is no longer one of this space. Returns whether nobody has it now."""
        if self._remote is not None:
            self._remote.remove(f"owners/{key}/{space}.json")
        self._file(key, space).unlink(missing_ok=True)
        return not self.spaces(key)

    def forget(self, key: str) -> None:
        """Nobody has this table any more. Its file must be gone already: else whoever knows its key could read it."""
        for space in self.spaces(key):
            self.drop(key, space)
        with suppress(OSError):
            (self.folder / key).rmdir()

    def spaces(self, key: str) -> list[str]:
        """Who has it."""
        self._look(key)
        return [path.stem for path in (self.folder / key).glob("*.json") if _SPACE.fullmatch(path.stem)]

    def of(self, space: str) -> list[OwnTable]:
        """The tables of a space that are still here, the one used last first."""
        return sorted(self._of(space), key=lambda table: -table.used)

    def totals(self) -> dict[str, tuple[int, int]]:
        """How many tables each space has, and their bytes."""
        found: dict[str, list[int]] = {}
        for path in self.folder.glob("*/*.json"):
            with suppress(OSError):
                size = (self.tables / f"{path.parent.name}.parquet").stat().st_size
                each = found.setdefault(path.stem, [0, 0])
                each[0], each[1] = each[0] + 1, each[1] + size
        return {space: (number, size) for space, (number, size) in found.items()}

    def _of(self, space: str) -> Iterator[OwnTable]:
        for path in self.folder.glob(f"*/{space}.json"):
            key = path.parent.name
            with suppress(OSError, ValueError):
                file = (self.tables / f"{key}.parquet").stat()
                label = str(self._told(key, space).get("label", key))
                yield OwnTable(key, label, file.st_size, file.st_mtime, self.is_shared(key))

    def _look(self, key: str) -> None:
        """Bring the copies up to date with the place that several machines share, at most every LOOKS_S seconds."""
        if self._remote is None or time.monotonic() - self._looked.get(key, -LOOKS_S) < LOOKS_S:
            return
        there = self._remote.read_all(f"owners/{key}")
        names = {name: text for name, text in there.items() if _SPACE.fullmatch(name.removesuffix(".json"))}
        folder = self.folder / key
        if names:
            folder.mkdir(parents=True, exist_ok=True)
        for path in folder.glob("*.json"):
            if path.name not in names:
                path.unlink(missing_ok=True)
        for name, text in names.items():
            (folder / name).write_bytes(text)
        if len(self._looked) > MOST_LOOKED:
            self._looked.clear()
        self._looked[key] = time.monotonic()

    def _told(self, key: str, space: str) -> dict[str, Any]:
        """What the file of an owner says; nothing if there is none."""
        try:
            told = json.loads(self._file(key, space).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return told if isinstance(told, dict) else {}

    def _file(self, key: str, space: str) -> Path:
        if not _KEY.fullmatch(key) or not _SPACE.fullmatch(space):
            raise ValueError(f"“{key[:40]}” of “{space[:40]}” is no table")
        return self.folder / key / f"{space}.json"
