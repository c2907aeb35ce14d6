import torch

from kineograph.networks.blocks.frame_embedding import FrameEmbedding


def test_levels_are_told_frame_by_frame(condition):
    embedding = FrameEmbedding(num_classes=2, dim=8)
    level = torch.rand(2, 3)
    vectors = embedding(level, condition)
    assert vectors.shape == (2, 3, 8)
    other = level.clone()
    other[0, 1] += 0.3
    changed = (embedding(other, condition) != vectors).any(dim=-1)
    assert changed.nonzero().tolist() == [[0, 1]]


def test_a_level_a_clip_is_one_for_all_frames(condition):
    embedding = FrameEmbedding(num_classes=2, dim=8)
    level = torch.rand(2)
    assert torch.equal(embedding(level, condition), embedding(level[:, None].expand(-1, 3), condition))
