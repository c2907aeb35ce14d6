import torch

from kineograph.postprocess.denoise import Denoise


def noisy(film, std):
    noise = std * torch.randn(film.frames.shape, generator=torch.Generator().manual_seed(0))
    return film._replace(frames=(film.frames + noise).round().clamp(0, 255).to(torch.uint8))


def test_a_noisy_film_comes_nearer_to_the_clean_one(moving, rmse):
    damaged = noisy(moving, 12.0)
    mended = Denoise(strength=12.0, window=3)(damaged)
    assert rmse(mended, moving) < 0.6 * rmse(damaged, moving)
    assert mended.frames.shape == moving.frames.shape
    assert torch.equal(mended.times, moving.times)


def test_neighbouring_frames_help(moving, rmse):
    damaged = noisy(moving._replace(frames=moving.frames[:1].expand(8, -1, -1, -1).contiguous()), 12.0)
    still = damaged._replace(frames=moving.frames[:1].expand(8, -1, -1, -1))
    alone, together = (rmse(Denoise(strength=12.0, window=n)(damaged), still) for n in (1, 5))
    assert together < alone


def test_a_clean_film_is_hardly_touched_and_strength_zero_does_nothing(moving, rmse):
    assert rmse(Denoise(strength=3.0, window=3)(moving), moving) < 3  # of 255
    assert torch.equal(Denoise(strength=0.0, window=3)(moving).frames, moving.frames)


def test_one_frame(moving):
    single = moving._replace(frames=moving.frames[:1], times=moving.times[:1])
    assert Denoise(strength=5.0, window=5)(single).frames.shape == single.frames.shape
