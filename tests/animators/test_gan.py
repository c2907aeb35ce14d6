"""The two turns of a GAN: who moves, who does not, and that one clip can be learnt by heart."""

import pytest
import torch
from torch import nn

from kineograph.animators.anneal import Anneal
from kineograph.animators.gan import apart
from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.core.types import Condition, Generated, Penalty, Turn, Weighted
from kineograph.losses.penalties.r1 import R1
from kineograph.losses.penalties.r2 import R2

from . import small


def test_in_each_turn_one_player_is_awake(fit):
    seen = []

    def note(turn: Turn) -> torch.Tensor:
        seen.append(tuple(awake(network) for network in (animator.generator, animator.discriminators)))
        return turn.real.new_zeros(()).requires_grad_(True)

    animator = small.gan(
        losses={"note": Weighted(note, 1.0)}, penalties={"note": Penalty(note, 1.0, ["frame"])}, penalty_interval=1
    )
    fit(animator, batches=2)
    assert seen == [(True, False), (False, True)] * 2


def awake(network: nn.Module) -> bool:
    """Whether its parameters hear of a gradient: all of them, or none."""
    (one,) = {parameter.requires_grad for parameter in network.parameters()}
    return one


def test_terms_are_named_and_weighted():
    animator = small.gan()
    clip, condition = small.batch(0, 4)
    latent = animator.generator.sample_latent(condition, Noise([1, 2, 3, 4]))
    generated = animator.generator(condition, latent)._replace(extras={"view": torch.zeros(4, 1)})
    terms = animator.generator_terms(clip.video, condition, latent, generated)
    assert list(terms) == ["adversarial/frame", "adversarial/clip", "l1"]
    torch.testing.assert_close(terms["l1"], 2 * (clip.video - generated.video).abs().mean())
    score = animator.discriminators["frame"](generated.video, condition).scores
    torch.testing.assert_close(terms["adversarial/frame"], -0.5 * score.mean())


def test_a_sample_depends_on_its_own_seed_alone():
    animator = small.gan()
    _, condition = small.batch(0, 4)
    together = animator.animate(condition, Noise([5, 6, 7, 8]))
    _, last = small.batch(3, 1)
    alone = animator.animate(last, Noise([8]))
    torch.testing.assert_close(together[3:], alone, rtol=0, atol=1e-6)
    assert not torch.equal(together[3:], animator.animate(last, Noise([9])))


def test_known_pixels_come_back_exactly():
    _, condition = small.batch(0, 2)
    video = small.gan().animate(condition, Noise([1, 2]))
    assert torch.equal(video[:, 0], condition.known[:, 0])
    assert video.abs().max() <= 1


class Darkened(nn.Module):
    """Judges see films times their clip's draw; the looks are kept."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = []

    def draw(self, video, noise, images_seen):
        self.looks.append(noise.uniform(1))
        return self.looks[-1]

    def forward(self, video, condition, drawn):
        return video * drawn[:, :, None, None, None], condition

    def adapt(self, confidence, images):
        self.adapted = (confidence, images)


def test_judges_see_both_films_through_the_view_and_losses_do_not():
    view = Darkened()
    animator = small.gan(view=view, penalties={"r1": Penalty(lambda turn: turn.real.sum(), 1.0, None)})
    clip, condition = small.batch(0, 4)
    latent = animator.generator.sample_latent(condition, Noise([1, 2, 3, 4]))
    drawn = torch.tensor([[0.5], [1.0], [2.0], [0.0]])
    generated = animator.generator(condition, latent)._replace(extras={"view": drawn})
    dark = drawn[:, :, None, None, None]
    judge = animator.discriminators["frame"]
    terms = animator.generator_terms(clip.video, condition, latent, generated)
    score = judge(generated.video * dark, condition).scores
    torch.testing.assert_close(terms["adversarial/frame"], -0.5 * score.mean())
    torch.testing.assert_close(terms["l1"], 2 * (clip.video - generated.video).abs().mean())
    terms, sure = animator.discriminator_terms(clip.video, condition, latent, generated)
    real = judge(clip.video * dark, condition).scores
    fake = judge(generated.video * dark, condition).scores
    torch.testing.assert_close(terms["discriminator/frame"], torch.relu(1 + fake).mean() + torch.relu(1 - real).mean())
    torch.testing.assert_close(terms["r1/frame"], (clip.video * dark).sum())  # penalties are taken at what is seen
    signs = [
        animator.discriminators[name](clip.video * dark, condition).scores.sign().mean() for name in ("frame", "clip")
    ]
    torch.testing.assert_close(sure, sum(signs) / 2)


class Numbered(small.Bare):
    """Shows judges one channel more."""

    def forward(self, video, condition, drawn):
        return torch.cat([video, torch.ones_like(video[:, :, :1])], dim=2), condition


def test_penalties_hear_which_channels_are_the_films():
    heard = []
    judge = small.SmallJudge()
    judge.see = nn.Conv2d(4, 4, 3, padding=1)
    penalty = Penalty(lambda turn: heard.append(turn) or turn.real.sum(), 1.0, None)
    animator = small.gan(
        view=Numbered(), penalties={"one": penalty}, discriminators={"frame": Weighted(judge, 1.0)}, penalty_interval=1
    )
    clip, condition = small.batch(0, 2)
    animator.discriminator_terms(clip.video, condition, None, Generated(clip.video, {"view": torch.ones(2, 1)}))
    assert heard[0].real.shape[2] == 4 and heard[0].channels == 3


class Counted(small.SmallJudge):
    """Keeps the films it was asked about."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def forward(self, video, condition):
        self.asked.append(video)
        return super().forward(video, condition)


def test_slopes_by_differences_are_those_of_one_judge(fit):
    animator = fit(small.normalised_gan(), batches=3).train()
    animator.trainer = None
    animator.images_seen = 0  # penalties in full
    clip, condition = small.batch(0, 1)
    many = Condition(*(None if field is None else field.expand(4000, *field.shape[1:]) for field in condition))
    real = clip.video.expand(4000, -1, -1, -1, -1)
    draw = torch.randn(real.shape, generator=torch.Generator().manual_seed(0))
    fake = Generated(-real, {"view": torch.ones(4000, 1), "perturbation": draw})
    with torch.no_grad():  # weights that the estimate has not followed yet
        animator.discriminators["frame"].see.parametrizations.weight.original.add_(torch.randn(4, 3, 3, 3))
    terms, _ = animator.discriminator_terms(real, many, None, fake)
    torch.testing.assert_close(terms["r1_finite/frame"], terms["r1/frame"], rtol=0.1, atol=0)
    torch.stack(list(terms.values())).sum().backward()
    assert all(parameter.grad is not None for parameter in animator.discriminators.parameters())


class Comparing(small.Hinge):
    compares = True


@pytest.mark.parametrize(("game", "seen"), [(small.Hinge(), 1), (Comparing(), 2)])
def test_the_generators_turn_shows_judges_real_films_only_where_they_are_compared(game, seen):
    judge = Counted()
    animator = small.gan(adversarial=game, discriminators={"frame": Weighted(judge, 1.0)})
    clip, condition = small.batch(0, 2)
    latent = animator.generator.sample_latent(condition, Noise([1, 2]))
    generated = animator.generator(condition, latent)._replace(extras={"view": torch.ones(2, 1)})
    animator.generator_terms(clip.video, condition, latent, generated)
    assert len(judge.asked) == seen
    assert any(torch.equal(film, clip.video) for film in judge.asked) == (seen == 2)


def test_penalties_on_slopes_ask_no_judge_again():
    judge, penalties = Counted(), {"r1": Penalty(R1(), 1.0, None), "r2": Penalty(R2(), 1.0, None)}
    animator = small.gan(penalties=penalties, penalty_interval=1, discriminators={"frame": Weighted(judge, 1.0)})
    clip, condition = small.batch(0, 2)
    latent = animator.generator.sample_latent(condition, Noise([1, 2]))
    generated = animator.generator(condition, latent)._replace(extras={"view": torch.ones(2, 1)})
    terms, _ = animator.discriminator_terms(clip.video, condition, latent, generated)
    assert len(judge.asked) == 2
    for film, name in ((clip.video, "r1/frame"), (generated.video, "r2/frame")):
        film = film.detach().requires_grad_()
        scores = judge(film, condition).scores
        (slope,) = torch.autograd.grad(scores.sum(), film)
        torch.testing.assert_close(terms[name], slope.square().sum() / scores.numel())


def test_each_turn_has_a_look_of_its_own_and_the_view_hears_how_sure_the_judges_were(fit):
    view = Darkened()
    fit(small.gan(view=view), batches=1)
    _, first, second = view.looks  # the rehearsal has one, too
    assert not torch.equal(first, second)
    assert -1 <= view.adapted[0] <= 1 and view.adapted[1] == 4


def test_penalties_fade_and_beta2_rises_with_the_images_seen(fit):
    beta2 = Anneal(first=0.9, last=0.99, start_images=0, end_images=16)
    animator = small.gan(
        penalties={"one": Penalty(lambda turn: turn.real.new_ones(()).requires_grad_(True), 3.0, None)},
        penalty_anneal=Anneal(first=1.0, last=0.1, start_images=0, end_images=16),
        penalty_interval=2,
        beta2=beta2,
    )
    fit(animator, batches=3)  # the third begins at 8 images: half way
    torch.testing.assert_close(animator.terms["one/frame"], torch.tensor(2 * 3.0 * 0.55))
    betas = [group["betas"] for optimizer in animator.trainer.optimizers for group in optimizer.param_groups]
    assert betas == [(0.5, beta2(8))] * 2 and abs(beta2(8) - 0.945) < 1e-9


def test_a_penalty_acts_on_the_judges_it_names():
    one = Penalty(lambda turn: turn.real.new_ones(()), 3.0, ["clip"])
    animator = small.gan(penalties={"one": one, "all": one._replace(judges=None)}, penalty_interval=1)
    clip, condition = small.batch(0, 4)
    latent = animator.generator.sample_latent(condition, Noise([1, 2, 3, 4]))
    generated = animator.generator(condition, latent)._replace(extras={"view": None})
    terms, _ = animator.discriminator_terms(clip.video, condition, latent, generated)
    assert {name for name in terms if not name.startswith("discriminator/")} == {"one/clip", "all/clip", "all/frame"}
    with pytest.raises(UserError, match="animator.penalties.one.judges: there is no 'film'.* are frame, clip"):
        small.gan(penalties={"one": one._replace(judges=["film"])})


def test_how_far_codes_are_apart():
    one = small.Codes(torch.tensor([[0.0, 1.0], [2.0, 2.0]]))
    other = small.Codes(torch.tensor([[1.0, -1.0], [2.0, 2.0]]))
    assert apart(one, other).tolist() == [1.5, 0.0]


def test_a_batch_shows_some_frames_of_each_clip_the_known_one_among_them(fit):
    turns = []
    animator = small.gan(
        num_frames=2, losses={"seen": Weighted(lambda turn: turns.append(turn) or turn.fake.mean(), 1.0)}
    )
    fit(animator, batches=2)
    shown = set()
    for place, turn in enumerate(turns):
        clip, condition = small.batch(4 * place, 4)
        assert turn.real.shape[1] == turn.fake.shape[1] == 2 and clip.video.shape[1] > 2
        for i, times in enumerate(turn.condition.times):
            frames = [clip.times[i].tolist().index(moment) for moment in times.tolist()]
            torch.testing.assert_close(turn.real[i], clip.video[i, frames])
            torch.testing.assert_close(turn.condition.mask[i], condition.mask[i, frames])
            assert frames[0] == 0 and frames[1] > 0
            shown.add(frames[1])
    assert len(shown) > 1


def test_both_players_see_what_is_withheld_from_some_clips(fit):
    turns = []
    heard = {"heard": Weighted(lambda turn: turns.append(turn) or turn.fake.mean(), 1.0)}
    fit(small.gan(condition_dropout=1.0, losses=heard), batches=2)
    assert turns and all((turn.condition.label == -1).all() for turn in turns)
    turns.clear()
    fit(small.gan(condition_dropout=0.5, losses=heard), batches=4)
    share = torch.cat([turn.condition.label for turn in turns]).eq(-1).float().mean()
    assert 0 < share < 1
