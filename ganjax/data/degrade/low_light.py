"""Well-lit pictures made dark: the darkening, the noise and the colour cast of a photograph at night.

The darkening is that of Lv, Li and Lu 2021 (arXiv:1908.00682), beta (alpha x)^gamma with their ranges. Their
noise is Poisson's and Gauss's too, but goes through a model of a camera; here it is added to the values of
the picture. The ranges of the noise and the colour cast are this project's own.
"""

import dataclasses

import jax
import jax.numpy as jnp

from ganjax.core.random import image_keys
from ganjax.data.degrade.lots import between
from ganjax.data.degrade.noise import poisson_levels


@dataclasses.dataclass(frozen=True)
class LowLightConfig:
    """How dark, how noisy, how tinted; each range holds the least and the largest value.

    Attributes:
      alpha, beta, gamma: of beta (alpha x)^gamma.
      cast: most that the gains of red and blue differ from 1.
      shot: strength of the Poisson noise; at 1 it is that of 256 photons for white.
      read_sigma: standard deviation of the Gaussian noise, in 8-bit levels.
    """

    alpha: tuple[float, float] = (0.9, 1.0)
    beta: tuple[float, float] = (0.5, 1.0)
    gamma: tuple[float, float] = (1.5, 5.0)
    cast: float = 0.1
    shot: tuple[float, float] = (0.0, 1.0)
    read_sigma: tuple[float, float] = (0.0, 4.0)


def darken(
    key: jax.Array,
    images: jax.Array,
    *,
    config: LowLightConfig = LowLightConfig(),
    first: jax.Array | int = 0,
) -> jax.Array:
    """Dark versions of `images` [N, H, W, 3] float32 in [0, 1], on the 256 levels of 8 bits.

    Picture i is made dark by a key folded from `key` and the number `first` + i, whatever batch it is in.
    """

    def one(key: jax.Array, image: jax.Array) -> jax.Array:
        keys = jax.random.split(key, 3)
        u = jax.random.uniform(keys[0], (7,))
        alpha, beta = between(u[0], config.alpha), between(u[1], config.beta)
        gamma, shot = between(u[2], config.gamma), between(u[3], config.shot)
        sigma = between(u[4], config.read_sigma)
        red, blue = between(u[5:], (1 - config.cast, 1 + config.cast))
        dark = beta * (alpha * image) ** gamma * jnp.stack([red, jnp.ones(()), blue])[None, None]
        levels = jnp.rint(jnp.clip(dark, 0, 1) * 255).astype(jnp.int32)
        counted = poisson_levels(keys[1], levels, 256) / 256
        noisy = levels / 255 + shot * (counted - levels / 255)
        noisy += jax.random.normal(keys[2], image.shape) * sigma / 255
        return jnp.rint(jnp.clip(noisy, 0, 1) * 255) / 255

    return jax.vmap(one)(image_keys(key, len(images), first=first), images)
