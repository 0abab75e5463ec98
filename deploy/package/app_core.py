"""What the app calls `core` once it is installed: the files of the package `heteroscope`, two folders above.

In the package the app lies in `heteroscope/_app`, and this file is its `core/__init__.py`. So another package that is
called core, in the same environment, is never in its way.
"""

from pathlib import Path

__path__ = [str(Path(__file__).resolve().parents[2])]
