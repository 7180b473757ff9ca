"""Random squares: their places, their turns, pairs that stay together, and any number of processes."""

import itertools
from typing import Any

import numpy as np
import pytest

from ganjax.core.errors import DataError, UsageError
from ganjax.data.pipeline import crops, unpaired_crops
from ganjax.data.sources.folder import FolderSource
from ganjax.data.sources.memory import MemorySource
from ganjax.data.sources.pairs import PairSource
from ganjax.data.transforms import crop, crop_pair, turn_alike


def numbered(n: int, height: int, width: int, first: int = 0) -> np.ndarray:
    """Pictures whose pixels tell their number, row and column."""
    y, x = np.mgrid[:height, :width]
    pixels = np.stack(np.broadcast_arrays(np.arange(first, first + n)[:, None, None], y, x), -1)
    return pixels.astype(np.uint8)


def take(iterator: Any, n: int) -> list[dict[str, np.ndarray]]:
    result = list(itertools.islice(iterator, n))
    iterator.close()
    return result


def write(folder, png, pictures, suffix: str = "") -> None:
    folder.mkdir()
    for i, pixels in enumerate(pictures):
        (folder / f"{i:02d}{suffix}.png").write_bytes(png(np.ascontiguousarray(pixels)))


@pytest.fixture
def pairs(tmp_path, png) -> PairSource:
    """Nine pictures of 12 x 16, of which every second pixel is the input."""
    pictures = numbered(9, 12, 16)
    write(tmp_path / "images", png, pictures)
    write(tmp_path / "inputs", png, pictures[:, ::2, ::2], "x2")
    return PairSource(tmp_path / "images", tmp_path / "inputs")


def test_squares_lie_anywhere_and_small_pictures_are_mirrored():
    random, (image,) = np.random.default_rng(0), numbered(1, 6, 9)
    corners = set()
    for _ in range(300):
        square = crop(image, 4, random)
        y, x = square[0, 0, 1:]
        np.testing.assert_array_equal(square, image[y : y + 4, x : x + 4])
        corners.add((int(y), int(x)))
    assert corners == {(y, x) for y in range(3) for x in range(6)}
    square = crop(image, 9, random)
    np.testing.assert_array_equal(square[:, 0, 1], [0, 1, 2, 3, 4, 5, 4, 3, 2])
    np.testing.assert_array_equal(crop(image[:1, :1], 3, random), np.zeros((3, 3, 3)))


def test_pairs_are_cut_at_the_same_place():
    random, (image,) = np.random.default_rng(0), numbered(1, 12, 16)
    for _ in range(50):
        large, small = crop_pair(image, image[::4, ::4], 8, random)
        assert large.shape == (8, 8, 3)
        np.testing.assert_array_equal(large[::4, ::4], small)


def test_all_eight_ways_to_lay_a_square_and_all_pictures_alike():
    random, (image,) = np.random.default_rng(0), numbered(1, 3, 3)
    ways = {np.rot90(flipped, k).tobytes() for flipped in (image, image[:, ::-1]) for k in range(4)}
    seen = []
    for _ in range(400):
        one, other = turn_alike((image, image + 7), random, mirror=True, turn=True)
        np.testing.assert_array_equal(one + 7, other)
        seen.append(one.tobytes())
    assert set(seen) == ways
    assert min(seen.count(way) for way in ways) > 25  # 50 expected, four standard deviations
    mirrored = {turn_alike((image,), random, mirror=True, turn=False)[0].tobytes() for _ in range(50)}
    assert mirrored == {image.tobytes(), image[:, ::-1].tobytes()}
    assert turn_alike((image,), random, mirror=False, turn=False)[0] is image


def test_every_epoch_has_every_picture_and_new_squares():
    source = MemorySource("numbered", numbered(10, 12, 16))
    got = np.concatenate([each["image"] for each in take(crops(source, side=5, batch=4), 10)])
    assert got.shape == (40, 5, 5, 3) and got.dtype == np.uint8
    for epoch in range(4):
        assert sorted(got[10 * epoch : 10 * (epoch + 1), 0, 0, 0]) == list(range(10))
    assert len({tuple(corner) for corner in got[:, 0, 0, 1:].tolist()}) > 20


def test_pairs_stay_together_turned_or_not(pairs):
    for options in ({}, {"mirror": True, "turn": True}):
        for batch in take(crops(pairs, side=6, batch=3, **options), 6):
            assert batch["image"].shape == (3, 6, 6, 3) and batch["input"].shape == (3, 3, 3, 3)
            for image, given in zip(batch["image"], batch["input"], strict=True):
                kept = image[(image[..., 1] % 2 == 0) & (image[..., 2] % 2 == 0)]
                np.testing.assert_array_equal(kept.reshape(3, 3, 3), given)


def test_unpaired_pictures_come_in_orders_of_their_own(tmp_path):
    bright, dark = (
        MemorySource("bright", numbered(7, 8, 8)),
        MemorySource("dark", numbered(5, 9, 7, first=100)),
    )
    got = take(unpaired_crops(bright, dark, side=6, batch=5, seed=3), 14)
    images, inputs = (np.concatenate([each[name] for each in got]) for name in ("image", "input"))
    assert images.shape == inputs.shape == (70, 6, 6, 3)
    for start in range(0, 70, 7):
        assert sorted(images[start : start + 7, 0, 0, 0]) == list(range(7))
    for start in range(0, 70, 5):
        assert sorted(inputs[start : start + 5, 0, 0, 0]) == list(range(100, 105))
    assert len(set(zip(images[:, 0, 0, 0], inputs[:, 0, 0, 0], strict=True))) > 20


def test_any_start_and_any_number_of_processes_see_the_same(pairs):
    bright, dark = MemorySource("bright", numbered(7, 8, 8)), MemorySource("dark", numbered(5, 8, 8))
    for open_ in (
        lambda **options: crops(pairs, side=6, seed=4, mirror=True, turn=True, **options),
        lambda **options: unpaired_crops(bright, dark, side=4, seed=4, mirror=True, **options),
    ):
        whole = take(open_(batch=4), 6)
        later = take(open_(batch=4, start=8), 4)
        shares = [take(open_(batch=4, process=i, processes=2), 6) for i in range(2)]
        for name in ("image", "input"):
            np.testing.assert_array_equal([each[name] for each in whole[2:]], [each[name] for each in later])
            for one, *parts in zip(whole, *shares, strict=True):
                np.testing.assert_array_equal(one[name], np.concatenate([part[name] for part in parts]))


def test_worker_processes_give_the_same(pairs):
    alone = take(crops(pairs, side=6, batch=3, turn=True), 4)
    helped = take(crops(pairs, side=6, batch=3, turn=True, workers=1), 4)
    for ours, theirs in zip(alone, helped, strict=True):
        np.testing.assert_array_equal(ours["image"], theirs["image"])
        np.testing.assert_array_equal(ours["input"], theirs["input"])


def test_bad_requests(pairs, tmp_path):
    with pytest.raises(DataError, match=r"16 x 12 pixels is smaller than the squares of 14"):
        take(crops(pairs, side=14, batch=2), 1)
    with pytest.raises(UsageError, match="multiple of 2 from 2 up, not 5"):
        crops(pairs, side=5, batch=2)
    single = FolderSource(tmp_path / "images")
    for open_ in (lambda **o: crops(single, **o), lambda **o: unpaired_crops(single, single, **o)):
        with pytest.raises(UsageError, match="from 1 up, not 0"):
            open_(side=0, batch=2)
        with pytest.raises(UsageError, match="3 processes cannot share a batch of 4"):
            open_(side=4, batch=4, processes=3)
        with pytest.raises(UsageError, match="not -1"):
            open_(side=4, batch=4, seed=-1)
