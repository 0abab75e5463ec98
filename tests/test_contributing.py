"""What contributors are told: the checks before a commit are those of `make lint`, and every link leads somewhere."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]


def test_the_checks_before_a_commit_are_those_of_make_lint() -> None:
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert repository["repo"] == "local"  # the environment's own tools: one version of each
    assert all(hook["language"] == "system" and not hook["pass_filenames"] for hook in repository["hooks"])
    lint = re.search(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert lint is not None
    asked = [line.strip().replace("$(RUN)", ".venv/bin/python -m") for line in lint[1].splitlines()]
    assert [hook["entry"] for hook in repository["hooks"]] == asked


@pytest.mark.parametrize(
    "document", ["README.md", "CONTRIBUTING.md", "docs/design.md", "docs/extending.md", "docs/testing.md"]
)
def test_every_link_of_a_document_leads_somewhere(document: str) -> None:
    path = ROOT / document
    links = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8"))
    assert all((path.parent / link).exists() for link in links), links
