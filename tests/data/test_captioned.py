"""Batches of captioned pictures: which caption, which words of it, the same however they are read."""

import dataclasses
import itertools

import numpy as np
import pytest

from ganjax.core.errors import DataError, UsageError
from ganjax.data.captioned import captioned, encode_captions
from ganjax.data.pipeline import batches, in_memory
from ganjax.data.sources import Facts, captions_of, faces, open_source
from ganjax.data.sources.captions import CaptionSource
from ganjax.data.sources.memory import MemorySource


def encode(text: str) -> list[int]:
    """The numbers that the captions of these tests are written in."""
    return [int(word) for word in text.split()]


def numbered(n: int, captions: list[str] | None = None) -> MemorySource:
    """Picture i is filled with i; by default its captions are "1 + 100 i", twice that number, thrice."""
    images = np.zeros((n, 4, 4, 3), np.uint8) + np.arange(n, dtype=np.uint8)[:, None, None, None]
    texts = [captions or [" ".join(k * [str(1 + 100 * i)]) for k in (1, 2, 3)] for i in range(n)]
    return MemorySource("numbered", images, captions=texts.__getitem__)


def take(iterator, n: int) -> dict[str, np.ndarray]:
    """What `n` batches hold, one after the other."""
    got = list(itertools.islice(iterator, n))
    iterator.close()
    return {key: np.concatenate([each[key] for each in got]) for key in got[0]}


def assert_equal(ours: dict[str, np.ndarray], theirs: dict[str, np.ndarray]) -> None:
    assert ours.keys() == theirs.keys()
    for key, value in ours.items():
        np.testing.assert_array_equal(value, theirs[key], err_msg=key)


def test_pictures_and_their_own_captions():
    source = numbered(10)
    got = take(captioned(source, side=4, batch=5, encode=encode, length=4, seed=2), 40)
    assert {key: (value.dtype, value.shape[1:]) for key, value in got.items()} == {
        "image": (np.uint8, (4, 4, 3)),
        "tokens": (np.int32, (4,)),
        "lengths": (np.int32, ()),
        "picture": (np.int32, ()),
    }
    np.testing.assert_array_equal(got["image"], source.images[got["picture"]])
    words = np.where(np.arange(4) < got["lengths"][:, None], 1 + 100 * got["picture"][:, None], 0)
    np.testing.assert_array_equal(got["tokens"], words)
    # 200 draws of three captions that are as likely: 67 each, with a standard deviation of 6.7.
    counts = np.bincount(got["lengths"], minlength=4)
    assert counts[0] == 0 and counts[1:].min() > 40
    np.testing.assert_array_equal(
        got["image"],
        take(batches(source, side=4, batch=5, seed=2), 40)["image"],
        err_msg="order of `batches`",
    )


def test_facts_go_with_their_picture_and_its_caption():
    def known(picture: int, number: int) -> tuple[np.ndarray, np.ndarray]:
        return np.array([picture, -1], np.int32), np.array([number, -1], np.int32)

    plain = numbered(10)
    source = dataclasses.replace(plain, facts=Facts((10, 3), known))
    options = {"side": 4, "batch": 5, "encode": encode, "length": 4, "seed": 2}
    got = take(captioned(source, facts=True, **options), 40)
    for name in ("holds", "told"):
        assert (got[name].dtype, got[name].shape[1:]) == (np.int32, (2,)) and (got[name][:, 1] == -1).all()
    np.testing.assert_array_equal(got["holds"][:, 0], got["picture"])
    texts = [captions_of(plain, picture) for picture in got["picture"]]
    told = [encode(each[number]) for each, number in zip(texts, got["told"][:, 0], strict=True)]
    for tokens, count, whole in zip(got["tokens"], got["lengths"], told, strict=True):
        assert set(tokens[:count]) <= set(whole)
    assert len(set(got["told"][:, 0])) == max(len(each) for each in texts)
    without = take(captioned(source, **options), 40)
    assert_equal({key: got[key] for key in without}, without)
    with pytest.raises(UsageError, match="does not know"):
        captioned(plain, facts=True, **options)


def test_any_start_any_batch_and_any_number_of_processes_give_the_same():
    source = numbered(7, ["1 2 3 4 5 6", "7 8 9 10"])
    options = {"side": 4, "encode": encode, "length": 3, "seed": 5}
    whole = take(captioned(source, batch=6, **options), 6)
    later = take(captioned(source, batch=4, start=8, **options), 7)
    assert_equal(later, {key: value[8:] for key, value in whole.items()})
    shares = [take(captioned(source, batch=6, process=p, processes=3, **options), 6) for p in range(3)]
    for key, value in whole.items():
        rows = np.stack([share[key].reshape(6, 2, *value.shape[1:]) for share in shares], axis=1)
        np.testing.assert_array_equal(rows.reshape(value.shape), value)
    other = take(captioned(source, batch=6, **{**options, "seed": 6}), 6)
    assert (other["tokens"] != whole["tokens"]).any()


def test_a_random_part_of_a_long_caption_is_kept_in_its_order():
    """As lib/datasets.py of DF-GAN does: shuffle the places, keep the first, sort them."""
    source = numbered(1, [" ".join(str(k) for k in range(1, 9))])
    got = take(captioned(source, side=4, batch=50, encode=encode, length=5), 8)
    assert (got["lengths"] == 5).all() and (np.diff(got["tokens"], axis=1) > 0).all()
    # Each of the 8 words is kept 5 times of 8: 250 of 400, with a standard deviation of 9.7.
    assert np.abs(np.bincount(got["tokens"].ravel(), minlength=9)[1:] - 250).max() < 45
    whole = take(captioned(source, side=4, batch=2, encode=encode, length=9), 1)
    np.testing.assert_array_equal(whole["tokens"], 2 * [[1, 2, 3, 4, 5, 6, 7, 8, 0]])
    assert (whole["lengths"] == 8).all()


def test_mirroring_leaves_pictures_and_captions_where_they_are():
    images = np.random.default_rng(0).integers(0, 256, (6, 4, 4, 3), np.uint8)
    source = MemorySource("noise", images, captions=lambda i: [str(1 + i)])
    options = {"side": 4, "batch": 6, "encode": encode, "length": 1}
    plain = take(captioned(source, **options), 4)
    turned = take(captioned(source, mirror=True, **options), 4)
    flips = [
        not (image == images[i]).all() for image, i in zip(turned["image"], turned["picture"], strict=True)
    ]
    assert 2 < sum(flips) < 22
    expected = np.where(np.array(flips)[:, None, None, None], plain["image"][:, :, ::-1], plain["image"])
    assert_equal(turned, {**plain, "image": expected})
    np.testing.assert_array_equal(turned["tokens"][:, 0], 1 + turned["picture"])


def test_worker_processes_give_the_same(tmp_path, png):
    """With an `encode` that could not be sent to them."""
    for i in range(5):
        (tmp_path / f"{i}.png").write_bytes(png(np.full((4, 4, 3), 10 * i, np.uint8)))
        (tmp_path / f"{i}.txt").write_text(f"{i + 1}\n{i + 1} {i + 1} {i + 1}")
    source = CaptionSource(tmp_path)
    options = {"side": 4, "batch": 4, "encode": lambda text: encode(text), "length": 2, "start": 3}
    assert_equal(take(captioned(source, workers=1, **options), 6), take(captioned(source, **options), 6))


def test_drawn_faces_keep_their_captions_in_memory(monkeypatch):
    source = open_source("faces:12", side=8, seed=1)
    in_memory(source, side=8)
    monkeypatch.setattr("ganjax.data.sources.faces.source.draw", None)  # from here on, nothing is drawn
    kept = in_memory(source, side=8)
    for i in range(12):
        texts = faces.captions(faces.describe(1, i))
        assert kept.captions(i) == [*texts["en"], *texts["ja"]]
    ids = {
        text: k + 1 for k, text in enumerate(sorted({text for i in range(12) for text in kept.captions(i)}))
    }
    got = take(captioned(kept, side=8, batch=8, encode=lambda text: [ids[text]], length=1), 30)
    for token, picture in zip(got["tokens"][:, 0], got["picture"], strict=True):
        assert token in {ids[text] for text in kept.captions(picture)}
    assert len({*got["tokens"][:, 0]}) > 60  # of the 96 captions, 240 draws leave out 8 on average


def test_each_caption_is_encoded_once_and_before_anything_is_read():
    calls: list[str] = []

    def counting(text: str) -> list[int]:
        calls.append(text)
        return encode(text)

    encoded = encode_captions(numbered(3, ["1 2", "3"]), counting)
    assert calls == ["1 2", "3"]
    np.testing.assert_array_equal(encoded.ids, [1, 2, 3] * 3)
    np.testing.assert_array_equal(encoded.captions, [0, 2, 3, 5, 6, 8, 9])
    np.testing.assert_array_equal(encoded.pictures, [0, 2, 4, 6])


def test_captions_that_cannot_be_encoded_are_named_before_training():
    def picky(text: str) -> list[int]:
        if "x" in text:
            raise UsageError("x is not known")
        return encode(text)

    source = MemorySource(
        "four", np.zeros((3, 4, 4, 3), np.uint8), captions=[["1", "x"], ["", "2"], ["3"]].__getitem__
    )
    with pytest.raises(DataError) as raised:
        captioned(source, side=4, batch=2, encode=picky, length=3)
    assert str(raised.value).splitlines() == [
        "2 captions of four cannot be encoded: change them, or take another text encoder.",
        "  picture 0, 'x': x is not known",
        "  picture 1, '': no word of it is known",
    ]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"length": 0}, "length from 1 up, not 0"),
        ({"side": 6}, "power of two from 4 on, not 6"),
        ({"seed": -1}, "from 0 up, not -1"),
        ({"processes": 3}, "3 processes cannot share a batch of 4"),
        (
            {"source": MemorySource("plain", np.zeros((2, 4, 4, 3), np.uint8))},
            "plain has no captions: take faces",
        ),
    ],
)
def test_bad_requests(wrong, message):
    asked = {"source": numbered(3), "side": 4, "batch": 4, "encode": encode, "length": 3, **wrong}
    with pytest.raises(UsageError, match=message):
        captioned(asked.pop("source"), **asked)
