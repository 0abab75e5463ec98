"""The page Sweeps in a real browser: a sweep outlives a reload, stops, goes on, and is downloaded."""

import re
from pathlib import Path

import pandas as pd
from playwright.sync_api import Page, expect

from core.sweeps.sweep_file import read_sweep
from tests.e2e.server import running_server
from tests.e2e.test_fit_page import no_error


def test_a_sweep_outlives_a_reload_and_goes_on_after_a_stop(page: Page, tmp_path: Path) -> None:
    with running_server(tmp_path, HETEROSCOPE_SWEEPS=str(tmp_path / "sweeps")) as server:
        page.goto(f"{server.url}/sweeps?data.n=2000&training.steps=150&v=2")
        seeds = page.get_by_label("Seeds", exact=True)
        seeds.fill("20")
        seeds.press("Enter")
        page.get_by_role("button", name="Train 120 runs").click()
        counted = page.get_by_text(re.compile(r"[1-9]\d* of 120 runs"))
        expect(counted).to_be_visible()
        expect(page).to_have_url(re.compile("sweep=[0-9a-f]{16}"))
        page.reload()
        expect(counted).to_be_visible()
        page.get_by_role("button", name="Stop").click()
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_text(re.compile("^120 of 120 runs"))).to_be_visible()
        expect(page.get_by_role("heading", name=re.compile("Lowest NLL, full: ")).first).to_be_visible()
        expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(2)
        with page.expect_download() as told:
            page.get_by_role("button", name="Results (CSV)").click()
        table = pd.read_csv(told.value.path())
        assert table["run"].tolist() == list(range(120))
        assert set(table["status"]) == {"done"}
        with page.expect_download() as told:
            page.get_by_role("button", name="This sweep (TOML)").click()
        assert read_sweep(told.value.path()).runs == 120
        no_error(page)
