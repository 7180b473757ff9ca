"""How to train ESRGAN and Real-ESRGAN: for likeness to the picture, then against a discriminator.

Source of the method: Wang et al. 2018 (arXiv:1809.00219), section 4.1; Wang et al. 2021 (arXiv:2107.10833),
section 4.1; XPixelGroup/BasicSR, options/train/ESRGAN; xinntao/Real-ESRGAN, options.
"""

import dataclasses
from typing import Literal

from ganjax.models import restoration, restoration_recipe
from ganjax.models.esrgan import net
from ganjax.models.restoration_data import open_pictures
from ganjax.train.loop import Plan


@dataclasses.dataclass(frozen=True)
class Recipe(restoration_recipe.Recipe):
    """Everything that decides the result of a run: that of all restorers, and the networks.

    Attributes:
      scale: how many times larger the pictures become, 1, 2 or 4.
      blocks: residual blocks of the generator.
      width: channels of its features.
      growth: channels that each of its convolutions adds in a dense block.
      unet: score every pixel, as Real-ESRGAN does; else whole squares, as ESRGAN does, whose side then is a
        power of two.
      discriminator_width: channels of the discriminator at the full size.
      sharpened: sharpen good pictures before they are made bad, and as targets of the losses of pixels and of
        activations, as Real-ESRGAN does; the discriminator sees them as they are.
      degraded_side: side of the squares that are made bad, out of which those of `side` are cut, away from
        their borders; 0 for `side` itself. Pairs are not made bad, and are cut at `side`.
      dtype: type of the products, float32 or bfloat16.
    """

    game: str = "relativistic-average"
    adversarial: float = 0.0025
    pixel: float = 0.01
    scale: Literal[1, 2, 4] = 4
    blocks: int = 23
    width: int = 64
    growth: int = 32
    unet: bool = False
    discriminator_width: int = 64
    sharpened: bool = False
    degraded_side: int = 0
    dtype: Literal["float32", "bfloat16"] = "float32"


PRESETS: dict[str, Recipe] = {
    # ganjax train esrgan --preset quickstart
    "quickstart": Recipe(
        data=("faces:2000",),
        drawn=64,
        side=32,
        pixel_kimg=6.0,
        adversarial_kimg=2.0,
        batch=8,
        learning_rate=5e-4,
        ema_kimg=0.5,
        pixel=1.0,
        blocks=1,
        width=16,
        growth=8,
        discriminator_width=8,
    ),
    # ganjax train esrgan --preset paper-x4 --data folder:PATH
    # Not run here: the paper's, for accelerators. 128 pixels, 16 a batch, a million steps and 400,000.
    # The rates stay 2e-4 and 1e-4; the paper halves the first every 200,000 steps, and the second after 50,
    # 100, 200 and 300 thousand.
    "paper-x4": Recipe(
        data=("folder:DF2K",), pixel_kimg=16_000.0, adversarial_kimg=6_400.0, perceptual="vgg19"
    ),
    # ganjax train esrgan --preset real-x4plus --data folder:PATH
    # Not run here: RealESRNet and RealESRGAN, 256 pixels, 48 a batch, a million steps and 400,000.
    "real-x4plus": Recipe(
        data=("folder:DF2K",),
        side=256,
        degraded=1.0,
        pixel_kimg=48_000.0,
        adversarial_kimg=19_200.0,
        batch=48,
        ema_kimg=33.0,
        game="non-saturating",
        adversarial=0.1,
        pixel=1.0,
        perceptual="vgg19",
        layers=("conv1_2", "conv2_2", "conv3_4", "conv4_4", "conv5_4"),
        layer_weights=(0.1, 0.1, 1.0, 1.0, 1.0),
        unet=True,
        sharpened=True,
        degraded_side=400,
    ),
}
"""Recipes by name."""


def plan(recipe: Recipe, *, workers: int = 0, perception: restoration.Perception | None = None) -> Plan:
    """What the training loop needs to follow `recipe`; opens the data.

    Raises:
      UsageError, DataError: as `ganjax.models.restoration.plan` does, and where the networks cannot be made.
    """
    generator = net.GeneratorConfig(
        recipe.scale, recipe.blocks, recipe.width, recipe.growth, dtype=recipe.dtype
    )
    side = 0 if recipe.unet else recipe.side
    discriminator = net.DiscriminatorConfig(side, recipe.discriminator_width, recipe.dtype)
    how = {"sharpened": recipe.sharpened, "degraded_side": recipe.degraded_side}
    restorer = restoration.upscaler("esrgan", net, generator, discriminator, **how)
    pictures = open_pictures(recipe, recipe.data, workers=workers)
    return restoration.plan(recipe, restorer, pictures, workers=workers, perception=perception)
