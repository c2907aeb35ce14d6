"""Published video models, through diffusers, as one thing to animate and to tune."""
