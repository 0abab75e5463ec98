"""Values from outside: what each field accepts, and one plain sentence for everything else."""

import copy
import json
import math

import numpy as np
import pytest

from core.experiment.experiment import DEFAULT, FIELDS, Experiment, bounds_of, setting_of
from core.experiment.settings import InvalidExperiment, Problem, allowed_in
from tests.core.samples import every_field, is_a_sentence, is_number, kind_of, never_valid


def nested(depth):
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


def refused(path, value):
    """The error sentence for a value, the same from every source."""
    section, name = path.split(".")
    for make in (
        lambda: Experiment.from_settings({path: value}),
        lambda: DEFAULT.with_settings({path: value}),
        lambda: Experiment(**{section: {name: value}}),
    ):
        with pytest.raises(InvalidExperiment) as caught:
            make()
        assert [problem.field for problem in caught.value.problems] == [path]
        is_a_sentence(str(caught.value), path, allowed_in(FIELDS[path]))
    return str(caught.value)


@every_field
def test_no_field_takes_nonsense(path):
    section, name = path.split(".")
    for value in (*never_valid(path), nested(900), nested(5000)):
        sentence = refused(path, value)
        try:
            text = json.dumps({section: {name: value}})
        except (TypeError, ValueError, RecursionError):
            continue  # JSON cannot express it
        if len(text) <= 100_000:
            with pytest.raises(InvalidExperiment) as caught:
                Experiment.from_json(text)
            assert str(caught.value) in (sentence, sentence.replace("(", "[").replace(")", "]"))


@pytest.mark.parametrize("path", [path for path in FIELDS if is_number(path)])
def test_a_number_ends_at_its_bounds(path):
    low, high = bounds_of(path)
    step = 1 if kind_of(path) is int else 1e-9 * max(1, abs(high))
    for value in (low - step, high + step, str(low - step), str(high + step), True, False):
        refused(path, value)
    if kind_of(path) is int:
        for value in (low + 0.5, str(low + 0.5)):
            refused(path, value)


@pytest.mark.parametrize("path", [path for path in FIELDS if setting_of(path).choices is not None])
def test_a_choice_is_one_of_the_table(path):
    for value in (True, 0, 1, DEFAULT.value(path).upper(), DEFAULT.value(path) + " ", [DEFAULT.value(path)]):
        assert "one of " in refused(path, value)


@pytest.mark.parametrize("value", ["maybe", 2, -1, 0.5, "1.0"])
def test_a_switch_is_on_or_off(value):
    assert refused("training.standardise", value).endswith("it must be true or false.")


def test_numpy_numbers_are_numbers():
    settings = {"data.n": np.int64(50), "noise.scale": np.float32(0.5), "network.layers": [np.int64(4)]}
    assert Experiment.from_settings(settings).settings()["data.n"] == 50


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"noise.scale": -0.2}, "σ, averaged over x cannot be -0.2: it must be between 0.001 and 100."),
        ({"data.n": "2e9"}, 'Points cannot be "2e9": it must be a whole number between 10 and 1,000,000.'),
        ({"network.heads": 3}, "Heads cannot be 3: it must be one of shared or separate."),
        ({"noise.scale": math.nan}, "σ, averaged over x cannot be NaN: it must be between 0.001 and 100."),
        ({"data.x_max": 50}, "x to cannot be 50: it must be above “x from”, which is 50."),
        ({"data.x_min": 200}, "x to cannot be 150: it must be above “x from”, which is 200."),
        (
            {"loss.reading": "laplace_scale"},
            'Second output read as cannot be "laplace_scale": it must be log_variance with the loss gaussian_nll.',
        ),
        ({"noise.scal": 1}, "noise.scal cannot be 1: there is no setting of this name; the nearest is noise.scale."),
        ({"data": {"n": 10}}, 'data cannot be {"n": 10}: there is no setting of this name; the nearest is data.y.'),
        ({"\n": 1}, "\\n cannot be 1: there is no setting of this name; one example is data.table."),
    ],
)
def test_a_sentence_is_plain(settings, sentence):
    with pytest.raises(InvalidExperiment) as caught:
        Experiment.from_settings(settings)
    assert str(caught.value) == sentence


def test_every_problem_is_named_and_a_great_many_are_counted():
    with pytest.raises(InvalidExperiment) as caught:
        Experiment.from_settings({"noise.scale": 0, "data.n": 0, "training.steps": 5})
    assert [p.field for p in caught.value.problems] == ["noise.scale", "data.n"]
    with pytest.raises(InvalidExperiment) as caught:
        Experiment.from_settings({f"no.{i}": i for i in range(10_000)})
    assert str(caught.value).endswith("There are 9,992 more problems.")
    assert len(str(caught.value)) < 2000


def test_an_error_survives_the_way_back_from_a_worker():
    error = InvalidExperiment([Problem("training.device", "cuda", "cpu")])
    back = copy.copy(error)  # rebuilds it as pickle does
    assert str(back) == str(error) == 'Device cannot be "cuda": it must be cpu.'
    assert back.problems == error.problems


def test_the_layers_of_a_link_are_the_layers_of_a_person():
    for text in ("32,64", "32, 64", "[32, 64]", "(32,64)", " 32 ,64 "):
        assert Experiment.from_settings({"network.layers": text}).network.layers == (32, 64)
