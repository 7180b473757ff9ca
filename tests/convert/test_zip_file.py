"""Archives come as Python's zipfile wrote them; those that lie are in test_hostile_files.py."""

import io
import zipfile

import numpy as np
import pytest

from ganjax.convert.zip_file import ZipFile
from ganjax.core.errors import CheckpointError

MEMBERS = {
    "a/data.pkl": b"text" * 99,
    "a/data/0": np.random.default_rng(0).bytes(3 << 20),
    "a/data/1": b"",
    "a/名": b"1",
    "a/zeros": bytes(5 << 20),
}


def archive(method: int, *, large: bool = False) -> bytes:
    with zipfile.ZipFile(file := io.BytesIO(), "w", method) as target:
        target.mkdir("a")
        for name, data in MEMBERS.items():
            with target.open(name, "w", force_zip64=large) as member:
                member.write(data)
    return file.getvalue()


@pytest.mark.parametrize("large", [False, True], ids=["32 bits", "64 bits"])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED], ids=["stored", "deflated"])
def test_members_are_read(method: int, large: bool) -> None:
    data = archive(method, large=large)
    found = ZipFile(memoryview(data))
    assert found.names() == ["a/", *MEMBERS]
    for name, expected in MEMBERS.items():
        assert found.size(name) == len(expected)
        assert bytes(found.read(name)) == expected


def test_stored_members_are_views_of_the_archive() -> None:
    data = archive(zipfile.ZIP_STORED)
    member = np.frombuffer(ZipFile(memoryview(data)).read("a/data/0"), np.uint8)
    assert np.shares_memory(member, np.frombuffer(data, np.uint8))


def test_a_changed_byte_is_noticed() -> None:
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        data = bytearray(archive(method))
        data[1 << 20] ^= 1  # within a/data/0
        with pytest.raises(CheckpointError, match=r"checksum|inflate"):
            ZipFile(memoryview(data)).read("a/data/0")


def test_a_member_that_is_not_there() -> None:
    with pytest.raises(CheckpointError, match="no member"):
        ZipFile(memoryview(archive(zipfile.ZIP_STORED))).read("a/data/2")


def test_an_archive_cut_anywhere_is_an_error() -> None:
    data = archive(zipfile.ZIP_DEFLATED)
    for length in np.linspace(0, len(data) - 1, 99).astype(int):
        with pytest.raises(CheckpointError):
            ZipFile(memoryview(data[:length]))
