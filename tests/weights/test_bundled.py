"""The restorers of the package keep what their pages promise, on drawn faces that they never saw."""

import jax
import numpy as np
import pytest
from PIL import Image

import ganjax
from ganjax.data.degrade.low_light import LowLightConfig, darken
from ganjax.data.sources.faces import FaceSource
from ganjax.models.enlightengan.recipe import PRESETS


def faces(side: int, n: int = 8) -> np.ndarray:
    """`n` faces [n, side, side, 3] in [0, 1], of a seed that no recipe uses."""
    source = FaceSource(side, n, seed=12345)
    return np.stack([source[i]["image"] for i in range(n)]).astype(np.float32) / 255


def psnr(images: np.ndarray, targets: np.ndarray) -> np.ndarray:
    return -10 * np.log10(np.square(np.asarray(images, np.float64) - targets).mean((1, 2, 3)) + 1e-12)


def gamma_corrected(images: np.ndarray) -> np.ndarray:
    """Each raised to the power that gives its mean the brightness 0.5, to a hundredth."""
    exponents = np.linspace(0.05, 2, 400)
    unit = np.maximum(images, 1 / 255)
    powers = [min(exponents, key=lambda e, x=x: abs((x[::4, ::4] ** e).mean() - 0.5)) for x in unit]
    return np.stack([x**power for x, power in zip(unit, powers, strict=True)])


@pytest.fixture(scope="module")
def enhancer() -> ganjax.Model:
    return ganjax.load("enlightengan-faces")


def test_the_enhancer_beats_gamma_correction_in_the_dark_of_its_recipe(enhancer: ganjax.Model) -> None:
    bright, recipe = faces(64), PRESETS["faces"]
    night = LowLightConfig(gamma=recipe.gamma, beta=recipe.beta)
    dark = np.asarray(darken(jax.random.key(3), bright, config=night))
    network, gamma = psnr(ganjax.enhance(enhancer, dark), bright), psnr(gamma_corrected(dark), bright)
    assert network.mean() > max(gamma.mean() + 3, 18)
    assert (network > psnr(dark, bright)).all()


def test_the_enhancer_leaves_well_lit_pictures_alone(enhancer: ganjax.Model) -> None:
    """Faces of its size, and one wide picture of many."""
    small, large = faces(64), faces(96)
    assert psnr(ganjax.enhance(enhancer, small), small).min() > 45
    wide = np.concatenate(list(large[:3]), axis=1)[None, :90]  # [1, 90, 288, 3]
    assert psnr(ganjax.enhance(enhancer, wide), wide).min() > 45


def test_the_upscaler_beats_bicubic() -> None:
    """The bicubic interpolation is Pillow's."""
    large = faces(64)
    small = [Image.fromarray((each * 255).astype(np.uint8)).resize((16, 16), Image.BICUBIC) for each in large]
    bicubic = np.stack([np.asarray(each.resize((64, 64), Image.BICUBIC)) for each in small]) / 255
    upscaled = ganjax.upscale(ganjax.load("srvgg-faces-x4"), np.stack([np.asarray(each) for each in small]))
    assert psnr(upscaled, large).mean() > psnr(bicubic, large).mean() + 0.5
