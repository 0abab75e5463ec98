"""`python -m core store …`: all runs and uploaded tables as one file, and back."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType

from ..data.tables.table_store import TableStore, table_store
from ..runs.back_up import BackUpError, Moved, back_up, restore
from ..runs.database import Database
from ..runs.store import Store

ACTS: Mapping[str, Callable[..., Moved]] = MappingProxyType({"back-up": back_up, "restore": restore})


def store(options: argparse.Namespace) -> int:
    """Carry it out and print what was written. Exit status 2 and one sentence if it cannot be done."""
    kept = Store()
    try:
        if kept.problem is not None:
            raise BackUpError(kept.problem)
        moved = _moved(kept, table_store(), options)
    except BackUpError as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        kept.close()
    if options.json:
        print(json.dumps(asdict(moved)))
    else:
        done = "Restored" if options.act == "restore" else "Backed up"
        size = f"{moved.size_bytes / 1e6:,.1f} MB"
        print(f"{done}: {moved.runs:,} runs and {moved.tables:,} uploaded tables, {size}, {options.file}")
    return 0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("act", choices=list(ACTS), metavar="ACT", help=" or ".join(ACTS))
    parser.add_argument("file", metavar="FILE", help="the back-up: one file, with everyone's runs and tables in it")
    words = "back-up: the file may exist; restore: what the store holds is deleted first"
    parser.add_argument("--replace", action="store_true", help=words)


def _moved(kept: Database, tables: TableStore, options: argparse.Namespace) -> Moved:
    try:
        return ACTS[options.act](kept, tables, Path(options.file), replace=options.replace)
    except ValueError as error:
        if isinstance(error, BackUpError):
            raise
        raise BackUpError(f"“{options.file[:100]!r}” is not the name of a file.") from None
