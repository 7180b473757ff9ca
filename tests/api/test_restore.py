"""`upscale`, `enhance` and `interpolate`: small networks with random weights, and JAX's transformations."""

import dataclasses
import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

import ganjax
from ganjax import restore
from ganjax.core.pictures import Picture
from ganjax.models import index

RNG = np.random.default_rng(0)
CLOSE: Any = {"rtol": 0, "atol": 2e-6}


@functools.cache
def model(name: str, seed: int = 0) -> ganjax.Model:
    """The tiny network of a system, with random weights."""
    net, rng = index.system(name), np.random.default_rng(seed)
    config = next(each for each in net.CONFIGS["tiny"] if isinstance(each, net.PARTS["generator"][0]))
    module = net.PARTS["generator"][1](config)
    shapes = jax.eval_shape(module.init, jax.random.key(0), *net.example_inputs("generator", config, 1))
    draw = jax.tree.map(lambda leaf: jnp.asarray(rng.normal(0.02, 0.2, leaf.shape), jnp.float32), shapes)
    if "batch_stats" in draw:
        draw["batch_stats"] = jax.tree.map(jnp.abs, draw["batch_stats"])  # variances are positive
    return ganjax.Model(draw, net=module, spec=net.spec(config), system=name, name=f"tiny-{name}")


def raw(network: ganjax.Model, images: np.ndarray) -> np.ndarray:
    """What the network gives for images in [0, 1], clipped there."""
    low, high = network.spec.range
    quick = {"xla_backend_optimization_level": 0}  # each runs once: compiling is what takes time
    apply = jax.jit(network.net.apply, compiler_options=quick)
    result = apply(network.variables, jnp.asarray(images) * (high - low) + low)
    return np.clip((np.asarray(result) - low) / (high - low), 0, 1)


def test_upscale_is_the_network_for_one_picture_and_for_many() -> None:
    small = model("srvgg")
    images = RNG.random((3, 17, 22, 3), np.float32)
    expected = raw(small, images)
    larger = ganjax.upscale(small, images)
    assert larger.shape == (3, 34, 44, 3) and larger.dtype == jnp.float32
    np.testing.assert_allclose(larger, expected, **CLOSE)
    np.testing.assert_allclose(ganjax.upscale(small, images[1]), expected[1], **CLOSE)
    eight = np.rint(images * 255).astype(np.uint8)
    np.testing.assert_allclose(ganjax.upscale(small, eight), raw(small, eight / np.float32(255)), **CLOSE)
    for same in (jnp.asarray(images, jnp.bfloat16), images.astype(np.float64), images.tolist()):
        near = {"rtol": 0, "atol": 0.05} if getattr(same, "dtype", None) == jnp.bfloat16 else CLOSE
        np.testing.assert_allclose(ganjax.upscale(small, same), expected, **near)


def test_tiles_change_nothing_where_they_are_exact() -> None:
    small, image = model("srvgg"), RNG.random((61, 45, 3), np.float32)
    whole = ganjax.upscale(small, image)
    for tile in (16, 31):
        np.testing.assert_allclose(ganjax.upscale(small, image, tile=tile, exact=True), whole, **CLOSE)
    blended = ganjax.upscale(small, image, tile=16)
    assert 1e-4 < np.abs(blended - whole).max() < 1 and blended.shape == whole.shape
    with pytest.raises(ganjax.UsageError, match=r"A tile of 4 pixels is not possible"):
        ganjax.upscale(small, image, tile=4, exact=True)


def test_any_scale_is_the_network_then_lanczos() -> None:
    """The oracle of the resampling is Pillow, on the network's own result."""
    small, image = model("srvgg"), RNG.random((20, 31, 3), np.float32)
    made = raw(small, image[None])[0]
    for scale, size in ((1.5, (30, 46)), (3.3, (66, 102)), (0.01, (1, 1))):
        larger = ganjax.upscale(small, image, scale=scale)
        channels = [
            Image.fromarray(each).resize(size[::-1], Image.LANCZOS) for each in np.moveaxis(made, 2, 0)
        ]
        np.testing.assert_allclose(larger, np.clip(np.stack(channels, -1), 0, 1), rtol=0, atol=1e-5)
        traced = jax.jit(functools.partial(ganjax.upscale, scale=scale))(small, image)
        np.testing.assert_allclose(traced, larger, rtol=0, atol=2e-5)


def test_enhance_takes_any_size() -> None:
    dark = model("enlightengan")
    image = RNG.random((8, 32, 3), np.float32)  # multiples of what the network takes
    np.testing.assert_allclose(ganjax.enhance(dark, image), raw(dark, image[None])[0], **CLOSE)
    for size in ((1, 1), (7, 30)):
        image = RNG.random((*size, 3), np.float32)
        top, left = (-side % dark.spec.multiple // 2 for side in size)
        around = [(top, -size[0] % 4 - top), (left, -size[1] % 4 - left), (0, 0)]
        whole = raw(dark, np.pad(image, around, "reflect")[None])[0]
        expected = whole[top : top + size[0], left : left + size[1]]
        np.testing.assert_allclose(ganjax.enhance(dark, image), expected, **CLOSE)


@pytest.mark.parametrize("name", ["srvgg", "enlightengan"])
def test_transformations(name: str) -> None:
    network = model(name)
    function = ganjax.enhance if name == "enlightengan" else ganjax.upscale
    images = RNG.random((2, 14, 11, 3), np.float32)
    expected = function(network, images)
    np.testing.assert_allclose(jax.jit(function)(network, images), expected, **CLOSE)
    np.testing.assert_allclose(jax.vmap(lambda image: function(network, image))(images), expected, **CLOSE)

    @jax.jit
    def brightness(network: ganjax.Model, image: jax.Array) -> jax.Array:
        return function(network, image).mean()

    slopes, slope = jax.grad(brightness, (0, 1))(network, 0.25 + images[0] / 2)
    assert jax.tree.structure(slopes.variables) == jax.tree.structure(network.variables)
    assert slope.shape == images[0].shape and float(jnp.abs(slope).max()) > 0


def test_interpolation_of_models_and_of_trees() -> None:
    a, b = model("srvgg"), model("srvgg", 1)
    image = RNG.random((9, 9, 3), np.float32)
    for t, expected in ((0.0, a), (1.0, b)):
        mixed = ganjax.interpolate(a, b, t)
        np.testing.assert_allclose(ganjax.upscale(mixed, image), ganjax.upscale(expected, image), **CLOSE)
    quarter = ganjax.interpolate(a, b, 0.25)
    for x, y, z in zip(*(jax.tree.leaves(each.variables) for each in (a, b, quarter)), strict=True):
        np.testing.assert_allclose(z, 0.75 * np.asarray(x) + 0.25 * np.asarray(y), rtol=1e-6, atol=1e-7)
    traced = jax.jit(ganjax.interpolate)(a.variables, b.variables, 0.25)
    jax.tree.map(
        functools.partial(np.testing.assert_allclose, rtol=1e-6, atol=1e-7), traced, quarter.variables
    )


def test_only_equals_are_mixed() -> None:
    with pytest.raises(ganjax.UsageError, match=r"tiny-srvgg .* and tiny-enlightengan .* different configs"):
        ganjax.interpolate(model("srvgg"), model("enlightengan"), 0.5)
    with pytest.raises(ganjax.UsageError, match=r"same names and shapes"):
        ganjax.interpolate({"a": jnp.zeros(3)}, {"a": jnp.zeros(2)}, 0.5)
    with pytest.raises(ganjax.UsageError, match=r"same names and shapes"):
        ganjax.interpolate({"a": jnp.zeros(3)}, {"b": jnp.zeros(3)}, 0.5)


def test_denoise_mixes_with_the_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    strong = model("srvgg").replace(name="realesr-general-x4v3")
    weak = model("srvgg", 1).replace(name="realesr-general-wdn-x4v3")
    restore._twin.cache_clear()
    monkeypatch.setattr(restore, "load", {weak.name: weak}.__getitem__)
    image = RNG.random((9, 9, 3), np.float32)
    for denoise, expected in ((1, strong), (0, weak), (0.3, ganjax.interpolate(weak, strong, 0.3))):
        result = ganjax.upscale(strong, image, denoise=denoise)
        np.testing.assert_allclose(result, ganjax.upscale(expected, image), **CLOSE)
    with pytest.raises(ganjax.UsageError, match=r"from 0 to 1, not 1.5"):
        ganjax.upscale(strong, image, denoise=1.5)
    with pytest.raises(ganjax.UsageError, match=r"tiny-srvgg .*no twin.*realesr-general-x4v3"):
        ganjax.upscale(model("srvgg"), image, denoise=0.5)
    restore._twin.cache_clear()


def test_wrong_models_and_shapes() -> None:
    image = np.zeros((8, 8, 3), np.float32)
    with pytest.raises(ganjax.UsageError, match=r"tiny-enlightengan .* does not upscale pictures"):
        ganjax.upscale(model("enlightengan"), image)
    with pytest.raises(ganjax.UsageError, match=r"tiny-srvgg .* does not enhance pictures"):
        ganjax.enhance(model("srvgg"), image)
    generator = ganjax.Model({}, spec=ganjax.ImageSpec(side=64, latent=512), system="pgan")
    with pytest.raises(ganjax.UsageError, match=r"pgan .* does not upscale pictures"):
        ganjax.upscale(generator, image)
    for shape in ((8, 8), (8, 8, 1), (0, 8, 3), (1, 1, 8, 8, 3)):
        with pytest.raises(ganjax.UsageError, match=r"Images are \[N, H, W, 3\] or \[H, W, 3\]"):
            ganjax.upscale(model("srvgg"), np.zeros(shape, np.float32))
    for dtype in (np.int32, np.bool_, np.complex64):
        with pytest.raises(ganjax.UsageError, match=rf"uint8 or uint16, not {np.dtype(dtype)}"):
            ganjax.upscale(model("srvgg"), image.astype(dtype))
    with pytest.raises(ganjax.UsageError, match=r"what `ganjax.load` gives, not 'srvgg-faces-x4'"):
        ganjax.upscale("srvgg-faces-x4", image)  # type: ignore[arg-type]
    for tile in (2.5, 0, -1):
        with pytest.raises(ganjax.UsageError, match=rf"tile is a whole number .* not {tile}"):
            ganjax.upscale(model("srvgg"), image, tile=tile)  # type: ignore[arg-type]
    for scale in (0, -1, float("nan"), float("inf"), "2"):
        with pytest.raises(ganjax.UsageError, match=r"scale is a number above 0"):
            ganjax.upscale(model("srvgg"), image, scale=scale)  # type: ignore[arg-type]


def picture(channels: int, dtype: Any, size: tuple[int, int] = (23, 30)) -> Picture:
    return Picture(RNG.integers(0, np.iinfo(dtype).max, (*size, channels), dtype, endpoint=True))


def restored(network: ganjax.Model, image: Picture, **options: Any) -> np.ndarray:
    return np.concatenate(list(restore.restore_picture(network, image, **options)))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_picture_keeps_its_depth_and_channels(dtype: Any) -> None:
    small, most = model("srvgg"), np.iinfo(dtype).max
    colour = picture(3, dtype)
    unit = colour.pixels.astype(np.float32) / most
    result = restored(small, colour)
    assert result.dtype == dtype
    np.testing.assert_allclose(result, raw(small, unit[None])[0] * most, rtol=0, atol=0.51 + most * 2e-6)
    grey = Picture(colour.pixels[..., :1])
    made = raw(small, np.repeat(unit[None, ..., :1], 3, -1))[0] @ np.array([[0.299], [0.587], [0.114]])
    np.testing.assert_allclose(restored(small, grey), made * most, rtol=0, atol=0.51 + most * 2e-6)
    for channels in (2, 4):
        assert restored(small, picture(channels, dtype)).shape == (46, 60, channels)


def test_alpha_stays_what_it_is_where_it_is_constant() -> None:
    """Around a hole in an opaque picture nothing but the edge of the hole may change."""
    small, image = model("srvgg"), picture(4, np.uint8, (20, 20))
    image.pixels[..., 3] = 255
    image.pixels[8:12, 8:12, 3] = 0
    alpha = restored(small, image)[..., 3]
    edge = np.zeros((40, 40), bool)
    edge[14:26, 14:26] = True
    assert (alpha[~edge] == 255).all() and (alpha[18:22, 18:22] == 0).all()
    image.pixels[..., 3] = 255
    opaque = restored(small, image)
    assert (opaque[..., 3] == 255).all()
    np.testing.assert_array_equal(opaque[..., :3], restored(small, Picture(image.pixels[..., :3])))
    dark = model("enlightengan")
    half = picture(4, np.uint8)
    np.testing.assert_array_equal(restored(dark, half)[..., 3], half.pixels[..., 3])


def test_a_picture_of_another_size_is_resampled_with_its_alpha_as_weight() -> None:
    """Pixels that nobody sees are red; none of it may show at the edge of what is seen, which is green."""
    small = model("srvgg")
    twice = dataclasses.replace(small, net=Nearest(), variables={})
    pixels = np.zeros((20, 20, 4), np.uint8)
    pixels[..., 0] = 255
    pixels[5:15, 5:15] = (0, 255, 0, 255)
    result = restored(twice, Picture(pixels), size=(33, 27))
    assert result.shape == (33, 27, 4) and result.dtype == np.uint8
    assert (result[..., 0] == 0).all() and (result[12:21, 10:17, 1::2] == 255).all()


class Nearest:
    """A network that repeats pixels."""

    def init(self, key: jax.Array, x: jax.Array) -> dict[str, Any]:
        return {}

    def apply(self, variables: Any, x: jax.Array) -> jax.Array:
        return jnp.repeat(jnp.repeat(x, 2, 1), 2, 2)

    def __call__(self, x: jax.Array) -> jax.Array:
        return x


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (700, 2)])
def test_small_and_long_pictures(size: tuple[int, int]) -> None:
    small, image = model("srvgg"), picture(3, np.uint8, size)
    whole = restored(small, image)
    assert whole.shape == (size[0] * 2, size[1] * 2, 3)
    np.testing.assert_allclose(restored(small, image, tile=32, exact=True).astype(int), whole, rtol=0, atol=1)
    assert restored(small, image, size=(5, 3)).shape == (5, 3, 3)
