"""Experiments are values: keys, JSON and links, and one plain sentence for whatever is out of bounds."""

import copy
import json
import math
from itertools import pairwise

import numpy as np
import pytest
from pydantic import ValidationError

from core import experiment as module
from core.__main__ import main
from core.data.targets import TARGETS
from core.experiment import (
    FIELDS,
    LINK_VERSION,
    NUMERICS_VERSION,
    Experiment,
    InvalidExperiment,
    NoiseSettings,
    Problem,
    allowed,
    bounds_of,
    field_of,
    read_link,
    setting_of,
    to_text,
)
from core.model.losses import LOSSES

DEFAULT = Experiment()
every_field = pytest.mark.parametrize("path", FIELDS)


def kind_of(path):
    return field_of(path).annotation


def is_number(path):
    return kind_of(path) in (int, float)


def another(path):
    """A value the default experiment does not have."""
    if setting_of(path).choices is not None:
        return next(name for name in setting_of(path).choices if name != DEFAULT.value(path))
    if kind_of(path) is bool:
        return not DEFAULT.value(path)
    if not is_number(path):
        return (7, 5)
    value, high = DEFAULT.value(path), bounds_of(path)[1]
    return kind_of(path)((value + min(high, 2 * abs(value) + 2)) / 2)


def random_experiment(rng):
    """Any valid experiment: each field left alone or drawn from all it takes, its ends included."""
    loss = rng.choice(list(LOSSES))
    settings = {"loss.name": loss, "loss.reading": rng.choice(LOSSES[loss].readings)}
    for path in FIELDS:
        if path in settings or rng.random() < 0.4:
            continue
        setting = setting_of(path)
        if setting.choices is not None:
            settings[path] = rng.choice(list(setting.choices))
        elif kind_of(path) is bool:
            settings[path] = bool(rng.integers(2))
        elif is_number(path):
            low, high = bounds_of(path)
            drawn = rng.choice([low, high, rng.uniform(low, high), low + (high - low) * 10.0 ** rng.uniform(-12, 0)])
            settings[path] = int(drawn) if kind_of(path) is int else float(drawn)
        else:
            settings[path] = rng.integers(1, 1025, rng.integers(1, 7)).tolist()
    settings["data.x_min"], settings["data.x_max"] = sorted(rng.uniform(-1e6, 1e6, 2).tolist())
    return Experiment.from_settings(settings)


RANDOM = [random_experiment(np.random.default_rng(seed)) for seed in range(300)]


# A value


def test_an_experiment_is_frozen():
    with pytest.raises(ValidationError):
        DEFAULT.noise = NoiseSettings(scale=0.3)
    with pytest.raises(ValidationError):
        DEFAULT.noise.scale = 0.3
    assert isinstance(DEFAULT.network.layers, tuple)


def test_equal_settings_make_equal_experiments_and_keys():
    for one in RANDOM[:50]:
        other = Experiment.from_settings({**one.settings(), "data.x_min": one.data.x_min, "data.x_max": one.data.x_max})
        assert other.key == one.key
    typed = Experiment.from_settings({"data.n": "500", "network.layers": "8, 4", "training.standardise": "false"})
    given = Experiment.from_settings({"data.n": 500, "network.layers": (8, 4), "training.standardise": False})
    assert typed == given
    assert hash(typed) == hash(given)
    assert typed.key == given.key


def test_minus_zero_is_zero():
    minus, plus = (Experiment.from_settings({"data.x_min": value}) for value in ("-0", 0.0))
    assert minus == plus
    assert minus.key == plus.key
    assert minus.to_query() == plus.to_query()


def test_random_experiments_have_keys_of_their_own():
    assert len({e.key for e in RANDOM}) == len(RANDOM)
    assert all(len(e.key) == 16 and int(e.key, 16) >= 0 for e in RANDOM)


@every_field
def test_a_field_changes_the_key_unless_it_is_only_a_view(path):
    start = DEFAULT.with_settings({"loss.name": "posted"}) if path == "loss.reading" else DEFAULT
    if setting_of(path).table_only:
        start = DEFAULT.with_settings({"data.table": "engel"})
    value = "laplace_scale" if path == "loss.reading" else another(path)
    changed = start.with_settings({path: value})
    assert changed.value(path) != start.value(path)
    assert (changed.key == start.key) is setting_of(path).view_only


@every_field
def test_what_does_not_apply_is_no_part_of_the_key(path):
    beside_table = setting_of(path).synthetic_only
    if not beside_table and not setting_of(path).table_only:
        assert path in DEFAULT.settings()
        return
    start = DEFAULT.with_settings({"data.table": "engel"}) if beside_table else DEFAULT
    changed = start.with_settings({path: another(path)})
    assert changed.key == start.key
    assert path not in changed.settings()


def test_a_changed_copy_of_pydantics_has_a_key_of_its_own():
    assert DEFAULT.key
    assert DEFAULT.model_copy(update={"noise": NoiseSettings(scale=0.3)}).key != DEFAULT.key


def test_a_new_numerics_version_gives_new_keys(monkeypatch):
    before = RANDOM[0].key
    monkeypatch.setattr(module, "NUMERICS_VERSION", NUMERICS_VERSION + 1)
    module._key.cache_clear()
    after = RANDOM[0].key
    module._key.cache_clear()
    assert after != before


def test_a_target_brings_its_range_and_a_loss_its_reading():
    cubic = DEFAULT.with_settings({"data.target": "cubic", "data.x_max": 5})
    assert (cubic.data.x_min, cubic.data.x_max, cubic.noise.scale) == (-4.0, 5.0, 3.0)
    for name, loss in LOSSES.items():
        assert DEFAULT.with_settings({"loss.name": name}).loss.reading == loss.readings[0]


# There and back


def test_json_brings_every_experiment_back():
    for one in RANDOM:
        back = Experiment.from_json(one.to_json())
        assert back.settings() == one.settings()
        assert back.key == one.key


def test_links_bring_every_experiment_back():
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


# What a link of version 1 leaves unsaid.
UNSAID_1 = {
    "data.table": "none",
    "data.target": "two_sines",
    "data.n": "20000",
    "data.x_min": "50.0",
    "data.x_max": "150.0",
    "data.design": "stratified",
    "data.held_out": "0.2",
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
    "training.optimizer": "adam",
    "training.learning_rate": "0.01",
    "training.schedule": "one_cycle",
    "training.batch_size": "256",
    "training.steps": "320",
    "training.standardise": "true",
    "training.device": "auto",
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
    "posted": "log_variance",
    "laplace_nll": "laplace_scale",
    "squared_error": "constant_variance",
}


def test_what_links_leave_unsaid_belongs_to_their_version():
    unsaid = {path: to_text(DEFAULT.value(path)) for path in FIELDS}
    assert (LINK_VERSION, unsaid) == (1, UNSAID_1), (
        "A setting's name or default changed, so an old link opens something else: raise LINK_VERSION in "
        "core/experiment.py and write it and the new defaults here. A setting that is only new needs its line here, "
        "and no new version if its default is what was done before."
    )
    brought = {name: (row.x_min, row.x_max, row.noise_scale) for name, row in TARGETS.items()}
    brought |= {name: row.readings[0] for name, row in LOSSES.items()}
    assert {name: brought.get(name) for name in BROUGHT_1} == BROUGHT_1, (
        "What a target or a loss brings along changed, so an old link opens something else: raise LINK_VERSION."
    )


def test_the_default_run_belongs_to_a_numerics_version():
    assert (NUMERICS_VERSION, DEFAULT.key) == (1, "92e781feaf765598"), (
        "The default run has another name: after a change of defaults put its new key here; after a change of what "
        "training computes raise NUMERICS_VERSION in core/experiment.py first."
    )


# What a field says of itself


@every_field
def test_a_field_has_words_and_bounds(path):
    setting = setting_of(path)
    assert setting.label
    assert setting.help.endswith(".")
    if setting.choices is not None:
        assert DEFAULT.value(path) in setting.choices
        assert all(setting.choice_label(name) for name in setting.choices)
    if is_number(path):
        low, high = bounds_of(path)
        assert low <= DEFAULT.value(path) <= high
        assert type(low) is type(high) is kind_of(path)
    assert not setting.log or bounds_of(path)[0] > 0
    with_ends = [DEFAULT.value(path), *(bounds_of(path) if is_number(path) and "x_m" not in path else ())]
    for value in with_ends:
        assert Experiment.from_settings({path: to_text(value)}).value(path) == value


# What is refused

NEVER_VALID = (
    "", " ", "nope", "nan", "NaN", "inf", "-inf", "1e400", "-1e400", "٣", "x" * 100_000, "9" * 5000, "1," * 1000,
    "a\nb", "a\r\nb\x00\x1b[31m", "\u2028\u202e", "\ud800", "<b>no</b>", "[[[[", "[" * 10_000, "{}", "1 2", "0x10",
    None, [], [[]], [None], {}, {"a": 1}, math.nan, math.inf, -math.inf, 10**400, 10**5000, b"\xff", object(),
    [1] * 1000, ["1"] * 7, [32, True], [32, 64.5], [0], [1025], [-1], {32, 64}, (32, [64]),
)  # fmt: skip


def nested(depth):
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


def is_a_sentence(text, path, value_allowed):
    assert len(text.splitlines()) == 1
    assert text.isprintable()
    assert text.startswith(f"{path} cannot be ")
    assert text.endswith(f": it takes {value_allowed}.")
    assert len(text) < 300


def refused(path, value):
    """The sentence said of a value, wherever it is given."""
    section, name = FIELDS[path]
    for make in (
        lambda: Experiment.from_settings({path: value}),
        lambda: DEFAULT.with_settings({path: value}),
        lambda: Experiment(**{section: {name: value}}),
    ):
        with pytest.raises(InvalidExperiment) as caught:
            make()
        assert [(p.field, p.allowed) for p in caught.value.problems] == [(path, allowed(path))]
        is_a_sentence(str(caught.value), path, allowed(path))
    return str(caught.value)


@every_field
def test_no_field_takes_nonsense(path):
    for value in (*NEVER_VALID, nested(900), nested(5000)):
        sentence = refused(path, value)
        try:
            text = json.dumps({FIELDS[path][0]: {FIELDS[path][1]: value}})
        except (TypeError, ValueError, RecursionError):
            continue  # no JSON can say it
        if len(text) <= 100_000:
            with pytest.raises(InvalidExperiment) as caught:
                Experiment.from_json(text)
            assert str(caught.value) in (sentence, sentence.replace("(", "[").replace(")", "]"))


@every_field
def test_links_and_flags_name_nonsense_too(path, capsys):
    for value in (text for text in NEVER_VALID if isinstance(text, str)):
        link = read_link({path: value, "v": str(LINK_VERSION)})
        assert link.experiment == DEFAULT
        assert link.remarks == (f"{Problem(path, value, allowed(path))} The default was taken.",)
        assert main(["train", "--set", f"{path}={value}"]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.endswith("\n")
        is_a_sentence(err[:-1], path, allowed(path))


@pytest.mark.parametrize("path", [path for path in FIELDS if is_number(path)])
def test_a_number_ends_at_its_bounds(path):
    low, high = bounds_of(path)
    step = 1 if kind_of(path) is int else 1e-9 * max(1, abs(high))
    for value in (low - step, high + step, str(low - step), str(high + step), True, False):
        refused(path, value)
    if kind_of(path) is int:
        for value in (low + 0.5, str(low + 0.5)):
            refused(path, value)


@pytest.mark.parametrize("path", [path for path in FIELDS if setting_of(path).choices is not None])
def test_a_choice_is_one_of_the_table(path):
    for value in (True, 0, 1, DEFAULT.value(path).upper(), DEFAULT.value(path) + " ", [DEFAULT.value(path)]):
        assert "one of " in refused(path, value)


@pytest.mark.parametrize("value", ["maybe", 2, -1, 0.5, "1.0"])
def test_a_switch_is_on_or_off(value):
    assert refused("training.standardise", value).endswith("it takes true or false.")


def test_numpys_own_numbers_are_numbers():
    settings = {"data.n": np.int64(50), "noise.scale": np.float32(0.5), "network.layers": [np.int64(4)]}
    assert Experiment.from_settings(settings).settings()["data.n"] == 50


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"noise.scale": -0.2}, "noise.scale cannot be -0.2: it takes a number from 0.001 to 100."),
        ({"data.n": "2e9"}, 'data.n cannot be "2e9": it takes a whole number from 10 to 1,000,000.'),
        ({"network.heads": 3}, "network.heads cannot be 3: it takes one of shared or separate."),
        ({"noise.scale": math.nan}, "noise.scale cannot be NaN: it takes a number from 0.001 to 100."),
        ({"data.x_max": 50}, "data.x_max cannot be 50: it takes a number above data.x_min, here 50."),
        ({"data.x_min": 200}, "data.x_max cannot be 150: it takes a number above data.x_min, here 200."),
        (
            {"loss.reading": "laplace_scale"},
            'loss.reading cannot be "laplace_scale": it takes log_variance with loss gaussian_nll.',
        ),
        ({"noise.scal": 1}, "noise.scal cannot be 1: there is no such setting; the nearest is noise.scale."),
        ({"data": {"n": 10}}, 'data cannot be {"n": 10}: there is no such setting; the nearest is data.n.'),
        ({"\n": 1}, "\\n cannot be 1: there is no such setting; data.table is one."),
    ],
)
def test_a_sentence_is_plain(settings, sentence):
    with pytest.raises(InvalidExperiment) as caught:
        Experiment.from_settings(settings)
    assert str(caught.value) == sentence


def test_every_problem_is_named_and_a_great_many_are_counted():
    with pytest.raises(InvalidExperiment) as caught:
        Experiment.from_settings({"noise.scale": 0, "data.n": 0, "training.steps": 5})
    assert [p.field for p in caught.value.problems] == ["noise.scale", "data.n"]
    with pytest.raises(InvalidExperiment) as caught:
        Experiment.from_settings({f"no.{i}": i for i in range(10_000)})
    assert str(caught.value).endswith("So it is with 9,992 more.")
    assert len(str(caught.value)) < 2000


def test_an_error_survives_the_way_back_from_a_worker():
    error = InvalidExperiment([Problem("training.device", "cuda", "cpu")])
    back = copy.copy(error)  # takes it apart and makes it again as pickle does
    assert str(back) == str(error) == 'training.device cannot be "cuda": it takes cpu.'
    assert back.problems == error.problems


@pytest.mark.parametrize("sections", [{"data": 5}, {"data": None}, {"colour": 1}, {"data": {"n": 3}}])
def test_sections_are_checked_as_settings_are(sections):
    with pytest.raises(InvalidExperiment) as caught:
        Experiment(**sections)
    assert str(caught.value).startswith(next(iter(sections)))


# Files

BAD_FILES = {
    "": "The file cannot be",
    "null": "The file cannot be null",
    "[1]": "The file cannot be [1]",
    "{": "The file cannot be",
    "[" * 10_000: "The file cannot be",
    "[" * 10_000 + "]" * 10_000: "The file cannot be",
    '{"a":' * 10_000 + "1" + "}" * 10_000: "The file cannot be",
    "x" * 100_001: "The file's length cannot be 100001: it must be at most 100,000 characters.",
    '{"noise": 3}': "noise cannot be 3: it takes an object of settings.",
    '{"noise": {"scale": NaN}}': "noise.scale cannot be NaN: ",
    '{"noise": {"scale": -Infinity}}': "noise.scale cannot be -Infinity: ",
    '{"noise": {"scale": 1e400}}': "noise.scale cannot be Infinity: ",
    '{"noise": {"scale": true}}': "noise.scale cannot be true: ",
    '{"noise": {"scale": ' + "9" * 5000 + "}}": "The file cannot be",
    '{"noise": {"scale": ' + "[" * 900 + "]" * 900 + "}}": "noise.scale cannot be [[[[",
    '{"noise": {"scale": 1, "scale": 2}}': "scale cannot be 2: it takes one value, and has two.",
    '{"noise": {"scale": 1}, "noise.scale": 2}': "noise.scale cannot be 2: it takes one value, and has two.",
    '{"noise": {}, "noise": {}}': "noise cannot be {}: it takes one value, and has two.",
    '{"noise": {"sc\\nale": 1}}': "noise.sc\\nale cannot be 1: there is no such setting; the nearest is noise.scale.",
    '{"network": {"layers": [' + "1, " * 999 + "1]}}": "network.layers cannot be [1, 1, ",
    '{"network": {"layers": "' + "1, " * 999 + '1"}}': 'network.layers cannot be "1, 1, ',
    '{"version": 1, "data": {"x_min": 3, "x_max": 2}}': "data.x_max cannot be 2: ",
}


@pytest.mark.parametrize("text", BAD_FILES, ids=lambda text: text[:30])
def test_a_bad_file_gets_a_sentence(text):
    with pytest.raises(InvalidExperiment) as caught:
        Experiment.from_json(text)
    sentence = str(caught.value)
    assert sentence.startswith(BAD_FILES[text])
    assert sentence.endswith(".")
    assert sentence.isprintable()
    assert len(sentence) < 300


# Links


def test_a_link_of_another_version_opens_as_far_as_it_can():
    link = read_link({"v": "99", "noise.scale": "0.5", "noise.tilt": "3", "training.steps": "0"})
    assert link.experiment == Experiment.from_settings({"noise.scale": 0.5})
    assert link.remarks == (
        "This link was made by another version (v=99, here v=1): settings it does not name take today's defaults.",
        'training.steps cannot be "0": it takes a whole number from 1 to 1,000,000. The default was taken.',
        "“noise.tilt” is no setting here and was left out.",
    )


def test_a_link_is_never_too_odd():
    odd = {"v": "\n" * 99, "a\nb": "1", **{f"x{i}": "\u2028" for i in range(1000)}, "data.n": "\x00"}
    link = read_link(odd)
    assert link.experiment == DEFAULT
    assert len(link.remarks) == 3
    assert all(remark.isprintable() and len(remark) < 500 for remark in link.remarks)
    assert link.remarks[-1].endswith("“x6” and 993 more are no settings here and were left out.")


def test_settings_that_do_not_go_together_fall_back_together():
    link = read_link({"data.x_min": "7", "data.x_max": "7", "noise.scale": "0.3"})
    assert link.experiment == Experiment.from_settings({"noise.scale": 0.3})
    assert link.remarks == (
        "data.x_max cannot be 7: it takes a number above data.x_min, here 7. "
        "The defaults of data.x_min and data.x_max were taken.",
    )
    link = read_link({"data.target": "cubic", "data.x_min": "160"})
    assert link.experiment == Experiment.from_settings({"data.target": "cubic"})
    link = read_link({"loss.name": "posted", "loss.reading": "constant_variance"})
    assert link.experiment == Experiment.from_settings({"loss.name": "posted"})
    assert "it takes log_variance, laplace_scale or mean_absolute with loss posted." in link.remarks[0]


def test_random_queries_never_raise_and_say_what_they_drop():
    rng = np.random.default_rng(0)
    texts = [v for v in NEVER_VALID if isinstance(v, str)] + ["1", "0.5", "-3", "true", "cubic", "posted", "8,8"]
    for _ in range(300):
        query = {str(path): str(rng.choice(texts)) for path in rng.choice([*FIELDS, "v", "zz"], 6)}
        link = read_link(query)
        kept = {p for p in query if p in FIELDS and to_text(link.experiment.value(p)) != to_text(DEFAULT.value(p))}
        for path in set(query) & set(FIELDS) - kept:
            named = any(path in remark for remark in link.remarks)
            assert named or read_link({path: query[path]}).remarks == ()
        assert all(remark.isprintable() for remark in link.remarks)


def test_the_layers_of_a_link_are_the_layers_of_a_person():
    for text in ("32,64", "32, 64", "[32, 64]", "(32,64)", " 32 ,64 "):
        assert Experiment.from_settings({"network.layers": text}).network.layers == (32, 64)


def test_settings_come_in_the_order_of_the_fields():
    places = [list(FIELDS).index(path) for path in RANDOM[0].settings()]
    assert all(a < b for a, b in pairwise(places))
