"""Names what is going wrong in adversarial training, instead of leaving the user to guess."""

from collections.abc import Mapping

import numpy as np

COLLAPSED = 0.15
STARVED = 1e-3
RUNAWAY = 1e4


def diversity(images: np.ndarray) -> float:
    """Mean over the pixels of the standard deviation between images [N, H, W, C]; same unit as the images."""
    return float(images.astype(np.float32).std(0).mean())


def diagnose(
    metrics: Mapping[str, float], *, fake_diversity: float, real_diversity: float, usual_g_grad_norm: float
) -> list[str]:
    """The troubles seen in one set of metrics and samples, in words; empty if all is well.

    Args:
      metrics: of one step, as `ganjax.train.step` gives them.
      fake_diversity: `diversity` of generated images.
      real_diversity: `diversity` of as many real images of the same size and range.
      usual_g_grad_norm: median norm of the generator's gradient since the stage began.
    """
    troubles = []
    if fake_diversity < COLLAPSED * real_diversity:
        troubles.append(
            f"mode collapse: generated images differ only {fake_diversity / real_diversity:.0%} as much as "
            "real ones; a smaller learning rate or a stronger penalty helps"
        )
    if metrics["g_grad_norm"] < STARVED * usual_g_grad_norm:
        troubles.append(
            "the discriminator has won: the generator's gradient has all but vanished; a stronger penalty or "
            "a smaller learning rate helps"
        )
    if abs(metrics.get("d_loss", 0.0)) > RUNAWAY:
        troubles.append(
            f"the discriminator's loss runs away ({metrics['d_loss']:.3g}); a stronger penalty or a smaller "
            "learning rate helps"
        )
    return troubles
