"""What a training run is at one moment: everything that the next step depends on."""

import dataclasses
from typing import Any

import flax.struct
import jax
import jax.numpy as jnp
import optax


@flax.struct.dataclass
class TrainState:
    """The state of adversarial training; a pytree that checkpoints store whole.

    Attributes:
      generator: the generator's variables (every collection).
      discriminator: the discriminator's variables.
      average: exponential moving average of the generator's variables, the ones to sample from.
      generator_opt: optax state of the generator.
      discriminator_opt: optax state of the discriminator.
      seed: uint32 scalar; with `seen_images` it fixes every random number of the next step.
      stage: int32 scalar, index of the resolution that is being trained.
      seen_images: int32 scalar, real images shown so far.
    """

    generator: Any
    discriminator: Any
    average: Any
    generator_opt: Any
    discriminator_opt: Any
    seed: jax.Array
    stage: jax.Array
    seen_images: jax.Array


def create(
    generator: Any,
    discriminator: Any,
    *,
    generator_tx: optax.GradientTransformation,
    discriminator_tx: optax.GradientTransformation,
    seed: int,
) -> TrainState:
    """The state before the first image."""
    return TrainState(
        generator=generator,
        discriminator=discriminator,
        # A copy of its own: shared buffers could not be donated to the step twice.
        average=jax.tree.map(jnp.copy, generator),
        generator_opt=generator_tx.init(generator["params"]),
        discriminator_opt=discriminator_tx.init(discriminator["params"]),
        seed=jnp.uint32(seed),
        stage=jnp.int32(0),
        seen_images=jnp.int32(0),
    )


def enter_stage(
    state: TrainState,
    stage: int,
    *,
    generator_tx: optax.GradientTransformation,
    discriminator_tx: optax.GradientTransformation,
) -> TrainState:
    """`state` at the start of a new resolution, its optimisers reset.

    Both references do so. It is needed: Adam's second moments of the new layers would be zero while its
    step count, which corrects for that, is large, and the first steps would be ten times too long.
    """
    return dataclasses.replace(
        state,
        stage=jnp.int32(stage),
        generator_opt=generator_tx.init(state.generator["params"]),
        discriminator_opt=discriminator_tx.init(state.discriminator["params"]),
    )
