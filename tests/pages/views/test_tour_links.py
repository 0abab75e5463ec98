"""What the tour makes of its address, and of the address that it shows as a QR code."""

import pytest
import segno

from core.tour.contents import LAST, NAMES
from pages.views.tour import asked_for
from pages.views.tour_frame import is_this_machine, link_to, qr_image


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("in_class", [False, True])
def test_a_link_opens_what_it_says(name: str, in_class: bool) -> None:
    assert asked_for(link_to(name, in_class)) == (name, in_class, ())


def test_a_bare_address_opens_the_first_step() -> None:
    assert asked_for({}) == (NAMES[0], False, ())


@pytest.mark.parametrize(
    ("query", "name", "remarks"),
    [
        ({"step": ""}, NAMES[0], 1),
        ({"step": "NOISE"}, NAMES[0], 1),
        ({"step": "<b>" * 5000}, NAMES[0], 1),
        ({"step": LAST, "class": "banana"}, LAST, 1),
        ({"step": "8", "class": "true"}, NAMES[0], 2),
    ],
)
def test_a_wrong_link_opens_the_tour_and_says_what_it_left_out(query: dict[str, str], name: str, remarks: int) -> None:
    opened, in_class, said = asked_for(query)
    assert (opened, in_class, len(said)) == (name, False, remarks)
    assert all(len(remark) < 120 for remark in said)


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("http://localhost:8501/tour", True),
        ("http://127.0.0.1:8501/tour", True),
        ("http://[::1]:8501/tour", True),
        ("http://192.0.2.7:8501/tour", False),
        ("https://lab.example.org/tour", False),
    ],
)
def test_a_phone_cannot_open_an_address_of_this_machine(address: str, own: bool) -> None:
    assert is_this_machine(address) == own


def test_the_qr_code_is_a_picture_of_the_link() -> None:
    link = "https://lab.example.org/tour?step=noise"
    assert qr_image(link)[:8] == b"\x89PNG\r\n\x1a\n"
    assert qr_image(link) != qr_image(f"{link}2")
    assert segno.make(link, error="m", micro=False).version < 6  # coarse enough for the last row
