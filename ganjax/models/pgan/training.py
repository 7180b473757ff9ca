"""The networks of a progressive GAN as the training loop wants them: pure functions, shapes, batches."""

import contextlib
import functools
import pathlib
from collections.abc import Generator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from ganjax.core.images import as_unit, from_range, to_range, to_uint8
from ganjax.core.random import image_keys, normal_latents
from ganjax.core.resample import downsample_box, upsample_nearest
from ganjax.data.pipeline import batches
from ganjax.data.sources import Source
from ganjax.models import training
from ganjax.models.pgan import net
from ganjax.models.pgan.config import DiscriminatorConfig, GeneratorConfig
from ganjax.train import state as states
from ganjax.train.schedule import Phase, Position
from ganjax.train.step import Players, Round, latents


def players(generator: net.Generator, discriminator: net.Discriminator, stage: int) -> Players:
    """The networks of one stage, as the train step wants them."""
    config = generator.config

    def prepare(batch: Mapping[str, jax.Array], alpha: jax.Array, keys: tuple[jax.Array, jax.Array]) -> Round:
        real = to_range(as_unit(batch["image"]), net.spec(config).range)
        if stage > 0:  # real images fade in as generated ones do
            real = alpha * real + (1 - alpha) * upsample_nearest(downsample_box(real))
        labels = jax.nn.one_hot(batch["label"], config.labels) if config.labels else None
        return Round(real, latents(keys, config.latent), labels)

    return Players(
        generate=lambda variables, z, labels, alpha: generator.apply(
            variables, z, labels, stage=stage, alpha=alpha
        ),
        discriminate=lambda variables, images, alpha: discriminator.apply(
            variables, images, stage=stage, alpha=alpha
        ),
        prepare=prepare,
    )


def create(
    generator: net.Generator,
    discriminator: net.Discriminator,
    *,
    generator_tx: optax.GradientTransformation,
    discriminator_tx: optax.GradientTransformation,
    seed: int,
) -> states.TrainState:
    """Both networks drawn at random from `seed`, and the state of a run that starts with them."""
    draws = (
        training.drawn(network, net.example_inputs(part, network.config, 4))
        for part, network in (("generator", generator), ("discriminator", discriminator))
    )
    return training.create(*draws, generator_tx=generator_tx, discriminator_tx=discriminator_tx, seed=seed)


def shapes(phase: Phase, *, conditional: bool) -> dict[str, jax.ShapeDtypeStruct]:
    """Shapes and types of a global batch of `phase`, with classes if it is `conditional`."""
    image = jax.ShapeDtypeStruct((phase.batch, phase.side, phase.side, 3), jnp.uint8)
    label = jax.ShapeDtypeStruct((phase.batch,), jnp.int32)
    return {"image": image, "label": label} if conditional else {"image": image}


def read(
    source: Source, phase: Phase, seen: int, *, conditional: bool, seed: int, mirror: bool, workers: int
) -> Generator[dict[str, np.ndarray]]:
    """This process's batches of `source` at `phase`, from `seen` images on, as `shapes` says."""
    wanted = ("image", "label") if conditional else ("image",)
    stream = batches(
        source,
        side=phase.side,
        batch=phase.batch,
        start=seen,
        seed=seed,
        process=jax.process_index(),
        processes=jax.process_count(),
        mirror=mirror,
        workers=workers,
    )
    with contextlib.closing(stream):
        for batch in stream:
            yield {name: batch[name] for name in wanted}


@functools.partial(jax.jit, static_argnums=(0, 4))
def _draw(
    generator: net.Generator, variables: Any, z: jax.Array, labels: jax.Array | None, stage: int, alpha: float
) -> jax.Array:
    images: Any = generator.apply(variables, z, labels, stage=stage, alpha=alpha)
    return from_range(images, net.spec(generator.config).range)


def sample(
    generator: net.Generator, seed: int, variables: Any, stage: int, alpha: float, n: int
) -> np.ndarray:
    """`n` images [n, side of the stage, same, 3] uint8 from latents that are the same at every call."""
    config = generator.config
    z = normal_latents(image_keys(jax.random.key(seed), n), config.latent)
    labels = jax.nn.one_hot(jnp.arange(n) % config.labels, config.labels) if config.labels else None
    return to_uint8(_draw(generator, variables, z, labels, stage, jnp.float32(alpha)))


def export(
    configs: tuple[GeneratorConfig, DiscriminatorConfig],
    recipe: Any,
    path: pathlib.Path,
    state: states.TrainState,
    position: Position,
) -> None:
    """Writes averaged generator, raw generator and discriminator of `state` as a file for `ganjax.load`."""
    generator, discriminator = configs
    training.export(
        path,
        "pgan",
        {
            "generator": (generator, state.average),
            "generator_raw": (generator, state.generator),
            "discriminator": (discriminator, state.discriminator),
        },
        recipe,
        int(state.seen_images),
        stage=position.stage,
        alpha=position.alpha,
    )
