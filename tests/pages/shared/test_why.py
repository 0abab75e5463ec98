"""Why?: each kind of finding has a section that shows it, which its page draws."""

from pathlib import Path

import pytest

from core.charts.of_run.chart_table import CHARTS
from core.diagnosis.causes import CAUSES
from core.diagnosis.finding import Cause, Finding
from core.diagnosis.verdict.findings import FINDINGS
from core.diagnosis.verdict.together import at_floor_together
from pages.shared.why import OF_CAUSE, OF_RULE, place_of, why_link

VIEWS = Path(__file__).parents[3] / "pages" / "views"
PLACES = {place for table in (OF_RULE, OF_CAUSE) for place in table.values() if place is not None}


def test_each_rule_has_a_place() -> None:
    assert set(OF_RULE) == {*FINDINGS, at_floor_together.__name__}
    assert set(OF_CAUSE) <= set(CAUSES)


@pytest.mark.parametrize(("page", "section"), sorted(PLACES))
def test_its_page_draws_it(page: str, section: str) -> None:
    if section.endswith("-chart"):
        assert CHARTS[section.removesuffix("-chart")].place.split("/")[0] == page
        return
    files = {"seeds": "families"}
    assert f'"{section}"' in (VIEWS / f"{files.get(page, page)}.py").read_text(encoding="utf-8")


def test_the_cause_goes_before_the_rule_and_the_link_holds_the_experiment() -> None:
    finding = Finding("warning", "", "", causes=(Cause("shared_trunk"),), rule="underfitted")
    place = place_of(finding)
    assert place == ("anatomy", "pull")
    assert why_link(place, {"noise.scale": "0.3", "v": "2"}) == "[Why?](<anatomy?noise.scale=0.3&v=2#see-pull>)"
    assert why_link(place_of(Finding("open", "", "", rule="failed"), ("fit", "loss-chart")), {}) == ""
