"""What Compare shows with nothing pinned: two runs that are quick to train, on the person's points where they are."""

import pytest

from core.experiment.experiment import Experiment, differences
from core.experiment.presets import OPENING, PRESETS, presets
from core.training.cost import is_quick
from core.training.example_pair import example_pair


@pytest.mark.parametrize("name", PRESETS)
def test_nothing_long_is_trained_unasked(name):
    found = example_pair(presets[name])
    assert is_quick(found.left)
    assert is_quick(found.right)
    base = presets[name] if found.on_own_data else presets[OPENING]
    assert found.right.data == base.data
    assert {path.split(".")[0] for path, *_ in differences(found.left, found.right)} == {"loss"}


def test_it_says_whose_experiment_it_is():
    assert "This example is your experiment" in example_pair(Experiment()).words
    assert "This example is the preset “Growing noise”" in example_pair(presets["seitzer-sine"]).words
