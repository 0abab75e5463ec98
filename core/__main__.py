"""The laboratory on the command line: `python -m core presets | train | …`; `core.cli.command_table` lists them."""

import sys

from .cli.main import main

if __name__ == "__main__":
    sys.exit(main())
