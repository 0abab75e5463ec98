"""The store of uploaded tables: Parquet files named by a hash of their content."""

import json
import os
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from core.data.tables.columns import Column, Columns, TableError
from core.host import count, host

MOST_HELD = 256_000_000  # bytes of tables kept in memory, beside the one used last
_META = b"heteroscope"
_KEY = re.compile(r"[0-9a-f]{16}")
FILE_NAME = re.compile(r"[0-9a-f]{16}\.parquet")  # of a table in the folder
_STALE_S = 3600.0  # a part file older than this was left by a process that died
_TOLD = ("kind", "categories", "trouble", "written")  # of each column, beside its values
_AGAIN = "open its file on the Data page"


class TableStore:
    """A folder of tables, which processes may share: files are written atomically.

    Where the files outgrow `most_bytes`, the one used longest ago goes first; never the one just put.
    """

    def __init__(self, folder: Path, most_bytes: int | None = None) -> None:
        self.folder = folder
        self.most_bytes = count("most_table_bytes") if most_bytes is None else most_bytes
        self._held: OrderedDict[str, Columns] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, columns: Columns, label: str) -> str:
        """Keep a table under `label` (the name of its file, say) and return its key; a known one gets the new label.

        Raises TableError where the folder cannot be written to, and in a demo.
        """
        if host("demo"):
            raise TableError("This is a demo, which keeps no tables: at home, “streamlit run app.py” does.")
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
            path.stat() if host("demo") else os.utime(path)
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

    def _path(self, key: str) -> Path:
        # Keys come from links: nothing else may become part of a path.
        if not _KEY.fullmatch(key):
            raise TableError(f"“{key[:40]}” is not the name of a table: {_AGAIN}.")
        return self.folder / f"{key}.parquet"

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

        path = self._path(key)
        try:
            return str(json.loads(parquet.read_metadata(path).metadata[_META]).get("label", ""))
        except (pa.ArrowException, OSError, KeyError, TypeError, ValueError):
            return None

    def _evict(self, keep: str) -> None:
        found = []
        for path in filter(lambda path: _KEY.fullmatch(path.stem), self.folder.glob("*.parquet")):
            with suppress(FileNotFoundError):  # another process may have deleted it
                found.append((path.stat().st_mtime, path.stat().st_size, path))
        total = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if total <= self.most_bytes:
                break
            if path.stem != keep:
                path.unlink(missing_ok=True)
                total -= size
        for part in self.folder.glob(".*.part"):
            with suppress(FileNotFoundError):
                if time.time() - part.stat().st_mtime > _STALE_S:
                    part.unlink()

    def _hold(self, key: str, columns: Columns) -> None:
        with self._lock:
            self._held[key] = columns
            self._held.move_to_end(key)
            while len(self._held) > 1 and sum(map(_size, self._held.values())) > MOST_HELD:
                self._held.popitem(last=False)


@lru_cache(maxsize=4)
def _table_store(folder: str) -> TableStore:
    return TableStore(Path(folder))


def table_store() -> TableStore:
    """This machine's store: the folder HETEROSCOPE_TABLES, else one in the user's cache."""
    folder = host("tables")
    if not folder:
        import platformdirs

        folder = str(platformdirs.user_cache_path("heteroscope", appauthor=False) / "tables")
    return _table_store(str(folder))


def _absent(key: str) -> TableError:
    return TableError(f"The table {key} is not here: {_AGAIN}.")


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
