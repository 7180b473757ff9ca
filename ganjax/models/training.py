"""What the recipes of all systems share: networks drawn, applied in training, and written as a file."""

import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import numpy as np
import optax

from ganjax.convert.bundle import Bundle, Part, write_bundle
from ganjax.core.configs import to_dict
from ganjax.train import state as states

Shapes = Sequence[jax.ShapeDtypeStruct]
Apply = Callable[..., Any]


def drawn(network: Any, inputs: Shapes) -> Callable[[jax.Array], Any]:
    """key -> variables of `network`, which takes `inputs`; the network itself is not computed."""
    return lambda key: network.lazy_init(key, *inputs)


def settings(system: str, recipe: Any) -> dict[str, Any]:
    """What the folder of a run of a recipe of `system` keeps of it, as JSON values."""
    return {"system": system, "recipe": to_dict(recipe)}


def create(
    generator: Callable[[jax.Array], Any],
    discriminator: Callable[[jax.Array], Any],
    *,
    generator_tx: optax.GradientTransformation,
    discriminator_tx: optax.GradientTransformation,
    seed: int,
) -> states.TrainState:
    """Both networks drawn at random from `seed`, and the state of a run that starts with them."""

    @jax.jit
    def draw(key: jax.Array) -> states.TrainState:
        keys = jax.random.split(key)
        return states.create(
            generator(keys[0]),
            discriminator(keys[1]),
            generator_tx=generator_tx,
            discriminator_tx=discriminator_tx,
            seed=seed,
        )

    return draw(jax.random.key(seed))


def in_training(network: Any, inputs: Shapes) -> tuple[Apply, Apply | None]:
    """(apply, buffers) of `network`, which takes `inputs`, as `ganjax.train.step.Players` wants them.

    Both take the variables and what the network takes. Where it has collections beside "params", such as
    the averages of batch norm, it is applied with `train`, and `buffers` gives what they become; else that
    is None.
    """
    own = [name for name in jax.eval_shape(drawn(network, inputs), jax.random.key(0)) if name != "params"]
    if not own:
        return network.apply, None

    def run(variables: Any, *given: Any) -> tuple[Any, Any]:
        result: tuple[Any, Any] = network.apply(variables, *given, train=True, mutable=own)
        return result

    return lambda *given: run(*given)[0], lambda *given: run(*given)[1]


def export(
    path: pathlib.Path,
    system: str,
    parts: Mapping[str, tuple[Any, Any]],
    recipe: Any,
    seen_images: int,
    *,
    stage: int | None = None,
    alpha: float = 1.0,
    **info: Any,
) -> None:
    """Writes `parts`, each a config and its variables, as a file for `ganjax.load`, with their recipe.

    `info` are JSON values that `ganjax.convert.bundle.Bundle` keeps beside the networks.
    """
    written = {
        name: Part(to_dict(config), jax.tree.map(np.asarray, variables))
        for name, (config, variables) in parts.items()
    }
    told = {"recipe": to_dict(recipe), "seen_images": seen_images, **info}
    write_bundle(path, Bundle(system, written, stage=stage, alpha=alpha, info=told))
