"""How the documents become a site: `make docs`. The pages are the Markdown files of this folder.

The library is imported as `heteroscope`, its name where it is installed. It is copied, since a link would share the
folders __pycache__ with `core`: compiled code that is kept there names its module, and one would load the other's.
"""

import os
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
    "sphinx_copybutton",
    "docs.site.links",
    "docs.site.mathml",
    "docs.site.names",
    "docs.site.cells",
    "docs.site.reference",
    "docs.site.gallery",
]
exclude_patterns = ["_build", "**.ipynb_checkpoints"]
nitpicky = True
# Signatures name types of other packages, whose pages this site does not read: it is built without a network.
nitpick_ignore_regex = [("py:.*", ".*")]

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 4

# Packages that the callbacks and the estimator for skpro need, and that the build does without.
autodoc_mock_imports = ["skpro", "lightning", "keras"]
autodoc_member_order = "bysource"
autodoc_class_signature = "mixed"
toc_object_entries_show_parents = "hide"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
maximum_signature_line_length = 80

html_math_renderer = "mathml"
html_theme = "furo"
html_title = f"Heteroscope {VERSION}"
html_static_path = ["site/static"]
html_css_files = ["heteroscope.css"]
html_js_files = ["heteroscope.js"]
html_favicon = "../pages/shared/favicon.svg"
html_copy_source = False  # the sources have marks in place of pictures and of the reference
# Where the site will be, with a slash at its end: the page for a wrong address needs it, at whatever depth.
html_baseurl = os.environ.get("HETEROSCOPE_SITE", "")
copybutton_selector = "div:not(.highlight-text) > div.highlight > pre"  # all but what an example prints
html_show_copyright = False
html_show_sphinx = False
