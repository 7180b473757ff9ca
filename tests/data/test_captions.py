"""Captions beside pictures and in an index: what is read, and what is said where something is amiss."""

import json

import numpy as np
import pytest

from ganjax.core.errors import DataError, UsageError
from ganjax.data.sources import captions_of, faces, open_source
from ganjax.data.sources import folder as module
from ganjax.data.sources.captions import CaptionSource
from ganjax.data.sources.chosen import Chosen
from ganjax.data.sources.folder import FolderSource


@pytest.fixture
def put(tmp_path, png):
    """Writes a picture with its caption file, if it shall have one, and gives the pixels."""
    rng = np.random.default_rng(8)

    def put(name: str, captions: bytes | None = None) -> np.ndarray:
        pixels = rng.integers(0, 256, (4, 6, 3), np.uint8)
        path = tmp_path / f"{name}.png"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(png(pixels))
        if captions is not None:
            path.with_suffix(".txt").write_bytes(captions)
        return pixels

    return put


@pytest.fixture
def index(tmp_path):
    """Writes lines, of JSON where they are no bytes, into an index, and gives its path."""

    def index(*lines):
        path = tmp_path / "index.jsonl"
        path.write_bytes(
            b"".join((x if isinstance(x, bytes) else json.dumps(x).encode()) + b"\n" for x in lines)
        )
        return path

    return index


def test_a_folder_with_a_file_beside_each_picture(tmp_path, put):
    pixels = [
        put("b", "a red bird\n\n  two words \r\n赤い鳥".encode()),
        put("deep/a.1", b"\xef\xbb\xbfmarked by an editor\n"),
        put("deep/b", b"another b"),
    ]
    source = open_source(f"captions:{tmp_path}", side=8)
    assert source.name == f"captions:{tmp_path}" and len(source) == 3
    assert source.files == ["b.png", "deep/a.1.png", "deep/b.png"]
    expected = [["a red bird", "two words", "赤い鳥"], ["marked by an editor"], ["another b"]]
    for i, image in enumerate(pixels):
        np.testing.assert_array_equal(source[i]["image"], image)
        assert source[i]["captions"] == captions_of(source, i) == expected[i]


def test_an_index_of_json_lines(tmp_path, put, index):
    """In the order of the index; lines of one picture add up, and what it does not name is not taken."""
    pixels = {name: put(name) for name in ("a", "deep/b", "c", "unnamed")}
    path = index(
        {"image": "c.png", "captions": ["one", " two "], "split": "train"},
        {"image": "deep/b.png", "caption": "眼鏡"},
        b"",
        {"image": "a.png", "captions": ["three", ""]},
        {"image": "./c.png", "caption": "four"},
    )
    source = open_source(f"captions:{path}", side=8)
    assert source.files == ["c.png", "deep/b.png", "a.png"]
    assert [source[i]["captions"] for i in range(3)] == [["one", "two", "four"], ["眼鏡"], ["three"]]
    for i, name in enumerate(("c", "deep/b", "a")):
        np.testing.assert_array_equal(source[i]["image"], pixels[name])


def test_every_picture_without_captions_is_counted_and_the_first_are_named(tmp_path, put):
    for i in range(80):
        put(f"{i:02d}", b"fine")
    put("absent"), put("broken", b"a man\xff"), put("empty", b""), put("blank", b" \n\n\t")
    with pytest.raises(DataError) as raised:
        CaptionSource(tmp_path)
    first, *lines = str(raised.value).splitlines()
    assert (
        first.startswith(f"4 of 84 pictures in {tmp_path} have no captions.") and "UTF-8: write it" in first
    )
    assert lines == [
        "  absent.png: absent.txt is missing",
        "  blank.png: blank.txt is empty",
        "  broken.png: broken.txt is no UTF-8 text: see its byte 6",
        "  empty.png: empty.txt is empty",
    ]
    for i in range(20):
        (tmp_path / f"{i:02d}.txt").unlink()
    with pytest.raises(DataError, match=r"(?s)^24 of 84 .*  09\.png: 09\.txt is missing\n  and 14 more$"):
        CaptionSource(tmp_path)


def test_faulty_lines_of_an_index_are_counted_and_named(tmp_path, put, index):
    put("a")
    form = 'of the form {"image": "a.png", "captions": ["...", "..."]} or'
    faults = {
        b"not json": "it is no JSON",
        b"[" * 100_000: "it is no JSON",
        b'{"image": "a.png", "caption": "\xff"}': "it is no UTF-8 text",
        b'{"image": "a.png", "caption": "\\ud800"}': "it is no UTF-8 text",
        b'["a.png", "text"]': form,
        b'{"captions": ["text"]}': form,
        b'{"image": "a.png"}': form,
        b'{"image": "a.png", "captions": [" "]}': "a.png has no caption",
        b'{"image": "a.png", "captions": ["text", 3]}': "a.png has no caption, or one that is no text",
        b'{"image": "gone.png", "caption": "text"}': f"there is no picture {tmp_path / 'gone.png'}",
    }
    fine = {"image": "a.png", "caption": "text"}
    with pytest.raises(DataError) as raised:
        CaptionSource(index(fine, *faults, fine))
    first, *lines = str(raised.value).splitlines()
    assert first == f"10 lines of {tmp_path / 'index.jsonl'} cannot be used: mend them, or take them out."
    for number, (line, reason) in enumerate(zip(lines, faults.values(), strict=True), start=2):
        assert line.startswith(f"  line {number}: ") and reason in line
    with pytest.raises(DataError, match="is empty: it needs a line for each picture"):
        CaptionSource(index(b""))


def test_unreadable_pictures_take_their_captions_with_them(tmp_path, put):
    put("a", b"first"), put("b", b"second")
    last = put("c", b"third")
    (tmp_path / "b.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"(?s)^1 of 3 pictures .*b\.png cannot be read"):
        CaptionSource(tmp_path)
    with pytest.warns(UserWarning, match="1 of 3 pictures"):
        source = CaptionSource(tmp_path, max_unreadable=0.5)
    assert list(source.unreadable) == ["b.png"] and source[1]["captions"] == ["third"]
    np.testing.assert_array_equal(source[1]["image"], last)


def test_texts_without_a_picture_are_named(tmp_path, put):
    put("a", b"text")
    (tmp_path / "lost.txt").write_text("a picture was meant")
    with pytest.warns(UserWarning, match=r"^1 text files in .* belong to no picture .*:\n  lost\.txt$"):
        assert len(CaptionSource(tmp_path)) == 1


def test_places_that_hold_nothing(tmp_path):
    with pytest.raises(DataError, match="absent is not there: captions come from a folder or from an index"):
        open_source(f"captions:{tmp_path / 'absent'}", side=8)
    with pytest.raises(DataError, match="has no pictures"):
        CaptionSource(tmp_path)
    with pytest.raises(UsageError, match="captions:PATH"):
        open_source("captions:", side=8)


def test_an_index_and_its_folder_share_what_was_checked(tmp_path, put, index, monkeypatch):
    """Opening one after the other decodes each picture once."""
    decoded: list[str] = []
    original = module.decode_file
    monkeypatch.setattr(module, "decode_file", lambda path: (decoded.append(path.name), original(path))[1])
    put("a", b"text"), put("b", b"text")
    CaptionSource(tmp_path)
    put("c", b"text")
    CaptionSource(index({"image": "c.png", "caption": "text"}))
    CaptionSource(tmp_path)
    assert sorted(decoded) == ["a.png", "b.png", "c.png"]


def test_faces_speak_both_languages_and_are_not_drawn_for_it(monkeypatch):
    source = open_source("faces:20", side=8, seed=3)
    both = faces.captions(faces.describe(3, 7))
    assert source[7]["captions"] == [*both["en"], *both["ja"]]
    assert source[7]["caption"] == both["en"][0]
    monkeypatch.setattr("ganjax.data.sources.faces.source.draw", None)
    assert captions_of(source, 7) == [*both["en"], *both["ja"]]
    with pytest.raises(IndexError, match="of 20"):
        source.captions(20)


def test_chosen_pictures_keep_their_captions(tmp_path, put):
    put("deep/a", b"text")
    captioned, plain = CaptionSource(tmp_path / "deep"), FolderSource(tmp_path)
    both = Chosen([captioned, open_source("faces:20", side=8)])
    assert both.captions(0) == ["text"] and both.captions(8) == both[8]["captions"]
    look = both.held_out(2)[1]
    assert [look.captions(i) for i in range(2)] == [look[i]["captions"] for i in range(2)]
    with pytest.raises(UsageError, match=f"folder:{tmp_path} has no captions: take"):
        Chosen([captioned, plain]).captions(1)
