"""SWD against what the PGAN authors' code computed, and against what must hold whatever the images."""

import pathlib

import numpy as np
import pytest

from ganjax.core.errors import UsageError
from ganjax.metrics import swd

GOLDEN = pathlib.Path(__file__).parents[1] / "golden/metrics.npz"


def as_the_reference_draws(real, fake, seed, batch):
    """SWD with patches and directions from one numpy state, in the order in which the reference uses it."""
    random = np.random.RandomState(seed)
    shapes = swd.level_shapes(*real.shape[1:3])

    def feed(images):
        centres = [[] for _ in shapes]
        for start in range(0, len(images), batch):
            n = len(images[start : start + batch])
            for found, (height, width) in zip(centres, shapes, strict=True):
                x, y = (random.randint(3, side - 3, size=(n, 128)) for side in (width, height))
                found.append(np.stack([y, x], axis=-1))
        directions = []
        for _ in shapes:
            parts = [random.randn(147, 128) for _ in range(4)]
            directions.append(np.concatenate([part / np.linalg.norm(part, axis=0) for part in parts], 1))
        levels = [
            swd.descriptors(images, level, centres=np.concatenate(found))
            for level, found in enumerate(centres)
        ]
        return levels, directions

    real_levels, _ = feed(real)
    fake_levels, directions = feed(fake)
    found = [
        1e3 * swd.sliced_wasserstein(a, b, some.astype(np.float32))
        for a, b, some in zip(real_levels, fake_levels, directions, strict=True)
    ]
    return [*found, np.mean(found)]


@pytest.fixture
def images():
    """[5, 32, 32, 3] uint8 of neighbouring pixels that are alike, as in pictures."""
    noise = np.random.RandomState(0).randint(0, 4, (5, 32, 32, 3))
    return (noise.cumsum(1).cumsum(2) % 256).astype(np.uint8)


def test_values_of_the_reference():
    # Made by scripts/golden/metrics.py.
    vectors = np.load(GOLDEN)
    real, fake = vectors["real"][:, :32], vectors["fake"][:, :32]
    found = as_the_reference_draws(real, fake, vectors["swd_seed"], vectors["swd_batch"])
    np.testing.assert_allclose(found, vectors["swd"], rtol=1e-5)


@pytest.mark.shared
@pytest.mark.parametrize(("case", "seed", "batch"), [("swd_cifar32", 111, 8), ("swd_random64", 112, 6)])
def test_shared_values_of_the_reference(shared, case, seed, batch):
    vectors = np.load(shared / "golden/metrics" / case / "io.npz")
    real, fake = (vectors[name].transpose(0, 2, 3, 1) for name in ("reals_nchw", "fakes_nchw"))
    found = as_the_reference_draws(real, fake, seed, batch)
    np.testing.assert_allclose(found, vectors["result_fakes"], rtol=1e-5)


@pytest.mark.shared
def test_own_random_numbers_agree_with_the_reference(shared):
    vectors = np.load(shared / "golden/metrics/swd_cifar32/io.npz")
    real, fake = (vectors[name].transpose(0, 2, 3, 1) for name in ("reals_nchw", "fakes_nchw"))
    found = list(swd.swd(real, fake).values())
    # Other patches of so few images move the values by some 8 %; common places for both sets would by 40 %.
    np.testing.assert_allclose(found, vectors["result_fakes"], rtol=0.15)


@pytest.mark.parametrize("patches", [1000, 70_000])
def test_distance_is_that_of_sorted_projections(patches):
    random = np.random.RandomState(0)
    # Heavy tails, as patches of the fine levels have, and sets of different scale and mean.
    a, b = 3 * random.standard_t(3, (patches, 147)) + 7, random.randn(patches, 147)
    directions = swd.draw_directions(seed=0, count=3)

    def normalised(x):
        channels = x.reshape(len(x), 3, 49)
        return (
            (channels - channels.mean((0, 2), keepdims=True)) / channels.std((0, 2), keepdims=True)
        ).reshape(x.shape)

    gap = np.sort(normalised(a) @ directions, axis=0) - np.sort(normalised(b) @ directions, axis=0)
    found = swd.sliced_wasserstein(a.astype(np.float32), b.astype(np.float32), directions)
    np.testing.assert_allclose(found, np.abs(gap).mean(), rtol=1e-5)


def test_directions_are_unit_vectors():
    np.testing.assert_allclose(np.linalg.norm(swd.draw_directions(seed=1), axis=0), np.ones(512), rtol=1e-5)


def test_floats_are_the_same_images(images):
    assert swd.swd(images.astype(np.float32) / 255, images[::-1] / 255) == swd.swd(images, images[::-1])


def test_descriptors_do_not_depend_on_batches(images):
    whole = swd.descriptors(images, 1, seed=3)
    parts = [swd.descriptors(images[:2], 1, seed=3), swd.descriptors(images[2:], 1, seed=3, first=2)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    assert not np.array_equal(swd.descriptors(images, 1, seed=4), whole)


def test_a_fine_pattern_shows_at_the_finest_level_alone(images):
    # The filter of the pyramid removes a chessboard of single pixels.
    chessboard = 20 * (-1) ** np.add.outer(np.arange(32), np.arange(32))[None, :, :, None]
    plain = images // 2 + 64
    without = swd.swd(images, plain)
    found = swd.swd(images, (plain + chessboard).astype(np.uint8))
    assert found["swd_32"] > 2 * without["swd_32"]
    assert found["swd_16"] == pytest.approx(without["swd_16"], rel=1e-4)


def test_images_of_one_colour_have_a_distance(images):
    # A collapsed generator: nothing to normalise by, which must not give NaN.
    found = swd.swd(images, np.full_like(images, 90))
    assert all(np.isfinite(value) and value > 0 for value in found.values())


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((64, 64), [(64, 64), (32, 32), (16, 16)]),
        ((16, 16), [(16, 16)]),
        ((100, 40), [(100, 40), (50, 20)]),
    ],
)
def test_levels(shape, expected):
    assert swd.level_shapes(*shape) == expected


@pytest.mark.parametrize(
    ("real", "fake", "message"),
    [
        ((2, 8, 8, 3), (2, 8, 8, 3), "at least 16 x 16"),
        ((2, 33, 33, 3), (2, 33, 33, 3), "33 x 33"),
        ((2, 32, 32, 3), (3, 32, 32, 3), "one size"),
        ((2, 32, 32, 3), (2, 64, 64, 3), "one size"),
        ((2, 32, 32, 1), (2, 32, 32, 1), "3 channels"),
    ],
)
def test_what_it_refuses(real, fake, message):
    with pytest.raises(UsageError, match=message):
        swd.swd(np.zeros(real, np.uint8), np.zeros(fake, np.uint8))
