"""What `python -m core export` does: a kept run as files, each of the kind that its option and ending name."""

import argparse
import json
from collections.abc import Mapping
from pathlib import PurePath

from ..experiment.settings import InvalidExperiment, Problem, listed
from ..export.export_table import EXPORTS, Export, ExportError
from ..export.run_tables import write
from ..training.run import Run
from .kept_run import run_named
from .progress_line import progress_line

OPTIONS = {row.option: row.about for row in EXPORTS.values()}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("run", metavar="RUN", help="the key of a kept run")
    for option, about in OPTIONS.items():
        parser.add_argument(f"--{option}", metavar="FILE", help=about)


def export(options: argparse.Namespace) -> int:
    """Write the files that the options name, and print the size of each. Raises InvalidExperiment as `write_files`."""
    run = run_named(options.run)
    sizes = write_files(run, {name: path for name in OPTIONS if (path := getattr(options, name)) is not None})
    answer = {"key": run.key, "files": sizes}
    print(json.dumps(answer) if options.json else "\n".join(f"{path}  {size:,} bytes" for path, size in sizes.items()))
    return 0


def write_files(run: Run, files: Mapping[str, str]) -> dict[str, int]:
    """Write each file, by its option, and give the size of each in bytes.

    Raises InvalidExperiment where none is named, an ending is of no kind of the option, the run does not have what is
    asked for, or a file cannot be written. Nothing is written before every file is made.
    """
    if not files:
        options = listed(f"--{name}" for name in OPTIONS)
        raise InvalidExperiment([Problem("export", "nothing", f"at least one of {options}")])
    rows = {option: _row(option, path) for option, path in files.items()}
    made = {option: _made(row, files[option], run) for option, row in rows.items()}
    for option, content in made.items():
        write(f"--{option}", files[option], content)
    return {files[option]: len(content) for option, content in made.items()}


def _row(option: str, path: str) -> Export:
    """Which of the option's files has the ending of this one."""
    rows = [row for row in EXPORTS.values() if row.option == option]
    for row in rows:
        if row.any_ending or PurePath(path).suffix.lower() == row.ending:
            return row
    endings = listed(row.ending for row in rows)
    raise InvalidExperiment([Problem(f"--{option}", path, f"a file that ends in {endings}")])


def _made(row: Export, path: str, run: Run) -> bytes:
    try:
        return _charts(run) if row.name == "charts" and not row.why_not(run) else row.bytes_of(run)
    except ExportError as error:
        raise InvalidExperiment([Problem(f"--{row.option}", path, str(error).rstrip("."), "")]) from None


def _charts(run: Run) -> bytes:
    """The zip of all charts, which takes seconds, so it is seen how far it is."""
    from ..charts.of_run.chart_table import charts_for  # Altair: wrong options are answered without it
    from ..export.chart_files import charts_zip

    count = len(charts_for(run))
    with progress_line("chart") as told:
        return charts_zip(run, lambda label, share: told(round(share * count), count, label))
