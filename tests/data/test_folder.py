"""Folders of pictures: what is read, what is refused, what is remembered."""

import os
import pathlib
import warnings

import numpy as np
import pytest
from PIL import Image

from ganjax.core.errors import DataError, UsageError
from ganjax.data.sources import folder as module
from ganjax.data.sources import open_source
from ganjax.data.sources.folder import FolderSource

RNG = np.random.default_rng(1)


def fill(folder: pathlib.Path, png, n: int) -> list[np.ndarray]:
    pictures = [RNG.integers(0, 256, (4 + i, 5, 3), np.uint8) for i in range(n)]
    folder.mkdir(parents=True, exist_ok=True)
    for i, pixels in enumerate(pictures):
        (folder / f"{i:03d}.png").write_bytes(png(pixels))
    return pictures


@pytest.fixture
def decoded(monkeypatch) -> list[str]:
    """Names of the files that are decoded from now on."""
    names: list[str] = []
    original = module.decode_file
    monkeypatch.setattr(module, "decode_file", lambda path: (names.append(path.name), original(path))[1])
    return names


def test_nested_mixed_and_sorted(tmp_path, png):
    (tmp_path / "b" / "deep").mkdir(parents=True)
    (tmp_path / ".hidden").mkdir()
    picture = Image.new("RGB", (6, 4), (10, 20, 30))
    for name in ("z.BMP", "b/y.jpg", "b/deep/x.WebP", "b/deep/w.Tiff", "a.gif", "b/v.JPEG"):
        picture.save(tmp_path / name, lossless=True)
    for name in ("notes.txt", "._a.png", ".hidden/c.png"):
        (tmp_path / name).write_bytes(b"no picture")
    source = FolderSource(tmp_path)
    assert source.files == ["a.gif", "b/deep/w.Tiff", "b/deep/x.WebP", "b/v.JPEG", "b/y.jpg", "z.BMP"]
    assert len(source) == 6
    assert not source.unreadable
    for i in range(6):
        assert source[i]["image"].shape == (4, 6, 3)
        np.testing.assert_allclose(source[i]["image"][0, 0], (10, 20, 30), atol=3)


def test_pixels_of_any_size(tmp_path, png):
    pictures = fill(tmp_path, png, 5)
    source = open_source(f"folder:{tmp_path}", side=8)
    assert source.name == f"folder:{tmp_path}"
    for i, pixels in enumerate(pictures):
        np.testing.assert_array_equal(source[i]["image"], pixels)


def test_unreadable_files_are_named_counted_and_left_out(tmp_path, png):
    pictures = fill(tmp_path, png, 98)
    (tmp_path / "050x.png").write_bytes(b"no picture")
    whole = png(RNG.integers(0, 256, (64, 64, 3), np.uint8))
    (tmp_path / "060x.png").write_bytes(whole[: len(whole) // 2])
    with pytest.warns(
        UserWarning, match=r"^2 of 100 pictures in .* are left out:\n.*050x.*\n.*060x.*truncated"
    ):
        source = FolderSource(tmp_path, max_unreadable=0.02)
    assert len(source) == 98
    assert list(source.unreadable) == ["050x.png", "060x.png"]
    np.testing.assert_array_equal(source[97]["image"], pictures[97])
    with pytest.raises(DataError, match=r"(?s)^2 of 100 pictures .* share of 0.019:\n.*050x.*060x"):
        FolderSource(tmp_path, max_unreadable=0.019)
    with pytest.raises(DataError, match=r"share of 0\.01"):
        open_source(f"folder:{tmp_path}", side=8)


def test_long_reports_are_cut_but_counted(tmp_path):
    for i in range(25):
        (tmp_path / f"{i:02d}.jpg").write_bytes(b"")
    with pytest.raises(DataError, match=r"(?s)^25 of 25 .*19\.jpg .*and 5 more$"):
        FolderSource(tmp_path, max_unreadable=1)


def test_unusable_folders(tmp_path):
    with pytest.raises(DataError, match=r"absent is not a folder"):
        FolderSource(tmp_path / "absent")
    (tmp_path / "file.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"file\.png is not a folder"):
        FolderSource(tmp_path / "file.png")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("no picture")
    with pytest.raises(DataError, match=r"empty has no pictures \(.*\.webp\)"):
        FolderSource(tmp_path / "empty")
    with pytest.raises(UsageError, match="between 0 and 1"):
        FolderSource(tmp_path, max_unreadable=1.5)


def test_folders_and_links_that_lead_nowhere(tmp_path, png, monkeypatch):
    fill(tmp_path / "deep", png, 1)
    (tmp_path / "dead.png").symlink_to(tmp_path / "absent")
    with pytest.warns(UserWarning, match=r"1 of 2 .*\n.*dead\.png cannot be read: No such file"):
        assert len(FolderSource(tmp_path, max_unreadable=0.5)) == 1
    scan = os.scandir

    def locked(path):
        if os.fspath(path).endswith("deep"):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", locked)
    with pytest.raises(DataError, match=r"deep cannot be read: Permission denied"):
        FolderSource(tmp_path)


def test_a_file_damaged_later_is_named(tmp_path, png):
    fill(tmp_path, png, 2)
    source = FolderSource(tmp_path)
    (tmp_path / "001.png").write_bytes(b"gone")
    with pytest.raises(DataError, match=r"001\.png cannot be read"):
        source[1]


def test_only_changed_files_are_checked_again(tmp_path, png, cache, decoded):
    fill(tmp_path, png, 4)
    (tmp_path / "bad.png").write_bytes(b"")
    before = sorted(tmp_path.iterdir())
    for expected in (["000.png", "001.png", "002.png", "003.png", "bad.png"], ["bad.png"]):
        decoded.clear()
        with pytest.warns(UserWarning, match="1 of 5"):
            FolderSource(tmp_path, max_unreadable=0.2)
        assert sorted(decoded) == expected
    assert sorted(tmp_path.iterdir()) == before
    (tmp_path / "002.png").write_bytes(b"damaged")
    (tmp_path / "bad.png").write_bytes(png(np.zeros((4, 4, 3), np.uint8)))
    (tmp_path / "003.png").unlink()
    decoded.clear()
    with pytest.warns(UserWarning, match=r"1 of 4 (?s:.*)002\.png"):
        source = FolderSource(tmp_path, max_unreadable=0.25)
    assert sorted(decoded) == ["002.png", "bad.png"]
    assert source.files == ["000.png", "001.png", "bad.png"]


def test_a_cache_that_cannot_be_used_is_no_error(tmp_path, png, cache, decoded, monkeypatch):
    fill(tmp_path / "set", png, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        FolderSource(tmp_path / "set")
        (index,) = (cache / "folders").iterdir()
        for damage in (b"", b"[1]", b'{"000.png": 7, "001.png": [7]}', b"\xff\xfe"):
            index.write_bytes(damage)
            decoded.clear()
            assert len(FolderSource(tmp_path / "set")) == 2
            assert sorted(decoded) == ["000.png", "001.png"]
        (tmp_path / "file").write_bytes(b"")
        monkeypatch.setenv("GANJAX_CACHE", str(tmp_path / "file"))
        assert len(FolderSource(tmp_path / "set")) == 2
