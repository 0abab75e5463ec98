"""The callbacks for Lightning and Keras in real trainings. Both packages are installed into a folder of the test."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# Without their own dependencies, which would bring another PyTorch.
PACKAGES = ("lightning", "lightning-utilities", "torchmetrics", "fsspec", "pyyaml", "tqdm", "keras", "absl-py", "rich")
PACKAGES += ("namex", "h5py", "optree", "ml-dtypes", "markdown-it-py", "mdurl", "pygments")
START = """
import json, numpy as np, torch
torch.manual_seed(0); torch.set_num_threads(1)
code = "0.5 * torch.exp(-s) * (y - mu)**2 + 0.5 * s"
x = torch.rand(2000, 1) * 6; y = torch.sin(x) + 0.2 * torch.randn_like(x)
"""
LIGHTNING = """
import lightning.pytorch as pl
from core.monitor.lightning import MonitorCallback
class Net(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = torch.nn.Sequential(torch.nn.Linear(1, 32), torch.nn.Tanh(), torch.nn.Linear(32, 2))
    def training_step(self, batch, index):
        x, y = batch; mu, s = self.net(x).chunk(2, 1)
        return {"loss": (0.5 * torch.exp(-s) * (y - mu)**2 + 0.5 * s).mean(), "y": y, "mean": mu, "log_var": s}
    validation_step = training_step
    def configure_optimizers(self): return torch.optim.Adam(self.parameters(), 1e-2)
sets = [torch.utils.data.TensorDataset(x[rows], y[rows]) for rows in (slice(0, 1600), slice(1600, None))]
loaders = [torch.utils.data.DataLoader(each, size) for each, size in zip(sets, (64, 400))]
watch = MonitorCallback(loss=code, tell=None)
quiet = dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False)
pl.Trainer(max_epochs=10, callbacks=[watch], accelerator="cpu", **quiet).fit(Net(), *loaders)
"""
KERAS = """
import keras
from core.monitor.keras import MonitorCallback
def nll(t, p):
    mu, s = p[:, :1], p[:, 1:]
    return keras.ops.mean(0.5 * keras.ops.exp(-s) * (t - mu)**2 + 0.5 * s)
net = keras.Sequential([keras.layers.Dense(32, activation="tanh"), keras.layers.Dense(2)])
net.compile(keras.optimizers.Adam(1e-2), loss=nll)
watch = MonitorCallback(x[1600:].numpy(), y[1600:].numpy(), loss=code, tell=None)
held_out = x[1600:].numpy(), y[1600:].numpy()
net.fit(x[:1600].numpy(), y[:1600].numpy(), epochs=10, verbose=0, validation_data=held_out, callbacks=[watch])
"""
END = """
it = watch.monitor
epochs = len(json.loads(it.record())["validation"]["loss"])
mark = [len(it.predictions[0]), it.gradients.looks, it.problem, it.curve.steps, epochs]
print("FOUND", json.dumps(mark))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("frameworks")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), *PACKAGES]
    subprocess.run(install, check=True, timeout=600)
    return folder


@pytest.mark.ci
@pytest.mark.parametrize(("script", "steps", "looks"), [(LIGHTNING, 250, 3), (KERAS, 10, 0)])
def test_a_callback_watches_a_real_training(installed, script, steps, looks):
    path = os.pathsep.join([str(ROOT), str(installed)])
    done = subprocess.run(
        [sys.executable, "-c", START + script + END],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path, "KERAS_BACKEND": "torch"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    found = [line for line in done.stdout.splitlines() if line.startswith("FOUND ")]
    assert found, done.stderr[-3000:]
    assert json.loads(found[0][6:]) == [400, looks, "", steps, 10]


@pytest.mark.parametrize("name", ["lightning", "keras"])
def test_without_the_package_one_sentence_says_what_to_install(name):
    code = f"import sys; sys.modules[{name!r}] = sys.modules['pytorch_lightning'] = None; import core.monitor.{name}"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert f"pip install {name}" in done.stderr.splitlines()[-1]
