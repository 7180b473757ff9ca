"""JPEG against Pillow (libjpeg), SciPy's cosine transform and BasicSR (tests/golden/degrade.npz)."""

import functools
import io
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.fft
from PIL import Image

from ganjax.data.degrade import jpeg as module
from ganjax.data.degrade.jpeg import jpeg, quality_tables, soft_round

GOLDEN = np.load(pathlib.Path(__file__).parents[1] / "golden/degrade.npz")
# Compiling takes longer than running here.
jit = functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})

compressed = jit(jpeg)


def unit(image: np.ndarray) -> np.ndarray:
    return image.astype(np.float32) / 255


def by_pillow(image: np.ndarray, quality: int) -> Image.Image:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality, subsampling="4:2:0")
    return Image.open(file)


def levels(image: jax.Array) -> np.ndarray:
    return np.rint(np.asarray(image) * 255).astype(int)


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(20 * np.log10(255 / np.sqrt(np.mean((a.astype(float) - b) ** 2))))


def test_tables_of_every_quality_equal_pillows():
    picture = np.zeros((16, 16, 3), np.uint8)
    tables = jit(jax.vmap(quality_tables))(np.arange(1.0, 101))
    for quality in range(1, 101):
        written = by_pillow(picture, quality).quantization
        for ours, theirs in zip(tables, (written[0], written[1]), strict=True):
            np.testing.assert_array_equal(ours[quality - 1], np.reshape(theirs, (8, 8)))


def test_the_transform_is_scipys():
    np.testing.assert_allclose(module._COSINES, scipy.fft.dct(np.eye(8), norm="ortho", axis=0), atol=1e-12)


@pytest.mark.parametrize("quality", [5, 30, 62, 95])
def test_grey_pictures_come_back_as_from_pillow(quality):
    """No colour, so nothing depends on how a decoder enlarges it. Pillow rounds ties otherwise."""
    image = np.repeat(GOLDEN["image"][:48, :, :1], 3, 2)
    ours, theirs = levels(compressed(unit(image), quality)), np.asarray(by_pillow(image, quality)).astype(int)
    assert (abs(ours - theirs) <= 1).mean() > 0.98
    assert psnr(ours, theirs) > psnr(image, theirs) + 6


@pytest.mark.parametrize("quality", [30, 62, 95])
def test_colour_pictures_lose_as_much_as_by_pillow(quality):
    ramp = np.linspace(-50, 50, 64)[:, None] * [1.0, -0.4, -0.8]
    image = np.clip(GOLDEN["image"][:48, :, :1] + ramp, 0, 255).astype(np.uint8)
    ours, theirs = levels(compressed(unit(image), quality)), np.asarray(by_pillow(image, quality))
    # Pillow smooths the colour that it enlarges, which is a little nearer to the original.
    assert psnr(ours, image) == pytest.approx(psnr(theirs, image), abs=0.6)
    assert psnr(ours, theirs) > psnr(ours, image) + 1


@pytest.mark.parametrize("quality", [25, 50])
def test_sides_of_no_whole_blocks_equal_the_reference(quality):
    expected = GOLDEN[f"jpeg_{quality}"]
    result = compressed(unit(GOLDEN["image"][:27, :41]), quality)
    assert result.shape == (27, 41, 3)
    np.testing.assert_allclose(result, expected, atol=1e-5)


def test_a_picture_in_a_larger_array():
    image = unit(GOLDEN["image"][:27, :41])
    canvas = np.ones((32, 64, 3), np.float32)
    canvas[:27, :41] = image
    result = compressed(canvas, 25, extent=np.array([27, 41]))
    np.testing.assert_allclose(result[:27, :41], GOLDEN["jpeg_25"], atol=1e-5)


def test_gradients_pass_where_asked():
    """By the definition of Shin and Song: round(x) + (x - round(x))^3, with slope 3 (x - round(x))^2."""
    x = np.float32([0.3, 1.6, -2.2])
    np.testing.assert_allclose(jit(soft_round)(x), [0.027, 1.936, -2.008], atol=1e-6)
    slopes = jit(jax.vmap(jax.grad(soft_round)))(x)
    np.testing.assert_allclose(slopes, [0.27, 0.48, 0.12], atol=1e-5)
    image = unit(GOLDEN["image"][:16, :16])

    def gradient(differentiable):
        return jax.grad(lambda image: (jpeg(image, 40.0, differentiable=differentiable) ** 2).sum())(image)

    soft, hard = jit(lambda: (gradient(True), gradient(False)))()
    assert bool(jnp.isfinite(soft).all()) and float(abs(soft).max()) > 0
    assert not hard.any()
