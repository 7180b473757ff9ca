"""Files that are whole or not there."""

import os
from pathlib import Path

import pytest

from ganjax.core.files import atomic_path, write_bytes


def test_an_error_names_the_file_and_not_the_temporary_one(tmp_path: Path) -> None:
    taken = tmp_path / "taken.png"
    taken.mkdir()
    long = tmp_path / f"{'a' * 250}.png"
    for target in (taken, long):
        with pytest.raises(OSError) as caught:
            write_bytes(target, b"1")
        assert str(caught.value).endswith(f": {os.fspath(target)!r}")
    other = tmp_path / "other"
    with pytest.raises(FileNotFoundError) as caught, atomic_path(tmp_path / "new"):
        other.read_bytes()
    assert caught.value.filename == os.fspath(other)
    with pytest.raises(OSError) as caught, atomic_path(tmp_path / "new"):
        raise OSError(28, "No space left on device")
    assert caught.value.filename == os.fspath(tmp_path / "new")
    assert list(tmp_path.iterdir()) == [taken]
