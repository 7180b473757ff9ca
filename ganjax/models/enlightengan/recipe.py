"""How to train EnlightenGAN: against two discriminators, from dark and bright pictures that are no pairs.

Source of the method: Jiang et al. 2021 (arXiv:1906.06972), sections 3 and 4; VITA-Group/EnlightenGAN,
scripts/script.py. A first stage on pairs, which the paper does not have, can come before or stand alone:
there the good pictures are made dark by ganjax, or pairs of photographs are given.
"""

import dataclasses
import math
import pathlib
from collections.abc import Generator, Mapping
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np

from ganjax.core.errors import UsageError
from ganjax.data.degrade.low_light import LowLightConfig, darken
from ganjax.models import restoration, restoration_recipe, training
from ganjax.models.enlightengan import net
from ganjax.models.enlightengan.training import Both, game, pixels, players
from ganjax.models.restoration_data import open_pictures, read
from ganjax.train.loop import Plan
from ganjax.train.schedule import Position
from ganjax.train.state import TrainState
from ganjax.train.step import Step


@dataclasses.dataclass(frozen=True)
class Recipe(restoration_recipe.Recipe):
    """Everything that decides the result of a run: that of all restorers, and the networks.

    The second stage plays the games of EnlightenGAN, whatever `game` says, with weights of 1.

    Attributes:
      dark: the dark pictures of the second stage, written as `data`; without any, good ones are made dark.
      gamma: least and largest exponent of the darkness that good pictures are put into. Where it is large,
        black can have been anything, and the network learns to brighten it, in bright pictures too.
      beta: least and largest factor of that darkness: how much light is left.
      patch: side of the patches that the local discriminator sees, in pixels.
      patches: how many of them each picture has.
      hybrid: patches are judged each for itself, as published; else relative to others, as whole pictures.
      widths: channels of the generator at the full size, at half of it, and so on.
      glance: side of the square in which the generator sees a whole picture, see `net.GeneratorConfig`; to
        train it like that, `side` has to be as large, and `fitted` and `drawn` should be.
      discriminator_width: channels of both discriminators after the first convolution.
      layers_whole: how often the global discriminator halves the picture.
      layers_patch: how often the local one halves a patch.
      dtype: type of the products, float32 or bfloat16.
    """

    side: int = 320
    pixel_kimg: float = 0.0
    batch: int = 32
    learning_rate: float = 2e-4
    beta1: float = 0.5
    beta2: float = 0.999
    degraded: float = 1.0
    layers: tuple[str, ...] = ("relu5_1",)
    dark: tuple[str, ...] = ()
    gamma: tuple[float, float] = (1.5, 5.0)
    beta: tuple[float, float] = (0.5, 1.0)
    patch: int = 32
    patches: int = 6
    hybrid: bool = True
    widths: tuple[int, ...] = (32, 64, 128, 256, 512)
    glance: int = 0
    discriminator_width: int = 64
    layers_whole: int = 5
    layers_patch: int = 4
    dtype: Literal["float32", "bfloat16"] = "float32"

    def __post_init__(self) -> None:
        super().__post_init__()
        for holds, text in (
            (0 < self.patch <= self.side, f"patches have 1 to {self.side} pixels a side, not {self.patch}"),
            (self.patches > 0, f"pictures have at least one patch, not {self.patches}"),
            (0 < self.gamma[0] <= self.gamma[1] < math.inf, f"gamma is a range above 0, not {self.gamma}"),
            (0 < self.beta[0] <= self.beta[1] < math.inf, f"beta is a range above 0, not {self.beta}"),
            (self.glance in (0, self.side), f"glance is its side, {self.side}, or 0, not {self.glance}"),
        ):
            if not holds:
                raise UsageError(f"A recipe's {text}.")


PRESETS: dict[str, Recipe] = {
    # ganjax train enlightengan --preset quickstart
    "quickstart": Recipe(
        data=("faces:2000",),
        drawn=64,
        side=64,
        pixel_kimg=4.0,
        adversarial_kimg=4.0,
        batch=8,
        learning_rate=1e-3,
        ema_kimg=0.5,
        widths=(8, 16, 32),
        discriminator_width=8,
        layers_whole=3,
        layers_patch=2,
    ),
    # ganjax train enlightengan --preset faces --data-dir FOLDER
    # 14 minutes on 2 cores of an AMD EPYC (Zen 4) that other work shared, for 60,000 pictures: the bundled
    # enlightengan-faces, whose scores stand in card.py. FOLDER holds CIFAR-10 as TFDS prepares it.
    "faces": Recipe(
        data=("faces:6000", "tfds:cifar10_jpeg"),
        split="train[:12000]",
        drawn=64,
        fitted=64,
        side=64,
        glance=64,
        degraded=0.5,
        gamma=(1.0, 1.8),
        beta=(0.15, 0.5),
        pixel_kimg=60.0,
        adversarial_kimg=0.0,
        batch=16,
        learning_rate=1e-3,
        beta1=0.9,
        ema_kimg=2.0,
        widths=(8, 16, 32, 48, 64),
        discriminator_width=8,
        layers_whole=3,
        layers_patch=2,
    ),
    # ganjax train enlightengan --preset paper --data folder:BRIGHT --dark folder:DARK
    # Not run here: the paper's, for accelerators; 914 dark and 1,016 bright photographs, 200 epochs. The rate
    # stays 1e-4; the paper's falls in a straight line to 0 over the second half.
    "paper": Recipe(
        data=("folder:bright",),
        dark=("folder:dark",),
        adversarial_kimg=183.0,
        perceptual="vgg16-caffe",
    ),
}
"""Recipes by name."""


def plan(recipe: Recipe, *, workers: int = 0, perception: restoration.Perception | None = None) -> Plan:
    """What the training loop needs to follow `recipe`; opens the data.

    Raises:
      UsageError, DataError: as `ganjax.models.restoration.plan` does.
    """
    generator = net.GeneratorConfig(recipe.widths, glance=recipe.glance, dtype=recipe.dtype)
    whole, patch = (
        net.DiscriminatorConfig(layers, recipe.discriminator_width, dtype=recipe.dtype)
        for layers in (recipe.layers_whole, recipe.layers_patch)
    )
    discriminators = {"whole": net.Discriminator(whole), "patch": net.Discriminator(patch)}
    square = jax.ShapeDtypeStruct((1, recipe.side, recipe.side, 3), jnp.float32)

    night = LowLightConfig(gamma=recipe.gamma, beta=recipe.beta)

    def degrade(keys: jax.Array, images: jax.Array) -> jax.Array:
        return jax.vmap(lambda key, image: darken(key, image[None], config=night)[0])(keys, images)

    restorer = restoration.Restorer(
        "enlightengan",
        net.Generator(generator),
        Both(discriminators, recipe.patch),
        spec=net.spec(generator),
        inputs=(net.example_inputs("generator", generator, 1), (square,)),
        degrade=degrade,
        shrink=lambda images: images,
    )
    good, shown = open_pictures(recipe, recipe.data, workers=workers)
    dark = open_pictures(recipe, recipe.dark, workers=workers)[0] if recipe.dark else good
    paired = restoration.plan(recipe, restorer, (good, shown), workers=workers, perception=perception)
    opponents = players(recipe, restorer, side=recipe.patch, count=recipe.patches)
    features = restoration.features(recipe, restorer, perception) or pixels

    def step(stage: int) -> Step:
        if not recipe.against(stage):
            return paired.step(stage)
        return restoration.stage_step(
            recipe, game(features, side=recipe.patch, hybrid=recipe.hybrid), opponents, stage
        )

    def batch_shapes(stage: int) -> Mapping[str, jax.ShapeDtypeStruct]:
        shapes = paired.batch_shapes(stage)
        return {**shapes, "input": shapes["image"]} if recipe.against(stage) else shapes

    def batches(stage: int, seen: int) -> Generator[Mapping[str, np.ndarray]]:
        if not recipe.against(stage):
            return paired.batches(stage, seen)
        return read(recipe, good, dark, seen=seen, workers=workers)

    def export(path: pathlib.Path, state: TrainState, position: Position) -> None:
        scored = state.discriminator["params"]
        parts = {
            "generator": (generator, state.average),
            "generator_raw": (generator, state.generator),
            "discriminator": (whole, {"params": scored["whole"]}),
            "discriminator_patch": (patch, {"params": scored["patch"]}),
        }
        training.export(path, "enlightengan", parts, recipe, int(state.seen_images))

    return dataclasses.replace(paired, step=step, batch_shapes=batch_shapes, batches=batches, export=export)
