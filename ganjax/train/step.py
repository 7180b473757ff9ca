"""One step of adversarial training, as a pure function: discriminator, then generator, then the average.

Nothing here knows a network: the step is built from a game (a pair of losses), two apply functions and
two optax transforms, and serves every system.
"""

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import optax

from ganjax.core.random import image_keys, normal_latents
from ganjax.train.state import TrainState

Metrics = dict[str, jax.Array]
Step = Callable[[TrainState, Mapping[str, jax.Array], jax.Array], tuple[TrainState, Metrics]]


class Game(Protocol):
    """The two losses that play against each other, each giving (scalar, metrics); see `ganjax.losses`.

    Without a discriminator loss the discriminator waits: it stays what it was, and costs nothing.
    """

    @property
    def discriminator_loss(self) -> Callable[..., tuple[jax.Array, Metrics]] | None: ...

    @property
    def generator_loss(self) -> Callable[..., tuple[jax.Array, Metrics]]: ...


class Round(NamedTuple):
    """What is played with in one step.

    Attributes:
      real: real images [N, H, W, C] in the network's range; where images are restored, the targets.
      given: what the generator makes its images of in the discriminator's turn, and in its own: latents, or
        degraded images. The same array twice is computed once.
      condition: what else the generator and the game know, e.g. labels [N, K]; None for nothing.
    """

    real: jax.Array
    given: tuple[Any, Any]
    condition: Any = None


@dataclasses.dataclass(frozen=True)
class Players:
    """The networks of one stage as plain functions of their variables.

    Attributes:
      generate: (variables, given, condition, alpha) -> images [N, H, W, C] in the network's range.
      discriminate: (variables, images, alpha) -> scores, or maps of them; a game may name further arguments.
      prepare: (batch, alpha, keys) -> the round; `keys` are two arrays of keys [N], one for each turn.
      generator_buffers: (variables, given) -> the collections beside "params" after these were seen, where
        the generator has some, e.g. the averages of batch norm. It is the pass that the loss makes too, and
        the compiler makes one of both.
      discriminator_buffers: (variables, images) -> those of the discriminator.
    """

    generate: Callable[..., Any]
    discriminate: Callable[..., Any]
    prepare: Callable[..., Round]
    generator_buffers: Callable[..., Mapping[str, Any]] | None = None
    discriminator_buffers: Callable[..., Mapping[str, Any]] | None = None


def latents(keys: tuple[jax.Array, jax.Array], length: int) -> tuple[jax.Array, jax.Array]:
    """What a generator of latent vectors [N, L] is given: other ones in either turn."""
    return normal_latents(keys[0], length), normal_latents(keys[1], length)


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

    As in the references, the generator meets the discriminator that was just updated, and the average
    follows the generator's variables. The discriminator's buffers see the real images, then the generated
    ones.

    Args:
      game: the losses.
      players: the networks of this stage.
      generator_tx: optimiser of the generator.
      discriminator_tx: optimiser of the discriminator.
      ema_decay: the average keeps this share of itself at each step.
      axis_name: the mapped axis under `jax.pmap`; None under `jax.jit`, where the batch is whole.

    Returns:
      The step. Its metrics are float32 scalars: the game's own, "g_grad_norm", "d_grad_norm" where the
      discriminator plays, and "finite" (1 where all losses and gradients are finite).
    """

    def mean(tree: Any) -> Any:
        return tree if axis_name is None else jax.lax.pmean(tree, axis_name)

    def updated(
        loss: Callable[[Any], tuple[jax.Array, Metrics]], params: Any, tx: Any, opt: Any, norm: str
    ) -> tuple[Any, Any, Metrics]:
        """The parameters and the optimiser's state after a step down the loss, and the metrics."""
        gradient, metrics = jax.grad(loss, has_aux=True)(params)
        gradient = mean(gradient)
        updates, opt = tx.update(gradient, opt, params)
        return optax.apply_updates(params, updates), opt, mean(metrics) | {norm: optax.tree.norm(gradient)}

    def step(
        state: TrainState, batch: Mapping[str, jax.Array], alpha: jax.Array
    ) -> tuple[TrainState, Metrics]:
        n = batch["image"].shape[0]
        devices = 1 if axis_name is None else jax.lax.axis_size(axis_name)
        offset = 0 if axis_name is None else jax.lax.axis_index(axis_name) * n
        keys = image_keys(jax.random.key(state.seed), n, first=state.seen_images + offset)
        # Three keys an image: for what is drawn in either turn, and for the place of the gradient penalty.
        d_keys, g_keys, mix_keys = jnp.moveaxis(jax.vmap(lambda key: jax.random.split(key, 3))(keys), 1, 0)
        real, (d_given, g_given), condition = players.prepare(batch, alpha, (d_keys, g_keys))
        generator, discriminator = state.generator, state.discriminator
        d_opt = state.discriminator_opt
        d_metrics: Metrics = {}

        judge = game.discriminator_loss
        if judge is not None:
            mix = jax.vmap(jax.random.uniform)(mix_keys)
            fake = players.generate(generator, d_given, condition, alpha)

            def discriminator_loss(params: Any) -> tuple[jax.Array, Metrics]:
                score = functools.partial(_score, players, {**state.discriminator, "params": params}, alpha)
                return judge(score, real, fake, mix, condition)

            if players.discriminator_buffers:
                for images in (real, fake):
                    seen = players.discriminator_buffers(discriminator, images)
                    discriminator = {**discriminator, **mean(seen)}
            params, d_opt, d_metrics = updated(
                discriminator_loss, state.discriminator["params"], discriminator_tx, d_opt, "d_grad_norm"
            )
            discriminator = {**discriminator, "params": params}

        def generator_loss(params: Any) -> tuple[jax.Array, Metrics]:
            images = players.generate({**state.generator, "params": params}, g_given, condition, alpha)
            score = functools.partial(_score, players, discriminator, alpha)
            return game.generator_loss(score, images, real, condition)

        if players.generator_buffers:
            generator = {**generator, **mean(players.generator_buffers(generator, g_given))}
        params, g_opt, g_metrics = updated(
            generator_loss, state.generator["params"], generator_tx, state.generator_opt, "g_grad_norm"
        )
        generator = {**generator, "params": params}

        average = jax.tree.map(
            lambda old, new: ema_decay * old + (1 - ema_decay) * new, state.average, generator
        )
        metrics = {**d_metrics, **g_metrics}
        finite = jnp.all(jnp.array([jnp.isfinite(value) for value in metrics.values()]))
        state = dataclasses.replace(
            state,
            generator=generator,
            discriminator=discriminator,
            average=average,
            generator_opt=g_opt,
            discriminator_opt=d_opt,
            seen_images=state.seen_images + n * devices,
        )
        return state, metrics | {"finite": finite.astype(jnp.float32)}

    return step


def _score(players: Players, variables: Any, alpha: jax.Array, images: jax.Array, **how: Any) -> Any:
    return players.discriminate(variables, images, alpha, **how)


def ema_decay(batch: int, half_life_kimg: float) -> float:
    """The share that the average keeps at each step, for a half-life in thousands of images."""
    return 0.5 ** (batch / (1000 * half_life_kimg)) if half_life_kimg > 0 else 0.0
