"""How judges see films, real and made alike: one draw a clip, and gradients pass."""
