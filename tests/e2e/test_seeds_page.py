"""The page Over seeds in a real browser: its numbers are core's, what diverged is named, and much work is asked for."""

import re

import pandas as pd
from playwright.sync_api import Locator, Page, expect

from core.evaluation.scores import COMPARED
from core.evaluation.seed_statistics import difference_words, summary
from core.experiment.experiment import Experiment
from core.studies import over_seeds
from core.training.loop import train
from tests.e2e.server import Server
from tests.e2e.test_fit_page import no_error

SHORT = {"data.n": "530", "training.steps": "60"}  # each test has an n of its own, whose runs are not there yet
DIVERGES = {"training.steps": "60", "training.learning_rate": "1", "training.optimizer": "sgd"}


def open_page(server: Server, page: Page, settings: dict[str, str]) -> None:
    """Four losses over three seeds: nothing is trained before it is asked for."""
    query = "&".join(f"{path}={value}" for path, value in settings.items())
    page.goto(f"{server.url}/seeds?{query}&v=2")
    expect(row(page, "seeds", "Gaussian NLL")).to_contain_text("to train")
    page.get_by_role("radio", name="3", exact=True).click()
    press_train(page, 12)


def press_train(page: Page, runs: int) -> None:
    page.locator(".st-key-seeds").get_by_role("button", name=f"Train {runs} runs").click()


def row(page: Page, table: str, name: str) -> Locator:
    first = page.locator("td:first-child").get_by_text(name, exact=True)
    return page.locator(f".st-key-table-{table} tr").filter(has=first)


def add_loss(page: Page, name: str) -> None:
    box = page.get_by_test_id("stMultiSelect").get_by_role("combobox")
    box.fill(name)
    box.press("Enter")
    box.press("Escape")  # an open list hides the rest of the page from readers


def test_the_numbers_are_those_of_core(server: Server, page: Page) -> None:
    """Three seeds of four losses, and a fifth that is chosen on the page; then another score."""
    experiment = Experiment.from_settings(SHORT)
    losses = [*over_seeds.losses_beside(experiment), "laplace_nll"]
    compared = over_seeds.variants(experiment, losses, None)
    rows = over_seeds.table(
        {name: [train(each) for each in over_seeds.seeded(one, 3)] for name, one in compared.items()}
    )
    open_page(server, page, SHORT)
    expect(row(page, "seeds", "β-NLL")).to_contain_text("3 of 3")
    add_loss(page, "Laplace NLL")
    press_train(page, 3)
    expect(row(page, "seeds", "Laplace NLL")).to_contain_text("3 of 3")
    for each in rows:
        words = [over_seeds.summary_words(COMPARED[name], found) for name, found in each.scores.items()]
        cells = row(page, "seeds", each.variant).locator("td")
        expect(cells).to_have_text([each.variant, "3 of 3", *words])
    for score in ("nll", "gap"):
        page.get_by_role("radio", name=COMPARED[score].label).click()
        expect(page.get_by_role("heading", name=over_seeds.finding(rows, score).headline)).to_be_visible()
        for each in rows[1:]:
            said = difference_words(COMPARED[score], each.differences[score])
            expect(row(page, "differences", each.variant).locator("td")).to_have_text([each.variant, said])
    no_error(page)


def test_seeds_that_diverged_are_named_and_counted(server: Server, page: Page) -> None:
    open_page(server, page, DIVERGES | {"training.standardise": "false"})
    expect(row(page, "seeds", "Gaussian NLL")).to_contain_text("2 of 3: seed 2 diverged at step 4")
    expect(row(page, "seeds", "Squared error")).to_contain_text(
        re.compile(r"0 of 3: seed 0 diverged at step \d+, seed 1")
    )
    expect(row(page, "seeds", "Squared error").locator("td").nth(2)).to_have_text("–")
    expect(page.get_by_role("heading", name="Nothing to compare in NLL")).to_be_visible()
    page.get_by_role("radio", name="RMSE").click()
    expect(row(page, "differences", "β-NLL")).to_contain_text("no seed in which both finished")
    no_error(page)


def test_twenty_runs_are_asked_for_and_can_be_stopped(server: Server, page: Page) -> None:
    """The button says how many runs there are, and about how long they take."""
    page.goto(f"{server.url}/seeds?training.steps=4000&training.seed=5&v=2")
    button = page.get_by_role("button", name="Train 20 runs")
    expect(page.get_by_text(re.compile("20 runs are not trained yet. They take about"))).to_be_visible()
    expect(row(page, "seeds", "Gaussian NLL")).to_contain_text("0 of 5: 5 to train")
    button.click()
    expect(page.get_by_text(re.compile(r"So far: |Training: \d+ of 20"))).to_be_visible()
    page.locator(".st-key-seeds").get_by_role("button", name="Stop").click()
    expect(page.locator(".st-key-seeds").get_by_role("button", name="Train again")).to_be_visible()
    no_error(page)


def test_the_table_as_csv(server: Server, page: Page) -> None:
    """A line for each training: their means are the table's."""
    open_page(server, page, {**SHORT, "data.n": "510"})
    expect(row(page, "seeds", "Squared error")).to_contain_text("3 of 3")
    with page.expect_download() as told:
        page.get_by_role("button", name="Scores by seed (CSV)").click()
    found = pd.read_csv(told.value.path())
    assert found.groupby("variant", sort=False)["seed"].apply(list).tolist() == [[0, 1, 2]] * 4
    assert set(found["status"]) == {"done"}
    for variant, scores in found.groupby("variant"):
        words = [over_seeds.summary_words(score, summary(scores[name].tolist())) for name, score in COMPARED.items()]
        expect(row(page, "seeds", str(variant)).locator("td")).to_have_text([str(variant), "3 of 3", *words])


def test_wrong_families_are_trained_when_asked_for(server: Server, page: Page) -> None:
    """Sixty trainings, fewer where those of the seeds are among them; at last the measured gaps."""
    open_page(server, page, {**SHORT, "data.n": "520"})
    section = page.locator(".st-key-section-families")
    begin, stop = (section.get_by_role("button", name=name) for name in (re.compile(r"Train \d+ runs"), "Stop"))
    begin.click()
    expect(section.get_by_text(re.compile(r"Training: \d+ of \d+ finished"))).to_be_visible()
    expect(stop).to_be_visible()
    expect(begin).to_be_hidden()
    expect(section.get_by_text("The largest gap: Gaussian NLL on Gaussian with outliers")).to_be_visible(
        timeout=180_000
    )
    expect(stop).to_be_hidden()
    expect(section.get_by_text("Runs without a gap")).to_be_hidden()
    drawn = section.get_by_test_id("stVegaLiteChart")
    expect(drawn).to_be_visible()
    no_error(page)
