"""What wraps a denoiser to follow its condition more closely."""
