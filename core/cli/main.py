"""From words on a command line to a command, and from what it says to an exit status.

Exit status: 0 done, 1 a claim of a study does not hold, 2 not a valid experiment (one sentence says which field and
what it takes), 3 diverged, 130 stopped with Ctrl-C.
"""

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from ..data.tables.columns import TableError
from ..data.training_log.training_log import LogError
from ..experiment.settings import InvalidExperiment, one_line
from ..host import check
from ..loss_code.loss_code import CodeError
from ..version import VERSION
from .command_table import COMMANDS
from .program import PROGRAM, program_name

INVALID, STOPPED = 2, 130
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["doctor"] and words[1:2] and words[1].startswith("-") and words[1][1:2] not in ("-", "h", ""):
        words[1] = f" {words[1]}"  # a formula that begins with a minus sign is not an option
    try:
        return _done(words)
    except KeyboardInterrupt:
        print("\nStopped by Ctrl-C.", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:  # as with `| head`: the rest of the output is dropped
        _drop_output()
        return 0
    except OSError as error:
        if error.filename is not None or error.errno not in _NO_ROOM:
            raise
        _drop_output()
        print(f"The output cannot be written: {str(error.strerror).lower()}.", file=sys.stderr)
        return INVALID
    except (InvalidExperiment, TableError, CodeError, LogError) as error:
        print(error.named if isinstance(error, InvalidExperiment) else error, file=sys.stderr)
        return INVALID


def _done(words: list[str]) -> int:
    """Carry out the command that the words name; its exit status."""
    parser = _parser(words)
    if not words:  # whoever does not know a command yet is shown them
        parser.print_help(sys.stderr)
        return INVALID
    options = parser.parse_args(words)
    if wrong := check():
        print("\n".join(wrong), file=sys.stderr)
        return INVALID
    status = COMMANDS[words[0]].function(options)
    if sys.stdout is not None:  # None: it is closed, as by `>&-`
        sys.stdout.flush()  # here, where it is known what to do if nobody reads on
    return status


def _drop_output() -> None:
    """Write no more to standard output, at the interpreter's end either."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as everything else here does, without the whole usage above it."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {one_line(message, 300)}\n")


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """The parser of all commands. Only the one that is asked for has its own arguments, for they take time to load."""
    parser = _Parser(prog=program_name(), description="Heteroscope without a screen.", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {VERSION}")
    commands = parser.add_subparsers(required=True, metavar="command")
    for row in COMMANDS.values():
        sub = commands.add_parser(row.name, help=row.about, description=row.about, allow_abbrev=False)
        sub.add_argument("--json", action="store_true", help="one JSON value on standard output and nothing else")
        if words[:1] == [row.name]:
            row.add_arguments(sub)
    return parser
