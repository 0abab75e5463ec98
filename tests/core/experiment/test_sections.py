"""The groups of settings: the words and bounds of each field, and what a group refuses."""

import pytest

from core.experiment.data_settings import Data
from core.experiment.experiment import DEFAULT, Experiment, bounds_of, setting_of
from core.experiment.settings import InvalidExperiment, to_text
from tests.core.samples import every_field, is_number, kind_of


@every_field
def test_a_field_has_words_and_bounds(path):
    setting = setting_of(path)
    assert setting.label
    assert setting.help.endswith(".")
    if setting.choices is not None:
        assert DEFAULT.value(path) in setting.choices
        assert all(setting.choice_label(name) for name in setting.choices)
    if is_number(path):
        low, high = bounds_of(path)
        assert low <= DEFAULT.value(path) <= high
        assert type(low) is type(high) is kind_of(path)
    assert not setting.log or bounds_of(path)[0] > 0
    with_ends = [DEFAULT.value(path), *(bounds_of(path) if is_number(path) and "x_m" not in path else ())]
    for value in with_ends:
        assert Experiment.from_settings({path: to_text(value)}).value(path) == value


@pytest.mark.parametrize("sections", [{"data": 5}, {"data": None}, {"colour": 1}, {"data": {"n": 3}}])
def test_sections_are_checked_as_settings_are(sections):
    with pytest.raises(InvalidExperiment) as caught:
        Experiment(**sections)
    assert caught.value.problems[0].field.startswith(next(iter(sections)))


def test_a_section_names_every_setting_it_cannot_use():
    with pytest.raises(InvalidExperiment) as caught:
        Data(x_mid=1, n=3)
    assert str(caught.value) == (
        "data.x_mid cannot be 1: there is no setting of this name; the nearest is data.x_min. "
        "Points cannot be 3: it must be a whole number between 10 and 1,000,000."
    )
