"""Tables of data on a page: one minus sign everywhere."""

import numpy as np
import pandas as pd

from pages.shared.elements import in_words


def test_numbers_have_a_true_minus_and_an_empty_cell_a_dash() -> None:
    rows = pd.DataFrame({"mean": [-0.25, np.nan, 1234567.891], "n": [-1, 2, 3], "word": ["-1", None, "<b>"]})
    cells = [[cell["display_value"] for cell in row[1:]] for row in in_words(rows)._translate(False, False)["body"]]
    assert cells == [["−0.25", "−1", "-1"], ["–", "2", "–"], ["1,234,568", "3", "<b>"]]
