"""What keeps a discriminator smooth: terms on the gradient of its scores with respect to the pixels."""
