"""The weight file: what is written is read, and what is damaged or foreign is refused."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from ganjax.convert.bundle import Bundle, Part, read_bundle, write_bundle
from ganjax.core.errors import CheckpointError, UsageError
from ganjax.core.trees import flatten

RNG = np.random.default_rng(0)


def example() -> Bundle:
    weights = {
        "kernel": RNG.standard_normal((3, 3, 2, 4)).astype(np.float32),
        "bias": np.array([0.0, -0.0, np.nan, np.inf], np.float32),
    }
    generator = {"params": {"b4": weights, "gain": np.float32(0.1)}, "stats": {"steps": np.int64(2**40)}}
    discriminator = {"params": {"dense": {"kernel": RNG.standard_normal((5, 1)).astype(np.float32)}}}
    parts = {
        "generator": Part({"side": 8, "channels": [4, 4]}, generator),
        "discriminator": Part({"side": 8, "style": {"gain": 0.1}}, discriminator),
    }
    # The float32 nearest to 0.3 is no short decimal: JSON must keep all of its digits.
    return Bundle("pgan", parts, stage=1, alpha=float(np.float32(0.3)), name="顔", info={"seen": 7})


def assert_same(a: Bundle, b: Bundle) -> None:
    assert dataclasses.replace(a, parts={}) == dataclasses.replace(b, parts={})
    assert a.parts.keys() == b.parts.keys()
    for name, part in a.parts.items():
        assert part.config == b.parts[name].config
        mine, other = flatten(part.variables), flatten(b.parts[name].variables)
        assert mine.keys() == other.keys()
        for key, value in mine.items():
            assert other[key].dtype == value.dtype and other[key].shape == value.shape
            assert other[key].tobytes() == value.tobytes()


def test_what_is_written_is_read_bit_for_bit(tmp_path: Path) -> None:
    bundle = example()
    write_bundle(tmp_path / "new" / "a.safetensors", bundle)
    assert_same(bundle, read_bundle(tmp_path / "new" / "a.safetensors"))


def test_an_array_that_is_not_in_c_order_is_read_as_it_was(tmp_path: Path) -> None:
    value = np.arange(6, dtype=np.float32).reshape(2, 3).T
    write_bundle(
        tmp_path / "a.safetensors", Bundle("pgan", {"generator": Part({}, {"params": {"w": value}})})
    )
    read = read_bundle(tmp_path / "a.safetensors").parts["generator"].variables["params"]["w"]
    np.testing.assert_array_equal(read, [[0, 3], [1, 4], [2, 5]])


def test_half_rounds_to_float16_and_takes_half_the_space(tmp_path: Path) -> None:
    values = RNG.standard_normal(10_000).astype(np.float32)
    bundle = Bundle("pgan", {"generator": Part({}, {"params": {"w": values}})})
    write_bundle(tmp_path / "a.safetensors", bundle, half=True)
    read = read_bundle(tmp_path / "a.safetensors").parts["generator"].variables["params"]["w"]
    assert read.dtype == np.float32
    np.testing.assert_array_equal(read, values.astype(np.float16))
    assert 20_000 < (tmp_path / "a.safetensors").stat().st_size < 21_000


def test_half_refuses_what_float16_cannot_hold(tmp_path: Path) -> None:
    bundle = Bundle("pgan", {"generator": Part({}, {"params": {"w": np.float32([1, 7e4])}})})
    with pytest.raises(UsageError, match=r"generator/params/w .*float16"):
        write_bundle(tmp_path / "a.safetensors", bundle, half=True)
    assert not list(tmp_path.iterdir())


def test_one_part_alone(tmp_path: Path) -> None:
    write_bundle(tmp_path / "a.safetensors", example())
    assert set(read_bundle(tmp_path / "a.safetensors", part="discriminator").parts) == {"discriminator"}
    with pytest.raises(CheckpointError, match="no generator_raw; it holds discriminator, generator"):
        read_bundle(tmp_path / "a.safetensors", part="generator_raw")


def test_a_file_cut_short_or_overwritten_is_refused_wherever(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    write_bundle(path, example())
    whole = path.read_bytes()
    for cut in (0, 4, 8, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:cut])
        with pytest.raises(CheckpointError, match=r"a\.safetensors"):
            read_bundle(path)
    for at in range(0, 8):  # the length of the header
        path.write_bytes(whole[:at] + b"\xff" + whole[at + 1 :])
        with pytest.raises(CheckpointError, match=r"a\.safetensors"):
            read_bundle(path)


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        (None, "not written by ganjax"),
        ({"format": "pt"}, "not written by ganjax"),
        ({"ganjax": "{"}, "damaged ganjax header"),
        ({"ganjax": "[]"}, "damaged ganjax header"),
        (
            {"ganjax": json.dumps({"format": 1, "system": "pgan"})},
            "damaged .*alpha, info, name, parts, stage",
        ),
        ({"ganjax": json.dumps({"format": 2})}, "format 2; .* reads format 1"),
    ],
)
def test_a_foreign_file_is_named_as_such(
    tmp_path: Path, metadata: dict[str, str] | None, message: str
) -> None:
    path = tmp_path / "a.safetensors"
    safetensors.numpy.save_file({"w": np.zeros(3, np.float32)}, path, metadata)
    with pytest.raises(CheckpointError, match=message):
        read_bundle(path)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("system", []),
        ("stage", "1"),
        ("stage", 1.5),
        ("alpha", "x"),
        ("alpha", float("nan")),
        ("alpha", 7),
        ("parts", {"generator": 5}),
        ("info", 1),
    ],
)
def test_a_header_that_makes_no_sense_is_refused(tmp_path: Path, key: str, value: object) -> None:
    path = tmp_path / "a.safetensors"
    sound = {"format": 1, "system": "pgan", "stage": 1, "alpha": 1.0, "name": "", "parts": {}, "info": {}}
    safetensors.numpy.save_file(
        {"w": np.zeros(3, np.float32)}, path, {"ganjax": json.dumps(sound | {key: value})}
    )
    with pytest.raises(CheckpointError, match=f"damaged ganjax header: {key}"):
        read_bundle(path)


def test_a_tensor_in_the_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    write_bundle(path, example())
    with safetensors.safe_open(path, framework="np") as file:
        text, tensors = file.metadata(), {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    safetensors.numpy.save_file(tensors | {"generator/params": np.zeros(3, np.float32)}, path, text)
    with pytest.raises(CheckpointError, match="tensor where others lie"):
        read_bundle(path)


def test_a_file_that_is_not_there_or_a_folder(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"no file .*absent"):
        read_bundle(tmp_path / "absent.safetensors")
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_bundle(tmp_path)
