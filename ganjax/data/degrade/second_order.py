"""The second-order degradation of Real-ESRGAN: blur, resize, noise and JPEG, twice, and a sinc filter.

Wang et al. 2021 (arXiv:2107.10833), section 3; steps and numbers follow xinntao/Real-ESRGAN,
realesrgan/models/realesrgan_model.py and options/train_realesrgan_x4plus.yml. Here every picture draws all of
its own degradation, sizes included, so there is no need of the reference's pool, which mixes batches whose
pictures were all resized alike.
"""

import dataclasses
import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp

from ganjax.core.errors import UsageError
from ganjax.core.random import image_keys
from ganjax.data.degrade import kernels, lots
from ganjax.data.degrade.blur import filter_image
from ganjax.data.degrade.jpeg import jpeg
from ganjax.data.degrade.kernels import KernelConfig
from ganjax.data.degrade.lots import between
from ganjax.data.degrade.noise import gaussian_noise, poisson_noise
from ganjax.data.degrade.resize import MODES, resize
from ganjax.data.degrade.sizes import check_scale, whole

_KERNEL = KernelConfig()


@dataclasses.dataclass(frozen=True)
class PassConfig:
    """One pass of blur, resize, noise and JPEG; each range holds the least and the largest value.

    Attributes:
      blur_prob: chance that the picture is blurred at all.
      kernel: which kernels blur it.
      resize_prob: chances to enlarge, to shrink and to keep the size.
      resize_range: least factor of shrinking and largest of enlarging.
      gaussian_prob: chance of Gaussian noise; else it is Poisson noise.
      gaussian_sigma: standard deviation, in 8-bit levels.
      poisson_scale: factor of the Poisson noise.
      grey_prob: chance that the noise is the same on all three colours.
      jpeg_quality: quality of the JPEG compression.
    """

    blur_prob: float = 1.0
    kernel: KernelConfig = _KERNEL
    resize_prob: tuple[float, float, float] = (0.2, 0.7, 0.1)
    resize_range: tuple[float, float] = (0.15, 1.5)
    gaussian_prob: float = 0.5
    gaussian_sigma: tuple[float, float] = (1.0, 30.0)
    poisson_scale: tuple[float, float] = (0.05, 3.0)
    grey_prob: float = 0.4
    jpeg_quality: tuple[float, float] = (30.0, 95.0)


FIRST = PassConfig()
"""The first pass of options/train_realesrgan_x4plus.yml."""
SECOND = PassConfig(
    blur_prob=0.8,
    kernel=KernelConfig(sigma=(0.2, 1.5)),
    resize_prob=(0.3, 0.4, 0.3),
    resize_range=(0.3, 1.2),
    gaussian_sigma=(1.0, 25.0),
    poisson_scale=(0.05, 2.5),
)
"""The second pass of options/train_realesrgan_x4plus.yml."""


@dataclasses.dataclass(frozen=True)
class DegradationConfig:
    """The whole degradation, by default that of RealESRGAN_x4plus; `scale=2` makes it that of x2plus.

    Attributes:
      scale: how many times smaller the result is.
      first: the first pass; its factors are of the picture's size.
      second: the second pass; its factors are of the size of the result.
      final_sinc_prob: chance of the sinc filter at the end.
    """

    scale: int = 4
    first: PassConfig = FIRST
    second: PassConfig = SECOND
    final_sinc_prob: float = 0.8


class PassDraw(NamedTuple):
    """What one pass does to one picture. Scalars but for `kernel` [21, 21]; `mode` counts in `MODES`."""

    kernel: jax.Array
    factor: jax.Array
    mode: jax.Array
    gaussian: jax.Array
    sigma: jax.Array
    scale: jax.Array
    grey: jax.Array
    quality: jax.Array


class Draw(NamedTuple):
    """What the degradation does to one picture, but for the noise itself.

    `sinc` [21, 21] is the last filter. With `sinc_first` the last resize and the filter come before the last
    JPEG.
    """

    first: PassDraw
    second: PassDraw
    sinc: jax.Array
    mode: jax.Array
    sinc_first: jax.Array


def degrade(
    key: jax.Array,
    images: jax.Array,
    *,
    config: DegradationConfig = DegradationConfig(),
    first: jax.Array | int = 0,
) -> jax.Array:
    """Degraded small pictures [N, H / scale, W / scale, 3] of `images` [N, H, W, 3].

    Pictures are float32 in [0, 1]; the results lie on the 256 levels of 8 bits. Picture i is degraded by a
    key folded from `key` and the number `first` + i, whatever batch it is in. The reference sharpens its
    pictures first (`ganjax.data.degrade.blur.sharpen`), and cuts the results smaller afterwards, away from
    the borders (`crop_pair`). Wrap it in `jax.jit`, with `config` bound or static.

    Raises:
      UsageError: H or W is no multiple of `config.scale`.
    """
    check_scale(images, config.scale)

    def one(key: jax.Array, image: jax.Array) -> jax.Array:
        how, noise = jax.random.split(key)
        return apply_draw(noise, image, draw(how, config), config)

    return jax.vmap(one)(image_keys(key, len(images), first=first), images)


def draw(key: jax.Array, config: DegradationConfig) -> Draw:
    """How one picture is degraded, drawn by lot."""
    keys = jax.random.split(key, 4)
    u = jax.random.uniform(keys[3], (2,))
    return Draw(
        first=_draw_pass(keys[0], config.first),
        second=_draw_pass(keys[1], config.second),
        sinc=kernels.random_sinc(keys[2], config.final_sinc_prob),
        mode=lots.integer(u[0], 0, len(MODES) - 1),
        sinc_first=u[1] < 0.5,
    )


def apply_draw(key: jax.Array, image: jax.Array, how: Draw, config: DegradationConfig) -> jax.Array:
    """`image` [H, W, 3] degraded as `how` says, [H / scale, W / scale, 3]; `key` makes the noise."""
    keys = jax.random.split(key)
    height, width = image.shape[0] // config.scale, image.shape[1] // config.scale
    small = jnp.array([height, width])

    size = whole(image)
    to = _at_least_one(size * how.first.factor)
    shape = _room(image.shape[:2], config.first)
    image = _pass(keys[0], image, how.first, size, to, 1 / how.first.factor * jnp.ones(2), shape)
    image = jpeg(image, how.first.quality, extent=to)

    size, to = to, _at_least_one(small * how.second.factor)
    shape = _room((height, width), config.second)
    image = _pass(keys[1], image, how.second, size, to, size / to, shape)

    compress = functools.partial(jpeg, quality=how.second.quality)
    image = jnp.where(how.sinc_first, image, compress(image, extent=to))
    image = filter_image(resize(image, how.mode, shape=(height, width), extent=to), how.sinc)
    image = jnp.where(how.sinc_first, compress(jnp.clip(image, 0, 1)), image)
    return jnp.clip(jnp.rint(image * 255), 0, 255) / 255


def crop_pair(
    key: jax.Array, images: jax.Array, inputs: jax.Array, *, side: int
) -> tuple[jax.Array, jax.Array]:
    """The same random square of each picture and of its small version, `side` pixels wide in the picture.

    `images` [N, H, W, C] and `inputs` [N, H / s, W / s, C] become [N, side, side, C] and [N, side / s, ...].
    `paired_random_crop` of XPixelGroup/BasicSR, basicsr/data/transforms.py, which takes one place for a
    batch.

    Raises:
      UsageError: `side` is larger than the pictures, or no multiple of their scale.
    """
    (height, width), scale = inputs.shape[1:3], images.shape[1] // inputs.shape[1]
    small = side // scale
    if side % scale or small > min(height, width):
        raise UsageError(
            f"Squares of {side} pixels cannot be cut out of pictures of {images.shape[1]} x {images.shape[2]}"
            f" whose small versions are {scale} times smaller."
        )

    def one(key: jax.Array, image: jax.Array, low: jax.Array) -> tuple[jax.Array, jax.Array]:
        y, x = jax.random.randint(key, (2,), 0, jnp.array([height - small + 1, width - small + 1]))
        cut = jax.lax.dynamic_slice
        return (
            cut(image, (y * scale, x * scale, 0), (side, side, image.shape[2])),
            cut(low, (y, x, 0), (small, small, low.shape[2])),
        )

    return jax.vmap(one)(image_keys(key, len(images)), images, inputs)


def _draw_pass(key: jax.Array, config: PassConfig) -> PassDraw:
    keys = jax.random.split(key)
    u = jax.random.uniform(keys[0], (9,))
    low, high = config.resize_range
    factors = jnp.stack([between(u[0], (1, high)), between(u[0], (low, 1)), jnp.ones(())])
    return PassDraw(
        kernel=jnp.where(
            u[1] < config.blur_prob, kernels.random_kernel(keys[1], config.kernel), kernels.pulse()
        ),
        factor=factors[lots.pick(u[2], config.resize_prob)],
        mode=lots.integer(u[3], 0, len(MODES) - 1),
        gaussian=u[4] < config.gaussian_prob,
        sigma=between(u[5], config.gaussian_sigma),
        scale=between(u[6], config.poisson_scale),
        grey=u[7] < config.grey_prob,
        quality=between(u[8], config.jpeg_quality),
    )


def _pass(
    key: jax.Array,
    image: jax.Array,
    how: PassDraw,
    extent: jax.Array,
    to: jax.Array,
    step: jax.Array,
    shape: tuple[int, int],
) -> jax.Array:
    """Blur, resize and noise. A picture of `extent` becomes one of the extent `to` in an array of `shape`."""
    image = filter_image(image, how.kernel, extent=extent)
    image = resize(image, how.mode, shape=shape, extent=extent, to=to, step=step)
    return jnp.where(
        how.gaussian,
        gaussian_noise(key, image, how.sigma, how.grey),
        poisson_noise(key, image, how.scale, how.grey, extent=to),
    )


def _at_least_one(size: jax.Array) -> jax.Array:
    return jnp.maximum(jnp.floor(size).astype(jnp.int32), 1)


def _room(size: tuple[int, ...], config: PassConfig) -> tuple[int, int]:
    """An array that holds a picture of `size` however it is resized, in whole JPEG blocks of 16."""
    height, width = (-(-int(side * config.resize_range[1]) // 16) * 16 for side in size)
    return height, width
