"""The scripts run by themselves, with torch and numpy alone, and come to the run's test NLL."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from core.data.dataset import DESIGNS
from core.data.noise import NOISES, PROFILES
from core.data.tables.reading import read_table
from core.data.tables.table_store import table_store
from core.data.targets import TARGETS
from core.experiment.experiment import Experiment
from core.export import facts
from core.export.facts import DIGITS
from core.export.run_tables import rows_of
from core.export.script import script_of
from core.model.bounds import BOUNDS
from core.model.losses import LOSSES, loss_with, torch_code
from core.model.networks import ACTIVATIONS, INITIALISATIONS
from core.model.readings import READINGS
from core.model.schedules import OPTIMIZERS, SCHEDULES
from core.training.loop import train
from core.training.run import Run

pytestmark = pytest.mark.long

BRIEF = {"data.n": 200, "training.steps": 60, "network.layers": "12,8", "training.batch_size": 32}


def _row(table, number: int) -> str:
    """The rows of a table one after another, so that each stands in the grid."""
    names = list(table)
    return names[number % len(names)]


def _grid() -> dict[str, dict[str, object]]:
    """Each loss once, with the other tables turned by different numbers; then what is left."""
    cases: dict[str, dict[str, object]] = {}
    for i, loss in enumerate(LOSSES):
        cases[loss] = {
            "loss.name": loss,
            "data.target": _row(TARGETS, i),
            "data.design": _row(DESIGNS, i),
            "noise.family": _row(NOISES, i),
            "noise.profile": _row(PROFILES, i),
            "noise.scale": 0.3,
            "network.activation": _row(ACTIVATIONS, i),
            "network.init": _row(INITIALISATIONS, i // 2),
            "network.heads": "separate" if i % 4 == 1 else "shared",
            "training.optimizer": _row(OPTIMIZERS, i // 3),
            "training.schedule": _row(SCHEDULES, 1 + i % 2),
            "training.learning_rate": 3e-3,
        }
    readings = [(loss, reading) for loss, row in LOSSES.items() for reading in row.readings[1:] if loss != "typed"]
    for loss, reading in readings:
        cases[f"{loss} read as {reading}"] = {"loss.name": loss, "loss.reading": reading}
    more: dict[str, dict[str, object]] = {
        "dropout": {"network.dropout": 0.3},
        "dropout, separate": {"network.dropout": 0.2, "network.heads": "separate", "loss.name": "student_t_learned"},
        "faithful, shared": {"loss.name": "faithful"},
        "raw numbers": {"training.standardise": False, "data.target": "line"},
        "natural, raw": {"loss.name": "natural", "training.standardise": False, "data.target": "line"},
        "warm-up": {"training.warmup_steps": 30, "loss.name": "beta_nll"},
        "clamp": {"loss.bound": "clamp", "loss.least_std": 0.25, "loss.most_std": 2.0},
        "clamp, natural": {"loss.name": "natural", "loss.bound": "clamp", "loss.least_std": 0.3, "loss.most_std": 2.0},
        "soft": {"loss.bound": "soft", "loss.least_std": 0.1, "loss.most_std": 3.0},
        "soft, mixture": {"loss.name": "mixture", "loss.bound": "soft", "loss.least_std": 0.1, "loss.most_std": 3.0},
        "epsilon": {"loss.bound": "epsilon", "loss.least_std": 0.2},
        "softplus": {"loss.head": "softplus"},
        "softplus, faithful": {"loss.name": "faithful", "loss.head": "softplus_slow", "training.standardise": False},
        "elu, student": {"loss.name": "student_t_learned", "loss.head": "elu", "network.heads": "separate"},
        "relu, members": {"loss.name": "beta_nll", "loss.head": "relu", "training.members": 2},
        "clamp, Laplace": {"loss.name": "laplace_nll", "loss.head": "clamp", "loss.bound": "epsilon"},
        "one component": {"loss.name": "mixture", "loss.components": 1},
        "two levels": {"loss.name": "pinball", "loss.levels": "0.1,0.9"},
        "one point far away": {"data.n": 10, "data.design": "isolated"},
        "batch of all": {"training.batch_size": 4096},
        "one step": {"training.steps": 1},
        "engel": {"data.table": "engel"},
        "engel, one spread": {"data.table": "engel", "loss.name": "squared_error"},
        "concrete": {"data.table": "concrete"},
        "log of the target": {"data.table": "concrete", "data.log_y": True},
        "by order, drawn in": {"data.table": "concrete", "data.split": "order", "network.init": "torch"},
        "weight decay": {"training.weight_decay": 0.5, "training.optimizer": "adamw"},
        "patience": {"training.patience": 20, "training.steps": 200, "data.n": 30},
        "patience, a table": {"data.table": "concrete", "training.patience": 60, "data.features": "age,cement"},
        "patience, one spread": {"data.table": "engel", "training.patience": 9, "loss.name": "squared_error"},
        "patience, another reading": {
            "training.patience": 10,
            "training.steps": 200,
            "loss.name": "posted",
            "loss.reading": "laplace_scale",
        },
        "members": {"training.members": 3},
        "members, one spread, dropout": {"training.members": 2, "loss.name": "squared_error", "network.dropout": 0.1},
        "members, rows of their own": {
            "data.table": "engel",
            "data.log_y": True,
            "training.members": 3,
            "training.patience": 60,
            "training.own_validation": True,
        },
        "typed, of r": {"loss.name": "typed", "loss.formula": "exp(-s)*sqrt(r**2 + 0.01) + s - 3"},
        "typed, of y and mu": {"loss.name": "typed", "loss.formula": "log(cosh(y - mu)) + 0.1*mu**2"},
        "typed, softplus": {"loss.name": "typed", "loss.formula": "0.5*(r/softplus(s))**2 + log(softplus(s))"},
        "typed, a precision": {
            "loss.name": "typed",
            "loss.formula": "0.5*exp(s)*r**2 - 0.5*s",
            "loss.reading": "log_precision",
        },
        "typed, in many words": {
            "loss.name": "typed",
            "loss.formula": "softplus(s)*abs(r)**1.5 + max(s, -2) - min(0.5, tanh(s)) + erf(r)*sigmoid(s) + relu(-s) "
            "+ expm1(-s)*r**2 + log1p(r**2) + sign(s)*0.1 + (1 + r**2)**(0.1*tanh(s))",
        },
    }
    # Till the quantiles part: where they are all but tied the density between them is high, and rounding shows.
    cases["pinball"] |= {"training.steps": 200, "training.learning_rate": 1e-2, "noise.family": "gaussian"}
    cases["pinball"] |= {"noise.profile": "constant", "network.heads": "shared"}
    return cases | more


GRID = _grid()

# Runs each script as the program of its own name space, and says what it printed.
HARNESS = """
import contextlib, io, json, runpy, sys
for path in sys.argv[1:]:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        runpy.run_path(path, run_name="__main__")
    print(json.dumps(said.getvalue()))
"""


@pytest.fixture(scope="module")
def runs() -> dict[str, Run]:
    return {name: train(Experiment.from_settings(BRIEF | settings)) for name, settings in GRID.items()}


@pytest.fixture(scope="module")
def said(runs: dict[str, Run], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each script prints. One process runs them all: most of the time is torch's, which is loaded once."""
    folder = tmp_path_factory.mktemp("scripts")
    files = {name: folder / f"{i}.py" for i, name in enumerate(runs)}
    for name, run in runs.items():
        files[name].write_text(script_of(run), encoding="utf-8")
    done = executed("-c", HARNESS, *map(str, files.values()))
    return dict(zip(runs, map(ast.literal_eval, done.splitlines()), strict=True))


def executed(*arguments: str) -> str:
    done = subprocess.run([sys.executable, "-I", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_choice_is_in_the_grid(runs: dict[str, Run]) -> None:
    used = {path: {run.experiment.value(path) for run in runs.values()} for path in ("loss.name", "loss.reading")}
    assert used == {"loss.name": set(LOSSES), "loss.reading": set(READINGS)}
    for path, table in {
        "data.target": TARGETS, "data.design": DESIGNS, "noise.family": NOISES, "noise.profile": PROFILES,
        "network.activation": ACTIVATIONS, "network.init": INITIALISATIONS, "training.optimizer": OPTIMIZERS,
        "loss.bound": BOUNDS,
    }.items():  # fmt: skip
        assert {run.experiment.value(path) for run in runs.values()} == set(table), path


@pytest.mark.parametrize("name", GRID)
def test_a_script_comes_to_the_nll_of_its_run(name: str, runs: dict[str, Run], said: dict[str, str]) -> None:
    lines = dict(line.rsplit(" ", 1) for line in said[name].splitlines())
    nll = runs[name].scores["nll"]
    if nll is None:
        pytest.fail(f"{name} has no NLL to come to: choose other settings")
    assert float(lines["test NLL"]) == pytest.approx(nll, abs=DIGITS)
    assert float(lines["in the app"]) == pytest.approx(nll, abs=1e-6)


def test_the_file_alone_is_enough(tmp_path: Path) -> None:
    run = train(Experiment.from_settings(BRIEF | {"training.schedule": "constant"}))
    file = tmp_path / "script.py"
    file.write_text(script_of(run), encoding="utf-8")
    rounding, test, _ = executed(str(file)).splitlines()
    assert rounding.startswith("rounding alone: first weights 1e-7 away end ")
    assert float(test.removeprefix("test NLL ")) == pytest.approx(run.scores["nll"], abs=0.05)


def test_patience_ended_a_training_of_the_grid(runs: dict[str, Run]) -> None:
    assert runs["patience"].steps_done < 200


def test_a_large_table_is_read_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "MOST_ROWS", 100)
    run = train(Experiment.from_settings(BRIEF | {"data.table": "concrete", "training.patience": 40}))
    code, data = tmp_path / "script.py", tmp_path / "data.csv"
    code.write_text(script_of(run), encoding="utf-8")
    data.write_bytes(rows_of(run))
    test, _ = executed(str(code), str(data)).splitlines()
    assert float(test.removeprefix("test NLL ")) == pytest.approx(run.scores["nll"], abs=DIGITS)


def test_a_stopped_run_is_trained_as_far_as_it_came(tmp_path: Path) -> None:
    experiment = Experiment.from_settings({"training.steps": 500_000, "data.n": 200, "network.layers": "4"})
    run = train(experiment, should_stop=lambda: True)
    assert run.status == "stopped"
    file = tmp_path / "script.py"
    file.write_text(script_of(run).replace(f"STEPS_TAKEN = {run.steps_done}", "STEPS_TAKEN = 1"), encoding="utf-8")
    assert executed(str(file)).splitlines()[-2].startswith("test NLL ")


@pytest.mark.parametrize("split", [("group", "town"), ("column", "part")], ids=lambda split: split[0])
def test_members_of_a_table_in_groups_or_parts(
    split: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HETEROSCOPE_TABLES", str(tmp_path / "tables"))
    rows = [f"{i % 17},town {i % 11},{'test' if i % 5 == 0 else 'train'},{i % 17 + i % 3}" for i in range(90)]
    content = "\n".join(["x,town,part,y", *rows])
    key = table_store().put(read_table(content.encode(), "rows.csv"), "rows")
    table = {"data.csv": key, "data.features": "x", "data.split": split[0], "data.split_by": split[1]}
    members = {"training.members": 3, "training.patience": 60, "training.own_validation": True, "data.validation": 0.1}
    run = train(Experiment.from_settings(BRIEF | table | members))
    file = tmp_path / "script.py"
    file.write_text(script_of(run), encoding="utf-8")
    assert float(executed(str(file)).splitlines()[-2].split()[-1]) == pytest.approx(run.scores["nll"], abs=DIGITS)


def test_names_of_columns_are_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HETEROSCOPE_TABLES", str(tmp_path / "tables"))
    name = "\"\"\"]; raise SystemExit('run') #' = 1\\"
    header = ",".join(f'"{text}"'.replace(name, name.replace('"', '""')) for text in (name, f"{name}y"))
    rows = "\n".join(f"{i},{i % 7 + 0.5}" for i in range(60))
    key = table_store().put(read_table(f"{header}\n{rows}\n".encode(), "rows.csv"), "rows")
    run = train(Experiment.from_settings(BRIEF | {"data.csv": key}))
    assert run.encoding is not None
    assert name in (run.encoding.target, *run.input_names)
    file = tmp_path / "script.py"
    file.write_text(script_of(run), encoding="utf-8")
    assert float(executed(str(file)).splitlines()[-2].split()[-1]) == pytest.approx(run.scores["nll"], abs=DIGITS)


@pytest.mark.parametrize("name", GRID)
def test_a_script_imports_torch_and_numpy_alone(name: str, runs: dict[str, Run]) -> None:
    tree = ast.parse(script_of(runs[name]))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= {"math", "numpy", "torch", "torch.nn.functional"}


def test_a_script_can_be_read_through() -> None:
    text = script_of(train(Experiment.from_settings(BRIEF)))
    code = [line for line in text.splitlines() if line.strip()]
    assert len(code) < 150
    assert max(map(len, text.splitlines())) <= 120


def test_a_formula_reaches_the_script_through_its_tree_alone() -> None:
    loss = loss_with("typed", {"formula": "0.5*exp(-s)*|r|**2 + max(s, 0)"})
    text = "\n".join(torch_code.objective(loss, in_training_units=True))
    assert text.endswith("loss = 0.5 * torch.exp(-s) * torch.abs(r) ** 2 + torch.maximum(s, torch.full_like(y, 0))")
