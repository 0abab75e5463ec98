"""The Data page in a real browser: shipped tables, files of one's own, refusals, and names that are text."""

import re
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import patient_context
from tests.e2e.server import Server, running_server
from tests.e2e.test_fit_page import no_error

QUICK = "training.steps=60&v=2"


def own_table(rows: int = 200) -> bytes:
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 10, rows)
    y = 2 * x + (0.2 + x) * rng.standard_normal(rows)
    lines = [
        f"{a:.4f};{'red' if i % 3 else ''};{b:.4f}".replace(".", ",") for i, (a, b) in enumerate(zip(x, y, strict=True))
    ]
    return "\n".join(["<b>size</b>;colour;**price**", *lines]).encode()


def upload(page: Page, name: str, data: bytes) -> None:
    file = {"name": name, "mimeType": "text/csv", "buffer": data}
    page.locator("input[type=file]").first.set_input_files(file)


def main(page: Page):
    return page.get_by_test_id("stMain")


def test_a_shipped_table_is_opened_looked_at_and_fitted(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/data?{QUICK}")
    expect(main(page).get_by_role("heading", name="Simulated points")).to_be_visible()
    page.get_by_role("button", name="Engel: food and income").click()
    expect(page).to_have_url(re.compile(r"data\.table=engel"))
    expect(main(page).get_by_text("235 rows, 2 columns")).to_be_visible()
    expect(main(page).get_by_text("Licence: public domain.")).to_be_visible()
    expect(main(page).get_by_text("The scatter grows with income: it is 3.3 times as wide")).to_be_visible()
    expect(main(page).get_by_text("188 rows to train on, 47 to test; 1 input.")).to_be_visible()
    page.get_by_role("button", name="Fit it").click()
    expect(page.get_by_text("Trained in").first).to_be_visible()
    no_error(page)


def test_a_file_of_ones_own_goes_into_the_link_and_its_names_are_text(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/data?{QUICK}")
    upload(page, "mine.csv", own_table())
    expect(main(page).get_by_text("Your table: 200 rows, 3 columns")).to_be_visible()
    expect(main(page).get_by_text("Decimal commas were read as points in “<b>size</b>”, “**price**”.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"data\.table=own&data\.csv=[0-9a-f]{16}"))
    # A third of one feature's values are missing: its rows are left out, and then they are not.
    expect(main(page).get_by_text(re.compile(r"106 rows to train on"))).to_be_visible()
    page.get_by_role("combobox", name="Missing values").click()
    page.get_by_role("option", name="use the column's median").click()
    expect(main(page).get_by_text(re.compile(r"160 rows to train on"))).to_be_visible()
    expect(main(page).get_by_text("The scatter grows with <b>size</b>: it is")).to_be_visible()
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    expect(main(page).get_by_text("Your table: 200 rows, 3 columns")).to_be_visible()
    no_error(page)


def wide_table(name: str, columns: int) -> bytes:
    values = np.random.default_rng(0).normal(size=(60, columns + 1)).round(3)
    rows = [",".join(map(str, row)) for row in values]
    return "\n".join([",".join([*(f"{name} {i}" for i in range(columns)), "y"]), *rows]).encode()


def test_a_table_of_very_many_columns_is_opened_and_its_features_chosen(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/data?{QUICK}")
    upload(page, "wide.csv", wide_table("f", 450))
    expect(main(page).get_by_text("Of 450 columns that could be features the 300 most strongly")).to_be_visible()
    features = page.get_by_role("combobox", name="Features")
    features.press("Backspace")
    expect(page).to_have_url(re.compile(r"data\.features=f(\+|%20)"))
    expect(main(page).get_by_text(re.compile("; 299 inputs"))).to_be_visible()
    no_error(page)
    upload(page, "long.csv", wide_table("a name of which there are so many that no link holds them", 150))
    expect(main(page).get_by_text(re.compile("; 150 inputs"))).to_be_visible()
    features.press("Backspace")
    expect(page.get_by_test_id("stAlert")).to_contain_text("at most 8,000 characters in total")
    expect(main(page).get_by_text(re.compile("; 150 inputs"))).to_be_visible()
    no_error(page)


NO_TABLES = (
    ("two.csv", b"a,y\n1,2\n3,4\n", "The file “two.csv” has 2 rows of data: at least 10 are needed."),
    ("model.csv", b"\x80\x04\x95\x10", "is a Python pickle, which is never opened as it may run code"),
    (
        "old.xls",
        b"\xd0\xcf\x11\xe0" + bytes(600),
        "is an old Excel file (.xls), or one with a password: save the sheet as",
    ),
    ("frame.feather", b"ARROW1" + bytes(60), "is a Feather, Arrow, ORC or Avro file: save the table as CSV or Parquet"),
    ("ragged.csv", b"a,y\n" + b"1,2\n" * 20 + b"1\n", "Row 21 of “ragged.csv” has 1 cell"),
    ("![](http://x.y/z).csv", b"", "is empty: upload one with a line of names"),
)


def test_a_decimal_sign_that_nothing_settles_is_asked(server: Server, page: Page) -> None:
    rows = [f"{i}\t{i % 7 + 1},{i * 37 % 900 + 100}" for i in range(40)]
    page.goto(f"{server.url}/data?{QUICK}")
    upload(page, "mine.tsv", "\n".join(["x\tprice", *rows]).encode())
    expect(main(page).get_by_text("“.” was used, so 1,100 is 1100; with “,” it would be 1.100.")).to_be_visible()
    before = page.url
    page.get_by_role("radio", name="comma: 1,5").click()
    expect(main(page).get_by_text("The decimal sign in “price” is “,”, as you chose: 1,100 is 1.100.")).to_be_visible()
    assert page.url != before
    no_error(page)


def test_what_is_no_table_is_refused_and_nothing_is_lost(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/data?data.table=cars&{QUICK}")
    expect(main(page).get_by_text("392 rows, 8 columns")).to_be_visible()
    for name, data, said in NO_TABLES:
        upload(page, name, data)
        expect(page.get_by_test_id("stAlert")).to_contain_text(said)
        expect(main(page).get_by_text("392 rows, 8 columns")).to_be_visible()
        assert page.locator("[data-testid=stAlert] img").count() == 0
        no_error(page)


def test_rows_are_parted_by_a_column_and_a_constant_target_is_told(server: Server, page: Page) -> None:
    rows = [f"{i},{i * i % 37},{('train', 'train', 'test')[i % 3]},7" for i in range(90)]
    page.goto(f"{server.url}/data?{QUICK}")
    expect(main(page).get_by_role("heading", name="Simulated points")).to_be_visible()
    upload(page, "parts.csv", "\n".join(["x,y,part,same", *rows]).encode())
    # The last column of numbers is the target at first, and this one has one value.
    expect(page.get_by_test_id("stAlert")).to_contain_text("has the value 7 in every row")
    page.get_by_role("combobox", name="Target", exact=True).click()
    page.get_by_role("option", name="y", exact=True).click()
    expect(main(page).get_by_text("72 rows to train on, 18 to test")).to_be_visible()
    page.get_by_role("combobox", name="Split", exact=True).click()
    page.get_by_role("option", name="by a column").click()
    page.get_by_role("combobox", name="Split column").click()
    page.get_by_role("option", name="part").click()
    expect(main(page).get_by_text("60 rows to train on, 30 to test")).to_be_visible()
    expect(page).to_have_url(re.compile(r"data\.split_by=part"))
    no_error(page)


def test_a_warning_is_mended_by_its_button(server: Server, page: Page) -> None:
    rng = np.random.default_rng(0)
    y = np.sort(rng.normal(50, 9, 120))
    rows = [f"{i + 1},{-999 if i % 12 == 5 else rng.uniform(1, 9):.2f},{value:.3f}" for i, value in enumerate(y)]
    page.goto(f"{server.url}/data?{QUICK}")
    expect(main(page).get_by_role("heading", name="Simulated points")).to_be_visible()
    upload(page, "sorted.csv", "\n".join(["id,kg,price", *rows]).encode())
    expect(main(page).get_by_text("“id” counts the rows, and neighbouring rows have similar")).to_be_visible()
    page.get_by_role("button", name="Treat as missing").click()
    expect(page).to_have_url(re.compile(r"data\.missing_values=kg%3D-999"))
    expect(main(page).get_by_text("Rows left out, because a feature is missing: 10.")).to_be_visible()
    expect(main(page).get_by_text("“kg” is −999 in")).to_have_count(0)
    page.get_by_role("button", name="Leave out “id”").click()
    expect(main(page).get_by_text("“id” counts the rows")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"data\.features=kg(&|$)"))
    no_error(page)


def test_a_link_to_a_table_that_is_not_here_says_so(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/data?data.table=own&data.csv=0123456789abcdef&{QUICK}")
    alert = page.get_by_test_id("stAlert").first
    expect(alert).to_contain_text("The table 0123456789abcdef is not here")
    page.get_by_role("button", name="Cars: mileage and power").click()
    expect(main(page).get_by_text("392 rows, 8 columns")).to_be_visible()


def test_a_path_is_taken_where_the_host_allows_it_and_the_server_is_local(
    server: Server, page: Page, browser: Browser, tmp_path: Path
) -> None:
    page.goto(f"{server.url}/data?{QUICK}")
    field = page.get_by_role("textbox", name="Or a path on this machine")
    expect(main(page).get_by_role("heading", name="Simulated points")).to_be_visible()
    expect(field).to_have_count(0)
    with running_server(tmp_path, HETEROSCOPE_LOCAL_FILES="1") as allowing:
        _take_a_path(allowing, page, browser, tmp_path)


def _take_a_path(server: Server, page: Page, browser: Browser, folder: Path) -> None:
    file, tables = folder / "mine.csv", set(server.tables.glob("*.parquet"))
    file.write_bytes(own_table(210))
    page.goto(f"{server.url}/data?{QUICK}")
    field = page.get_by_role("textbox", name="Or a path on this machine")
    field.fill(str(folder / "absent.csv"))
    field.press("Enter")
    expect(page.get_by_test_id("stAlert").first).to_contain_text("There is no file “absent.csv”")
    field.fill(str(file))
    field.press("Enter")
    expect(main(page).get_by_text("Your table: 210 rows, 3 columns")).to_be_visible()
    # A proxy on this machine speaks for others.
    with patient_context(browser, extra_http_headers={"X-Forwarded-For": "203.0.113.7"}) as context:
        proxied = context.new_page()
        proxied.goto(f"{server.url}/data?{QUICK}")
        expect(main(proxied).get_by_role("heading", name="Simulated points")).to_be_visible()
        expect(proxied.get_by_role("textbox", name="Or a path on this machine")).to_have_count(0)
    assert len({*server.tables.glob("*.parquet")} - tables) == 1
