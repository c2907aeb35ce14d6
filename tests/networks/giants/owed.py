"""What every giant owes, whatever its pipeline; each is held to it in the test of its own name."""

from contextlib import nullcontext

import torch

from kineograph.animators.pretrained import one
from kineograph.core.random import Noise
from kineograph.networks.tuning.lora import Lora

TARGETS = ["to_q", "to_k", "to_v", "to_out.0"]


def plain(network):
    return nullcontext()


def film(giant, condition, seed, tuned=plain):
    with torch.no_grad():
        return giant.film(one(condition, 0), Noise([seed]), tuned)


def lora(giant, **changed):
    tuning = {"rank": 2, "alpha": 4.0, "targets": TARGETS, "start": None} | changed
    return Lora(network=giant.outline(), prefix=giant.part, **tuning)


def trained(giant):
    """A LoRA whose matrices are not zero."""
    tuning = lora(giant)
    generator = torch.Generator().manual_seed(0)
    for matrix in tuning.up.values():
        matrix.data = torch.randn(matrix.shape, generator=generator)
    return tuning


def one_seed_makes_one_film_of_the_size_wanted(giant, clip, condition, folder):
    first, again, other = (film(giant, condition, seed) for seed in (1, 1, 2))
    assert first.shape == condition.known[:1].shape and first.isfinite().all()
    assert first.abs().max() <= 1 + 1e-5
    assert torch.equal(first, again) and not torch.equal(first, other)


def the_known_frame_is_told(giant, clip, condition, folder):
    """Another first frame is another film, beyond that frame too."""
    other = condition._replace(known=-condition.known)
    assert not torch.equal(film(giant, condition, 1)[:, 1:], film(giant, other, 1)[:, 1:])


def the_caption_is_told(giant, clip, condition, folder):
    silent = condition._replace(text_mask=torch.zeros_like(condition.text_mask))
    assert not torch.equal(film(giant, condition, 1), film(giant, silent, 1))


def a_lora_changes_the_film_only_while_it_is_lent(giant, clip, condition, folder):
    before = film(giant, condition, 1)
    assert torch.equal(film(giant, condition, 1, lora(giant).on), before)  # B is zero at first
    tuning = trained(giant)
    tuned = film(giant, condition, 1, tuning.on)
    assert not torch.equal(tuned, before) and torch.equal(film(giant, condition, 1), before)
    tuning.save(folder / "lora.safetensors")
    again = lora(giant, start=str(folder / "lora.safetensors"), alpha=1.0)
    torch.testing.assert_close(film(giant, condition, 1, again.on), tuned)


def it_is_taught_what_its_own_call_asks(giant, clip, condition, folder):
    lesson = giant.lesson(clip.video[:1], one(condition, 0), Noise([5]), untold=False)
    with torch.no_grad():
        answer = giant.answer(lesson)
    assert answer.shape == lesson.target.shape and answer.isfinite().all()
    assert 0.1 < (answer - lesson.target).square().mean() < 1000
    assert lesson.free[:, 1:].all()


OWED = [
    one_seed_makes_one_film_of_the_size_wanted,
    the_known_frame_is_told,
    the_caption_is_told,
    a_lora_changes_the_film_only_while_it_is_lent,
    it_is_taught_what_its_own_call_asks,
]


def known_latents_are_put_back_at_every_step(giant, clip, condition, monkeypatch):
    """With everything known, what is decoded is what was encoded."""
    told = one(condition._replace(known=clip.video, mask=torch.ones_like(condition.mask)), 0)
    pipeline = giant.pipeline(torch.device("cpu"))
    seen = giant.told(pipeline, told)
    seen = seen._replace(mask=torch.ones_like(seen.mask))  # also the frames that fill up the last latent
    monkeypatch.setattr(giant, "told", lambda *_: seen)
    with torch.no_grad():
        expected = giant.native(pipeline, giant.encode(pipeline, seen.known))
    kept = []
    replacing = giant._replacing

    def spy(*inputs):
        replace = replacing(*inputs)

        def spied(*step):
            kept.append(replace(*step)["latents"])
            return {"latents": kept[-1]}

        return spied

    monkeypatch.setattr(giant, "_replacing", spy)
    film(giant, told, 1)
    torch.testing.assert_close(kept[-1], expected)
    assert not torch.allclose(kept[0], expected)  # noisy on the way
