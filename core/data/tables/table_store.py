"""The store of uploaded tables: Parquet files named by a hash of their content, each for those who brought it."""

import json
import os
import re
import secrets
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ...host import count, host
from ...visitor import SHARED, own_space, visitor
from .columns import AbsentTable, Column, Columns, TableError
from .lent_tables import lent
from .remote_tables import RemoteTables, is_url
from .table_owners import OwnTable, TableOwners

MOST_HELD = 256_000_000  # bytes of tables kept in memory, beside the one used last
_META = b"heteroscope"
_KEY = re.compile(r"[0-9a-f]{16}")
_DAY_S = 86_400.0
FILE_NAME = re.compile(r"[0-9a-f]{16}\.parquet")  # of a table in the folder
_STALE_S = 3600.0  # a part file older than this was left by a process that died
_TOLD = ("kind", "categories", "trouble", "written")  # of each column, beside its values
_AGAIN = "open its file on the Data page"


class TableStore:
    """A folder of tables, which processes may share: files are written atomically.

    A visitor reads their own tables and shared ones, see `TableOwners`. Where the files outgrow `most_bytes`, whoever
    has most loses the one used longest ago first; never the one just put.
    """

    def __init__(self, folder: Path, most_bytes: int | None = None, remote: RemoteTables | None = None) -> None:
        self.folder, self._remote, self.owners = folder, remote, TableOwners(folder, remote)
        self.most_bytes = count("most_table_bytes") if most_bytes is None else most_bytes
        self._held: OrderedDict[str, Columns] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, columns: Columns, label: str) -> str:
        """Keep a table under `label` (the name of its file, say) and return its key; a known one gets the new label.

        On a server it becomes one of the visitor's. Raises TableError where the folder cannot be written to, and in a
        demo.
        """
        if host("demo"):
            raise TableError("This is a demo, which keeps no tables: at home, “streamlit run app.py” does.")
        key = columns.key
        try:
            if visitor() is not None:  # before its file: without owners it could be read by all
                if self._found(key).exists() and not self.owners.spaces(key):
                    self.owners.add(key, label, SHARED)  # links from before still open it
                self.owners.add(key, label, own_space())
            if self._known_label(key) == label:
                os.utime(self._path(key))
            else:
                self.folder.mkdir(parents=True, exist_ok=True)
                self._write(key, columns, label)
                self._share(key)
            self._evict(key)
        except OSError as error:
            raise TableError(f"The table “{label}” cannot be kept: {error.strerror or error}.") from None
        self._hold(key, columns)
        return key

    def get(self, key: str) -> Columns:
        """The table of this key; raises TableError if it is not here for this visitor, or its file is damaged."""
        if (here := lent(key)) is not None:
            return here
        self.check(key)
        path = self._found(key)
        try:
            path.stat() if host("demo") else os.utime(path)
        except OSError:
            raise _absent(key) from None
        with self._lock:
            held = self._held.get(key)
        columns = held if held is not None else self._read(key, path)
        self._hold(key, columns)
        return columns

    def label(self, key: str) -> str:
        """What the visitor calls it, or the label it was last stored under; raises TableError if it is not here."""
        self.check(key)
        label = self._known_label(key)
        if label is None and lent(key) is not None:
            return "DataFrame"
        if label is not None and visitor() is not None:
            label = self.owners.label(key) or label
        if label is None:
            raise _absent(key)
        return label

    def label_in(self, key: str, space: str) -> str:
        """What a space calls it, whoever asks; empty if that space has no such table."""
        label = self.owners.label_in(key, space)
        return (self._known_label(key) or "") if label is None else label

    def check(self, key: str) -> None:
        """Raise TableError unless the visitor may read the table of this key, in the words for one that is absent."""
        if lent(key) is None and not self.owners.may_read(key):
            raise _absent(key)

    def own(self) -> list[OwnTable]:
        """The tables of this visitor, the one used last first."""
        self._expire()
        return self.owners.of(own_space())

    def share(self, key: str) -> None:
        """Let everybody read a table of this visitor. Raises TableError."""
        self.check(key)
        try:
            if not self.owners.is_shared(key):
                self.owners.add(key, self.label(key), SHARED, own_space())
        except OSError as error:
            raise TableError(f"The table cannot be shared: {error.strerror or error}.") from None

    def drop(self, key: str) -> None:
        """Remove a table of this visitor, also for those they shared it with; its file goes with its last owner."""
        self.unshare(key)
        if self.owners.drop(key, own_space()):
            self._remove(key)

    def unshare(self, key: str) -> None:
        """Let nobody else read a table that this visitor has shared."""
        if self.owners.shared_by(key) == own_space():
            self.owners.drop(key, SHARED)

    def move_here(self, space: str) -> None:
        """Make the tables of another space of the same person this visitor's."""
        for table in self.owners.of(space):
            self.owners.add(table.key, table.label, own_space())
            if self.owners.shared_by(table.key) == space:
                self.owners.add(table.key, table.label, SHARED, own_space())
            self.owners.drop(table.key, space)

    def _remove(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)  # first: without owners all could read it
        if self._remote is not None:
            self._remote.remove(f"{key}.parquet")
        self.owners.forget(key)
        with self._lock:
            self._held.pop(key, None)

    def _path(self, key: str) -> Path:
        # Keys come from links: nothing else may become part of a path.
        if not _KEY.fullmatch(key):
            raise TableError(f"“{key[:40]}” is not the name of a table: {_AGAIN}.")
        return self.folder / f"{key}.parquet"

    def _share(self, key: str) -> None:
        if self._remote is None:
            return
        try:
            self._remote.keep(self._path(key))
        except TableError:
            self._path(key).unlink(missing_ok=True)  # or it would count as shared
            raise

    def _found(self, key: str) -> Path:
        """Where its file is, fetched first where only the shared place has it. It may be nowhere."""
        path = self._path(key)
        if self._remote is not None and not path.exists():
            self._remote.fetch(path)
        return path

    def _write(self, key: str, columns: Columns, label: str) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        table = pa.table({name: pa.array(column.values) for name, column in columns.columns.items()})
        told = [{name: getattr(c, name) for name in _TOLD} for c in columns.columns.values()]
        meta = {"label": label, "notes": columns.notes, "columns": told}
        table = table.replace_schema_metadata({_META: json.dumps(meta).encode()})
        part = self.folder / f".{key}.{secrets.token_hex(8)}.part"
        try:
            parquet.write_table(table, part, compression="zstd", compression_level=1, use_dictionary=False)
            part.replace(self._path(key))
        finally:
            part.unlink(missing_ok=True)

    def _read(self, key: str, path: Path) -> Columns:
        import pyarrow as pa
        from pyarrow import parquet

        try:
            table = parquet.read_table(path)
            columns = _rebuilt(table, json.loads(table.schema.metadata[_META]))
            whole = columns.key == key
        except FileNotFoundError:  # another process has just deleted it
            raise _absent(key) from None
        except (pa.ArrowException, OSError, KeyError, TypeError, ValueError):
            whole = False
        if not whole:
            path.unlink(missing_ok=True)
            raise TableError(f"The table {key} was damaged and is removed: {_AGAIN} again.")
        return columns

    def _known_label(self, key: str) -> str | None:
        import pyarrow as pa
        from pyarrow import parquet

        path = self._found(key)
        try:
            return str(json.loads(parquet.read_metadata(path).metadata[_META]).get("label", ""))
        except (pa.ArrowException, OSError, KeyError, TypeError, ValueError):
            return None

    def _evict(self, keep: str) -> None:
        self._expire()
        found = {}
        for path in filter(lambda path: _KEY.fullmatch(path.stem), self.folder.glob("*.parquet")):
            with suppress(FileNotFoundError):  # another process may have deleted it
                found[path.stem] = path.stat().st_mtime, path.stat().st_size
        most_own = count("most_own_table_bytes")
        if not most_own and sum(size for _, size in found.values()) <= self.most_bytes:
            return
        whose = {key: self.owners.spaces(key) or [""] for key in found}
        own = Counter[str]()
        for key, (_, size) in found.items():
            own.update(dict.fromkeys(whose[key], size))
        for key in sorted(found.keys() - {keep}, key=lambda key: found[key]):
            if most_own and all(own[space] > most_own for space in whose[key]):
                self._let_go(key, found, whose, own)
        while sum(size for _, size in found.values()) > self.most_bytes and len(found) > 1:
            left = found.keys() - {keep}
            has_most = max({space for key in left for space in whose[key]}, key=lambda space: (own[space], space))
            oldest = min((key for key in left if has_most in whose[key]), key=lambda key: found[key])
            self._let_go(oldest, found, whose, own)

    def _let_go(
        self, key: str, found: dict[str, tuple[float, int]], whose: Mapping[str, list[str]], own: "Counter[str]"
    ) -> None:
        if self._remote is None:
            self._remove(key)
        else:
            self._path(key).unlink(missing_ok=True)  # a copy: whoever needs it fetches it again
        own.subtract(dict.fromkeys(whose[key], found.pop(key)[1]))

    def _expire(self) -> None:
        """Remove tables that nobody has used for the days that the host keeps them, and parts of files left behind."""
        days, now = count("table_days"), time.time()
        for path in self.folder.glob("*.parquet") if days else ():
            with suppress(FileNotFoundError):
                if _KEY.fullmatch(path.stem) and now - path.stat().st_mtime > days * _DAY_S and self._remote is None:
                    self._remove(path.stem)
        for part in self.folder.glob(".*.part"):
            with suppress(FileNotFoundError):
                if now - part.stat().st_mtime > _STALE_S:
                    part.unlink()

    def _hold(self, key: str, columns: Columns) -> None:
        with self._lock:
            self._held[key] = columns
            self._held.move_to_end(key)
            while len(self._held) > 1 and sum(map(_size, self._held.values())) > MOST_HELD:
                self._held.popitem(last=False)


@lru_cache(maxsize=4)
def _table_store(place: str) -> TableStore:
    if is_url(place):
        return TableStore(_cache(), remote=RemoteTables(place))
    return TableStore(Path(place) if place else _cache())


def _cache() -> Path:
    import platformdirs

    return platformdirs.user_cache_path("heteroscope", appauthor=False) / "tables"


def table_store() -> TableStore:
    """This machine's store: the folder or shared place HETEROSCOPE_TABLES, else a folder in the user's cache."""
    return _table_store(str(host("tables") or ""))


def may_read(key: str) -> bool:
    """Whether the visitor of this thread may read the table with this key, if it is here; empty for none."""
    try:
        return table_store().owners.may_read(key)
    except TableError:  # the place of tables is away, and nobody knows
        return False


def is_private(key: str) -> bool:
    """Whether other visitors cannot read the table with this key."""
    present, owners = visitor(), table_store().owners
    return present is not None and present.space != SHARED and bool(owners.spaces(key)) and not owners.is_shared(key)


def _absent(key: str) -> AbsentTable:
    where = "is not here" if visitor() is None else "is not here, or is not shared with you"
    return AbsentTable(f"The table {key} {where}: {_AGAIN}.")


def _rebuilt(table: Any, meta: Mapping[str, Any]) -> Columns:
    columns = {
        name: Column(
            name, told["kind"], values.to_numpy(), tuple(told["categories"]), told["trouble"], told.get("written", "")
        )
        for name, values, told in zip(table.column_names, table.columns, meta["columns"], strict=True)
    }
    return Columns(MappingProxyType(columns), table.num_rows, tuple(meta["notes"]))


def _size(columns: Columns) -> int:
    return sum(column.values.nbytes for column in columns.columns.values())
