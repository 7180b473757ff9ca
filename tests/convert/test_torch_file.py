"""tests/golden/*.pth were written by torch.save, see scripts/golden/{pgan,torch_file}.py."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganjax.convert.container import read_container
from ganjax.convert.unpickle import Record
from ganjax.core.errors import CheckpointError

GOLDEN = Path(__file__).parents[1] / "golden"
FILES = {"zip": GOLDEN / "pgan_zoo_labels.pth", "stream": GOLDEN / "pgan_zoo_fade.pth"}


def read(path: Path) -> Any:
    return read_container(path).content


def flat(value: Any, path: str = "") -> dict[str, np.ndarray]:
    """The arrays in nested dicts and lists, by path."""
    if isinstance(value, np.ndarray):
        return {path[1:]: value}
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list | tuple)
        else ()
    )
    found: dict[str, np.ndarray] = {}
    for key, item in items:
        found |= flat(item, f"{path}/{key}")
    return found


@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
def test_both_containers_hold_networks_and_settings(file: Path) -> None:
    content = read(file)
    assert list(content) == ["config", "netG", "avgG", "netD"]
    assert isinstance(content["config"], Record)
    assert content["config"].fields["lossCriterion"] == "WGANGP"
    weight = content["netG"]["formatLayer.module.weight"]
    assert weight.dtype == np.float32 and weight.shape[0] == 16 * 6
    # They were drawn from N(0, 1).
    assert abs(weight.mean()) < 0.15 and abs(weight.std() - 1) < 0.15


@pytest.mark.parametrize("container", ["zip", "stream"])
def test_views_parameters_and_types_are_those_of_torch(container: str) -> None:
    """The files were written by PyTorch 2.13, see scripts/golden/torch_file.py; the values are counted up."""
    found = read(GOLDEN / f"torch_{container}.pth")
    whole = np.arange(24, dtype=np.float32)
    expected = {
        "whole": whole,
        "part": whole[20:],
        "transposed": whole.reshape(2, 3, 4).transpose(2, 0, 1),
        "every second": whole[::2],
        "expanded": np.array([[0, 0, 0], [1, 1, 1]], np.float32),
        "channels last": whole.reshape(1, 2, 3, 4),
        "number": np.array(2.5, np.float32),
        "empty": np.zeros((0, 3), np.float32),
        "parameter": whole[:4],
        "parameter with a note": whole[:4],
    }
    state, size, types = (found.pop(name) for name in ("state", "size", "types"))
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array, strict=True)
        assert not found[name].flags.writeable
    assert np.shares_memory(found["whole"], found["part"])
    np.testing.assert_array_equal(state["weight"], whole[2:8].reshape(2, 3))
    assert size == (2, 12)
    assert len(types) == 19
    for name, array in types.items():
        assert str(array.dtype) == name
        values = [0, 1, 1, 1] if name == "bool" else [0, 1, 2, 3]
        np.testing.assert_array_equal(array.astype(np.complex128), values)


@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
def test_a_file_cut_anywhere_is_an_error(file: Path, tmp_path: Path) -> None:
    data = file.read_bytes()
    for length in np.linspace(0, len(data) - 1, 40).astype(int):
        (tmp_path / "cut.pth").write_bytes(data[:length])
        with pytest.raises(CheckpointError, match="cannot be read"):
            read(tmp_path / "cut.pth")


def rewrite(target: Path, **changes: bytes) -> Path:
    """The zip file with some of its members changed."""
    with zipfile.ZipFile(FILES["zip"]) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            archive.writestr(name, changes.get(name.split("/")[-1].replace(".", "_"), source.read(name)))
    return target


def test_numbers_of_the_other_byte_order_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="big-endian"):
        read(rewrite(tmp_path / "big.pth", byteorder=b"big"))


def test_a_tensor_that_reaches_outside_its_storage_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(FILES["zip"]) as archive:
        name = next(name for name in archive.namelist() if name.endswith("data.pkl"))
        pickled = archive.read(name)
    # The first tensor's offset 0, pushed just before its size: BININT1 0 becomes BININT1 200.
    at = pickled.index(b"QK\x00") + 2
    far = pickled[:at] + b"\xc8" + pickled[at + 1 :]
    with pytest.raises(CheckpointError, match="reaches outside its storage"):
        read(rewrite(tmp_path / "far.pth", data_pkl=far))


def test_a_storage_of_another_size_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(FILES["zip"]) as source, zipfile.ZipFile(tmp_path / "short.pth", "w") as archive:
        for name in source.namelist():
            data = source.read(name)
            archive.writestr(name, data[:-4] if name.endswith("data/0") else data)
    with pytest.raises(CheckpointError, match="storage '0' has"):
        read(tmp_path / "short.pth")


def test_other_files_are_no_torch_files(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="There is no file"):
        read(tmp_path / "none.pth")
    (tmp_path / "text.pth").write_text("hello")
    with pytest.raises(CheckpointError, match="no torch file"):
        read(tmp_path / "text.pth")
    with zipfile.ZipFile(tmp_path / "other.pth", "w") as archive:
        archive.writestr("readme", "hello")
    with pytest.raises(CheckpointError, match="holds 0 entries"):
        read(tmp_path / "other.pth")


@pytest.mark.shared
@pytest.mark.parametrize(
    "file", ["zip", "legacy", "legacy_cuda", "zip_renamed_root", "zip_deflated", "nested", "old_rebuild"]
)
def test_reference_containers(shared: Path, file: str) -> None:
    folder = shared / "golden" / "torch_format" / "containers"
    content = read(folder / f"{file}.pth")
    wrapped = {file: content} if file in ("nested", "old_rebuild") else content
    expected = np.load(folder / "io.npz")
    dtypes = json.loads((folder / "meta.json").read_text())["dtypes"]
    found = flat(wrapped)
    prefix = file if file in ("nested", "old_rebuild") else ""
    assert found.keys() == {
        name for name in expected.files if (name.startswith(f"{prefix}/") if prefix else "/" not in name)
    }
    for name, tensor in found.items():
        assert str(tensor.dtype) == dtypes.get(name, str(expected[name].dtype))
        wide = tensor.astype(np.float32) if str(tensor.dtype) == "bfloat16" else tensor
        np.testing.assert_array_equal(wide, expected[name], strict=True)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "message"),
    [("unsafe_zip", "asks to call"), ("unsafe_legacy", "asks to call"), ("truncated", "cut short")],
)
def test_reference_files_that_are_no_good_are_refused(shared: Path, file: str, message: str) -> None:
    with pytest.raises(CheckpointError, match=message):
        read(shared / "golden" / "torch_format" / "containers" / f"{file}.pth")
