"""The last step of the tour, trained in full: stuck where the published recipe is, and near the floor."""

import pytest

from core.tour.step import Seen
from core.tour.tour_table import STEPS
from core.training.loop import train

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("recipe", "losses", "missed"), [("stuck", (-2.2, -1.2), (0.5, 1.0)), ("settled", (-4.2, -3.0), (0.0, 0.4))]
)
def test_a_recipe_ends_where_the_tour_says(
    recipe: str, losses: tuple[float, float], missed: tuple[float, float]
) -> None:
    step = STEPS["stuck"]
    said = step.said(Seen(recipe, tuple(train(each) for each in step.experiments(recipe))))
    found = {claim.name: float(claim.value) for claim in said.claims}
    assert losses[0] < found["loss_rounded"] < losses[1]
    assert missed[0] <= found["missed"] < missed[1]
