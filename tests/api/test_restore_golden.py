"""Whole pictures against RealESRGANer.enhance of xinntao/Real-ESRGAN: depths, alpha, odd sizes.

What ganjax does otherwise on purpose: tiles give the whole picture, where the reference pads each by a
fixed number of pixels, so its tiled results are held against its untiled rule here; and alpha is held between
the values around it.
"""

from pathlib import Path

import numpy as np
import pytest

import ganjax
from ganjax.core.pictures import Picture
from ganjax.restore import restore_picture

pytestmark = pytest.mark.shared


def restored(model: ganjax.Model, bgr: np.ndarray, pad: int = 0, **options: bool | int) -> np.ndarray:
    """BGR in and out, as the reference has it; `pad` is its pre_pad, cut off again."""
    pixels = bgr[..., None] if bgr.ndim == 2 else bgr[..., [2, 1, 0, 3][: bgr.shape[-1]]]
    grown = np.pad(pixels, ((0, pad), (0, pad), (0, 0)), "reflect")
    result = np.concatenate(list(restore_picture(model, Picture(np.ascontiguousarray(grown)), **options)))
    height, width = (side * model.spec.scale for side in bgr.shape[:2])
    result = result[:height, :width]
    return result[..., 0] if bgr.ndim == 2 else result[..., [2, 1, 0, 3][: result.shape[-1]]]


def check(result: np.ndarray, expected: np.ndarray) -> None:
    """At most one level of 8 bits (three of 16) in at most 0.1 % of the values (of 16: anywhere)."""
    assert result.shape == expected.shape and result.dtype == expected.dtype
    difference = np.abs(result.astype(int) - expected)
    if result.dtype == np.uint16:
        assert difference.max() <= 3
    else:
        assert difference.max() <= 1 and (difference > 0).mean() <= 1e-3


@pytest.fixture(scope="module")
def twice(shared: Path) -> tuple[ganjax.Model, dict[str, np.ndarray]]:
    folder = shared / "golden" / "basicsr" / "enhance_x2"
    with np.load(folder / "io.npz") as arrays:
        return ganjax.load(folder / "checkpoint.pth"), dict(arrays)


@pytest.mark.parametrize(("name", "pad"), [("bgr_odd", 10), ("bgr_nopad", 0), ("grey", 0), ("bgr16", 3)])
def test_kinds_of_pictures(twice: tuple[ganjax.Model, dict[str, np.ndarray]], name: str, pad: int) -> None:
    model, arrays = twice
    check(restored(model, arrays[f"{name}_in"], pad), arrays[f"{name}_out"])


def test_alpha(twice: tuple[ganjax.Model, dict[str, np.ndarray]]) -> None:
    """Colours are the reference's; so is alpha before it is held between the values around it."""
    model, arrays = twice
    result, expected = restored(model, arrays["bgra_in"]), arrays["bgra_out"]
    check(result[..., :3], expected[..., :3])
    made = restored(model, arrays["bgra_in"][..., 3])
    check(made, expected[..., 3])
    around = np.lib.stride_tricks.sliding_window_view(np.pad(arrays["bgra_in"][..., 3], 1, "edge"), (3, 3))
    least, most = (np.kron(each, np.ones((2, 2))) for each in (around.min((2, 3)), around.max((2, 3))))
    np.testing.assert_array_equal(result[..., 3], np.clip(made, least, most))


def test_exact_tiles_are_the_whole_picture(twice: tuple[ganjax.Model, dict[str, np.ndarray]]) -> None:
    model, arrays = twice
    image = np.tile(arrays["bgr_nopad_in"], (4, 4, 1))
    whole, tiles = (restored(model, image, tile=tile, exact=True) for tile in (512, 96))
    check(tiles, whole)


def test_published_weights(shared: Path) -> None:
    """realesr-animevideov3 on a photograph."""
    folder = shared / "golden" / "basicsr" / "realesr_animevideov3"
    model = ganjax.load(folder / "checkpoint.pth")
    with np.load(folder / "io.npz") as arrays:
        image, expected = arrays["enhance_plain_in_bgr"], arrays["enhance_plain_out_bgr_uint8"]
    check(restored(model, image, 10), expected)


def test_enhance_pads_as_the_reference(shared: Path) -> None:
    """EnlightenGAN with aligned corners, as published, on sides that are no multiples of 16."""
    folder = shared / "golden" / "enlightengan" / "narrow_published_options"
    model = ganjax.load(folder / "checkpoint.pth")
    with np.load(folder / "io.npz") as arrays:
        image, expected = (arrays[name][0] for name in ("input_75x101", "output_75x101_align_true"))
    unit, made = ((each.transpose(1, 2, 0) + 1) / 2 for each in (image, expected))
    np.testing.assert_allclose(ganjax.enhance(model, unit), np.clip(made, 0, 1), rtol=0, atol=2e-5)
