"""Networks that see a picture small: what they do there is carried over to the full size."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ganjax
from ganjax.core.types import ImageSpec, Model
from ganjax.infer.glance import RADIUS, carried
from ganjax.infer.network import network_rows

GLANCE = ImageSpec(side=0, range=(0.0, 1.0), glance=16)


class Brighter:
    """Twice as bright where all of the picture is dark, else nothing: what no tile could tell."""

    def __call__(self, variables, x):
        dark = x.mean((1, 2, 3), keepdims=True) < 0.3
        return jnp.where(dark, variables * x, x)

    apply = __call__


def brightened(image, **options):
    model = Model(jnp.float32(2), net=Brighter(), spec=GLANCE)
    options = {"tile": None, "exact": False, "centred": True} | options
    return np.concatenate(list(network_rows(model, image[None], **options)))


def picture(h, w, *, most=1.0, seed=0):
    """A smooth picture with fine detail, in [0, most]."""
    noise = np.random.default_rng(seed).random((h, w, 3))
    slope = np.linspace(0.1, 0.8, w)[None, :, None]
    return ((slope + 0.2 * noise) * most).astype(np.float32)


@pytest.mark.parametrize("size", [(40, 55), (1, 1), (7, 5), (16, 16), (2, 700)])
def test_what_leaves_the_copy_alone_leaves_the_picture_alone(size):
    image = 0.4 + picture(*size) / 2
    np.testing.assert_allclose(brightened(image), image, atol=2e-6)


@pytest.mark.parametrize("tile", [None, 16])
def test_all_of_the_picture_decides_and_every_detail_stays(tile):
    image = picture(48, 37, most=0.3)
    np.testing.assert_allclose(brightened(image, tile=tile), 2 * image, atol=1e-5)


def test_the_fit_is_that_of_the_published_formula_where_the_ratio_of_means_is_the_slope():
    # He and Sun 2015, eq. 3 to 5, by loops over the pixels; their slope is drawn towards 0 instead.
    rng = np.random.default_rng(3)
    before, after = rng.random((2, 11, 7, 3)).astype(np.float32)
    slope, offset = np.empty_like(before), np.empty_like(before)
    h, w, _ = before.shape

    def window(y, x):
        return slice(max(0, y - RADIUS), y + RADIUS + 1), slice(max(0, x - RADIUS), x + RADIUS + 1)

    for y, x, c in np.ndindex(before.shape):
        i, p = (each[window(y, x)][..., c].astype(np.float64) for each in (before, after))
        covariance = (i * p).mean() - i.mean() * p.mean()
        slope[y, x, c] = (covariance + 1e-3 * p.mean() / i.mean()) / (i.var() + 1e-3)
        offset[y, x, c] = p.mean() - slope[y, x, c] * i.mean()
    does = carried(jnp.asarray(before), jnp.asarray(after))
    for name, fits in (("slope", slope), ("offset", offset)):
        means = np.stack([fits[window(y, x)].mean((0, 1)) for y, x in np.ndindex(h, w)])
        np.testing.assert_allclose(does.variables[name], means.reshape(h, w, 3), atol=2e-4)


def test_grey_alpha_and_depth_are_as_ever():
    rng = np.random.default_rng(1)
    image = (picture(33, 20, most=0.3)[..., :1] * 65535).astype(np.uint16)
    alpha = rng.integers(0, 65536, image.shape, np.uint16)
    result = brightened(np.concatenate([image, alpha], -1), dtype="uint16")
    np.testing.assert_array_equal(result[..., 1:], alpha)
    np.testing.assert_allclose(result[..., :1], 2.0 * image, atol=3)


def test_enhance_is_the_same_inside_jit():
    model = Model(jnp.float32(2), net=Brighter(), spec=GLANCE)
    images = np.stack([picture(24, 30, most=0.3), picture(24, 30)])
    plain = ganjax.enhance(model, images)
    np.testing.assert_allclose(jax.jit(ganjax.enhance)(model, images), plain, atol=2e-5)
    np.testing.assert_allclose(plain, images * np.array([2, 1]).reshape(2, 1, 1, 1), atol=1e-5)
