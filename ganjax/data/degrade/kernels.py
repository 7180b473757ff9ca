"""Blur kernels: Gaussian, generalised Gaussian, plateau and sinc, and how they are drawn by lot.

A kernel is [21, 21] float32 and sums to 1; one of a smaller odd `size` stands in the middle of zeros. All
arguments may be traced, so each picture of a batch has a kernel of its own. Wang et al. 2021
(arXiv:2107.10833), section 3.1; the numbers follow XPixelGroup/BasicSR, basicsr/data/degradations.py, and the
draw xinntao/Real-ESRGAN, realesrgan/data/realesrgan_dataset.py.
"""

import dataclasses
import math

import jax
import jax.numpy as jnp
import numpy as np

from ganjax.data.degrade.lots import between, integer, pick

SIDE = 21
"""Height and width of every kernel, the largest size that is drawn."""

_Y, _X = np.indices((SIDE, SIDE), np.float32) - SIDE // 2
# Bessel's integral is taken at so many points: J1 is then right to 1e-6 as far as a kernel reaches.
_NODES = 64


@dataclasses.dataclass(frozen=True)
class KernelConfig:
    """Which kernels are drawn.

    Attributes:
      shapes: chances of a Gaussian, a generalised Gaussian and a plateau, each first round, then elongated.
      sinc_prob: chance of a sinc filter in place of all these.
      sigma: least and largest standard deviation in pixels, along each axis.
      generalised_beta: least and largest exponent of a generalised Gaussian; 1 is the Gaussian.
      plateau_beta: least and largest exponent of a plateau.
    """

    shapes: tuple[float, float, float, float, float, float] = (0.45, 0.25, 0.12, 0.03, 0.12, 0.03)
    sinc_prob: float = 0.1
    sigma: tuple[float, float] = (0.2, 3.0)
    generalised_beta: tuple[float, float] = (0.5, 4.0)
    plateau_beta: tuple[float, float] = (1.0, 2.0)


def gaussian(
    size: jax.Array | int, sigma: jax.Array, angle: jax.Array | float, *, beta: jax.Array | float = 1.0
) -> jax.Array:
    """exp(-q^beta / 2), where q is the squared distance in standard deviations.

    `sigma` [2] holds the standard deviations in pixels along two axes, of which the first is turned by
    `angle` radians from x towards y. `beta` 1 is the Gaussian; smaller ones have a peak and long tails,
    larger ones a flat top. `bivariate_generalized_Gaussian` of the reference.
    """
    return _normalised(jnp.exp(-0.5 * _distance(sigma, angle) ** beta), size)


def plateau(
    size: jax.Array | int, sigma: jax.Array, angle: jax.Array | float, beta: jax.Array | float
) -> jax.Array:
    """1 / (1 + q^beta), with the arguments of `gaussian`. `bivariate_plateau` of the reference."""
    return _normalised(1 / (1 + _distance(sigma, angle) ** beta), size)


def sinc(size: jax.Array | int, cutoff: jax.Array | float) -> jax.Array:
    """The ideal low-pass filter, round and cut off at `size`: it rings, as over-sharpened pictures do.

    `cutoff` is in radians a pixel, at most pi. `circular_lowpass_kernel` of the reference;
    section 3.4 of the paper, on ringing and overshoot.
    """
    radius = jnp.asarray(np.hypot(_X, _Y))
    middle = radius == 0
    kernel = cutoff * _bessel_j1(cutoff * radius) / (2 * math.pi * jnp.where(middle, 1, radius))
    return _normalised(jnp.where(middle, cutoff**2 / (4 * math.pi), kernel), size)


def pulse() -> jax.Array:
    """The kernel that changes nothing."""
    return jnp.asarray((np.hypot(_X, _Y) == 0).astype(np.float32))


def random_kernel(key: jax.Array, config: KernelConfig) -> jax.Array:
    """A kernel [21, 21] drawn by lot, of a size from 7 to 21."""
    u = jax.random.uniform(key, (9,))
    size = _size(u[0])
    shape = pick(u[1], config.shapes)
    sigma = between(u[2:4], config.sigma)
    sigma = jnp.where(shape % 2 == 1, sigma, sigma[0])
    angle = between(u[4], (-math.pi, math.pi))
    kernel = jnp.stack(
        [
            gaussian(size, sigma, angle),
            gaussian(size, sigma, angle, beta=_beta(u[5:7], config.generalised_beta)),
            plateau(size, sigma, angle, _beta(u[5:7], config.plateau_beta)),
        ]
    )[shape // 2]
    # Large filters may blur more.
    cutoff = between(u[7], (jnp.where(size < 13, math.pi / 3, math.pi / 5), math.pi))
    return jnp.where(u[8] < config.sinc_prob, sinc(size, cutoff), kernel)


def random_sinc(key: jax.Array, prob: float) -> jax.Array:
    """A sinc filter [21, 21] with the chance `prob`, else the kernel that changes nothing."""
    u = jax.random.uniform(key, (3,))
    return jnp.where(u[0] < prob, sinc(_size(u[1]), between(u[2], (math.pi / 3, math.pi))), pulse())


def _size(u: jax.Array) -> jax.Array:
    """An odd size from 7 to 21."""
    return 2 * integer(u, 3, SIDE // 2) + 1


def _beta(u: jax.Array, ends: tuple[float, float]) -> jax.Array:
    """Below 1 or above 1 with equal chances, however far the range reaches to either side."""
    low, high = ends
    return jnp.where(u[0] < 0.5, between(u[1], (low, 1)), between(u[1], (1, high)))


def _distance(sigma: jax.Array, angle: jax.Array | float) -> jax.Array:
    """Squared distance [21, 21] from the middle, in standard deviations."""
    cos, sin = jnp.cos(angle), jnp.sin(angle)
    return ((cos * _X + sin * _Y) / sigma[0]) ** 2 + ((cos * _Y - sin * _X) / sigma[1]) ** 2


def _normalised(kernel: jax.Array, size: jax.Array | int) -> jax.Array:
    kernel = jnp.where(np.maximum(abs(_X), abs(_Y)) <= size // 2, kernel, 0)
    return kernel / kernel.sum()


def _bessel_j1(x: jax.Array) -> jax.Array:
    """J1 of `x` [H, W]: the mean of cos(t - x sin t) for t from 0 to pi (Abramowitz and Stegun 9.1.21)."""
    t = (np.arange(_NODES, dtype=np.float32)[:, None, None] + 0.5) * (math.pi / _NODES)
    return jnp.cos(t - x[None] * np.sin(t)).mean(0)
