"""--decimal and --dates of a command: a file that leaves two readings is read as the person says, and told."""

import json

import pytest

from core.cli.main import main

ROWS = "".join(f"{i % 7 + 1},{100 + 37 * i % 800}\t{i % 7 + 1},{110 + 31 * i % 800}\t1,{200 + i}\n" for i in range(40))


@pytest.mark.parametrize(("sign", "read"), [("", "1100"), (".", "1100"), (",", "1.100")])
def test_the_decimal_sign_of_a_file_of_predictions_can_be_said(tmp_path, capsys, sign, read):
    path = tmp_path / "predictions.tsv"
    path.write_text("y\tmean\tstd\n" + ROWS)
    assert main(["scores", str(path), "--json", *(["--decimal", sign] if sign else [])]) == 0
    answer = json.loads(capsys.readouterr().out)
    (note,) = [note for note in answer["notes"] if "decimal sign" in note]
    assert f"1,100 is {read}" in note
    assert ("as you chose" in note) == bool(sign)
    assert (answer["scores"]["mae"] < 1) == (sign == ",")


def test_a_sign_that_is_none_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit) as refused:
        main(["scores", "x.csv", "--decimal", ";"])
    assert refused.value.code == 2
    assert "--decimal" in capsys.readouterr().err
