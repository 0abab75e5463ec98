"""A loss from code as an experiment: the row and the head that it is, or a formula, and what neither can say."""

import pytest

from core import Experiment, train
from core.diagnosis.loss_check.as_experiment import settings_of
from core.diagnosis.loss_check.meaning import meaning_of
from core.loss_code.reading import read_code

CODES = {
    "loss = (0.5*torch.exp(-lv)*(y - mu)**2 + 0.5*lv).mean()": {"loss.name": "gaussian_nll", "loss.head": "exp"},
    "sigma = F.softplus(raw) + 1e-3\nloss = -Normal(mu, sigma).log_prob(y).mean()": {
        "loss.name": "gaussian_nll",
        "loss.head": "softplus_floor",
    },
    "loss = (torch.exp(-s)*(y - mu).abs() + s).mean()": {"loss.name": "laplace_nll", "loss.head": "exp"},
    "loss = (0.1*(y - mu)**2 + 0.5*torch.exp(-s)*(y - mu)**2 + 0.5*s).mean()": {
        "loss.formula": "0.1*r**2 + 0.5*exp(-s)*r**2 + 0.5*s"
    },
}


@pytest.mark.parametrize("code", CODES)
def test_the_row_the_head_or_the_formula(code: str) -> None:
    settings = settings_of(meaning_of(read_code(code)))
    assert settings is not None
    assert CODES[code].items() <= settings.items()
    Experiment().with_settings(settings)


def test_what_no_setting_says() -> None:
    huber = "loss = torch.where(err.abs() < 1, 0.5*err**2, err.abs() - 0.5) * torch.exp(-s) + s"
    assert settings_of(meaning_of(read_code(huber))) is None


def test_the_net_that_is_trained_has_the_std_of_the_noise() -> None:
    settings = settings_of(meaning_of(read_code(list(CODES)[1])))
    run = train(Experiment.from_settings({**settings, "noise.scale": 0.2, "training.seed": 0}))
    assert run.predict([70.0, 100.0, 130.0])["std"].to_numpy() == pytest.approx(0.2, rel=0.1)
