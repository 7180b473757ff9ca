"""How networks that restore pictures are trained: for likeness to the target, then against a discriminator.

What the recipes of SRGAN, ESRGAN, SRVGG and EnlightenGAN share. They differ in their networks, in their
numbers and in how good pictures are made bad.
"""

import contextlib
import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from ganjax.core.errors import UsageError
from ganjax.core.images import as_unit, from_range, to_range, to_uint8
from ganjax.core.random import image_keys
from ganjax.core.resample import upsample_nearest
from ganjax.core.types import ImageSpec
from ganjax.data.degrade.bicubic import shrink
from ganjax.data.degrade.blur import sharpen
from ganjax.data.degrade.second_order import DegradationConfig, crop_pair, degrade
from ganjax.data.pipeline import crops
from ganjax.data.sources.chosen import Chosen
from ganjax.losses.content import Content, restoring
from ganjax.losses.games import Game
from ganjax.losses.perceptual import Difference, Features
from ganjax.losses.pixel import l1
from ganjax.losses.restoration import restoration
from ganjax.models import training
from ganjax.models.restoration_data import batch_shapes, read
from ganjax.models.restoration_recipe import GAMES, Recipe
from ganjax.train import state as states
from ganjax.train.loop import Plan
from ganjax.train.step import Players, Round, Step, ema_decay, make_step

Perception = Callable[[jax.Array, Sequence[str]], Sequence[jax.Array]]
"""(images in [0, 1], layers) -> activations: a network of `ganjax.models.vgg`."""


@dataclasses.dataclass(frozen=True)
class Restorer:
    """What a system trains.

    Attributes:
      system: its name.
      generator: a network; `generator.config` is written with it.
      discriminator: the other.
      spec: what the generator takes and gives.
      inputs: shapes of what either takes.
      degrade: (keys [N], images [N, H, W, 3] in [0, 1]) -> as bad as can be [N, H / scale, W / scale, 3].
      shrink: images -> the same pictures, `scale` times smaller and else as good as can be.
      difference: of pixels and of activations, elementwise.
      sharpened: whether good pictures are sharpened before they are made bad, and as what the result should
        be like; the discriminator sees them as they are.
      degraded_side: side of the squares that are made bad, out of which those of the recipe are cut; 0 for
        the same.
    """

    system: str
    generator: Any
    discriminator: Any
    spec: ImageSpec
    inputs: tuple[training.Shapes, training.Shapes]
    degrade: Callable[[jax.Array, jax.Array], jax.Array]
    shrink: Callable[[jax.Array], jax.Array]
    difference: Difference = l1
    sharpened: bool = False
    degraded_side: int = 0


def upscaler(system: str, net: Any, generator: Any, discriminator: Any, **how: Any) -> Restorer:
    """What a system that enlarges pictures trains: its module `net`, and the configs of both networks.

    As bad as can be is the degradation of Real-ESRGAN, as good MATLAB's bicubic. `how` are the last fields of
    `Restorer`, `difference` and what follows it.
    """
    scale = net.spec(generator).scale
    config = DegradationConfig(scale=scale)

    def degraded(keys: jax.Array, images: jax.Array) -> jax.Array:
        return jax.vmap(lambda key, image: degrade(key, image[None], config=config)[0])(keys, images)

    return Restorer(
        system,
        net.Generator(generator),
        net.Discriminator(discriminator),
        spec=net.spec(generator),
        inputs=(
            net.example_inputs("generator", generator, 1),
            net.example_inputs("discriminator", discriminator, 1),
        ),
        degrade=degraded,
        shrink=functools.partial(shrink, scale=scale),
        **how,
    )


def plan(
    recipe: Recipe,
    restorer: Restorer,
    pictures: tuple[Chosen, Chosen],
    *,
    workers: int = 0,
    perception: Perception | None = None,
) -> Plan:
    """What the training loop needs to follow `recipe` on `pictures`, which `open_pictures` opened.

    `workers` processes decode them; 0 decodes in this one. `perception` is the network that the recipe calls
    `perceptual`.

    Raises:
      UsageError: sides or scales that do not fit, a perceptual loss without its network.
    """
    scale, multiple = restorer.spec.scale, restorer.spec.multiple
    read_side = restorer.degraded_side or recipe.side
    for side in (recipe.side, read_side):
        if side % (scale * multiple):
            raise UsageError(f"The side of the squares is a multiple of {scale * multiple}, not {side}.")
    if read_side < recipe.side:
        raise UsageError(f"Squares of {recipe.side} pixels cannot be cut out of those of {read_side}.")
    schedule = recipe.schedule
    source, shown = pictures
    paired = any(text.startswith("pairs:") for text in recipe.data)
    if paired and source.scale != scale:
        raise UsageError(
            f"{source.name} are {source.scale} times as large as their inputs, not {scale} times."
        )
    # Pairs are not made bad, so nothing has to lie around them.
    reading = recipe if paired else dataclasses.replace(recipe, side=read_side)
    optimisers = {"generator_tx": optimiser(recipe, 0), "discriminator_tx": optimiser(recipe, 0)}
    opponents = players(recipe, restorer)
    seen_by = contents(recipe, restorer, perception)

    def step(stage: int) -> Step:
        content, game = seen_by[0], None
        if recipe.against(stage):
            content, game = seen_by[1], GAMES[recipe.game]()
        return stage_step(recipe, restoring(content, game, adversarial=recipe.adversarial), opponents, stage)

    return Plan(
        settings=training.settings(restorer.system, recipe),
        schedule=schedule,
        create=lambda: training.create(
            training.drawn(restorer.generator, restorer.inputs[0]),
            training.drawn(restorer.discriminator, restorer.inputs[1]),
            **optimisers,
            seed=recipe.seed,
        ),
        enter=functools.partial(states.enter_stage, **optimisers),
        step=step,
        batch_shapes=lambda stage: batch_shapes(reading, scale if paired else None),
        batches=lambda stage, seen: read(reading, source, seen=seen, workers=workers),
        sample=functools.partial(
            sample, restorer, functools.cache(functools.partial(held_out, recipe, restorer, shown))
        ),
        export=lambda path, state, position: training.export(
            path,
            restorer.system,
            {
                "generator": (restorer.generator.config, state.average),
                "generator_raw": (restorer.generator.config, state.generator),
                "discriminator": (restorer.discriminator.config, state.discriminator),
            },
            recipe,
            int(state.seen_images),
        ),
    )


def optimiser(recipe: Recipe, stage: int) -> optax.GradientTransformation:
    """Adam for one stage; its state has the same form in both."""
    rate = recipe.learning_rate / (2 if recipe.against(stage) else 1)
    return optax.adam(rate, b1=recipe.beta1, b2=recipe.beta2)


def stage_step(recipe: Recipe, game: Game, opponents: Players, stage: int) -> Step:
    """The pure step of a stage in which `game` is played."""
    tx = optimiser(recipe, stage)
    return make_step(
        game,
        opponents,
        generator_tx=tx,
        discriminator_tx=tx,
        ema_decay=ema_decay(recipe.batch, recipe.ema_kimg),
    )


def contents(recipe: Recipe, restorer: Restorer, perception: Perception | None) -> tuple[Content, Content]:
    """What is like the target, in the first stage and in the second.

    Raises:
      UsageError: the recipe wants a perceptual loss, and there is no `perception`.
    """
    pixels = functools.partial(restoration, difference=restorer.difference)
    both = functools.partial(pixels, pixel=recipe.pixel)
    if seen := features(recipe, restorer, perception):
        both = functools.partial(
            both, perception=recipe.perception, features=seen, layers=recipe.layer_weights
        )
    if not restorer.sharpened:
        return pixels, both
    low_high = restorer.spec.range

    def sharp(content: Content) -> Content:
        return lambda made, real: content(made, to_range(sharpen(from_range(real, low_high)), low_high))

    return sharp(pixels), sharp(both)


def features(recipe: Recipe, restorer: Restorer, perception: Perception | None) -> Features | None:
    """The activations that the recipe compares, of images in the network's range; None where it does not.

    Raises:
      UsageError: the recipe wants a perceptual loss, and there is no `perception`.
    """
    if recipe.perceptual == "none":
        return None
    if perception is None:
        raise UsageError(f"This recipe compares activations of {recipe.perceptual}: give that to `plan`.")
    low, high = restorer.spec.range
    return lambda images: perception((images - low) / (high - low), recipe.layers)


def players(recipe: Recipe, restorer: Restorer) -> Players:
    """The networks of a recipe as the train step wants them."""
    generate, generator_buffers = training.in_training(restorer.generator, restorer.inputs[0])
    discriminate, discriminator_buffers = training.in_training(restorer.discriminator, restorer.inputs[1])

    def prepare(batch: Mapping[str, jax.Array], alpha: jax.Array, keys: tuple[jax.Array, jax.Array]) -> Round:
        real, given = as_unit(batch["image"]), inputs(recipe, restorer, batch, keys[0])
        if real.shape[1] > recipe.side:
            real, given = jax.vmap(cut)(keys[1], real, given)
        real, given = (to_range(images, restorer.spec.range) for images in (real, given))
        return Round(real, (given, given))

    def cut(key: jax.Array, *pair: jax.Array) -> tuple[jax.Array, jax.Array]:
        real, given = crop_pair(key, *(image[None] for image in pair), side=recipe.side)
        return real[0], given[0]

    return Players(
        generate=lambda variables, given, condition, alpha: generate(variables, given),
        discriminate=lambda variables, images, alpha, **how: discriminate(variables, images, **how),
        prepare=prepare,
        generator_buffers=generator_buffers,
        discriminator_buffers=discriminator_buffers,
    )


def inputs(recipe: Recipe, restorer: Restorer, batch: Mapping[str, jax.Array], keys: jax.Array) -> jax.Array:
    """What the network sees of a batch, in [0, 1]: the inputs of pairs; else the images are made bad.

    Which of a batch are degraded is told by their place, not by lot, since the others then cost nothing; the
    pictures come in random order.
    """
    if "input" in batch:
        return as_unit(batch["input"])
    images = as_unit(batch["image"])
    if restorer.sharpened:
        images = sharpen(images)
    count = round(recipe.degraded * len(images))
    parts = []
    if count:
        parts.append(restorer.degrade(keys[:count], images[:count]))
    if count < len(images):
        parts.append(restorer.shrink(images[count:]))
    return jnp.concatenate(parts)


def held_out(recipe: Recipe, restorer: Restorer, source: Chosen, n: int) -> tuple[jax.Array, np.ndarray]:
    """What the network sees of `n` pictures of `source`, in [0, 1], and these, uint8; always the same."""
    with contextlib.closing(crops(source, side=recipe.side, batch=n, seed=recipe.seed)) as stream:
        batch = next(stream)
    keys = image_keys(jax.random.key(recipe.seed), n)
    return jax.jit(functools.partial(inputs, recipe, restorer))(batch, keys), batch["image"]


def sample(
    restorer: Restorer,
    pictures: Callable[[int], tuple[jax.Array, np.ndarray]],
    variables: Any,
    stage: int,
    alpha: float,
    n: int,
) -> np.ndarray:
    """`n` rows [n, side, 3 side, 3] uint8 of input, result and target; `pictures` gives the two ends."""
    given, targets = pictures(n)
    low_high = restorer.spec.range
    made = from_range(_restored(restorer.generator, variables, to_range(given, low_high)), low_high)
    before = upsample_nearest(given, restorer.spec.scale)
    return np.concatenate([to_uint8(each) for each in (before, made, targets)], axis=2)


@functools.partial(jax.jit, static_argnums=0)
def _restored(generator: Any, variables: Any, given: jax.Array) -> jax.Array:
    images: jax.Array = generator.apply(variables, given)
    return images
