from kineograph.guidance.no_guidance import NoGuidance


def test_is_the_denoiser_itself():
    def denoise(noisy, level, condition):
        return noisy

    assert NoGuidance()(denoise) is denoise
