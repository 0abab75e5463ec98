"""Which files of the frontend a page needs beyond those of its frame, so that the browser asks for all of them at once.

Streamlit's frontend loads the code of an element when the first one arrives, and what that imports after it: two more
turns over the net, when the page has been computed already.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from streamlit.file_util import get_static_dir

STATIC = Path(get_static_dir())
_CODE = STATIC / "static" / "js"
_IMPORTED = re.compile(r"""(?:from|import)\s*["']\./([\w.-]+\.js)["']""")  # at the start of a file; not import("…")
_EVERY = ("PageLink", "BidiComponent")
_CHARTS = ("ArrowVegaLiteChart", "embed")
# By the name of a page: the first part of the names of files, which end in a hash.
_OF_PAGE = {
    "start": (*_EVERY, "Html", "TextArea", "TextInput", "FileUploader"),
    "fit": (*_EVERY, *_CHARTS, "Slider", "Selectbox", "Metric"),
    "tour": (*_EVERY, *_CHARTS, "Html", "ButtonGroup", "Slider", "ImageList"),
}


@lru_cache(maxsize=100)
def preloads(name: str) -> tuple[str, ...]:
    """The names of the files that a page needs, with all that they import."""
    found: dict[str, None] = {}
    waiting = [file.name for root in _OF_PAGE.get(name, _EVERY) for file in _CODE.glob(f"{root}.*.js")]
    while waiting:
        if (file := waiting.pop()) not in found:
            found[file] = None
            waiting += _imports(file)
    return tuple(found)


@lru_cache(maxsize=1000)
def _imports(file: str) -> tuple[str, ...]:
    path = _CODE / file
    return tuple(_IMPORTED.findall(path.read_text(encoding="utf-8", errors="replace"))) if path.is_file() else ()


def links(name: str, frame: str) -> str:
    """What to put into the head of a page's frame; what the frame has already is left out."""
    return "".join(_links(name, frame))


def _links(name: str, frame: str) -> Iterator[str]:
    for file in preloads(name):
        if file not in frame:
            yield f'<link rel="modulepreload" crossorigin href="./static/js/{file}">\n'


def first_files() -> Iterator[str]:
    """The addresses of the files that the first visitor asks for."""
    frame = (STATIC / "index.html").read_text(encoding="utf-8")
    for file in dict.fromkeys([*re.findall(r"static/js/([\w.-]+\.js)", frame), *preloads("start")]):
        yield f"/static/js/{file}"
