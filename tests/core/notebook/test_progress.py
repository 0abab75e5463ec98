"""The bar of a training: where it is asked for, where somebody looks, and nowhere else."""

import pytest

import core
from core.training.frame import Frame

QUICK = core.presets["quick"].with_settings({"training.steps": 40, "data.n": 100})


def test_a_bar_ends_at_all_steps_and_frames_still_arrive(capsys: pytest.CaptureFixture[str]) -> None:
    frames: list[Frame] = []
    with_bar = core.train(QUICK, progress=True, on_frame=frames.append)
    assert "Training" in capsys.readouterr().err
    assert frames[-1].step == 40
    assert with_bar.scores == core.train(QUICK, progress=False).scores


@pytest.mark.parametrize("progress", [None, False])
def test_no_bar_where_nobody_looks(progress: bool | None, capsys: pytest.CaptureFixture[str]) -> None:
    core.train(QUICK, progress=progress)
    assert capsys.readouterr().err == ""
