"""One architecture a file; shared layers in blocks, frozen feature nets in pretrained."""
