"""How the documents become a site: `make docs`. The pages are the Markdown files of this folder.

The library is imported as `heteroscope`, its name where it is installed. It is copied, since a link would share the
folders __pycache__ with `core`: compiled code that is kept there names its module, and one would load the other's.
"""

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CORE, INSTALLED = ROOT / "core", ROOT / "build" / "installed"


def copied(of: Path, to: Path) -> None:
    """Copy the files of a folder, with their times, and remove those that it has no more; keep what was compiled."""
    shutil.copytree(of, to, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    for path in to.rglob("*.py"):
        if not (of / path.relative_to(to)).exists():
            path.unlink()


copied(CORE, INSTALLED / "heteroscope")
sys.path[:0] = [str(INSTALLED), str(ROOT)]

from heteroscope.version import VERSION  # noqa: E402

project = "Heteroscope"
author = "The Heteroscope maintainers"
copyright = author
version = release = VERSION

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "docs.site.links",
    "docs.site.mathml",
    "docs.site.reference",
    "docs.site.gallery",
]
exclude_patterns = ["_build", "**.ipynb_checkpoints"]
nitpicky = True
# Signatures name types of other packages, whose pages this site does not read: it is built without a network.
nitpick_ignore_regex = [("py:.*", ".*")]

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 4

autodoc_member_order = "bysource"
autodoc_class_signature = "mixed"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
maximum_signature_line_length = 80

html_math_renderer = "mathml"
html_theme = "furo"
html_title = f"Heteroscope {VERSION}"
html_static_path = ["site/static"]
html_css_files = ["heteroscope.css"]
html_show_copyright = False
html_show_sphinx = False
