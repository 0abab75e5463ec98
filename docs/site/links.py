"""A Sphinx extension: the documents link to files of the repository, and the site has to follow.

README.md, CONTRIBUTING.md and CHANGELOG.md become pages. A link to any other file outside this folder becomes its name.
A line `?page` of a table of contents is for a page that this version may not have.
"""

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# The page of the site, and the file of the repository that it shows.
SHOWN = {"readme": "README.md", "contributing": "CONTRIBUTING.md", "changelog": "CHANGELOG.md"}
_LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!\w+:|#)([^)#\s]+)(#[^)\s]*)?\)")


_MAYBE = re.compile(r"^\?(\S+)\n", re.MULTILINE)


def on_source(app: Any, page: str, source: list[str]) -> None:
    """Sphinx's event source-read: the text of a page, which is replaced in its list."""
    folder = (ROOT / "docs" / page).parent
    if page in SHOWN:
        folder = ROOT
        source[0] = (ROOT / SHOWN[page]).read_text(encoding="utf-8")
    source[0] = _MAYBE.sub(lambda found: f"{found[1]}\n" * (ROOT / f"docs/{found[1]}.md").exists(), source[0])
    source[0] = _LINK.sub(lambda found: _followed(found, folder, (ROOT / "docs" / page).parent), source[0])


def _followed(link: re.Match[str], of: Path, page: Path) -> str:
    """The link as the site has it: `of` is the folder that it starts from, `page` the folder of the page."""
    sign, words, name, place = link[1], link[2], link[3], link[4] or ""
    target = (of / name).resolve()
    pages = {ROOT / file: ROOT / "docs" / f"{page}.md" for page, file in SHOWN.items()}
    target = pages.get(target, target)
    if not target.is_relative_to(ROOT / "docs"):
        return f"{words} (`{target.relative_to(ROOT)}`)" if target.is_relative_to(ROOT) and target.exists() else link[0]
    if of == page and target not in pages.values():
        return link[0]
    return f"{sign}[{words}]({_relative(target, page)}{place})"


def _relative(target: Path, folder: Path) -> str:
    ups = 0
    while not target.is_relative_to(folder):
        folder, ups = folder.parent, ups + 1
    return "../" * ups + str(target.relative_to(folder))


def on_page(app: Any, page: str, template: str, context: dict[str, Any], source: Any) -> None:
    """Sphinx's event html-page-context: a server shows the page 404 at any depth, so its links begin at the root."""
    if page == "404" and app.config.html_baseurl:
        context["metatags"] += f'\n<base href="{app.config.html_baseurl}">'


def setup(app: Any) -> dict[str, bool]:
    """Sphinx calls this."""
    app.connect("source-read", on_source)
    app.connect("html-page-context", on_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
