"""Uploaded tables in a place that several machines share, by an fsspec URL such as s3://bucket/tables.

Each machine keeps what it has used in a folder of its own. From the shared place only what visitors remove is removed:
its owner decides how long it keeps the rest. fsspec comes with Dask; s3:// also needs `pip install s3fs`, and others
their own package.
"""

import secrets
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from .columns import MOST_BYTES, TableError

MOST_FILE = 4 * MOST_BYTES  # bytes of a file that is fetched
MOST_SMALL = 10_000  # files in one folder, and bytes of one
T = TypeVar("T")


def is_url(place: str) -> bool:
    """Whether the host names a shared place, and not a folder."""
    return "://" in place


class RemoteTables:
    """The files of tables at a URL. Its methods raise TableError, in a sentence without the URL's secrets."""

    def __init__(self, url: str):
        self._url = url

    def keep(self, file: Path, below: str = "") -> None:
        """Put a file there under its own name, in the folder `below`; it appears when it is whole."""

        def put(files: Any, root: str) -> None:
            folder = f"{root}/{below}".rstrip("/")
            part = f"{folder}/.{file.name}.{secrets.token_hex(8)}"
            files.makedirs(folder, exist_ok=True)
            files.put_file(str(file), part)
            files.mv(part, f"{folder}/{file.name}")

        self._tried(put, "written to")

    def remove(self, path: str) -> None:
        """Remove a file there; it may be gone."""

        def gone(files: Any, root: str) -> None:
            if files.exists(f"{root}/{path}"):
                files.rm_file(f"{root}/{path}")

        self._tried(gone, "written to")

    def read_all(self, below: str) -> dict[str, bytes]:
        """The small files in a folder there, by their names; parts that are being written are left out."""

        def read(files: Any, root: str) -> dict[str, bytes]:
            folder = f"{root}/{below}"
            if not files.exists(folder):
                return {}
            names = [path.rpartition("/")[2] for path in files.ls(folder, detail=False, refresh=True)]
            kept = [name for name in names if name and not name.startswith(".")][:MOST_SMALL]
            return {name: files.cat_file(f"{folder}/{name}", end=MOST_SMALL) for name in kept}

        return self._tried(read, "read")

    def fetch(self, to: Path) -> bool:
        """Get the file of the same name from there; whether it is there."""

        def get(files: Any, root: str) -> bool:
            there = f"{root}/{to.name}"
            if not files.exists(there):
                return False
            if files.size(there) > MOST_FILE:
                raise TableError(f"The table {to.stem} is larger than this host takes.")
            part = to.with_name(f".{to.stem}.{secrets.token_hex(8)}.part")
            to.parent.mkdir(parents=True, exist_ok=True)
            try:
                files.get_file(there, str(part))
                part.replace(to)
            finally:
                part.unlink(missing_ok=True)
            return True

        return self._tried(get, "read")

    @cached_property
    def _files(self) -> tuple[Any, str]:
        from fsspec.core import url_to_fs  # type: ignore[import-untyped]

        files, root = url_to_fs(self._url)
        return files, root.rstrip("/")

    def _tried(self, work: Callable[[Any, str], T], done: str) -> T:
        try:
            return work(*self._files)
        except TableError:
            raise
        except Exception as error:  # each kind of place raises its own
            kind = self._url.partition("://")[0][:20]
            raise TableError(
                f"The shared place of tables ({kind}) cannot be {done}: {type(error).__name__}. "
                "The host has to look at HETEROSCOPE_TABLES."
            ) from error
