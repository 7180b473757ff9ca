"""The whole degradation: against BasicSR's functions in Real-ESRGAN's order, and its promises."""

import dataclasses
import functools
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ganjax.core import configs
from ganjax.core.errors import UsageError
from ganjax.data.degrade import second_order
from ganjax.data.degrade.kernels import KernelConfig
from ganjax.data.degrade.resize import MODES
from ganjax.data.degrade.second_order import DegradationConfig, Draw, PassConfig, PassDraw, crop_pair, degrade

GOLDEN = np.load(pathlib.Path(__file__).parents[1] / "golden/degrade.npz")
CONFIG = DegradationConfig()
# Compiling takes longer than running here.
jit = functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})

applied = jit(lambda key, image, how: second_order.apply_draw(key, image, how, CONFIG))
degraded = jit(lambda key, images, first: degrade(key, images, first=first))


def pictures(n: int) -> np.ndarray:
    return np.random.default_rng(0).random((n, 32, 48, 3), np.float32)


@pytest.mark.parametrize("order", ["jpeg_first", "sinc_first"])
def test_a_known_draw_without_noise_equals_the_reference(order):
    """scripts/golden/degrade.py has the same numbers."""
    kernels = GOLDEN["kernels"]

    def one_pass(kernel: int, factor: float, mode: str, quality: float) -> PassDraw:
        return PassDraw(
            kernel=kernels[kernel],
            factor=np.float32(factor),
            mode=np.int32(MODES.index(mode)),
            gaussian=np.bool_(True),
            sigma=np.float32(0),
            scale=np.float32(0),
            grey=np.bool_(False),
            quality=np.float32(quality),
        )

    how = Draw(
        first=one_pass(1, 0.8, "bilinear", 50),
        second=one_pass(4, 1.1, "bicubic", 25),
        sinc=kernels[6],
        mode=np.int32(MODES.index("area")),
        sinc_first=np.bool_(order == "sinc_first"),
    )
    image = GOLDEN["image"].astype(np.float32) / 255
    result = np.asarray(applied(jax.random.key(0), image, how))
    expected = GOLDEN[f"degraded_{order}"]
    assert result.shape == expected.shape == (14, 16, 3)
    # Rounding differs where a value lies half way between two levels.
    assert np.abs(result - expected).max() < 1.01 / 255
    assert (np.abs(result - expected) < 1e-6).mean() > 0.99


def test_a_picture_is_degraded_alike_in_any_batch():
    images, key = pictures(3), jax.random.key(5)
    earlier, later = degraded(key, images[:2], 10), degraded(key, images[1:], 11)
    assert earlier.shape == (2, 8, 12, 3) and earlier.dtype == jnp.float32
    np.testing.assert_array_equal(earlier[1], later[0])
    assert (degraded(key, images[:2], 11) != earlier).any()
    assert (degraded(jax.random.key(6), images[:2], 10) != earlier).any()


def test_results_are_pictures_of_eight_bits():
    result = np.asarray(degraded(jax.random.key(1), pictures(2), 0)) * 255
    np.testing.assert_allclose(result, np.rint(result), atol=1e-4)
    assert result.min() >= 0 and result.max() <= 255
    assert len(np.unique(result)) > 20


def test_draws_have_the_chances_of_the_published_options():
    """xinntao/Real-ESRGAN, options/train_realesrgan_x4plus.yml; five standard deviations at 1,000 draws."""
    n = 1000
    keys = jax.random.split(jax.random.key(3), n)
    found = jax.tree.map(np.asarray, jit(jax.vmap(lambda key: second_order.draw(key, CONFIG)))(keys))
    for got, up, keep, ends, sigma, scale in (
        (found.first, 0.2, 0.1, (0.15, 1.5), (1, 30), (0.05, 3)),
        (found.second, 0.3, 0.3, (0.3, 1.2), (1, 25), (0.05, 2.5)),
    ):
        assert (got.factor > 1).mean() == pytest.approx(up, abs=0.07)
        assert (got.factor == 1).mean() == pytest.approx(keep, abs=0.07)
        for values, (low, high) in (
            (got.factor, ends), (got.sigma, sigma), (got.scale, scale), (got.quality, (30, 95)),
        ):  # fmt: skip
            slack = 0.02 * (high - low)
            assert low <= values.min() < low + slack and high - slack < values.max() <= high
        np.testing.assert_allclose(np.bincount(got.mode) / n, 1 / 3, atol=0.075)
        assert got.gaussian.mean() == pytest.approx(0.5, abs=0.08)
        assert got.grey.mean() == pytest.approx(0.4, abs=0.08)
    assert found.sinc_first.mean() == pytest.approx(0.5, abs=0.08)
    unblurred = (found.second.kernel[:, 10, 10] == 1).mean()
    assert unblurred >= 0.2 - 0.063  # narrow kernels are next to nothing too
    assert np.corrcoef(found.first.sigma, found.second.sigma)[0, 1] == pytest.approx(0, abs=0.16)


def test_the_defaults_are_the_published_options():
    """The keys of options/train_realesrgan_x4plus.yml, in their order; blur is certain in the first pass."""
    shapes = (0.45, 0.25, 0.12, 0.03, 0.12, 0.03)
    first = PassConfig(
        1.0, KernelConfig(shapes, 0.1, (0.2, 3), (0.5, 4), (1, 2)),
        (0.2, 0.7, 0.1), (0.15, 1.5), 0.5, (1, 30), (0.05, 3), 0.4, (30, 95),
    )  # fmt: skip
    second = PassConfig(
        0.8, KernelConfig(shapes, 0.1, (0.2, 1.5), (0.5, 4), (1, 2)),
        (0.3, 0.4, 0.3), (0.3, 1.2), 0.5, (1, 25), (0.05, 2.5), 0.4, (30, 95),
    )  # fmt: skip
    assert DegradationConfig(4, first, second, 0.8) == CONFIG
    assert configs.from_dict(DegradationConfig, configs.to_dict(CONFIG)) == CONFIG


def test_pairs_are_cut_at_the_same_place():
    y, x = np.mgrid[:8, :12]
    small = np.broadcast_to((100 * y + x)[..., None], (40, 8, 12, 1))
    large = np.repeat(np.repeat(small, 2, 1), 2, 2)
    images, inputs = jit(lambda key: crop_pair(key, large, small, side=6))(jax.random.key(0))
    np.testing.assert_array_equal(images[:, ::2, ::2], inputs)
    corners = np.unique(np.asarray(inputs)[:, 0, 0, 0])
    assert len(corners) > 20 and corners.max() // 100 <= 5 and (corners % 100).max() <= 9


def test_bad_requests():
    with pytest.raises(UsageError, match="30 x 48 pixels cannot become 4 times smaller"):
        degrade(jax.random.key(0), jnp.zeros((1, 30, 48, 3)), config=dataclasses.replace(CONFIG, scale=4))
    for side in (5, 18):
        with pytest.raises(UsageError, match=f"Squares of {side} pixels"):
            crop_pair(jax.random.key(0), jnp.zeros((1, 16, 24, 1)), jnp.zeros((1, 8, 12, 1)), side=side)
