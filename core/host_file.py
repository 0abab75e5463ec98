"""The host's settings in a file, for places that give files of secrets and no variables: `.streamlit/secrets.toml`.

They stand in its section [heteroscope], by their names in small letters; all else in the file is not ours.
"""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

FILE = Path(".streamlit/secrets.toml")  # in the working folder, as Streamlit reads it
SECTION = "heteroscope"
_MOST_BYTES = 1_000_000
_NONE: Mapping[str, str] = MappingProxyType({})


class HostFileError(ValueError):
    """The file, or our section of it, cannot be read: one sentence, without what is in the file."""


def in_file() -> Mapping[str, str]:
    """The settings in the file, as text; none if there is no file. Raises HostFileError."""
    try:
        state = FILE.stat()
    except OSError:
        return _NONE
    return _read(FILE.absolute(), state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=4)
def _read(path: Path, changed: int, size: int) -> Mapping[str, str]:
    if size > _MOST_BYTES:
        raise HostFileError(f"{FILE} has more than {_MOST_BYTES // 1_000_000} MB: keep settings alone in it.")
    try:
        words = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise HostFileError(f"{FILE} cannot be read: {error.strerror or type(error).__name__}.") from None
    except (ValueError, RecursionError) as error:  # the words of tomllib say the line, and quote no value
        place = str(error).partition("(")[2].rstrip(")") or "its text"
        raise HostFileError(f"{FILE} is not TOML: look at {place}.") from None
    section = words.get(SECTION, {})
    if not isinstance(section, dict):
        raise HostFileError(f"{SECTION} in {FILE} must be a section: a line [{SECTION}], and settings below it.")
    return MappingProxyType({name: _text(name, value) for name, value in section.items()})


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, str | int):
        return str(value)
    raise HostFileError(f"{name} in {FILE} must be text, a whole number, true or false.")
