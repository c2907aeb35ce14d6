from kineograph.metrics.seconds_per_clip import SecondsPerClip


def test_median_over_clips(real, sample_of):
    metric = SecondsPerClip()
    for place, cost in enumerate((9.0, 0.5, 0.5)):
        metric.update(sample_of(real[:2], real[:2], [2 * place, 2 * place + 1])._replace(cost=cost))
    assert float(metric.compute()["value"]) == 0.5
