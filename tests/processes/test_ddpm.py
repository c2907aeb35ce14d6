import pytest
import torch

from kineograph.core.random import Noise
from kineograph.processes.cosine_schedule import CosineSchedule
from kineograph.processes.ddpm import Ddpm
from kineograph.processes.epsilon_prediction import EpsilonPrediction
from kineograph.processes.linear_schedule import LinearSchedule
from kineograph.processes.v_prediction import VPrediction
from kineograph.processes.x0_prediction import X0Prediction

SCHEDULES = [LinearSchedule(beta_min=0.1, beta_max=20.0), CosineSchedule(log_snr_min=-12.0, log_snr_max=12.0)]
ANSWERS = [
    (EpsilonPrediction(), lambda clean, noise, alpha, sigma: noise),
    (X0Prediction(), lambda clean, noise, alpha, sigma: clean),
    (VPrediction(), lambda clean, noise, alpha, sigma: alpha * noise - sigma * clean),
]


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize(("prediction", "truth"), ANSWERS)
def test_true_answer_gives_the_clip_and_weight_gives_the_answers_loss(schedule, prediction, truth, condition):
    process = Ddpm(schedule=schedule, prediction=prediction, smallest=1e-3)
    clean, noise, wrong = (torch.randn(2, 3, 3, 8, 8, dtype=torch.float64) for _ in range(3))
    level = torch.rand(2, 3, dtype=torch.float64) * 0.8 + 0.1
    alpha, sigma = (a[..., None, None, None] for a in (process.alpha(level), process.sigma(level)))
    noisy = process.corrupt(clean, noise, level)
    right = truth(clean, noise, alpha, sigma)
    assert torch.allclose(process.denoise(lambda *_: right, noisy, level, condition), clean)
    error = process.denoise(lambda *_: right + wrong, noisy, level, condition) - clean
    loss = error.square().mean(dim=(2, 3, 4)) * process.weight(level)
    assert torch.allclose(loss, wrong.square().mean(dim=(2, 3, 4)))


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_level_can_be_trained_and_sampled(schedule):
    process = Ddpm(schedule=schedule, prediction=EpsilonPrediction(), smallest=1e-3)
    level = process.sample_level(Noise.at(0, 0, 2000), 1)[:, 0]
    assert level.min() >= 1e-3
    assert abs(level.mean() - 0.5) < 0.03
    assert process.weight(level).isfinite().all()
    assert process.levels(10)[0] == 1
    assert process.levels(10)[-1] == 0


def test_linear_schedule_is_the_papers_product_of_betas():
    betas = torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64)
    alpha = (1 - betas).cumprod(0).sqrt()
    process = Ddpm(schedule=SCHEDULES[0], prediction=X0Prediction(), smallest=1e-3)
    ours = process.alpha(torch.arange(1, 1001, dtype=torch.float64) / 1000)
    assert (ours - alpha).abs().max() < 2e-3
