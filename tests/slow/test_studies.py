"""The published results, trained again in full: every claim of every study, and the table of docs/reproductions.md."""

import pytest

from core.studies import STUDIES, checked, conduct, summary

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", STUDIES)
def test_what_was_published_comes_out_again(name, capsys):
    study = STUDIES[name]
    table = conduct(study, range(study.seeds))
    with capsys.disabled():
        print(f"\n{study.label}\n{summary(study, table)}")
    assert [words for words, holds in checked(study, table).items() if not holds] == [], table.to_string()


def test_faithful_is_squared_error_to_the_last_printed_digit():
    table = conduct(STUDIES["stirn-toy"], range(5, 8))  # seeds that no margin was chosen by
    printed = table.assign(rmse=table["rmse"].map("{:.10f}".format)).pivot(index="seed", columns="variant")["rmse"]
    assert printed["faithful"].tolist() == printed["squared error"].tolist()
    assert printed["squared error"].nunique() == 3
