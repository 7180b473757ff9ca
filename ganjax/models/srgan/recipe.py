"""How to train SRGAN: SRResNet for likeness to the picture, then against a discriminator.

Source of the method: Ledig et al. 2017 (arXiv:1609.04802), section 3.2; leftthomas/SRGAN, for the weights of
the losses.
"""

import dataclasses
from typing import Literal

from ganjax.losses.pixel import l2
from ganjax.models import restoration, restoration_recipe
from ganjax.models.restoration_data import open_pictures
from ganjax.models.srgan import net
from ganjax.train.loop import Plan


@dataclasses.dataclass(frozen=True)
class Recipe(restoration_recipe.Recipe):
    """Everything that decides the result of a run: that of all restorers, and the networks.

    Attributes:
      scale: how many times larger the pictures become, a power of two.
      blocks: residual blocks of the generator.
      width: channels of its features.
      discriminator_width: channels of the discriminator at the full size.
      dtype: type of the products, float32 or bfloat16.
    """

    side: int = 96
    adversarial: float = 1e-3
    perception: float = 0.006
    layers: tuple[str, ...] = ("pool5",)
    scale: int = 4
    blocks: int = 5
    width: int = 64
    discriminator_width: int = 64
    dtype: Literal["float32", "bfloat16"] = "float32"


PRESETS: dict[str, Recipe] = {
    # ganjax train srgan --preset quickstart
    "quickstart": Recipe(
        data=("faces:2000",),
        drawn=64,
        side=32,
        pixel_kimg=8.0,
        adversarial_kimg=2.0,
        batch=8,
        learning_rate=1e-3,
        ema_kimg=0.5,
        blocks=2,
        width=16,
        discriminator_width=8,
    ),
    # ganjax train srgan --preset paper-x4 --data folder:PATH
    # Not run here: the paper's, for accelerators. 96 pixels, 16 a batch, a million steps and 200,000.
    # The rates stay 2e-4 and 1e-4; the paper's are 1e-4 in both stages, and 1e-5 in the last 100,000 steps.
    "paper-x4": Recipe(
        data=("folder:ImageNet",),
        pixel_kimg=16_000.0,
        adversarial_kimg=3_200.0,
        perceptual="vgg16",
        blocks=16,
    ),
}
"""Recipes by name."""


def plan(recipe: Recipe, *, workers: int = 0, perception: restoration.Perception | None = None) -> Plan:
    """What the training loop needs to follow `recipe`; opens the data.

    Raises:
      UsageError, DataError: as `ganjax.models.restoration.plan` does, and where the networks cannot be made.
    """
    generator = net.GeneratorConfig(recipe.scale, recipe.blocks, recipe.width, dtype=recipe.dtype)
    discriminator = net.DiscriminatorConfig(recipe.discriminator_width, recipe.dtype)
    restorer = restoration.upscaler("srgan", net, generator, discriminator, difference=l2)
    pictures = open_pictures(recipe, recipe.data, workers=workers)
    return restoration.plan(recipe, restorer, pictures, workers=workers, perception=perception)
