"""A new page, by the recipe: one file, and it is in the navigation, opens at its address and draws."""

import json
from pathlib import Path

import pytest

from tests.extending.recipes import carried_out, opened, run

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with the page."""
    return carried_out("A page", tmp_path_factory.mktemp("page"))


def test_it_draws(house: Path) -> None:
    shown = opened(house, "findings", {"training.steps": "60", "loss.name": "posted", "v": "2"})
    assert shown["page"] == "findings"
    assert shown["title"][0].startswith("Findings")
    assert any("(`misread`)" in text for text in shown["markdown"])


def test_it_is_in_the_navigation_at_its_place(house: Path) -> None:
    names = json.loads(
        run(house, "-c", "import json; from pages.shared.navigation import PAGES; print(json.dumps([*PAGES]))")
    )
    assert names[names.index("fit") :][:3] == ["fit", "findings", "data"]


def test_the_tests_over_all_pages_have_it(house: Path) -> None:
    found = run(house, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "tests/pages")
    assert "test_navigation.py::test_a_page_opens_with_one_main_heading_and_keeps_its_link[findings]" in found
