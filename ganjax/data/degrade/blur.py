"""Filtering with a kernel, and the unsharp mask that the targets of Real-ESRGAN get.

Pictures are [H, W, C] float32 in [0, 1].
"""

import jax
import jax.numpy as jnp
import numpy as np

from ganjax.data.degrade.sizes import whole

# OpenCV's standard deviation for a Gaussian of 51 pixels, as the reference asks for it by sigma 0:
# 0.3 ((51 - 1) / 2 - 1) + 0.8 (docs of cv2.getGaussianKernel).
_RADIUS, _SIGMA = 25, 8.0


def filter_image(image: jax.Array, kernel: jax.Array, *, extent: jax.Array | None = None) -> jax.Array:
    """`image` [H, W, C] correlated with `kernel` [K, K], K odd; beyond its border the picture is mirrored.

    The picture is the part of `image` that `extent` says (`ganjax.data.degrade.sizes`), all by default.
    By the Fourier transform, which costs the same for every kernel and gives what the sum gives, to
    rounding. `filter2D` of XPixelGroup/BasicSR, basicsr/utils/img_process_util.py.
    """
    height, width = image.shape[:2]
    used = whole(image) if extent is None else extent
    radius = kernel.shape[0] // 2
    padded = image[_mirrored(used[0], height, radius)][:, _mirrored(used[1], width, radius)]
    # Multiples of 32 have small factors only, up to a thousand pixels: fast transforms.
    size = [-(-side // 32) * 32 for side in padded.shape[:2]]
    spectrum = jnp.conj(jnp.fft.rfft2(kernel, s=size))[..., None]
    filtered = jnp.fft.irfft2(jnp.fft.rfft2(padded, s=size, axes=(0, 1)) * spectrum, s=size, axes=(0, 1))
    return filtered[:height, :width]


def sharpen(images: jax.Array) -> jax.Array:
    """Pictures [N, H, W, C] with stronger edges: the targets of Real-ESRGAN's pixel and perceptual losses.

    Half of what a wide blur takes away is added, where that is more than 10 of 255, with soft limits.
    `USMSharp` of XPixelGroup/BasicSR, basicsr/utils/img_process_util.py, with the values that it is used
    with.
    """
    line = np.exp(-0.5 * (np.arange(-_RADIUS, _RADIUS + 1) / _SIGMA) ** 2)
    kernel = jnp.asarray(np.outer(line, line) / line.sum() ** 2, jnp.float32)

    def one(image: jax.Array) -> jax.Array:
        residual = image - filter_image(image, kernel)
        mask = filter_image((jnp.abs(residual) * 255 > 10).astype(jnp.float32), kernel)
        return mask * jnp.clip(image + 0.5 * residual, 0, 1) + (1 - mask) * image

    return jax.vmap(one)(images)


def _mirrored(used: jax.Array, side: int, radius: int) -> jax.Array:
    """Where to read the pixels -radius to side + radius of a line of `used` pixels, mirrored at both ends."""
    period = jnp.maximum(2 * (used - 1), 1)
    place = jnp.arange(-radius, side + radius) % period
    return jnp.minimum(place, period - place)
