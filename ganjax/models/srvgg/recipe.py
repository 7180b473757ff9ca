"""How to train SRVGG: for likeness to the picture, then against the discriminator of Real-ESRGAN.

Source of the method: Wang et al. 2021 (arXiv:2107.10833), section 3 and 4.1; xinntao/Real-ESRGAN.
"""

import dataclasses
from typing import Literal

from ganjax.models import restoration, restoration_recipe
from ganjax.models.restoration_data import open_pictures
from ganjax.models.srvgg import net
from ganjax.train.loop import Plan


@dataclasses.dataclass(frozen=True)
class Recipe(restoration_recipe.Recipe):
    """Everything that decides the result of a run: that of all restorers, and the networks.

    Attributes:
      scale: how many times larger the pictures become.
      convs: convolutions of the generator between the first and the last.
      width: channels of its features.
      discriminator_width: channels of the discriminator at the full size.
      sharpened: sharpen good pictures before they are made bad, and as targets of the losses of pixels and of
        activations, as Real-ESRGAN does; the discriminator sees them as they are.
      degraded_side: side of the squares that are made bad, out of which those of `side` are cut, away from
        their borders; 0 for `side` itself. Pairs are not made bad, and are cut at `side`.
      dtype: type of the products, float32 or bfloat16.
    """

    degraded: float = 1.0
    scale: int = 4
    convs: int = 16
    width: int = 64
    discriminator_width: int = 64
    sharpened: bool = False
    degraded_side: int = 0
    dtype: Literal["float32", "bfloat16"] = "float32"


PRESETS: dict[str, Recipe] = {
    # ganjax train srvgg --preset quickstart
    # Minutes on 2 cores: to see both stages at work, not to keep.
    "quickstart": Recipe(
        data=("faces:2000",),
        drawn=64,
        side=64,
        degraded=0.0,
        pixel_kimg=12.0,
        adversarial_kimg=4.0,
        batch=8,
        learning_rate=1e-3,
        ema_kimg=1.0,
        adversarial=0.005,
        convs=6,
        width=24,
        discriminator_width=8,
    ),
    # ganjax train srvgg --preset faces-x4
    # The bundled srvgg-faces-x4, whose scores stand in card.py: its generator, after 35 minutes on 2 cores of
    # an AMD EPYC (Zen 4) that other work kept busy.
    "faces-x4": Recipe(
        data=("faces:6000", "tfds:cifar10_jpeg"),
        split="train[:12000]",
        side=64,
        degraded=0.125,
        pixel_kimg=60.0,
        adversarial_kimg=0.0,
        batch=16,
        learning_rate=1e-3,
        ema_kimg=4.0,
        convs=12,
        width=32,
        discriminator_width=8,
    ),
}
"""Recipes by name."""


def plan(recipe: Recipe, *, workers: int = 0, perception: restoration.Perception | None = None) -> Plan:
    """What the training loop needs to follow `recipe`; opens the data.

    Raises:
      UsageError, DataError: as `ganjax.models.restoration.plan` does.
    """
    generator = net.GeneratorConfig(recipe.scale, recipe.convs, recipe.width, dtype=recipe.dtype)
    discriminator = net.DiscriminatorConfig(recipe.discriminator_width, recipe.dtype)
    how = {"sharpened": recipe.sharpened, "degraded_side": recipe.degraded_side}
    restorer = restoration.upscaler("srvgg", net, generator, discriminator, **how)
    pictures = open_pictures(recipe, recipe.data, workers=workers)
    return restoration.plan(recipe, restorer, pictures, workers=workers, perception=perception)
