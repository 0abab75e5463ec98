"""An ensemble as arviz takes it: its likelihood is that of the run, and arviz's own scores are as they should be."""

import json
import re
import subprocess
import sysconfig
import venv
from pathlib import Path

import numpy as np
import pytest
from scipy.special import logsumexp

from core import presets, train
from core.interop.arviz_data import groups_of

ROOT = Path(__file__).parents[3]
SMALL = {"training.steps": 100, "data.n": 200}
EXAMINE = """
import json, warnings
warnings.simplefilter("ignore")
import arviz as az, numpy as np
from core import presets, train
from core.interop import to_arviz

run = train(presets["quick"].with_settings({"training.steps": 100, "data.n": 200, "training.members": 25}))
held_out, trained = to_arviz(run), to_arviz(run, run.dataset.x, run.target(run.dataset.y), draws=50)
likelihood = trained["log_likelihood"]["y"]
loo = az.loo(trained)
found = {
    "dims": likelihood.dims,
    "shape": likelihood.shape,
    "drawn": trained["posterior_predictive"]["y"].shape,
    "held out": held_out["log_likelihood"]["y"].shape[-1],
    "observed": bool((np.asarray(trained["observed_data"]["y"]) == run.dataset.y).all()),
    "lppd": float(np.log(np.exp(np.asarray(likelihood)[0]).mean(axis=0)).sum()),
    "elpd": float(getattr(loo, "elpd", None) or loo["elpd_loo"]),
    "p": float(getattr(loo, "p", None) or loo["p_loo"]),
}
print(json.dumps(found))
"""
(EXAMPLE,) = re.findall(r"```py\n(.*?)```", (ROOT / "docs" / "notebook.md").read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("settings", [{}, {"training.members": 3}, {"training.members": 2, "loss.name": "laplace_nll"}])
def test_the_likelihood_of_the_networks_is_that_of_the_run(settings: dict[str, object]) -> None:
    run = train(presets["quick"].with_settings({**SMALL, **settings}))
    count, n = run.experiment.training.members, run.y_held_out.size
    groups = groups_of(run, None, None, 300, 4)
    likelihood = groups["log_likelihood"]["y"]
    assert likelihood.shape == groups["posterior"]["mean"].shape == groups["posterior"]["std"].shape == (1, count, n)
    assert run.scores["nll"] == pytest.approx(-(logsumexp(likelihood[0], axis=0) - np.log(count)).mean(), rel=1e-9)
    drawn = groups["posterior_predictive"]["y"]
    assert drawn.shape == (1, 300, n)
    np.testing.assert_array_equal(drawn, groups_of(run, None, None, 300, 4)["posterior_predictive"]["y"])
    mean = run.judged.need_mean()
    assert np.abs(drawn[0].mean(axis=0) - mean).mean() < 3 * np.mean(run.judged.need_std()) / np.sqrt(300)
    np.testing.assert_array_equal(groups["observed_data"]["y"], run.y_held_out)
    with pytest.raises(ValueError, match="together"):
        groups_of(run, run.dataset.x, None, 1, 0)


@pytest.mark.ci
@pytest.mark.long
def test_arviz_reads_it_and_leaves_one_out(tmp_path: Path) -> None:
    """In an environment of its own: arviz brings many packages along."""
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    here = f"{sysconfig.get_paths()['purelib']}\n{ROOT}\n"
    (tmp_path / "shared.pth").write_text(here)
    (site,) = (tmp_path / "env" / "lib").glob("python*/site-packages")
    (tmp_path / "shared.pth").rename(site / "shared.pth")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "arviz"], check=True, capture_output=True)
    code = "from core import presets, train\n" + EXAMPLE.replace("heteroscope", "core") + EXAMINE
    ran = subprocess.run([python, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["dims"] == ["chain", "draw", "row"]
    assert found["shape"] == [1, 25, 200]
    assert found["drawn"] == [1, 50, 200]
    assert found["held out"] == train(presets["quick"].with_settings({**SMALL, "training.steps": 1})).y_held_out.size
    assert found["observed"]
    assert found["lppd"] - found["elpd"] == pytest.approx(found["p"], abs=1e-6)
    assert 0 < found["p"] < 25
