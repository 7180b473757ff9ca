"""tests/golden/pgan_nvidia_*.pkl are built as tfutil.Network pickles itself, see scripts/golden/pgan.py."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from ganjax.convert.container import read_container
from ganjax.convert.tf_pickle import Network as Read
from ganjax.core.errors import CheckpointError

FILE = Path(__file__).parents[1] / "golden" / "pgan_nvidia_fused.pkl"


def read(path: Path) -> tuple[Read, ...]:
    return read_container(path).content


def test_networks_come_with_settings_and_arrays() -> None:
    raw, discriminator, averaged = read(FILE)
    assert [raw.name, discriminator.name, averaged.name] == ["G", "D", "Gs"]
    assert (raw.build, discriminator.build) == ("G_paper", "D_paper")
    assert raw.settings["resolution"] == 16
    assert raw.variables["lod"] == np.float32(0.25)
    weight = raw.variables["4x4/Conv/weight"]
    assert weight.shape == (3, 3, 6, 6) and weight.dtype == np.float32
    assert abs(weight.std() - 1) < 0.15  # drawn from N(0, 1)
    assert (weight != averaged.variables["4x4/Conv/weight"]).all()


def test_numpys_names_of_either_generation_are_read(tmp_path: Path) -> None:
    data = FILE.read_bytes()
    # numpy 2 pickles "numpy._core.multiarray"; files of 2018 say "numpy.core.multiarray", one byte less.
    assert b"\x16numpy._core.multiarray" in data or b"\x15numpy.core.multiarray" in data
    old = data.replace(b"\x16numpy._core.multiarray", b"\x15numpy.core.multiarray")
    frame = data.index(b"\x95") + 1
    shorter = int.from_bytes(data[frame : frame + 8], "little") - (len(data) - len(old))
    (tmp_path / "old.pkl").write_bytes(old[:frame] + shorter.to_bytes(8, "little") + old[frame + 8 :])
    for network, same in zip(read(FILE), read(tmp_path / "old.pkl"), strict=True):
        for name, array in network.variables.items():
            np.testing.assert_array_equal(array, same.variables[name])


class Network:
    """Pickles as an object of an unknown class, like tfutil.Network."""

    def __init__(self, **fields: object):
        vars(self).update(fields)


def network(**changes: object) -> Network:
    fields = {"version": 2, "name": "G", "build_func_name": "G_paper", "static_kwargs": {}, "variables": []}
    return Network(**{**fields, **changes})


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", "<i8", "?"])
def test_arrays_of_any_number_type_order_and_endianness(dtype: str, order: str, tmp_path: Path) -> None:
    array = np.asarray(np.arange(6).reshape(2, 3), dtype, order=order)
    (tmp_path / "a.pkl").write_bytes(pickle.dumps((network(variables=[("a", array)]),), 2))
    result = read(tmp_path / "a.pkl")[0].variables["a"]
    np.testing.assert_array_equal(result, array, strict=True)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ((network(version=1),), "version 2"),
        (({"version": 2},), "does not hold networks"),
        ((network(variables=[("a", np.array([print], object))]),), "no network has"),
        ((network(variables=[("a", np.zeros(1, "M8[s]"))]),), "no network has"),
        (3, "cannot be read"),
    ],
)
def test_other_pickles_are_refused(content: object, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(content, 2))
    with pytest.raises(CheckpointError, match=message):
        read(tmp_path / "a.pkl")


def test_a_file_cut_anywhere_is_an_error(tmp_path: Path) -> None:
    data = FILE.read_bytes()
    for length in np.linspace(0, len(data) - 1, 40).astype(int):
        (tmp_path / "cut.pkl").write_bytes(data[:length])
        with pytest.raises(CheckpointError, match="cannot be read"):
            read(tmp_path / "cut.pkl")
    with pytest.raises(CheckpointError, match="There is no file"):
        read(tmp_path / "none.pkl")
