"""The Calibration page and the page Over seeds in a real browser: verdicts, charts, recalibrations, what is counted."""

import re

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.server import Server
from tests.e2e.test_fit_page import no_error

CHARTS = 9


def shown(page: Page, headline: str) -> None:
    expect(page.get_by_role("heading", name=headline)).to_be_visible()


def test_a_band_twice_too_wide_is_told_and_corrected(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/calibration?loss.name=posted&v=2")
    shown(page, "The standard deviations are 2.0 times too large")
    expect(page.get_by_test_id("stVegaLiteChart").locator("canvas")).to_have_count(CHARTS)
    expect(page.get_by_text("a hump (too few points far out)")).to_be_visible()
    table = page.locator(".st-key-table-recalibrated")
    expect(table.locator("tr", has_text="Covers")).to_contain_text(
        re.compile(r"100\.0 ± [\d.]+ %\s*9[45]\.\d ± [\d.]+ %")
    )
    page.get_by_role("radio", name="Conformal intervals, one width").click()
    expect(page.get_by_text(re.compile("Intervals from the errors of 2500 points"))).to_be_visible()
    expect(table.locator("tr", has_text="NLL")).to_contain_text("–")
    page.get_by_text("All scores, on 5,000 held-out points").click()
    scores = page.locator(".st-key-table-scores tr")
    expect(scores.filter(has_text="Miscalibration area, interval")).to_contain_text("lower is better")
    expect(scores.filter(has_text="ENCE").first).to_be_visible()
    no_error(page)


def test_the_level_and_the_form_change_the_charts_alone(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/calibration")
    shown(page, "Calibrated, as far as these points can show")
    page.get_by_role("radio", name="50 %").click()
    expect(page.get_by_text("Good: 50 % everywhere along x, within the band.")).to_be_visible()
    page.get_by_role("radio", name="Quantiles").click()
    shown(page, "Calibrated, as far as these points can show")
    no_error(page)


def test_a_small_table_says_why_not(server: Server, page: Page) -> None:
    """Engel has 47 held-out rows: too few for a conformal interval of 99 %; and no truth, so no maps."""
    page.goto(f"{server.url}/calibration?data.table=engel&v=2")
    expect(page.get_by_role("heading", name="Fix it without retraining")).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart").locator("canvas")).to_have_count(CHARTS - 2)
    page.get_by_role("radio", name="99 %").click()
    page.get_by_role("radio", name="Conformal intervals, in σ̂").click()
    expect(page.get_by_text(re.compile("needs at least 99 validation points"))).to_be_visible()
    no_error(page)


def test_predictions_of_a_file_are_examined_and_kept_in_the_link(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/calibration")
    shown(page, "Calibrated, as far as these points can show")
    page.get_by_role("radio", name="a file of mine").click()
    page.get_by_role("button", name="Example: std 1.5 times too small").click()
    shown(page, "The standard deviations are 1.5 times too small")
    expect(page.get_by_test_id("stVegaLiteChart").locator("canvas")).to_have_count(CHARTS - 2)
    expect(page.locator(".st-key-table-recalibrated tr", has_text="Covers")).to_contain_text(
        re.compile(r"9[456]\.\d ± ")
    )
    expect(page).to_have_url(re.compile(r"predictions=[0-9a-f]{16}"))
    page.get_by_text("Example predictions, 4,000 points: upload another file").click()
    content = b"y,mean,std\n1,2,3\n1,<b>two</b>,3\n"
    place = page.locator("input[type=file]").first
    place.set_input_files({"name": "bad.csv", "mimeType": "text/csv", "buffer": content})
    expect(page.get_by_text("Row 2 of column “mean” is “<b>two</b>”: a number is needed.")).to_be_visible()
    shown(page, "The standard deviations are 1.5 times too small")
    rows = "\n".join(f"{i % 7};{i % 5},5;2;{i}" for i in range(70))
    place = page.locator("input[type=file]").first
    place.set_input_files({"name": "mine.csv", "mimeType": "text/csv", "buffer": f"y;mean;std;x\n{rows}".encode()})
    expect(page.get_by_text("mine.csv, 70 points: upload another file")).to_be_visible()
    expect(page.get_by_text("Decimal commas were read as points in “mean”.")).to_be_visible()
    expect(page.get_by_text("“two”")).to_have_count(0)
    page.reload()
    expect(page.get_by_text("mine.csv, 70 points: upload another file")).to_be_visible()
    page.get_by_role("radio", name="this experiment").click()
    shown(page, "Calibrated, as far as these points can show")
    expect(page).not_to_have_url(re.compile("predictions="))
    no_error(page)


def test_quantiles_with_a_group_are_examined_and_another_file_is_corrected(server: Server, page: Page) -> None:
    rng = np.random.default_rng(0)
    mean, std = rng.normal(size=300), np.exp(0.2 * rng.normal(size=300))
    region = rng.choice(["north", "south", "east"], 300)
    table = pd.DataFrame(
        {"When": range(300), "actual": mean + std * rng.normal(size=300) * (1 + 2 * (region == "north"))}
    )
    table = table.assign(P5=mean - 1.6449 * std, P50=mean, P95=mean + 1.6449 * std, region=region)
    page.goto(f"{server.url}/calibration?predictions=file")
    place = page.locator("input[type=file]").first
    content = table.to_csv(index=False).encode()
    place.set_input_files({"name": "p.csv", "mimeType": "text/csv", "buffer": content})
    expect(page.get_by_text("Read as three quantiles, 5 % to 95 %.")).to_be_visible()
    groups = page.locator(".st-key-table-groups tr")
    expect(groups.filter(has_text="north")).to_contain_text(re.compile("covers fewer|larger errors"))
    expect(groups.filter(has_text="south")).not_to_contain_text(re.compile("covers|errors"))
    page.get_by_text("Correct the rows of another file").click()
    place = page.locator("input[type=file]").last
    new = table.drop(columns="actual").to_csv(index=False).encode()
    place.set_input_files({"name": "new.csv", "mimeType": "text/csv", "buffer": new})
    expect(page.get_by_text("The second file has no y")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download Parquet").click()
    fixed = pd.read_parquet(saved.value.path())
    assert len(fixed) == 300
    assert {"mean", "std", "lower_95", "upper_95"} <= set(fixed.columns)
    no_error(page)


def test_a_file_whose_names_say_nothing_is_asked_about(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/calibration?predictions=file")
    rows = "\n".join(f"{i % 7},{i % 5},2" for i in range(70))
    place = page.locator("input[type=file]").first
    place.set_input_files({"name": "odd.csv", "mimeType": "text/csv", "buffer": f"a,b,c\n{rows}".encode()})
    expect(page.get_by_text("there is no “y” among “a”, “b”, “c”")).to_be_visible()
    for label, name in (("Observed y", "a"), ("Predicted mean", "b"), ("Predicted std", "c")):
        page.get_by_role("combobox", name=label).click()
        page.get_by_role("option", name=name, exact=True).click()
    page.get_by_role("button", name="Use these columns").click()
    expect(page.get_by_text("odd.csv, 70 points: upload another file")).to_be_visible()
    no_error(page)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("0123456789abcdef", "The table 0123456789abcdef is not here"),
        ("../../etc/passwd", "The predictions in this link are not the key of a file. They are left out."),
    ],
)
def test_a_link_to_predictions_that_are_not_here_says_so(server: Server, page: Page, key: str, words: str) -> None:
    page.goto(f"{server.url}/calibration?predictions={key}")
    expect(page.get_by_text(words)).to_be_visible()
    no_error(page)


def test_losses_over_seeds(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/seeds?loss.name=posted&data.n=500&training.steps=60&v=2")
    rows = page.locator(".st-key-table-seeds tr")
    page.locator(".st-key-seeds").get_by_role("button", name=re.compile(r"Train \d+ runs")).click()
    expect(rows.filter(has_text="Posted")).to_contain_text("5 of 5")
    expect(rows.filter(has_text="β-NLL")).to_contain_text("5 of 5")
    page.get_by_role("radio", name="95 % covers").click()
    expect(page.get_by_role("heading", name=re.compile("differs? clearly from"))).to_be_visible()
    expect(page.locator(".st-key-table-differences")).to_contain_text("better")
    page.get_by_role("radio", name="3", exact=True).click()
    expect(rows.filter(has_text="Posted")).to_contain_text("3 of 3")
    no_error(page)
