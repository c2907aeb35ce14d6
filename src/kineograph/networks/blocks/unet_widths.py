"""What the widths of a U-Net's levels must be, told before a layer finds out."""

from kineograph.core.errors import UserError

CHANNELS_A_GROUP = 8


def num_groups(dim: int) -> int:
    """Of the norms of so many channels."""
    return max(dim // CHANNELS_A_GROUP, 1)


def require_widths(
    widths: list[int],
    depths: list[int],
    whole: int,  # the last width is a multiple of this: what attention divides it into
) -> None:
    """Raises UserError where there is not one depth a width, or norms or heads do not divide a width."""
    if len(widths) != len(depths):
        raise UserError(f"animator.denoiser: widths={widths} and depths={depths} are not of one length")
    if bad := [width for width in widths if width % num_groups(width)]:
        raise UserError(f"animator.denoiser.widths: {bad[0]} is no multiple of {CHANNELS_A_GROUP}")
    if widths[-1] % whole:
        raise UserError(
            f"animator.denoiser.widths: the last, {widths[-1]}, is no multiple of {whole}, which num_heads asks"
        )
