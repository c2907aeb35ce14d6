from kineograph.samplers.euler import Euler
from kineograph.samplers.heun import Heun


def test_second_order(errors):
    coarse, fine = errors(Heun, (64, 128))
    assert fine < 5e-3
    assert coarse / fine > 3.2


def test_better_than_euler_at_the_same_number_of_calls(errors):
    assert errors(Heun, (80,))[0] < errors(Euler, (160,))[0]


def test_ends_without_evaluating_the_last_level(bell, start, noise):
    seen = []

    def denoise(noisy, level):
        seen.append(level[0].item())
        return bell.denoise(noisy, level)

    Heun(num_steps=5)(bell.process, denoise, start, noise)
    ends_clean = bell.process.sigma(bell.process.levels(5)[-1:]).item() == 0
    assert len(seen) == (9 if ends_clean else 10)
