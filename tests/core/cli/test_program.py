"""The program says its version, and calls itself as the person who called it did."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.cli.main import main
from core.cli.program import program_name
from core.version import VERSION

ROOT = Path(__file__).parents[3]
SCRIPT = "import sys\nfrom core.cli.main import main\nsys.exit(main())\n"


def told(*command):
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, env=os.environ)
    return ran.stdout + ran.stderr


def test_version(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"heteroscope {VERSION}\n"


def test_within_another_program_it_is_how_the_module_is_called():
    assert program_name() == "python -m core"


def test_a_module_calls_itself_a_module():
    assert told(sys.executable, "-m", "core", "runs", "--wrong").startswith("python -m core: ")


@pytest.mark.parametrize(("file", "name"), [("heteroscope", "heteroscope"), ("hs", "hs"), ("lab.exe", "lab")])
def test_a_script_calls_itself_by_its_name(tmp_path, file, name):
    """Installed, the script has these lines; it may be linked to under another name."""
    path = tmp_path / file
    path.write_text(f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{SCRIPT}", "utf-8")
    assert told(sys.executable, str(path), "--help").startswith(f"usage: {name} ")
