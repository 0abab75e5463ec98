"""Links: written and read back, and read as far as possible."""

import itertools

import numpy as np
import pytest

from core.__main__ import main
from core.data.targets import TARGETS
from core.experiment.experiment import DEFAULT, FIELDS, LINK_VERSION, Experiment
from core.experiment.link import LONGEST_PIN, PIN, read_link, write_link
from core.experiment.settings import LABELS, allowed_in, to_text
from core.model.losses import LOSSES
from tests.core.samples import NEVER_VALID, RANDOM, every_field, is_a_sentence, never_valid


def test_every_experiment_survives_its_link():
    for one in RANDOM:
        query = one.to_query()
        assert all(isinstance(text, str) for text in query.values())
        link = read_link(query)
        assert link.remarks == ()
        assert link.experiment.settings() == one.settings()
        assert link.experiment.key == one.key


def test_a_link_names_only_what_differs():
    assert DEFAULT.to_query() == {"v": str(LINK_VERSION)}
    cubic = DEFAULT.with_settings({"data.target": "cubic", "loss.name": "posted", "training.seed": 3})
    assert cubic.to_query() == {
        "data.target": "cubic", "loss.name": "posted", "training.seed": "3", "v": str(LINK_VERSION)
    }  # fmt: skip


# The defaults that a link of version 1 leaves out.
UNSAID = {
    "data.table": "none",
    "data.target": "two_sines",
    "data.n": "20000",
    "data.x_min": "50.0",
    "data.x_max": "150.0",
    "data.design": "stratified",
    "data.csv": "",
    "data.y": "",
    "data.also": "",
    "data.features": "",
    "data.log_y": "false",
    "data.missing": "drop",
    "data.missing_values": "",
    "data.own_features": "few",
    "data.rare_words": "0",
    "data.split": "random",
    "data.split_by": "",
    "data.held_out": "0.2",
    "data.validation": "0.0",
    "data.seed": "0",
    "noise.family": "gaussian",
    "noise.profile": "constant",
    "noise.scale": "0.2",
    "network.layers": "32,64,128",
    "network.activation": "tanh",
    "network.heads": "shared",
    "network.dropout": "0.0",
    "network.init": "spread",
    "loss.name": "gaussian_nll",
    "loss.reading": "log_variance",
    "loss.formula": "0.5*exp(-s)*r**2 + 0.5*s",
    "loss.reading_formula": "",
    "loss.beta": "0.5",
    "loss.nu": "5.0",
    "loss.levels": "0.05,0.25,0.5,0.75,0.95",
    "loss.components": "3",
    "loss.evidence_weight": "0.01",
    "loss.head": "exp",
    "loss.bound": "none",
    "loss.least_std": "0.01",
    "loss.most_std": "10.0",
    "loss.offset": "0.0",
    "training.optimizer": "adam",
    "training.learning_rate": "0.01",
    "training.schedule": "one_cycle",
    "training.batch_size": "128",
    "training.steps": "500",
    "training.warmup_steps": "0",
    "data.weights": "",
    "training.members": "1",
    "training.own_validation": "false",
    "training.weight_decay": "0.0",
    "training.patience": "0",
    "training.standardise": "true",
    "training.device": "auto",
    "training.stepper": "auto",
    "training.seed": "0",
}
BROUGHT_1 = {
    "two_sines": (50, 150, 0.2),
    "seitzer_sine": (0, 12, 0.01),
    "x_sin_x": (0, 10, 1),
    "step": (-1, 1, 0.1),
    "cubic": (-4, 4, 3),
    "line": (0, 1, 0.2),
    "gaussian_nll": "log_variance",
    "beta_nll": "log_variance",
    "faithful": "log_variance",
    "posted": "log_variance",
    "laplace_nll": "laplace_scale",
    "squared_error": "constant_variance",
}


def test_the_defaults_that_links_leave_out_belong_to_their_version():
    unsaid = {path: to_text(DEFAULT.value(path)) for path in FIELDS}
    assert (LINK_VERSION, unsaid) == (2, UNSAID), (
        "A setting's name or default changed, so an old link opens something else: raise LINK_VERSION in "
        "core/experiment/experiment.py and write it and the new defaults here. A setting that is only new "
        "needs its line here, "
        "and no new version if its default is what was done before."
    )
    brought = {name: (row.x_min, row.x_max, row.noise_scale) for name, row in TARGETS.items()}
    brought |= {name: row.readings[0] for name, row in LOSSES.items()}
    assert {name: brought.get(name) for name in BROUGHT_1} == BROUGHT_1, (
        "What a target or a loss brings along changed, so an old link opens something else: raise LINK_VERSION."
    )


def test_a_link_of_an_earlier_version_opens_what_it_did():
    assert read_link({"v": "1"}).experiment == Experiment.from_settings(
        {"training.steps": 320, "training.batch_size": 256}
    )
    said = read_link({"v": "1", "training.steps": "60", "noise.scale": "0.3"})
    assert (said.experiment.training.steps, said.experiment.training.batch_size) == (60, 256)
    assert said.remarks == ()


@every_field
def test_links_and_flags_name_what_they_refuse(path, capsys):
    for value in (text for text in never_valid(path) if isinstance(text, str)):
        link = read_link({path: value, "v": str(LINK_VERSION)})
        assert link.experiment == DEFAULT
        (remark,) = link.remarks
        assert remark.endswith(" The default is used.")
        is_a_sentence(remark.removesuffix(" The default is used."), path, allowed_in(FIELDS[path]))
        assert main(["train", "--set", f"{path}={value}"]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.endswith("\n")
        is_a_sentence(err[:-1], path, allowed_in(FIELDS[path]), f" ({path})")


def test_a_link_of_another_version_opens_as_far_as_it_can():
    link = read_link({"v": "99", "noise.scale": "0.5", "noise.tilt": "3", "training.steps": "0"})
    assert link.experiment == Experiment.from_settings({"noise.scale": 0.5})
    assert link.remarks == (
        "This link was made by another version (v=99, here v=2). Settings it does not name have today's defaults.",
        'Steps cannot be "0": it must be a whole number between 1 and 1,000,000. The default is used.',
        "“noise.tilt” is not a setting and was ignored.",
    )


def test_any_link_opens_something():
    odd = {"v": "\n" * 99, "a\nb": "1", **{f"x{i}": "\u2028" for i in range(1000)}, "data.n": "\x00"}
    link = read_link(odd)
    assert link.experiment == DEFAULT
    assert len(link.remarks) == 3
    assert all(remark.isprintable() and len(remark) < 500 for remark in link.remarks)
    assert link.remarks[-1].endswith("“x6” and 993 more are not settings and were ignored.")


def test_settings_that_do_not_go_together_fall_back_together():
    link = read_link({"data.x_min": "7", "data.x_max": "7", "noise.scale": "0.3"})
    assert link.experiment == Experiment.from_settings({"noise.scale": 0.3})
    assert link.remarks == (
        "x to cannot be 7: it must be above “x from”, which is 7. The defaults of “x from” and “x to” are used.",
    )
    link = read_link({"data.target": "cubic", "data.x_min": "160"})
    assert link.experiment == Experiment.from_settings({"data.target": "cubic"})
    link = read_link({"loss.name": "posted", "loss.reading": "constant_variance"})
    assert link.experiment == Experiment.from_settings({"loss.name": "posted"})
    assert "it must be log_variance, laplace_scale or mean_absolute with the loss posted." in link.remarks[0]


def test_random_queries_never_raise_and_say_what_they_drop():
    rng = np.random.default_rng(0)
    texts = [v for v in NEVER_VALID if isinstance(v, str)] + ["1", "0.5", "-3", "true", "cubic", "posted", "8,8"]
    for _ in range(300):
        query = {str(path): str(rng.choice(texts)) for path in rng.choice([*FIELDS, "v", "zz"], 6)}
        link = read_link(query)
        kept = {p for p in query if p in FIELDS and to_text(link.experiment.value(p)) != to_text(DEFAULT.value(p))}
        for path in set(query) & set(FIELDS) - kept:
            named = any(LABELS[path] in remark or path in remark for remark in link.remarks)
            assert named or read_link({path: query[path]}).remarks == ()
        assert all(remark.isprintable() for remark in link.remarks)


def test_a_pinned_experiment_comes_back_beside_the_other():
    for one, pinned in itertools.pairwise(RANDOM):
        link = read_link(write_link(one, pinned))
        assert link.remarks == ()
        assert link.experiment.settings() == one.settings()
        assert link.pinned is not None
        assert link.pinned.settings() == pinned.settings()
        assert len(write_link(one, pinned)[PIN]) < LONGEST_PIN
    assert read_link(write_link(DEFAULT)).pinned is None
    assert read_link(write_link(DEFAULT, DEFAULT)).pinned == DEFAULT


def test_a_pinned_experiment_may_name_as_many_columns_as_there_are_letters_for():
    names = ",".join(f"{i:03}" + 22 * "\N{MATHEMATICAL BOLD CAPITAL A}" for i in range(300))
    pinned = DEFAULT.with_settings({"data.table": "cars", "data.features": names})
    link = read_link(write_link(DEFAULT, pinned))
    assert (link.pinned, link.remarks) == (pinned, ())


def test_a_pin_that_cannot_be_read_is_named_and_the_rest_opens():
    for text in ("", "nonsense", "\0", "a=1&" * LONGEST_PIN, "[" * 10_000, "loss.name=posted&&"):
        link = read_link({PIN: text, "training.seed": "3"})
        assert link.pinned is None
        (remark,) = link.remarks
        assert remark.startswith("The pinned run cannot be")
        assert remark.isprintable()
        assert len(remark) < 300
        assert link.experiment == DEFAULT.with_settings({"training.seed": 3})


def test_settings_of_a_pin_are_checked_as_those_of_a_link():
    pin = "loss.name=posted&noise.scale=-3&colour=red&pin=v%3D2&v=2"
    link = read_link({PIN: pin})
    assert link.experiment == DEFAULT
    assert link.pinned == DEFAULT.with_settings({"loss.name": "posted"})
    assert len(link.remarks) == 2
    assert all(remark.startswith("In the pinned run: ") for remark in link.remarks)


@pytest.mark.parametrize("csv", [{}, {"data.csv": "zz"}, {"data.csv": ""}])
def test_a_table_of_ones_own_without_its_name_opens_the_default(csv: dict[str, str]) -> None:
    """This did not end: what was wrong was not in the link, so that nothing could be taken out of it."""
    link = read_link({"data.table": "own", **csv, "noise.scale": "0.3"})
    assert link.experiment == Experiment.from_settings({"noise.scale": 0.3})
    assert any(remark.startswith("Your table cannot be") for remark in link.remarks)
    pinned = read_link({"pin": "data.table=own&v=2"})
    assert pinned.pinned == Experiment()
