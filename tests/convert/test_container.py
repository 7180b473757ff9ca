"""One door for every kind of file. What it refuses is in test_hostile_files.py, mutations in test_fuzz.py."""

import os
import time
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
import safetensors.numpy

from ganjax.convert.container import read_container
from ganjax.convert.tf_pickle import Network
from ganjax.core.errors import CheckpointError

GOLDEN = Path(__file__).parents[1] / "golden"
DTYPES = [
    *(np.dtype(f"{kind}{width}") for kind, width in ("f2", "f4", "f8", "i1", "i2", "i4", "i8")),
    *(np.dtype(f"u{width}") for width in (1, 2, 4, 8)),
    *(np.dtype(each) for each in (np.bool_, np.complex64, ml_dtypes.bfloat16)),
]


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("pgan_zoo_labels.pth", "torch zip"),
        ("pgan_zoo_fade.pth", "torch stream"),
        ("pgan_nvidia_fused.pkl", "tfutil pickle"),
    ],
)
def test_the_kind_is_told_by_the_bytes_not_by_the_name(file: str, kind: str, tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes((GOLDEN / file).read_bytes())
    found = read_container(tmp_path / "weights.bin")
    assert found.kind == kind and found.metadata == {}
    if kind == "tfutil pickle":
        assert all(isinstance(network, Network) for network in found.content)
    else:
        assert list(found.content) == ["config", "netG", "avgG", "netD"]


def test_safetensors_are_those_of_their_library(tmp_path: Path) -> None:
    rng, path = np.random.default_rng(0), tmp_path / "a.safetensors"
    arrays = {str(dtype): rng.normal(size=(3, 4)).astype(dtype) for dtype in DTYPES}
    arrays |= {"empty": np.zeros((0, 3)), "number": np.array(2.5)}
    safetensors.numpy.save_file(arrays, path, {"made": "here"})
    found = read_container(path)
    assert found.kind == "safetensors" and found.metadata == {"made": "here"}
    assert found.content.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(found.content[name], array, strict=True)


def test_safetensors_of_eight_bits(tmp_path: Path) -> None:
    """By hand, since the library does not write them from NumPy: 0x38 is 1 in E4M3, 0x3C in E5M2."""
    header = (
        b'{"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]},'
        b'"b":{"dtype":"F8_E5M2","shape":[1],"data_offsets":[1,2]}}'
    )
    (tmp_path / "a").write_bytes(len(header).to_bytes(8, "little") + header + b"\x38\x3c")
    content = read_container(tmp_path / "a").content
    assert [float(content[name][0]) for name in "ab"] == [1, 1]
    assert content["a"].dtype == ml_dtypes.float8_e4m3fn


def test_arrays_are_views_of_the_file_that_cannot_be_written(tmp_path: Path) -> None:
    """256 MiB are read at once, and take no memory before they are used: most of the file is a hole."""
    path, count = tmp_path / "large.safetensors", 1 << 26
    header = b'{"a":{"dtype":"F32","shape":[%d],"data_offsets":[0,%d]}}' % (count, 4 * count)
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    os.truncate(path, 8 + len(header) + 4 * count)
    start = time.process_time()
    array = read_container(path).content["a"]
    assert time.process_time() - start < 0.2
    assert array.shape == (count,) and array[-1] == 0
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1
    with open(path, "r+b") as file:  # the array sees the file change, so it is no copy
        file.seek(-4, os.SEEK_END)
        file.write(np.float32(2).tobytes())
    assert array[-1] == 2


def test_no_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    for path in (tmp_path / "none.pth", tmp_path):
        with pytest.raises(CheckpointError, match=f"There is no file {path}"):
            read_container(path)


def test_an_error_names_the_file_and_what_it_was_read_as(tmp_path: Path) -> None:
    (tmp_path / "a.pth").write_bytes((GOLDEN / "pgan_zoo_labels.pth").read_bytes()[:-9])
    with pytest.raises(CheckpointError, match=r"a\.pth cannot be read as a torch zip: .*cut short"):
        read_container(tmp_path / "a.pth")
