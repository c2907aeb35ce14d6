"""The fixtures of told.py, for the tests of this folder."""

from tests.networks.giants.told import clip, condition, tiny_giant

__all__ = ["clip", "condition", "tiny_giant"]
