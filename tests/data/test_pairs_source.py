"""Two folders of pairs: which files belong together, and what is said where some do not."""

import os

import numpy as np
import pytest

from ganjax.core.errors import DataError, UsageError
from ganjax.data.sources import open_source
from ganjax.data.sources.pairs import PairSource

RNG = np.random.default_rng(6)


@pytest.fixture
def put(tmp_path, png):
    """Writes a picture of noise at a path below the test's folder, and gives its pixels."""

    def put(path: str, height: int = 8, width: int = 12) -> np.ndarray:
        pixels = RNG.integers(0, 256, (height, width, 3), np.uint8)
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(png(pixels))
        return pixels

    return put


def test_files_belong_together_by_name(tmp_path, put):
    """Not by order: what comes first in one folder is not what comes first in the other."""
    images = [put("images/a.png"), put("images/deep/bx2.png"), put("images/c9.png", 16, 4)]
    inputs = [put("inputs/ax4.png", 2, 3), put("inputs/deep/bx2.png", 2, 3), put("inputs/c9x4.png", 4, 1)]
    source = PairSource(tmp_path / "images", tmp_path / "inputs")
    assert len(source) == 3 and source.scale == 4
    assert source.files == ["a.png", "c9.png", "deep/bx2.png"]
    for i, expected in enumerate((0, 2, 1)):
        np.testing.assert_array_equal(source[i]["image"], images[expected])
        np.testing.assert_array_equal(source[i]["input"], inputs[expected])


def test_the_source_has_a_word(tmp_path, put):
    image, given = put("images/a.png"), put("inputs/a.png")
    word = f"pairs:{tmp_path / 'images'}{os.pathsep}{tmp_path / 'inputs'}"
    source = open_source(word, side=8)
    assert source.name == word and source.scale == 1
    np.testing.assert_array_equal(source[0]["image"], image)
    np.testing.assert_array_equal(source[0]["input"], given)
    with pytest.raises(UsageError, match="pairs:IMAGES:INPUTS"):
        open_source(f"pairs:{tmp_path}", side=8)
    with pytest.raises(DataError, match="absent is not a folder"):
        open_source(f"pairs:{tmp_path / 'images'}{os.pathsep}{tmp_path / 'absent'}", side=8)


def test_lonely_files_are_named_and_counted(tmp_path, put):
    put("images/a.png"), put("images/b.png"), put("inputs/a.png"), put("inputs/cx2.png")
    with pytest.raises(DataError, match=r"(?s)^2 pictures have no partner .*images/b\.png.*inputs/cx2\.png$"):
        PairSource(tmp_path / "images", tmp_path / "inputs")
    for i in range(12):
        put(f"images/more{i:02d}.png")
    with pytest.raises(DataError, match=r"(?s)^14 pictures .*and 4 more$"):
        PairSource(tmp_path / "images", tmp_path / "inputs")


def test_two_files_of_one_name(tmp_path, put):
    put("images/a.png"), put("inputs/ax2.png", 4, 6), put("inputs/ax4.png", 2, 3)
    with pytest.raises(DataError, match=r"inputs has two pictures of one name: ax2\.png and ax4\.png"):
        PairSource(tmp_path / "images", tmp_path / "inputs")


@pytest.mark.parametrize(("height", "width"), [(3, 6), (4, 5), (8, 12), (2, 3), (16, 24)])
def test_sizes_that_do_not_fit(tmp_path, put, height, width):
    """All pairs have the scale of the first one, here 2."""
    put("images/a.png"), put("inputs/a.png", 4, 6), put("images/b.png"), put("inputs/b.png", height, width)
    source = PairSource(tmp_path / "images", tmp_path / "inputs")
    with pytest.raises(
        DataError, match=rf"images/b\.png has 12 x 8 .*inputs/b\.png has {width} x {height}: .* 2 t"
    ):
        source[1]
    (tmp_path / "images" / "a.png").unlink(), (tmp_path / "inputs" / "a.png").unlink()
    if (height, width) in ((8, 12), (2, 3)):
        assert PairSource(tmp_path / "images", tmp_path / "inputs").scale == 8 // height
    else:
        with pytest.raises(DataError, match=r"b\.png has 12 x 8"):
            PairSource(tmp_path / "images", tmp_path / "inputs")


def test_unreadable_files_are_left_out_with_their_partners(tmp_path, put):
    for i in range(4):
        put(f"images/{i}.png"), put(f"inputs/{i}.png")
    (tmp_path / "images" / "1.png").write_bytes(b"")
    (tmp_path / "inputs" / "2.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match="more than the allowed share"):
        PairSource(tmp_path / "images", tmp_path / "inputs")
    with pytest.warns(UserWarning, match="1 of 4 pictures"):
        source = PairSource(tmp_path / "images", tmp_path / "inputs", max_unreadable=0.25)
    assert source.files == ["0.png", "3.png"]
    assert [os.path.relpath(path, tmp_path) for path in source.unreadable] == ["images/1.png", "inputs/2.png"]
