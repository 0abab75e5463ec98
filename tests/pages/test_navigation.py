"""The pages: each opens at its own address, and a page without a piece is refused with its name."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared import shell
from pages.shared.navigation import PAGES, PageError, collect
from pages.shared.parts import PARTS

ROOT = Path(__file__).parents[2]
LINK = {"noise.scale": "0.3", "training.steps": "60", "v": "2"}
LISTED = [name for name, page in PAGES.items() if page.listed]

SOUND = """
TITLE, ICON, PLACE, PART = "Sound", ":material/table:", 10, "laboratory"

def show():
    pass

if __name__ == "__main__":
    from pages.shared.navigation import run

    run()
"""


@pytest.fixture(scope="module", autouse=True)
def _closed_laboratory() -> Iterator[None]:
    """The pages share one laboratory of this process: it ends with these tests."""
    yield
    shell._laboratory.clear()


@pytest.mark.parametrize("name", LISTED)
def test_a_page_opens_with_one_main_heading_and_keeps_its_link(name: str) -> None:
    page = AppTest.from_file(ROOT / "app.py", default_timeout=60).switch_page(f"pages/{name}.py")
    page.query_params.update(LINK)
    page.run()
    assert not page.exception
    assert not page.error
    assert page.session_state.page == name
    assert len(page.title) == 1
    if PARTS[PAGES[name].part].of_experiment:
        assert dict(page.query_params) == LINK
        assert page.title[0].value.startswith(PAGES[name].title)
        assert "seed 0" in page.title[0].value, "the name of the run"


@pytest.mark.parametrize(
    ("name", "old", "new", "sentence"),
    [
        ("sound", "TITLE,", "NAME,", "Page sound: its TITLE must be words, and is None."),
        ("sound", "ICON,", "SIGN,", "Page sound: its ICON must be one of Streamlit's"),
        ("sound", "PLACE,", "ORDER,", "Page sound: its PLACE must be a whole number, and is None."),
        (
            "sound",
            '"laboratory"',
            '"cellar"',
            "Page sound: its PART must be one of start, laboratory",
        ),
        ("sound", '"Sound"', '" "', "Page sound: its TITLE must be words, and is ' '."),
        ("sound", ":material/table:", "table", "Page sound: its ICON must be one of Streamlit's"),
        ("sound", ":material/table:", ":material/no_such_icon:", "Page sound: its ICON must be one of Streamlit's"),
        ("sound", ", 10,", ', "last",', "Page sound: its PLACE must be a whole number, and is 'last'."),
        ("sound", "def show()", "def draw()", "Page sound: it has no function show() that draws it."),
        ("2_sound", "", "", "Page 2_sound: its name must be small letters, digits and _"),
        ("new page", "", "", "Page new page: its name must be small letters, digits and _"),
        ("new.page", "", "", "Page new.page: its name must be small letters, digits and _"),
        ("home", "", "", "Page home: its name must be small letters, digits and _"),
        ("oauth2callback", "", "", "home and oauth2callback are taken."),
        ("sound", "def show()", "import pandas\ndef show()", "Page sound: it imports at its top"),
        ("sound", "if __name__", "if not __name__", 'Page sound: it does not end in if __name__ == "__main__"'),
        ("twice", "10", "20", "Page twice: its title is also that of the page first."),
        ("twice", '"Sound"', '"Other"', "Page twice: its place is also that of the page first."),
    ],
)
def test_a_page_that_lacks_a_piece_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, old: str, new: str, sentence: str
) -> None:
    package = tmp_path.name
    monkeypatch.syspath_prepend(tmp_path.parent)
    if name == "twice":
        (tmp_path / "first.py").write_text(SOUND)
    (tmp_path / f"{name}.py").write_text(SOUND.replace(old, new) if old else SOUND)
    with pytest.raises(PageError) as refused:
        collect(tmp_path, package)
    assert sentence in str(refused.value)


def test_pages_are_in_the_order_of_their_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path.parent)
    (tmp_path / "a_page.py").write_text(SOUND.replace("10", "30").replace("Sound", "Last"))
    (tmp_path / "b_page.py").write_text(SOUND)
    assert list(collect(tmp_path, tmp_path.name)) == ["b_page", "a_page"]
