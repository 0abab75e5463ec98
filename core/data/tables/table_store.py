"""The store of uploaded tables: Parquet files named by a hash of their content."""

import json
import os
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from core.data.tables.columns import Column, Columns, TableError

MOST_BYTES = 2_000_000_000  # of all files
MOST_HELD = 256_000_000  # bytes of tables kept in memory, beside the one used last
FOLDER = "HETEROSCOPE_TABLES"
_META = b"heteroscope"
_KEY = re.compile(r"[0-9a-f]{16}")
_STALE_S = 3600.0  # a part file older than this was left by a process that died
_AGAIN = "open its file on the Data page"


@dataclass(frozen=True)
class Entry:
    """A table in the store; `size` in bytes, `used` in seconds since 1970."""

    key: str
    label: str
    rows: int
    columns: int
    size: int
    used: float


class TableStore:
    """A folder of tables, which processes may share: files are written atomically.

    Where the files outgrow `most_bytes`, the one used longest ago goes first; never the one just put.
    """

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self.folder = folder
        self.most_bytes = most_bytes
        self._held: OrderedDict[str, Columns] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, columns: Columns, label: str) -> str:
        """Keep a table under `label` (the name of its file, say) and return its key; a known one gets the new label.

        Raises TableError where the folder cannot be written to.
        """
        key = columns.key
        try:
            if self._known_label(key) == label:
                os.utime(self._path(key))
            else:
                self.folder.mkdir(parents=True, exist_ok=True)
                self._write(key, columns, label)
            self._evict(key)
        except OSError as error:
            raise TableError(f"The table “{label}” cannot be kept: {error.strerror or error}.") from None
        self._hold(key, columns)
        return key

    def get(self, key: str) -> Columns:
        """The table of this key; raises TableError if it is not here or its file is damaged."""
        path = self._path(key)
        try:
            os.utime(path)
        except OSError:
            raise _absent(key) from None
        with self._lock:
            held = self._held.get(key)
        columns = held if held is not None else self._read(key, path)
        self._hold(key, columns)
        return columns

    def label(self, key: str) -> str:
        """The label it was last stored under; raises TableError if it is not here."""
        label = self._known_label(key)
        if label is None:
            raise _absent(key)
        return label

    def entries(self) -> list[Entry]:
        """The tables of the store, the last used first, without damaged files."""
        found = (self._entry(path) for path in self._files())
        return sorted((entry for entry in found if entry is not None), key=lambda entry: -entry.used)

    def _path(self, key: str) -> Path:
        # Keys come from links: nothing else may become part of a path.
        if not _KEY.fullmatch(key):
            raise TableError(f"“{key[:40]}” is no name of a table: {_AGAIN}.")
        return self.folder / f"{key}.parquet"

    def _files(self) -> list[Path]:
        return [path for path in self.folder.glob("*.parquet") if _KEY.fullmatch(path.stem)]

    def _write(self, key: str, columns: Columns, label: str) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        arrays = [pa.array(column.values) for column in columns.columns.values()]
        table = pa.Table.from_arrays(arrays, names=list(columns.columns))
        table = table.replace_schema_metadata({_META: json.dumps(_described(columns, label)).encode()})
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
            raise TableError(f"The table {key} was damaged and is taken off the shelf: {_AGAIN} again.")
        return columns

    def _described(self, path: Path) -> tuple[Any, dict[str, Any]] | None:
        import pyarrow as pa
        from pyarrow import parquet

        try:
            metadata = parquet.read_metadata(path)
            return metadata, json.loads(metadata.metadata[_META])
        except (pa.ArrowException, OSError, KeyError, TypeError, ValueError):
            return None

    def _known_label(self, key: str) -> str | None:
        described = self._described(self._path(key))
        return None if described is None else str(described[1].get("label", ""))

    def _entry(self, path: Path) -> Entry | None:
        described = self._described(path)
        if described is None:
            return None
        metadata, meta = described
        try:
            status = path.stat()
        except FileNotFoundError:
            return None
        return Entry(path.stem, meta["label"], metadata.num_rows, metadata.num_columns, status.st_size, status.st_mtime)

    def _evict(self, keep: str) -> None:
        files = []
        for path in self._files():
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            files.append((status.st_mtime, status.st_size, path))
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= self.most_bytes:
                break
            if path.stem != keep:
                path.unlink(missing_ok=True)
                total -= size
        for part in self.folder.glob(".*.part"):
            try:
                if time.time() - part.stat().st_mtime > _STALE_S:
                    part.unlink()
            except FileNotFoundError:
                continue

    def _hold(self, key: str, columns: Columns) -> None:
        with self._lock:
            self._held[key] = columns
            self._held.move_to_end(key)
            sizes = {name: _size(held) for name, held in self._held.items()}
            while len(self._held) > 1 and sum(sizes[name] for name in self._held) > MOST_HELD:
                self._held.popitem(last=False)


@lru_cache(maxsize=4)
def _table_store(folder: str) -> TableStore:
    return TableStore(Path(folder))


def table_store() -> TableStore:
    """This machine's store: the folder HETEROSCOPE_TABLES, else one in the user's cache."""
    folder = os.environ.get(FOLDER)
    if not folder:
        import platformdirs

        folder = str(platformdirs.user_cache_path("heteroscope", appauthor=False) / "tables")
    return _table_store(folder)


def _absent(key: str) -> TableError:
    return TableError(f"The table {key} is not here: {_AGAIN}.")


def _described(columns: Columns, label: str) -> Mapping[str, Any]:
    return {
        "label": label,
        "notes": list(columns.notes),
        "columns": [
            {"kind": column.kind, "categories": list(column.categories), "trouble": column.trouble}
            for column in columns.columns.values()
        ],
    }


def _rebuilt(table: Any, meta: Mapping[str, Any]) -> Columns:
    columns = {}
    for name, values, described in zip(table.column_names, table.columns, meta["columns"], strict=True):
        columns[name] = Column(
            name, described["kind"], values.to_numpy(), tuple(described["categories"]), described["trouble"]
        )
    return Columns(MappingProxyType(columns), table.num_rows, tuple(meta["notes"]))


def _size(columns: Columns) -> int:
    return int(np.sum([column.values.nbytes for column in columns.columns.values()]))
