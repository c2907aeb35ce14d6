"""What one does with any animator; and animators that need no training. Each exposes ``animate``."""
