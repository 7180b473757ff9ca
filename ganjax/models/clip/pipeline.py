"""From pictures and features to scores: how well a text fits a picture.

Source: openai/CLIP, clip/clip.py (`_transform`) and clip/model.py (`CLIP.forward`).
"""

from collections.abc import Iterable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image

from ganjax.core.images import to_pil


def prepare(images: Iterable[Any], *, side: int = 224) -> np.ndarray:
    """Pictures of any sizes as CLIP was shown them: [N, side, side, 3] float32 in [0, 1].

    They are [H, W, 3], uint8 or in [0, 1]. The shorter side becomes `side` by Pillow's bicubic filter, which
    rounds to 8 bits; of the longer one the middle is kept. The vision encoder itself subtracts the mean.
    """
    return np.stack([_prepared(to_pil(image).convert("RGB"), side) for image in images])


def _prepared(picture: Image.Image, side: int) -> np.ndarray:
    shorter = min(picture.size)
    width, height = (side * length // shorter for length in picture.size)
    left, top = round((width - side) / 2), round((height - side) / 2)
    picture = picture.resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(picture.crop((left, top, left + side, top + side)), np.float32) / 255


def similarity(texts: jax.Array, images: jax.Array) -> jax.Array:
    """The cosine [N, M] in [-1, 1] between each of the features [N, D] of texts and each [M, D] of images.

    CLIP's logits are exp(`VisionConfig.logit_scale`) times as large.
    """
    return jnp.matmul(_unit(texts), _unit(images).T, precision=jax.lax.Precision.HIGHEST)


def _unit(features: jax.Array) -> jax.Array:
    return features / jnp.linalg.norm(features, axis=-1, keepdims=True)
