import numpy as np
import pytest

from kineograph.postprocess.flow import flow, moved


@pytest.mark.parametrize("preset", [0, 1, 2])
def test_it_leads_from_one_frame_to_the_other(preset, make_moving):
    film = make_moving(size=64).frames.numpy()
    here, there = film[0].copy(), np.roll(film[0], 3, axis=1)  # all of it 3 pixels to the right
    found = flow(here, there, preset)
    assert found.shape == (64, 64, 2)
    assert np.median(found[16:48, 16:48], axis=(0, 1)) == pytest.approx([3, 0], abs=0.5)
    back = moved(there, found)
    assert np.abs(back.astype(int) - here)[16:48, 16:48].mean() < 2


def test_any_size_and_no_motion():
    frame = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    assert np.abs(flow(frame, frame, 0)).max() < 1e-3
    assert np.array_equal(moved(frame, np.zeros((5, 7, 2), np.float32)), frame)
    right = np.zeros((5, 7, 2), np.float32)
    right[..., 0] = 1
    assert np.array_equal(moved(frame, right)[:, :-1], frame[:, 1:])
    assert np.array_equal(moved(frame, right)[:, -1], frame[:, -1])
