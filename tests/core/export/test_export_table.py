"""The table of exports: each gives a file of its kind, or one sentence that says what is missing in the run."""

from dataclasses import replace

import pytest

from core.experiment.experiment import Experiment
from core.export.export_table import EXPORTS, ExportError
from core.training.loop import train
from core.training.run import Run

BEGINS = {".svg": b"<svg", ".png": b"\x89PNG", ".zip": b"PK", ".parquet": b"PAR1", ".py": b'"""Run'}


@pytest.fixture(scope="module")
def run() -> Run:
    return train(Experiment.from_settings({"data.n": 300, "training.steps": 60}))


# Every chart is drawn: seconds of an older processor.
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long) if name == "charts" else name for name in EXPORTS]
)
def test_every_export_gives_a_file_or_a_sentence(name: str, run: Run) -> None:
    row, nothing = EXPORTS[name], Run.without_steps(Experiment(), "stopped", "")
    content = row.bytes_of(run)
    assert len(content) > 100
    assert content.startswith(BEGINS.get(row.ending, b""))
    assert "/" in row.mime
    if name in ("history", "history_parquet", "data"):
        assert row.why_not(nothing) == ""
        return
    with pytest.raises(ExportError, match=r"^This run .* Train it, then export it\.$"):
        row.bytes_of(nothing)


def test_a_script_trains_again_what_was_trained(run: Run) -> None:
    assert "no weights to reproduce" in EXPORTS["script"].why_not(replace(run, steps_done=0))


def test_files_of_one_option_are_told_apart_by_their_endings() -> None:
    rows = [(row.option, row.ending) for row in EXPORTS.values()]
    assert len(set(rows)) == len(rows)
    assert len({(row.option, row.about) for row in EXPORTS.values()}) == len({row.option for row in EXPORTS.values()})
