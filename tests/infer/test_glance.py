"""Networks that see a picture small: what they do there is carried over to the full size."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.signal

import ganjax
from ganjax.core.types import ImageSpec, Model
from ganjax.infer import network
from ganjax.infer.batch import placed_on
from ganjax.infer.glance import RADIUS, Affine, carried, noise, rows_to_measure
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


def picture(h, w, *, most=1.0, seed=0, grain=0.2):
    """A smooth picture with grain, in [0, most]."""
    noise = np.random.default_rng(seed).random((h, w, 3))
    slope = np.linspace(0.1, 0.8, w)[None, :, None]
    return ((slope + grain * noise) * most).astype(np.float32)


@pytest.mark.parametrize("size", [(40, 55), (1, 1), (7, 5), (16, 16), (2, 700)])
def test_what_leaves_the_copy_alone_leaves_the_picture_alone(size):
    image = 0.4 + picture(*size) / 2
    np.testing.assert_allclose(brightened(image), image, atol=2e-6)


@pytest.mark.parametrize("tile", [None, 16])
def test_all_of_the_picture_decides_how_bright_each_tile_becomes(tile):
    smooth = np.broadcast_to(np.linspace(0.02, 0.28, 37)[None, :, None], (48, 37, 3)).astype(np.float32)
    np.testing.assert_allclose(brightened(smooth, tile=tile), 2 * smooth, atol=1e-5)


def test_tiles_give_what_the_whole_gives_with_its_noise_taken_out():
    image = picture(70, 50, most=0.3)
    np.testing.assert_allclose(brightened(image, tile=16, exact=True), brightened(image), atol=1e-6)


def test_grain_of_what_nobody_sees_is_not_taken_for_noise():
    hidden = picture(40, 60)
    hidden[:, 20:] = 0.1
    alpha = np.ones((40, 60, 1), np.float32)
    alpha[:, :20] = 0
    image = np.rint(np.concatenate([hidden, alpha], -1) * 255).astype(np.uint8)
    model = Model(jnp.float32(2), net=Brighter(), spec=GLANCE)
    both = (network._at_a_glance(model, each) for each in (image, image[..., :3]))
    seen, all_of_it = (does.variables["noise"] for does in both)
    assert (np.sqrt(seen) < np.sqrt(all_of_it) / 5).all()


def test_what_becomes_brighter_is_calmed_as_by_scipys_wiener_filter():
    image = picture(40, 31, most=0.3)
    grain = np.float32([1e-4, 4e-4, 1e-3])
    slope = jnp.full((8, 8, 3), 4.0)
    variables = {"slope": slope, "offset": 0 * slope, "noise": jnp.asarray(grain)}
    result = np.asarray(Affine()(variables, jnp.asarray(image)[None]))[0]
    for c in range(3):
        calm = scipy.signal.wiener(image[..., c].astype(np.float64), 5, grain[c])
        expected = 4 * (image[..., c] + (1 - 1 / 4) * (calm - image[..., c]))
        inside = np.s_[2:-2, 2:-2]  # at the border SciPy takes zeros for what lies beyond
        np.testing.assert_allclose(result[..., c][inside], expected[inside], atol=2e-5)


@pytest.mark.parametrize("sigma", [0.0, 0.01, 0.05])
def test_the_noise_is_measured_beside_slopes_and_edges(sigma):
    image = np.broadcast_to(np.linspace(0.2, 0.7, 200)[:, None, None], (200, 300, 3)).copy()
    image[:, 150:] += 0.2
    image += np.random.default_rng(0).normal(0, 1, image.shape) * sigma
    measured = noise(jnp.asarray(image[rows_to_measure(200)], jnp.float32))
    assert measured.shape == (3,)
    np.testing.assert_allclose(np.sqrt(measured), sigma, atol=0.003)


@pytest.mark.parametrize("size", [(1, 1), (2, 90), (90, 2)])
def test_pictures_too_small_to_tell_have_no_noise(size):
    image = picture(*size)
    assert not noise(jnp.asarray(image[rows_to_measure(size[0])])).any()


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
    does = carried(jnp.asarray(before), jnp.asarray(after), jnp.zeros(3))
    for name, fits in (("slope", slope), ("offset", offset)):
        means = np.stack([fits[window(y, x)].mean((0, 1)) for y, x in np.ndindex(h, w)])
        np.testing.assert_allclose(does.variables[name], means.reshape(h, w, 3), atol=2e-4)


def test_grey_alpha_and_depth_are_as_ever():
    rng = np.random.default_rng(1)
    image = (picture(33, 20, most=0.3, grain=0)[..., :1] * 65535).astype(np.uint16)
    alpha = rng.integers(0, 65536, image.shape, np.uint16)
    result = brightened(np.concatenate([image, alpha], -1), dtype="uint16")
    np.testing.assert_array_equal(result[..., 1:], alpha)
    np.testing.assert_allclose(result[..., :1], 2.0 * image, atol=3)


@pytest.mark.parametrize("hidden", [0, 90, 255])
def test_what_nobody_sees_does_not_tell_how_bright_a_picture_is(hidden):
    pixels = np.full((60, 50, 4), hidden, np.uint8)
    pixels[..., 3] = 0
    pixels[20:40, 10:30] = (40, 40, 40, 255)
    seen = brightened(pixels, dtype="uint8")[20:40, 10:30]
    np.testing.assert_array_equal(seen, np.broadcast_to([80, 80, 80, 255], seen.shape))


def test_what_was_placed_on_a_device_stays_there():
    device = jax.local_devices()[2]
    model = jax.device_put(Model(jnp.float32(2), net=Brighter(), spec=GLANCE), device)
    does = network._at_a_glance(model, picture(20, 30))
    assert placed_on(does) == device
    anywhere = Model(2.0, net=Brighter(), spec=GLANCE)
    assert placed_on(network._at_a_glance(anywhere, picture(20, 30))) is None


@pytest.mark.parametrize("dtype", [np.float32, np.uint8, np.uint16])
def test_enhance_is_the_same_inside_jit(dtype):
    model = Model(jnp.float32(2), net=Brighter(), spec=GLANCE)
    images = np.stack([picture(24, 30, most=0.3, grain=0), picture(24, 30, grain=0)])
    given = images if dtype == np.float32 else np.rint(images * np.iinfo(dtype).max).astype(dtype)
    plain = ganjax.enhance(model, given)
    np.testing.assert_allclose(jax.jit(ganjax.enhance)(model, given), plain, atol=2e-5)
    near = 1e-5 if dtype == np.float32 else 2 / np.iinfo(dtype).max + 1e-5
    np.testing.assert_allclose(plain, images * np.array([2, 1]).reshape(2, 1, 1, 1), atol=near)
