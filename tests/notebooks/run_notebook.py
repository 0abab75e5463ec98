"""Execute a notebook in a kernel of its own, as Jupyter does, and print what each cell shows, by MIME type, as JSON."""

import json
import sys

import nbformat
from nbclient import NotebookClient

notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
shown = [sorted({kind for each in cell.get("outputs", []) for kind in each.get("data", {})}) for cell in notebook.cells]
print(json.dumps(shown))
