"""What a command says about its table: where it is, and how it writes numbers and dates."""

import argparse
import sys
from pathlib import Path

from ..data.tables.columns import MOST_BYTES, Choices


def add_reading_options(parser: argparse.ArgumentParser) -> None:
    """--decimal and --dates, for a file that leaves two readings; without them the file itself says which."""
    words = "the decimal sign, if the file leaves it open: , or . (what the file shows)"
    parser.add_argument("--decimal", choices=(",", "."), default="", help=words)
    words = "what comes first in dates such as 3/4/2026, if the file leaves it open: day or month"
    parser.add_argument("--dates", choices=("day", "month"), default="", help=words)


def choices_of(options: argparse.Namespace) -> Choices:
    """What those options say."""
    return Choices(options.decimal, options.dates)


def table_source(path: str) -> tuple[bytes | Path, str]:
    """What `read_table` reads for a file that a command names, and its name in messages; - is standard input."""
    if path == "-":
        return sys.stdin.buffer.read(MOST_BYTES + 1), "standard input"
    return Path(path), Path(path).name
