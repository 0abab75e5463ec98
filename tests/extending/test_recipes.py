"""docs/extending.md as a whole: what holds of every recipe."""

import pytest

from tests.extending.recipes import recipe, titles

pytestmark = pytest.mark.long

MOST_LINES = 20  # of a loss or a noise; a page is a file of its own
IS_A_FILE = {"A page"}


def test_the_recipes_are_all_there() -> None:
    assert set(titles()) >= {"A loss", "A noise", "A score", "A finding", "A page"}


@pytest.mark.parametrize("title", titles())
def test_a_recipe_touches_one_file_of_the_product_and_one_test_file_at_most(title: str) -> None:
    steps = recipe(title)
    product = {step.path for step in steps if step.is_product}
    assert len(product) == 1
    assert len({step.path for step in steps} - product) <= 1
    lines = sum(len(step.code.splitlines()) for step in steps if step.is_product)
    assert title in IS_A_FILE or lines <= MOST_LINES
