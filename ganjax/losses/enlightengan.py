"""The losses of EnlightenGAN, which learns to brighten from dark and bright photographs that are no pairs.

Two discriminators see the bright images, one the whole of them, one patches: the games `GLOBAL` and `LOCAL`.
In place of a target, `self_feature_preserving` holds the result to the content of the dark image.

Images are [N, H, W, 3] in the network's range. Source: Jiang et al. 2021, arXiv:1906.06972, section 3;
VITA-Group/EnlightenGAN, models/single_model.py, with the options of its training script.
"""

import jax
import jax.numpy as jnp

from ganjax.core.instance_norm import instance_norm
from ganjax.losses.adversarial import least_squares_discriminator, relative_to_average
from ganjax.losses.games import Metrics, least_squares, relativistic_average
from ganjax.losses.penalties import Score, scores
from ganjax.losses.perceptual import Features
from ganjax.losses.pixel import l2

GLOBAL = relativistic_average(judge=least_squares_discriminator)
"""The game of the whole images: relativistic, least squares (eq. 3 and 4)."""

LOCAL = least_squares()
"""The game of the patches, if `hybrid`: plain least squares (eq. 5 and 6)."""


def discriminator_loss(
    score: Score,
    score_patches: Score,
    real: jax.Array,
    fake: jax.Array,
    places: jax.Array,
    *,
    side: int = 32,
    hybrid: bool = True,
) -> tuple[jax.Array, Metrics]:
    """(scalar, metrics) of both discriminators; the arguments are those of `generator_loss`."""
    relative = relative_to_average(scores(score(real)), scores(score(fake)))
    made, given = (scores(score_patches(patches(each, places, side=side))) for each in (fake, real))
    if not hybrid:
        given, made = relative_to_average(given, made)
    terms = {
        "d_global": least_squares_discriminator(*relative).mean(),
        "d_local": least_squares_discriminator(given, made).mean(),
    }
    loss = sum(terms.values(), jnp.zeros(()))
    return loss, {"d_loss": loss, **terms}


def generator_loss(
    score: Score,
    score_patches: Score,
    features: Features,
    fake: jax.Array,
    real: jax.Array,
    dark: jax.Array,
    places: jax.Array,
    *,
    side: int = 32,
    hybrid: bool = True,
) -> tuple[jax.Array, Metrics]:
    """(scalar, metrics): both games and the content of whole images and of patches, all of weight 1 (eq. 8).

    Args:
      score: the global discriminator, images to scores [N, h, w, 1].
      score_patches: the local one.
      features: as `self_feature_preserving` takes it.
      fake: what was made of `dark`.
      real: bright photographs.
      dark: dark ones.
      places: where patches lie, from `draw_places`.
      side: of a patch, in pixels.
      hybrid: as published, patches are judged each for itself; else relative to the others, as whole images.
    """
    made, given, good = (patches(images, places, side=side) for images in (fake, dark, real))
    local = LOCAL if hybrid else GLOBAL
    terms = {
        "g_global": GLOBAL.generator_loss(score, fake, real)[0],
        "g_local": local.generator_loss(score_patches, made, good)[0],
        "g_content": self_feature_preserving(features, fake, dark).mean(),
        "g_content_local": self_feature_preserving(features, made, given).mean(),
    }
    loss = sum(terms.values(), jnp.zeros(()))
    return loss, {"g_loss": loss, **terms}


def self_feature_preserving(features: Features, outputs: jax.Array, inputs: jax.Array) -> jax.Array:
    """How far the content of brightened images is from that of the dark ones they were made of: [N] float32.

    The mean squared difference of activations, each channel of each image brought to mean 0 and variance 1,
    so that light may change and content may not (eq. 7; models/networks.py, PerceptualLoss). There
    `features` is VGG-16 of Caffe up to `relu5_1` without the fourth pooling, which takes BGR in [0, 255]
    with no mean subtracted: `vgg16-caffe`.
    """

    def contents(images: jax.Array) -> list[jax.Array]:
        return [instance_norm(x.astype(jnp.float32)) for x in features(images)]

    pairs = zip(contents(outputs), contents(inputs), strict=True)
    return sum((l2(a, b).mean((1, 2, 3)) for a, b in pairs), jnp.zeros(len(outputs)))


def draw_places(key: jax.Array, height: int, width: int, *, side: int = 32, count: int = 6) -> jax.Array:
    """Top and left [P, 2] of `count` patches of `side` pixels in images of `height` x `width`.

    All images of a batch share them. As in the reference, the last row and column that would fit are never
    drawn.
    """
    most = jnp.maximum(jnp.array([height, width]) - side, 1)
    return jax.random.randint(key, (count, 2), 0, most.reshape(1, 2))


def patches(images: jax.Array, places: jax.Array, *, side: int = 32) -> jax.Array:
    """The patches at `places` [P, 2] of every image [N, H, W, C], place by place: [P N, side, side, C]."""
    n, *_, channels = images.shape

    def cut(place: jax.Array) -> jax.Array:
        return jax.lax.dynamic_slice(images, (0, *place, 0), (n, side, side, channels))

    return jax.vmap(cut)(places).reshape(-1, side, side, channels)
