from kineograph.samplers.euler import Euler


def test_first_order(errors):
    coarse, fine = errors(Euler, (200, 400))
    assert fine < 0.05
    assert 1.8 < coarse / fine < 2.2
