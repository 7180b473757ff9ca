"""One step of adversarial training, as a pure function: discriminator, then generator, then the average.

Nothing here knows a network: the step is built from a game (a pair of losses), two apply functions and
two optax transforms, and serves every system.
"""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import optax

from ganjax.core.random import image_keys, normal_latents
from ganjax.train.state import TrainState

Metrics = dict[str, jax.Array]
Step = Callable[[TrainState, Mapping[str, jax.Array], jax.Array], tuple[TrainState, Metrics]]


class Game(Protocol):
    """The two losses that play against each other, each giving (scalar, metrics); see `ganjax.losses`."""

    @property
    def discriminator_loss(self) -> Callable[..., tuple[jax.Array, Metrics]]: ...

    @property
    def generator_loss(self) -> Callable[..., tuple[jax.Array, Metrics]]: ...


@dataclasses.dataclass(frozen=True)
class Players:
    """The networks of one stage as plain functions of their variables.

    Attributes:
      generate: (variables, latents [N, L], labels, alpha) -> images [N, H, W, C] in the network's range.
      discriminate: (variables, images, alpha) -> scores [N] or [N, 1 + K].
      prepare: (batch, alpha) -> (real images in the network's range, labels [N, K] or None).
      latent: length L of a latent vector.
    """

    generate: Callable[..., Any]
    discriminate: Callable[..., Any]
    prepare: Callable[..., tuple[jax.Array, jax.Array | None]]
    latent: int


def make_step(
    game: Game,
    players: Players,
    *,
    generator_tx: optax.GradientTransformation,
    discriminator_tx: optax.GradientTransformation,
    ema_decay: float,
    axis_name: str | None = None,
) -> Step:
    """Builds `step(state, batch, alpha) -> (state, metrics)`.

    As in the references, the generator meets the discriminator that was just updated, on latents of its
    own, and the average follows the generator's parameters (other collections are copied).

    Args:
      game: the losses.
      players: the networks of this stage.
      generator_tx: optimiser of the generator.
      discriminator_tx: optimiser of the discriminator.
      ema_decay: the average keeps this share of itself at each step.
      axis_name: the mapped axis under `jax.pmap`; None under `jax.jit`, where the batch is whole.

    Returns:
      The step. Its metrics are float32 scalars: the game's own, "d_grad_norm", "g_grad_norm", and
      "finite" (1 where both losses and both gradients are finite).
    """

    def mean(tree: Any) -> Any:
        return tree if axis_name is None else jax.lax.pmean(tree, axis_name)

    def step(
        state: TrainState, batch: Mapping[str, jax.Array], alpha: jax.Array
    ) -> tuple[TrainState, Metrics]:
        real, labels = players.prepare(batch, alpha)
        n = real.shape[0]
        devices = 1 if axis_name is None else jax.lax.axis_size(axis_name)
        offset = 0 if axis_name is None else jax.lax.axis_index(axis_name) * n
        keys = image_keys(jax.random.key(state.seed), n, first=state.seen_images + offset)
        # Three keys an image: for the latents of either turn, and for the place of the gradient penalty.
        d_keys, g_keys, mix_keys = jnp.moveaxis(jax.vmap(lambda key: jax.random.split(key, 3))(keys), 1, 0)
        mix = jax.vmap(jax.random.uniform)(mix_keys)
        fake = players.generate(state.generator, normal_latents(d_keys, players.latent), labels, alpha)

        def discriminator_loss(params: Any) -> tuple[jax.Array, Metrics]:
            variables = {**state.discriminator, "params": params}
            score = lambda images: players.discriminate(variables, images, alpha)  # noqa: E731
            return game.discriminator_loss(score, real, fake, mix, labels)

        gradient, d_metrics = jax.grad(discriminator_loss, has_aux=True)(state.discriminator["params"])
        gradient = mean(gradient)
        d_norm = optax.tree.norm(gradient)
        updates, d_opt = discriminator_tx.update(
            gradient, state.discriminator_opt, state.discriminator["params"]
        )
        d_params = optax.apply_updates(state.discriminator["params"], updates)
        discriminator = {**state.discriminator, "params": d_params}

        def generator_loss(params: Any) -> tuple[jax.Array, Metrics]:
            latents = normal_latents(g_keys, players.latent)
            images = players.generate({**state.generator, "params": params}, latents, labels, alpha)
            score = lambda images: players.discriminate(discriminator, images, alpha)  # noqa: E731
            return game.generator_loss(score, images, real, labels)

        gradient, g_metrics = jax.grad(generator_loss, has_aux=True)(state.generator["params"])
        gradient = mean(gradient)
        g_norm = optax.tree.norm(gradient)
        updates, g_opt = generator_tx.update(gradient, state.generator_opt, state.generator["params"])
        g_params = optax.apply_updates(state.generator["params"], updates)

        average = jax.tree.map(
            lambda old, new: ema_decay * old + (1 - ema_decay) * new, state.average["params"], g_params
        )
        metrics = mean({**d_metrics, **g_metrics}) | {"d_grad_norm": d_norm, "g_grad_norm": g_norm}
        finite = jnp.all(jnp.array([jnp.isfinite(value) for value in metrics.values()]))
        state = dataclasses.replace(
            state,
            generator={**state.generator, "params": g_params},
            discriminator=discriminator,
            average={**state.generator, "params": average},
            generator_opt=g_opt,
            discriminator_opt=d_opt,
            seen_images=state.seen_images + n * devices,
        )
        return state, metrics | {"finite": finite.astype(jnp.float32)}

    return step


def ema_decay(batch: int, half_life_kimg: float) -> float:
    """The share that the average keeps at each step, for a half-life in thousands of images."""
    return 0.5 ** (batch / (1000 * half_life_kimg)) if half_life_kimg > 0 else 0.0
