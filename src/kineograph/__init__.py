"""GANs and diffusion models animate pictures under one protocol."""
