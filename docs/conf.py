"""How the documents become a site: `make docs`. The pages are the Markdown files of this folder."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]

from core.version import VERSION  # noqa: E402

project = "Heteroscope"
author = "The Heteroscope maintainers"
copyright = author
version = release = VERSION

extensions = ["myst_parser", "site_links"]
myst_enable_extensions = ["colon_fence", "dollarmath", "deflist"]
myst_heading_anchors = 4
exclude_patterns = ["_build", "**.ipynb_checkpoints"]
nitpicky = True

html_theme = "furo"
html_title = f"Heteroscope {VERSION}"
