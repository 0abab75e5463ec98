"""The part of a script that gives its points: drawn, written out, or read from a file."""

import numpy as np

from ..data.dataset import DESIGNS, HELD_OUT, VALIDATION
from ..data.noise import NOISES, PROFILES
from ..data.targets import TARGETS
from ..source import source
from ..training.run import Run
from .facts import is_embedded, waits
from .run_tables import PARTS


def points_part(run: Run) -> str:
    """Lines that define `points`."""
    if run.dataset.truth is not None:
        return _drawn(run)
    return _from_rows(run) if is_embedded(run) else _from_file(run)


def _drawn(run: Run) -> str:
    data, noise = run.experiment.data, run.experiment.noise
    alone = DESIGNS[data.design].isolated
    if alone:
        training = f"""    alone = X_MIN + np.array({list(alone)})[:N] * (X_MAX - X_MIN)  # alone, and no noise
    x = design(x_rng, N - len(alone), X_MIN, X_MAX)
    y = np.append(target(x) + std(x) * noise(z_rng, len(x)), target(alone))
    x = np.append(x, alone)"""
    else:
        training = """    x = design(x_rng, N, X_MIN, X_MAX)
    y = target(x) + std(x) * noise(z_rng, N)"""
    others = f"({HELD_OUT}, {VALIDATION})" if waits(run) else f"({HELD_OUT},)"
    functions = (
        source(TARGETS[data.target].function, "target"),
        source(PROFILES[noise.profile].shape, "profile", "σ relative to NOISE, at the place u of x in its range."),
        _STD,
        source(NOISES[noise.family].sample, "noise", "Z, of mean 0 and variance 1."),
        source(DESIGNS[data.design].draw, "design", "How n points lie along x."),
    )
    texts = "\n\n".join(functions)
    return f'''{texts}

def points():
    """{_parts_words(run)}, x (n, 1) and y (n,): y = f(x) + σ(x)·Z, each part from streams of its own."""
    root = np.random.SeedSequence(DATA_SEED, spawn_key=(int.from_bytes(b"data", "big"),))
    x_rng, z_rng, *of_others = (np.random.default_rng(stream) for stream in root.spawn({6 if waits(run) else 4}))
{training}
    parts = [(x[:, None], y)]
    for n, x_rng, z_rng in zip({others}, of_others[::2], of_others[1::2]):
        x = design(x_rng, n, X_MIN, X_MAX)
        parts.append((x[:, None], target(x) + std(x) * noise(z_rng, n)))
    return parts
'''


_STD = '''def std(x):
    """σ(x): how wide the noise is at x."""
    return NOISE * profile(np.clip((x - X_MIN) / (X_MAX - X_MIN), 0.0, 1.0))
'''


def _parts_words(run: Run) -> str:
    return "Training, test and validation points" if waits(run) else "Training and test points"


def _from_rows(run: Run) -> str:
    names = "(TRAIN, TEST, VALIDATION)" if waits(run) else "(TRAIN, TEST)"
    return f'''def points():
    """{_parts_words(run)}, x (n, inputs) and y (n,); the numbers stand at the end of this file."""
    parts = [np.array(rows, dtype=float).reshape(-1, len(INPUTS) + 1) for rows in {names}]
    return [(rows[:, :-1], rows[:, -1]) for rows in parts]
'''


def _from_file(run: Run) -> str:
    wanted = ("train", "test", "validation") if waits(run) else ("train", "test")
    return f'''def points():
    """{_parts_words(run)}, x (n, inputs) and y (n,), from a file whose columns are part, inputs, y."""
    names = {PARTS}
    read = {{"delimiter": ",", "skiprows": 1, "ndmin": 2, "encoding": "utf-8", "converters": {{0: names.index}}}}
    table = np.loadtxt(sys.argv[1], **read)
    parts = [table[table[:, 0] == names.index(part), 1:] for part in {wanted}]
    return [(rows[:, :-1], rows[:, -1]) for rows in parts]
'''


def rows_part(run: Run) -> str:
    """The numbers of a small table, as lists of lists: inputs, and y last."""
    data = run.dataset
    if data.truth is not None or not is_embedded(run):
        return ""
    parts = [("TRAIN", data.x, data.y), ("TEST", data.x_held_out, data.y_held_out)]
    if waits(run):
        parts.append(("VALIDATION", data.x_validation, data.y_validation))
    return "".join(_list(*part) for part in parts) + "\n"


def _list(name: str, x: np.ndarray, y: np.ndarray) -> str:
    rows = np.column_stack([x, y]).tolist()
    return f"{name} = [\n" + "".join(f"    {row!r},\n" for row in rows) + "]\n"
