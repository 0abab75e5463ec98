"""A table of one's own, from the file to a result that is carried away: uploaded, fitted, asked, exported, run."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect

from tests.e2e.server import Server
from tests.e2e.test_data_page import main, upload
from tests.e2e.test_fit_page import at_rest, no_error
from tests.e2e.test_pages import open_page

RECIPE = "network.layers=20&network.init=torch&training.batch_size=64&training.steps=1000&v=2"


def own_table(rows: int = 300) -> bytes:
    """A bend and a scatter that grow with `size`, and another level for each colour; names that are no HTML."""
    rng = np.random.default_rng(0)
    size, weight = rng.uniform(0, 10, rows), rng.normal(size=rows)
    colour = np.array(["red", "blue", "green"])[np.arange(rows) % 3]
    price = (
        2 * size + 6 * np.sin(size) + weight + 3 * (colour == "red") + (0.2 + 0.2 * size) * rng.standard_normal(rows)
    )
    lines = [f"{a:.5f},{b:.5f},{c},{d:.5f}" for a, b, c, d in zip(size, weight, colour, price, strict=True)]
    return "\n".join(["size,<i>weight</i>,colour,price", *lines]).encode()


def test_a_table_is_uploaded_fitted_asked_and_leaves_as_a_script_that_runs(
    server: Server, page: Page, tmp_path: Path
) -> None:
    page.goto(f"{server.url}/data?{RECIPE}")
    upload(page, "prices.csv", own_table())
    expect(main(page).get_by_text("Your table: 300 rows, 4 columns")).to_be_visible()
    expect(main(page).get_by_text("240 rows to train on, 60 to test; 5 inputs.")).to_be_visible()
    page.get_by_role("button", name="Fit it").click()
    expect(main(page).get_by_text("Is the network better than a linear model?")).to_be_visible()
    expect(main(page).get_by_text("Boosted trees are better than this network.")).to_be_visible()  # so small a net
    expect(main(page).get_by_text("The largest errors")).to_be_visible()
    at_rest(page)  # for an instant, old figures stand beside new ones
    no_error(page)

    shown = main(page).get_by_test_id("stMetric").filter(has_text="NLL, full").get_by_test_id("stMetricValue")
    nll = float(shown.inner_text().replace("−", "-"))
    main(page).get_by_role("button", name="Export").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Script (PyTorch)").click()
    script = tmp_path / "script.py"
    waiting.value.save_as(script)
    done = subprocess.run(
        [sys.executable, "-I", str(script)], capture_output=True, text=True, timeout=120, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    found = re.search(r"^test NLL (-?[\d.]+)$", done.stdout, re.MULTILINE)
    assert found is not None, done.stdout
    assert abs(float(found[1]) - nll) <= 1e-3 + 5e-4  # the page shows three decimals

    page.keyboard.press("Escape")
    open_page(page, "predict")
    expect(main(page).get_by_text(re.compile(r"Run [0-9a-f]{16}: “.*” from \d features of “"))).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart")).to_be_visible()
    field = main(page).get_by_role("spinbutton", name="size")
    expect(field).to_be_visible()
    field.fill("1000")
    field.press("Enter")
    expect(main(page).get_by_text("size is outside the training range")).to_be_visible()
    rows = b"size,colour,<i>weight</i>\n5,red,0\n,blue,0\n6,pink,0\n"
    upload(page, "new.csv", rows)
    expect(main(page).get_by_text("3 rows predicted. 2 of them are unlike the training rows")).to_be_visible()
    at_rest(page)  # a click on a button that is replaced is lost
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download predictions").click()
    lines = Path(waiting.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 4
    assert lines[0].endswith("mean,std,lower,upper,warning")
    assert "size is missing" in lines[2]
    no_error(page)
