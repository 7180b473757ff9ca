"""The order of the pictures: whole epochs, any number of processes, any place to start."""

import itertools
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from ganjax.core.errors import DataError, UsageError
from ganjax.data import drawn
from ganjax.data.pipeline import batches, in_memory
from ganjax.data.sources import faces, open_source
from ganjax.data.sources.folder import FolderSource
from ganjax.data.sources.memory import MemorySource


class Numbered:
    """Picture i is noise of its own (so that mirroring shows), with i in its first row."""

    name = "numbered"
    labels = ("even", "odd")

    def __init__(self, n: int, side: int = 8) -> None:
        self.images = np.random.default_rng(3).integers(0, 256, (n, side, side, 3), np.uint8)
        self.images[:, 0] = np.arange(n)[:, None, None]
        self.read = 0

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> dict[str, Any]:
        self.read += 1
        return {"image": self.images[index], "label": index % 2, "caption": "not batched"}


def take(iterator, n: int) -> list[dict[str, np.ndarray]]:
    result = list(itertools.islice(iterator, n))
    iterator.close()
    return result


def order(source, n: int, *, batch: int = 4, **options) -> list[int]:
    """Which pictures the first `n` batches hold."""
    got = take(batches(source, side=8, batch=batch, **options), n)
    return [int(image[0, 0, 0]) for each in got for image in each["image"]]


def test_every_epoch_holds_every_picture_in_a_new_order():
    source = Numbered(20)
    seen = order(source, 15)
    epochs = [seen[:20], seen[20:40], seen[40:]]
    for epoch in epochs:
        assert sorted(epoch) == list(range(20))
    assert epochs[0] != epochs[1] != epochs[2] != epochs[0]
    assert epochs[0] != list(range(20))
    assert order(source, 15) == seen
    assert order(source, 15, seed=1) != seen


def test_pixels_and_labels():
    source = Numbered(10)
    for batch in take(batches(source, side=8, batch=5), 4):
        assert sorted(batch) == ["image", "label"]
        assert batch["image"].shape == (5, 8, 8, 3)
        assert (batch["image"].dtype, batch["label"].dtype) == (np.uint8, np.int32)
        indices = batch["image"][:, 0, 0, 0]
        np.testing.assert_array_equal(batch["image"], source.images[indices])
        np.testing.assert_array_equal(batch["label"], indices % 2)


@pytest.mark.parametrize("processes", [2, 3, 6])
def test_processes_share_the_batches(processes):
    """Batch k of all processes, put in a row, is batch k of one; epochs of 20 do not fit batches of 12."""
    source = Numbered(20)
    whole = take(batches(source, side=8, batch=12, seed=5, start=7, mirror=True), 5)
    shares = [
        take(
            batches(source, side=8, batch=12, seed=5, start=7, mirror=True, process=r, processes=processes),
            5,
        )
        for r in range(processes)
    ]
    for k in range(5):
        for key in ("image", "label"):
            np.testing.assert_array_equal(np.concatenate([share[k][key] for share in shares]), whole[k][key])


def test_any_start_continues_the_order():
    """Also with another batch: 3 of 5, then 2 of 6, then 3 of 7 are the pictures of one run of 12 of 4."""
    source = Numbered(20)
    whole = np.concatenate(
        [each["image"] for each in take(batches(source, side=8, batch=4, mirror=True), 12)]
    )
    parts, start = [], 0
    for batch, count in ((5, 3), (6, 2), (7, 3)):
        parts += take(batches(source, side=8, batch=batch, start=start, mirror=True), count)
        start += batch * count
    np.testing.assert_array_equal(np.concatenate([each["image"] for each in parts]), whole)


def test_mirroring_is_random_anew_in_each_epoch():
    source = Numbered(40)
    mirrored = []
    for batch in take(batches(source, side=8, batch=40, mirror=True), 3):
        flags = {}
        for image in batch["image"]:
            i = int(image[0, 0, 0])
            flags[i] = not (image == source.images[i]).all()
            np.testing.assert_array_equal(
                image, np.fliplr(source.images[i]) if flags[i] else source.images[i]
            )
        mirrored.append([flags[i] for i in range(40)])
        assert 8 < sum(mirrored[-1]) < 32  # four standard deviations
    assert mirrored[0] != mirrored[1] != mirrored[2]


def test_a_set_smaller_than_a_batch():
    seen = order(Numbered(3), 2, batch=9)
    assert sorted(seen) == sorted(6 * [0, 1, 2])


def test_pictures_are_shrunk_to_the_side():
    source = Numbered(6, side=16)
    (batch,) = take(batches(source, side=4, batch=6), 1)
    indices = take(batches(source, side=16, batch=6), 1)[0]["image"][:, 0, 0, 0]
    means = source.images[indices].reshape(6, 4, 4, 4, 4, 3).mean((2, 4))
    assert np.abs(batch["image"] - means).max() <= 1


def test_in_memory_reads_once_and_gives_the_same():
    source = Numbered(100)
    kept = in_memory(source, side=8)
    assert isinstance(kept, MemorySource)
    assert (len(kept), kept.name, kept.labels) == (100, "numbered", ("even", "odd"))
    np.testing.assert_array_equal(kept.images, source.images)
    fresh = Numbered(100)
    for ours, theirs in zip(
        take(batches(kept, side=8, batch=7, mirror=True), 20),
        take(batches(fresh, side=8, batch=7, mirror=True), 20),
        strict=True,
    ):
        np.testing.assert_array_equal(ours["image"], theirs["image"])
        np.testing.assert_array_equal(ours["label"], theirs["label"])
    assert source.read == 100
    assert in_memory(kept, side=8) is kept


def test_in_memory_keeps_to_its_limit():
    source = Numbered(10)
    assert in_memory(source, side=8, limit=10 * 8 * 8 * 3 - 1) is source
    assert source.read == 0
    assert in_memory(source, side=8, limit=10 * 8 * 8 * 3) is not source


def test_pictures_without_labels(tmp_path, png):
    (tmp_path / "a.png").write_bytes(png(np.zeros((8, 8, 3), np.uint8)))
    kept = in_memory(FolderSource(tmp_path), side=8)
    assert list(kept[0]) == ["image"]
    assert list(take(batches(kept, side=8, batch=2), 1)[0]) == ["image"]


def test_worker_processes_give_the_same_and_name_what_is_damaged(tmp_path, png):
    pictures = np.random.default_rng(4).integers(0, 256, (11, 8, 8, 3), np.uint8)
    for i, pixels in enumerate(pictures):
        (tmp_path / f"{i:02d}.png").write_bytes(png(pixels))
    source = FolderSource(tmp_path)
    alone = take(batches(source, side=8, batch=4, mirror=True, start=3), 8)
    helped = batches(source, side=8, batch=4, mirror=True, start=3, workers=2)
    for ours in alone:
        np.testing.assert_array_equal(ours["image"], next(helped)["image"])
    (tmp_path / "05.png").write_bytes(b"damaged")
    with pytest.raises(DataError, match=r"05\.png cannot be read"):
        take(helped, 1000)
    with pytest.raises(DataError, match=r"05\.png cannot be read"):
        take(batches(source, side=8, batch=4), 8)
    with pytest.raises(DataError, match=r"05\.png cannot be read"):
        in_memory(source, side=8)


def test_faces_are_drawn_once_for_all_runs(cache, monkeypatch):
    source = open_source("faces:9", side=16, seed=4)
    assert len(source) == 9
    first = in_memory(source, side=16)
    np.testing.assert_array_equal(first.images[5], faces.draw(faces.describe(4, 5), 16))
    (kept,) = (cache / "drawn").iterdir()

    drawn_now = []
    original = faces.FaceSource.__getitem__
    monkeypatch.setattr(
        faces.FaceSource, "__getitem__", lambda self, i: (drawn_now.append(i), original(self, i))[1]
    )
    np.testing.assert_array_equal(in_memory(source, side=16).images, first.images)
    assert not drawn_now
    for other in ("faces:8", "faces:9"):
        in_memory(open_source(other, side=16, seed=5), side=16)
    assert len(drawn_now) == 17

    whole = kept.read_bytes()
    for damage in (whole[:-1], whole[:40], b"", whole.replace(b"|u1", b"|i1")):
        kept.write_bytes(damage)
        drawn_now.clear()
        np.testing.assert_array_equal(in_memory(source, side=16).images, first.images)
        assert len(drawn_now) == 9
        assert kept.read_bytes() == whole


def test_pictures_of_an_older_drawing_code_are_replaced(cache, tmp_path, monkeypatch):
    source = open_source("faces:2", side=8)
    path = drawn.drawn_path(source, 8)
    with monkeypatch.context() as changed:
        (tmp_path / "__init__.py").write_text("draw = another")
        changed.setattr(faces, "__file__", str(tmp_path / "__init__.py"))
        assert drawn.drawn_path(source, 8) not in (None, path)
    path.parent.mkdir(parents=True)
    older = path.with_name(path.name.replace(path.stem.rpartition("-")[2], "0123456789ab"))
    other = path.with_name("faces-16-2-0-8-0123456789ab.npy")
    for stale in (older, other):
        stale.write_bytes(b"")
    in_memory(source, side=8)
    assert sorted(cache.joinpath("drawn").iterdir()) == sorted([path, other])


def test_bad_requests():
    source = Numbered(4)
    for side in (0, 2, 12, -8):
        with pytest.raises(UsageError, match=f"power of two from 4 on, not {side}"):
            batches(source, side=side, batch=4)
        with pytest.raises(UsageError, match=f"power of two from 4 on, not {side}"):
            in_memory(source, side=side)
    with pytest.raises(UsageError, match="3 processes cannot share a batch of 4"):
        batches(source, side=8, batch=4, processes=3)
    with pytest.raises(UsageError, match="batch of 0"):
        batches(source, side=8, batch=0)
    with pytest.raises(UsageError, match="not -1"):
        batches(source, side=8, batch=4, seed=-1)
    for text in ("facs", "folder", "folder:", "tfds:", "faces:many", ""):
        with pytest.raises(UsageError, match="Unknown data source"):
            open_source(text, side=8)
    with pytest.raises(UsageError, match="Did you mean 'faces'"):
        open_source("facs", side=8)


def test_the_sources_start_no_jax():
    """Worker processes read them: an accelerator's memory is not theirs to take."""
    code = (
        "import sys; sys.modules['jax'] = None\n"
        "from ganjax.data import decode, drawn, transforms\n"
        "from ganjax.data.sources import captions, faces, folder, memory, open_source, pairs, tfds\n"
        "open_source('faces', side=8)[0]"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
