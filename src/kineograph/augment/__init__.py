"""Changes of a training clip: one draw per clip, the same for every frame."""
