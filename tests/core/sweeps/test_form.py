"""A sweep from a form: what is offered can be swept as it stands, and what is typed wrong is a sentence."""

import pytest

from core.experiment.experiment import Experiment
from core.experiment.presets import PRESETS
from core.experiment.settings import InvalidExperiment
from core.sweeps import form

BASE = Experiment()


@pytest.mark.parametrize("name", ["quick", "engel", "gap"])
@pytest.mark.parametrize("way", [form.GRID, form.RANDOM])
def test_every_setting_that_is_offered_makes_a_sweep_as_it_stands(name: str, way: str) -> None:
    base = PRESETS[name].experiment
    for path in form.offered(base):
        chosen = form.has_choices(path)
        given = form.first_choices(path, base) if chosen else form.first_words(path, base, way)
        sweep = form.sweep_from_form(base, way, [(path, given)], 3, 2)
        assert sweep.runs % 2 == 0
        assert sweep.axes == [path]
        assert form.how_to_fill(path, way)


def test_two_axes_are_crossed_or_drawn() -> None:
    axes = [
        ("loss.name", ["gaussian_nll", "beta_nll"]),
        ("training.learning_rate", "0.001, 0.1"),
        ("network.layers", "8; 8, 8"),
    ]
    grid = form.sweep_from_form(BASE, form.GRID, axes, 99, 3)
    assert (len(grid.points), grid.runs) == (8, 24)
    assert {point["network.layers"] for point in grid.points} == {(8,), (8, 8)}
    drawn = form.sweep_from_form(BASE, form.RANDOM, axes, 40, 2)
    assert drawn.runs == 80
    assert {draw.kind for draw in drawn.draws} == {"choice", "log_uniform"}


@pytest.mark.parametrize(
    ("axes", "sentence"),
    [
        ([], "The number of settings cannot be 0"),
        ([("training.steps", "")], "Steps cannot be []: it must be a list of 1 to 1,000 values."),
        ([("training.steps", "10, ten")], 'Steps cannot be "ten": it must be a whole number between'),
        ([("training.steps", "9" * 2000)], "at most 1,000 characters"),
        ([("training.steps", "10"), ("training.steps", "20")], "choose it once"),
        ([("loss.name", [])], "Loss cannot be []"),
    ],
)
def test_what_is_typed_wrong_is_a_sentence(axes: list[tuple[str, str]], sentence: str) -> None:
    with pytest.raises(InvalidExperiment) as refused:
        form.sweep_from_form(BASE, form.GRID, axes, 1, 1)
    assert sentence in str(refused.value)


def test_filters_keep_points() -> None:
    sweep = form.sweep_from_form(
        BASE, form.GRID, [("loss.name", ["gaussian_nll", "beta_nll"]), ("data.n", "200, 400")], 1, 1
    )
    assert form.only(sweep, {}) == {0, 1, 2, 3}
    assert form.only(sweep, {"data.n": [400], "loss.name": []}) == {2, 3}
