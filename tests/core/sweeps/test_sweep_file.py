"""A sweep as a file: what it describes, that it is written as it is read, and what is refused in one sentence."""

from pathlib import Path

import numpy as np
import pytest

from core.experiment.presets import PRESETS
from core.experiment.settings import InvalidExperiment
from core.sweeps.axes import MOST_VALUES, Draw
from core.sweeps.sweep import MOST_RUNS, Sweep
from core.sweeps.sweep_file import LONGEST_FILE, read_sweep, sweep_of, to_toml
from tests.core.sweeps.sweeps import BASE, TOML, small

RANDOM = """
preset = "quick"
seeds = [3, 1]
[grid]
network.layers = [[16], [32, 16]]
[random]
number = 20
seed = 7
[random.axes]
"training.learning_rate" = { log_uniform = [0.001, 0.1] }
noise = { scale = { uniform = [0.1, 0.5] } }
training.steps = { integers = [10, 40] }
loss.name = { choice = ["gaussian_nll", "laplace_nll"] }
"""


def test_a_grid_is_all_combinations_with_all_seeds() -> None:
    sweep = sweep_of(TOML)
    assert sweep.fingerprint == small().fingerprint
    assert sweep.runs == 8
    keys = {sweep.experiment(number).key for number in range(sweep.runs)}
    wanted = {
        BASE.with_settings({"loss.name": loss, "noise.scale": scale, "data.seed": seed, "training.seed": seed}).key
        for loss in ("gaussian_nll", "beta_nll")
        for scale in (0.1, 0.3)
        for seed in (0, 1)
    }
    assert keys == wanted
    assert [sweep.place(number) for number in (0, 3, 4, 7)] == [(0, 0), (3, 0), (0, 1), (3, 1)]


def test_random_axes_are_drawn_within_their_ends_and_again_the_same() -> None:
    sweep, again = sweep_of(RANDOM), sweep_of(RANDOM)
    assert sweep.base == PRESETS["quick"].experiment
    assert sweep.runs == 2 * 20 * 2
    assert sweep.points == again.points
    assert sweep_of(RANDOM.replace("seed = 7", "seed = 8")).points != sweep.points
    rates = [point["training.learning_rate"] for point in sweep.points]
    assert 0.001 <= min(rates) < 0.01 < max(rates) <= 0.1
    assert all(0.1 <= point["noise.scale"] <= 0.5 for point in sweep.points)
    assert all(isinstance(point["training.steps"], int) for point in sweep.points)
    assert {point["loss.name"] for point in sweep.points} == {"gaussian_nll", "laplace_nll"}


def test_draws_have_their_distribution() -> None:
    rng = np.random.default_rng(0)
    log = np.log10(Draw.of("training.learning_rate", {"log_uniform": [1e-4, 1e-2]}).sample(rng, 4000))
    assert np.mean(log) == pytest.approx(-3, abs=0.05)
    whole = Draw.of("data.n", {"integers": [100, 102]}).sample(rng, 3000)
    assert np.bincount(whole)[100:] == pytest.approx([1000, 1000, 1000], abs=120)


@pytest.mark.parametrize(
    "text", [TOML, RANDOM, 'seeds = 1\n[grid]\nloss.formula = ["r**2"]\n[settings]\nloss.name = "typed"']
)
def test_a_file_that_is_written_is_read_as_the_same_sweep(text: str, tmp_path: Path) -> None:
    sweep = sweep_of(text)
    (tmp_path / "sweep.toml").write_text(to_toml(sweep), encoding="utf-8")
    assert read_sweep(tmp_path / "sweep.toml").fingerprint == sweep.fingerprint


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a =", 'The file cannot be "a =": it must be TOML (Invalid value (at end of document)).'),
        ("[" * 9000, "it must be TOML"),
        ("sedes = 2", "sedes cannot be 2: there is no setting of this name; the nearest is seeds."),
        ("seeds = 0", "seeds cannot be 0: it must be a whole number from 1 to 1,000, or a list of different seeds."),
        ("seeds = true", "seeds cannot be true"),
        ("seeds = [1, 1]", "seeds cannot be [1, 1]"),
        ("seeds = [-1]", "seeds cannot be -1: it must be a whole number from 0 to 2,147,483,647."),
        ("name = 3", "name cannot be 3"),
        ('preset = "nope"', 'preset cannot be "nope": it must be one of'),
        ("grid = 3", "grid cannot be 3: it must be a table"),
        ("[grid]\nnoise.scale = 0.1", "it must be a list of 1 to 1,000 values."),
        ("[grid]\nnoise.scale = []", "it must be a list of 1 to 1,000 values."),
        ("[grid]\nnoise.scale = [0.1, -1]", "σ, averaged over x (noise.scale) cannot be -1: it must be between"),
        ("[grid]\nnoise.scale = [0.1, 0.1]", "it stands twice in the list."),
        ("[grid]\nnoise.sclae = [0.1]", "the nearest is noise.scale."),
        ("[grid]\nloss.beta = [0.1]", "it has no effect on any run of this sweep."),
        ("[grid]\ntraining.seed = [1, 2]", "the seeds of a sweep are set by seeds."),
        ('[grid]\nloss.name = ["squared_error"]\nloss.bound = ["clamp"]', "at the point with Loss Squared error"),
        ("[random]\nnumber = 0\n[random.axes]\nnoise.scale = { uniform = [0.1, 0.2] }", "random.number cannot be 0"),
        ("[random]\nnumbr = 1", "the nearest is random.number."),
        ("[random]\nnumber = 1\n[random.axes]\nnoise.scale = { normal = [0.1, 0.2] }", "it must be one of uniform"),
        ("[random]\nnumber = 1\n[random.axes]\nnoise.scale = { uniform = [0.2, 0.1] }", "lower first, for uniform."),
        ('[random]\nnumber = 1\n[random.axes]\nloss.name = { uniform = ["mixture", "pinball"] }', "drawn with choice"),
        (
            "[grid]\nnoise.scale = [0.1]\n[random]\nnumber = 1\n[random.axes]\nnoise.scale = { uniform = [0.1, 0.2] }",
            "an axis of the grid or a random one, not both.",
        ),
    ],
)  # fmt: skip
def test_what_is_no_sweep_is_refused_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(InvalidExperiment) as refused:
        sweep_of(text)
    assert sentence in refused.value.named
    assert "\n" not in refused.value.named


def test_sizes_are_bounded_before_anything_is_built(tmp_path: Path) -> None:
    many = ", ".join(str(i / 1000) for i in range(1, 1 + MOST_VALUES))
    huge = f"[grid]\nnoise.scale = [{many}]\nloss.offset = [{many}]\ntraining.learning_rate = [{many}]"
    with pytest.raises(InvalidExperiment, match=f"between 1 and {MOST_RUNS:,}"):
        sweep_of(huge)
    (tmp_path / "long.toml").write_text("#" * (LONGEST_FILE + 1))
    with pytest.raises(InvalidExperiment, match="at most 100,000 bytes"):
        read_sweep(tmp_path / "long.toml")
    with pytest.raises(InvalidExperiment, match=r"a TOML file that can be read \(No such file or directory\)"):
        read_sweep(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidExperiment, match="not UTF-8"):
        read_sweep(tmp_path / "bytes.toml")


def test_what_decides_the_runs_decides_the_fingerprint() -> None:
    assert small().fingerprint == Sweep(BASE, small().grid, seeds=(0, 1), name="another name").fingerprint
    assert small(seeds=3).fingerprint != small().fingerprint
    assert (
        Sweep(BASE.with_settings({"training.steps": 21}), small().grid, seeds=(0, 1)).fingerprint != small().fingerprint
    )


def test_the_example_of_the_document_is_a_sweep() -> None:
    text = (Path(__file__).parents[3] / "docs" / "sweeps.md").read_text(encoding="utf-8")
    sweep = sweep_of(text.partition("```toml\n")[2].partition("```")[0])
    assert sweep.runs == 3 * 2 * 20 * 6
    assert len(sweep.axes) == 6
