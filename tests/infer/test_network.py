"""How large the tiles of a network are, and how they overlap, when nobody says; grey, alpha and depths."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ganjax.core.errors import UsageError
from ganjax.core.types import ImageSpec, Model
from ganjax.infer import network
from ganjax.infer.network import network_rows, network_tiles


class Wide:
    """A network whose largest array, inside a compiled function, has 96 numbers for each pixel."""

    seen: list[tuple[int, ...]]

    def __init__(self) -> None:
        self.seen = []

    def apply(self, variables: Any, x: jax.Array) -> jax.Array:
        self.seen.append(x.shape)
        wide = jax.jit(lambda y: jnp.repeat(y, 32, -1) * variables["gain"].mean())(x)
        return wide.reshape(*x.shape, 32).mean(-1)

    def __call__(self, x: jax.Array) -> jax.Array:
        return x


def model(halo: int, **more: Any) -> Model:
    # As many weights as a deep network has: they are no part of what a pixel costs.
    return Model({"gain": jnp.ones((256, 256, 9))}, net=Wide(), spec=ImageSpec(side=0, halo=halo, **more))


def test_the_largest_array_is_found() -> None:
    assert network._cost(model(1)) == 4 * 96


@pytest.mark.parametrize(
    ("spec", "most", "exact", "side", "overlap", "blend"),
    [
        (ImageSpec(side=0, halo=18, scale=4), 1024, False, 512, 36, False),  # the result has 2048 pixels
        (ImageSpec(side=0, halo=18, scale=4), 260, False, 256, 36, False),
        (ImageSpec(side=0, halo=18, scale=4), 170, False, 160, 32, True),
        (ImageSpec(side=0, halo=349, scale=4), 170, False, 160, 32, True),
        (ImageSpec(side=0, halo=349, scale=4), 170, True, 1376, 698, False),
        (ImageSpec(side=0, halo=137, multiple=16), 4000, False, 1024, 32, True),
        (ImageSpec(side=0, halo=137, multiple=16), 10, False, 64, 16, True),
        (ImageSpec(side=0), 4000, False, 1024, 0, False),
    ],
)
def test_tiles_by_default(
    spec: ImageSpec, most: int, exact: bool, side: int, overlap: int, blend: bool
) -> None:
    tiling = network._tiling(spec, most, tile=None, exact=exact)
    assert (tiling.side, tiling.overlap, tiling.blend) == (side, overlap, blend)


def test_tiles_by_hand() -> None:
    spec = ImageSpec(side=0, halo=20, multiple=16)
    tiling = network._tiling(spec, 4000, tile=50, exact=True)
    assert (tiling.side, tiling.overlap, tiling.blend) == (64, 40, False)
    with pytest.raises(UsageError, match="at least 48"):
        network._tiling(spec, 4000, tile=32, exact=True)


def test_memory_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "_ROOM", {"cpu": 4 * 96 * 64**2})
    monkeypatch.setattr(jax, "local_devices", lambda: [jax.devices()[0]])
    wide = model(4)
    image = np.random.default_rng(0).random((1, 150, 40, 3), np.float32)
    options: dict[str, Any] = {"tile": None, "exact": False, "centred": False}
    result = np.concatenate(list(network_rows(wide, image, **options)))
    np.testing.assert_allclose(result, image[0], rtol=0, atol=1e-6)
    assert wide.net.seen[-1] == (1, 64, 40, 3)
    small = image[:, :20, :20].repeat(30, 0)
    np.testing.assert_allclose(
        np.concatenate(list(network_rows(wide, small, **options))).reshape(small.shape), small, atol=1e-6
    )
    # A quarter of the room: 2 pictures of 20 x 20 at once on a processor, and 30 make 15 batches.
    assert wide.net.seen[-1] == (2, 20, 20, 3)


def test_a_small_picture_needs_no_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "_cost", None)
    rows = network_rows(model(4), np.zeros((1, 9, 9, 3), np.float32), tile=None, exact=False, centred=False)
    assert np.concatenate(list(rows)).shape == (9, 9, 3)


@pytest.mark.parametrize(("channels", "dtype"), [(1, np.uint16), (2, np.uint8), (4, np.uint16)])
def test_depths_and_channels(channels: int, dtype: Any) -> None:
    """The network gives back what it gets, so every value must survive."""
    pixels = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (2, 6, 5, channels), dtype)
    window = np.zeros((2, 4), np.int32)
    same = network_tiles(model(1), pixels, window, dtype=np.dtype(dtype).name)
    unit = network_tiles(model(1), pixels, window)
    assert same.dtype == dtype and unit.dtype == np.float32
    np.testing.assert_allclose(np.asarray(same, int), pixels.astype(int), atol=int(dtype == np.uint16))
    np.testing.assert_allclose(unit, pixels / np.float32(np.iinfo(dtype).max), rtol=0, atol=1e-6)
