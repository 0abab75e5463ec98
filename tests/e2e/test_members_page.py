"""Members in a real browser: five of them on points with a gap, Predict in the gap, and a table by page and command."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page, expect

from core.data.tables import shipped
from core.experiment.presets import presets
from tests.e2e.server import Server
from tests.e2e.test_data_page import main, upload
from tests.e2e.test_fit_page import at_rest, no_error, trained
from tests.e2e.test_pages import open_page

ROOT = Path(__file__).parents[2]
IN_THE_GAP, AMONG_POINTS = "80", "60"


def link(server: Server, page: str = "") -> str:
    """The address of the gap preset with five members."""
    query = presets["gap"].with_settings({"training.members": 5}).to_query()
    return f"{server.url}/{page}?" + "&".join(f"{name}={value}" for name, value in query.items())


def metric(page: Page, label: str) -> str:
    shown = main(page).get_by_test_id("stMetric").filter(has_text=label).get_by_test_id("stMetricValue")
    return shown.inner_text().replace("−", "-")


def test_five_members_know_less_in_the_gap(server: Server, page: Page) -> None:
    page.goto(link(server))
    trained(page)
    expect(main(page).get_by_text(re.compile(r"mixture\sof\s5\snetworks\shas"))).to_be_visible()
    expect(main(page).get_by_text("These figures are of the first member.", exact=False)).to_be_visible()
    no_error(page)
    open_page(page, "predict")
    shares = {}
    for x in (IN_THE_GAP, AMONG_POINTS):
        field = main(page).get_by_role("spinbutton", name="x")
        field.fill(x)
        field.press("Enter")
        gap = main(page).get_by_text("x is in a gap of the training points")
        expect(gap).to_have_count(1 if x == IN_THE_GAP else 0)
        at_rest(page)
        words = main(page).get_by_text(re.compile(r"%\sof\sthe\svariance\sis\signorance")).inner_text()
        found = re.search(r"([\d.]+)\s%\sof\sthe\svariance", words)
        assert found is not None, words
        shares[x] = float(found[1])
    assert shares[IN_THE_GAP] > 10 * max(shares[AMONG_POINTS], 0.5)
    no_error(page)


def test_a_table_has_the_same_scores_by_page_and_by_command_line(server: Server, page: Page, tmp_path: Path) -> None:
    content = shipped.TABLES["diabetes"]
    columns = content.columns()
    names = list(columns.columns)
    rows = zip(*(columns[name].values.tolist() for name in names), strict=True)
    text = "\n".join([",".join(names), *(",".join(f"{value:g}" for value in row) for row in rows)])
    file = tmp_path / "diabetes.csv"
    file.write_text(text, encoding="utf-8")
    places = {"HETEROSCOPE_STORE": f"sqlite:///{tmp_path / 'runs.sqlite3'}", "HETEROSCOPE_TABLES": str(tmp_path / "t")}
    done = subprocess.run(
        [sys.executable, "-m", "core", "train", "--csv", str(file), "--json"],
        capture_output=True, text=True, timeout=120, cwd=ROOT, env=os.environ | places,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    scores = json.loads(done.stdout)["scores"]
    assert scores["coverage_95"] > 0.85

    page.goto(f"{server.url}/data")
    upload(page, "diabetes.csv", text.encode())
    expect(main(page).get_by_text("Your table: 442 rows")).to_be_visible()
    page.get_by_role("button", name="Fit it").click()
    expect(main(page).get_by_text("Is the network better than a linear model?")).to_be_visible()
    at_rest(page)
    assert metric(page, "NLL, full") == f"{scores['nll']:.3f}"
    assert metric(page, "95 % covers") == f"{100 * scores['coverage_95']:.1f} %"
    no_error(page)
