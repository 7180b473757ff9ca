"""Published files as they come: which network is which, what is refused, and by what name.

The tensors are those of tests/golden/pgan_*, in other wrappings.
"""

import dataclasses
import json
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
import safetensors.numpy

import ganjax
from ganjax import published
from ganjax.convert.bundle import Bundle, Part, write_bundle
from ganjax.convert.container import Container, read_container
from ganjax.convert.unpickle import Record

GOLDEN = Path(__file__).parents[1] / "golden"
PARTS = ("generator", "generator_raw", "discriminator")


def zoo() -> dict[str, Any]:
    return dict(read_container(GOLDEN / "pgan_zoo_fade.pth").content)


def mmgen() -> dict[str, np.ndarray]:
    return dict(read_container(GOLDEN / "pgan_mmgen_fused.pth").content["state_dict"])


@pytest.fixture
def holding(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """`holding(content)`: the path of a file that holds `content`."""

    def make(content: Any) -> Path:
        monkeypatch.setattr(published, "read_container", lambda path: Container("torch zip", content))
        (tmp_path / "file.pth").touch()
        return tmp_path / "file.pth"

    return make


def same(a: Any, b: Any) -> bool:
    return all(jax.tree.leaves(jax.tree.map(np.array_equal, a, b)))


def variables(path: Path, part: str) -> Any:
    return published.read(path, part).parts[part].variables


def test_each_part_is_its_own_network() -> None:
    file = GOLDEN / "pgan_zoo_fade.pth"
    whole = published.read(file, None)
    assert sorted(whole.parts) == sorted(PARTS) and (whole.stage, whole.alpha) == (None, 0.7)
    assert not same(whole.parts["generator"].variables, whole.parts["generator_raw"].variables)
    for part in PARTS:
        assert same(whole.parts[part].variables, variables(file, part))


def test_a_lone_generator_is_the_generator(holding: Any) -> None:
    content = zoo()
    expected = variables(GOLDEN / "pgan_zoo_fade.pth", "generator_raw")
    del content["avgG"]
    path = holding(content)
    assert same(variables(path, "generator"), expected) and same(variables(path, "generator_raw"), expected)
    assert sorted(published.read(path, None).parts) == ["discriminator", "generator"]
    path = holding({f"module.{name}": tensor for name, tensor in content["netG"].items()})
    assert same(variables(path, "generator"), expected) and same(variables(path, "generator_raw"), expected)


def test_an_averaged_generator_is_not_the_raw_one(holding: Any) -> None:
    content = zoo()
    del content["netG"]
    with pytest.raises(ganjax.CheckpointError, match="no generator_raw; it holds discriminator, generator"):
        published.read(holding(content), "generator_raw")


@pytest.mark.parametrize(
    ("change", "part", "message"),
    [
        (lambda c: c["netD"], "generator", "this is a discriminator file, .* part='discriminator'"),
        (lambda c: c["avgG"], "discriminator", "this is a generator file, .* part='generator'"),
        (lambda c: {"netG": c["netD"]}, "generator", "its netG has the tensors of a pgan discriminator"),
        (lambda c: {"a": c["netG"], "b": c["netG"]}, "generator", "several networks .* generator: a, b"),
        (lambda c: {"epoch": 3}, "generator", "it holds no tensors"),
        (
            lambda c: Record("net.G", {}),
            "generator",
            r"an object of net\.G, pickled whole: save its state_dict",
        ),
        (
            lambda c: {"x.weight": np.zeros(3)},
            "generator",
            r"no system whose tensors are called 'x\.weight'\.",
        ),
        (
            lambda c: {"style_mapping.0.weight": np.zeros(3)},
            "generator",
            "this is a StyleGAN of mmgeneration, which ganjax does not have",
        ),
        (
            lambda c: {**c, "netG": {"main.convTranspose1.weight": np.zeros(3)}},
            "discriminator",
            "this is a DCGAN of pytorch_GAN_zoo, which ganjax does not have",
        ),
        (lambda c: {**c, "config": Record("C", {"alpha": 7})}, "generator", "newest block is -6"),
        (
            lambda c: {**c, "config": Record("C", {"alpha": "x"})},
            "generator",
            "contradicts itself: could not",
        ),
        (
            lambda c: {**c, "config": Record("C", {"categoryVectorDim": 9})},
            "generator",
            "latents of length -3",
        ),
    ],
)
def test_what_cannot_be_used_is_named(holding: Any, change: Any, part: str, message: str) -> None:
    path = holding(change(zoo()))
    with pytest.raises(ganjax.CheckpointError, match=message) as error:
        published.read(path, part)
    assert str(error.value).startswith(str(path))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"formatLayer.module.weight": None}, "'formatLayer.weight' is missing"),
        (
            {"toRGBLayers.1.module.bias": None},
            r"waits for tensor toRGBLayers\.1\.module\.bias, which is not there",
        ),
        ({"more": np.zeros(3, np.float32)}, r"tensor more \[3\] has no place"),
        ({"formatLayer.module.weight": np.zeros(3, np.float32)}, "contradicts itself"),
        ({"scaleLayers.0.1.module.weight": np.zeros((5, 5, 1, 1), np.float32)}, "does not fit"),
    ],
)
def test_a_network_with_other_tensors_is_refused(holding: Any, change: dict[str, Any], message: str) -> None:
    content = zoo()
    state = {name: tensor for name, tensor in {**content["avgG"], **change}.items() if tensor is not None}
    with pytest.raises(ganjax.CheckpointError, match=message):
        published.read(holding({**content, "avgG": state}), "generator")


def test_networks_that_have_not_grown_equally_far_are_taken_one_by_one(holding: Any) -> None:
    first, second, third = read_container(GOLDEN / "pgan_nvidia_fused.pkl").content
    second = dataclasses.replace(second, variables={**second.variables, "lod": np.array(1.0, np.float32)})
    path = holding((first, second, third))
    with pytest.raises(ganjax.CheckpointError, match="not grown equally far"):
        published.read(path, None)
    assert (published.read(path, "generator").stage, published.read(path, "discriminator").stage) == (None, 1)


def test_a_report_says_what_is_left_out_and_why(holding: Any) -> None:
    report = published.examine(GOLDEN / "pgan_mmgen_fused.pth")
    assert (report.container, report.fault) == ("torch zip", None)
    assert report.tensors["state_dict/shown_nkimg"] == ((), "float32")
    found = {each.part: each for each in report.networks}
    assert found.keys() == set(PARTS)
    assert set(found["discriminator"].ignored) == {
        "conv_blocks.0.conv.weight_orig",
        "conv_blocks.0.conv.bias",
    }
    assert all("never uses it" in why for why in found["discriminator"].ignored.values())
    assert not found["generator"].ignored and found["generator"].config["side"] == 16
    assert (found["generator"].stage, found["generator"].alpha) == (None, pytest.approx(0.6))


def test_a_report_tells_of_optimisers(holding: Any) -> None:
    content = {**zoo(), "optimizer": {"state": {0: {"exp_avg": np.zeros(3, np.float32)}}}}
    report = published.examine(holding(content))
    assert report.ignored == {"optimizer": "the state of an optimiser, which only training needs"}
    assert report.fault is None and len(report.networks) == 3


def test_a_report_on_a_file_of_something_else(holding: Any) -> None:
    content = {**zoo(), "netG": {"mapping.FC.0.weight": np.zeros(3), "noiseModulators.0": np.zeros(3)}}
    report = published.examine(holding(content))
    assert report.fault == "this is a StyleGAN of pytorch_GAN_zoo, which ganjax does not have."
    assert [each.system for each in report.networks] == [None, "pgan", "pgan"]
    assert published.examine(holding([])).fault == "it holds no tensors."
    damaged = zoo()["netD"]
    damaged.pop("decisionLayer.module.bias")
    report = published.examine(holding(damaged))
    assert "'decisionLayer.bias' is missing" in report.fault == report.networks[0].fault


@pytest.mark.parametrize("file", ["pgan_zoo_labels.pth", "pgan_nvidia_unfused.pkl", "pgan_mmgen_unfused.pth"])
@pytest.mark.parametrize("part", PARTS)
def test_a_network_in_the_names_of_its_code_is_read_back(tmp_path: Path, file: str, part: str) -> None:
    out = tmp_path / "out.safetensors"
    published.write_reference(out, published.read(GOLDEN / file, part), part)
    original, copy = ganjax.load(GOLDEN / file, part=part), ganjax.load(out, part=part)
    assert (copy.net, copy.stage, copy.alpha) == (original.net, original.stage, original.alpha)
    assert same(copy.variables, original.variables)


def test_names_alone_are_enough(tmp_path: Path) -> None:
    """A safetensors file with nothing beside its tensors, as others write them."""
    averaged = {name[14:]: t for name, t in mmgen().items() if name.startswith("generator_ema.")}
    safetensors.numpy.save_file({k: np.array(t) for k, t in averaged.items()}, tmp_path / "a.safetensors")
    assert same(
        ganjax.load(tmp_path / "a.safetensors").variables,
        ganjax.load(GOLDEN / "pgan_mmgen_fused.pth").variables,
    )
    safetensors.numpy.save_file({k: np.array(t) for k, t in mmgen().items()}, tmp_path / "b.safetensors")
    model = ganjax.load(tmp_path / "b.safetensors")
    assert model.alpha == pytest.approx(0.6)


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "{}"]
    + [
        json.dumps({"config": config, "stage": stage, "alpha": alpha})
        for config, stage, alpha in [({"sde": 1}, 0, 1), ({}, [], 1), ({}, 0, 2), ({"dtype": None}, 0, 1)]
    ],
)
def test_a_damaged_text_beside_the_tensors_is_refused(tmp_path: Path, text: str) -> None:
    tensors = {name: np.array(tensor) for name, tensor in zoo()["avgG"].items()}
    safetensors.numpy.save_file(tensors, tmp_path / "a.safetensors", {"ganjax_network": text})
    with pytest.raises(ganjax.CheckpointError, match=r"contradicts itself|is missing"):
        ganjax.load(tmp_path / "a.safetensors")


def test_a_safetensors_header_may_begin_like_a_pickle(tmp_path: Path) -> None:
    """The length of the header stands first; in one file of 256 its first byte is that of a pickle."""
    path, tensors = tmp_path / "a.safetensors", {name: np.array(t) for name, t in zoo()["avgG"].items()}
    for padding in range(0, 256, 8):
        safetensors.numpy.save_file(tensors, path, {"note": "x" * padding})
        if path.read_bytes()[0] == 0x80:
            break
    assert path.read_bytes()[0] == 0x80
    assert same(ganjax.load(path).variables, variables(GOLDEN / "pgan_zoo_fade.pth", "generator"))


def test_a_report_on_a_file_of_ours_without_networks(tmp_path: Path) -> None:
    write_bundle(tmp_path / "a.safetensors", Bundle("pgan", {}))
    assert published.examine(tmp_path / "a.safetensors").fault == "it holds no networks."


@pytest.mark.parametrize(
    ("system", "config"),
    [
        ("srvgg", {"convs": 10**9}),
        ("esrgan", {"blocks": 10**9}),
        ("msrresnet", {"blocks": 10**9}),
        ("srgan", {"blocks": 10**9}),
        ("enlightengan", {"widths": [1] * 10**5}),
        ("vgg", {"blocks": [[1] * 10**5]}),
    ],
)
def test_a_file_cannot_ask_for_a_network_without_end(tmp_path: Path, system: str, config: Any) -> None:
    part = "features" if system == "vgg" else "generator"
    write_bundle(tmp_path / "a.safetensors", Bundle(system, {part: Part(config, {})}))
    with pytest.raises(ganjax.CheckpointError, match="A network here has 0 to 256"):
        ganjax.load(tmp_path / "a.safetensors", part=part)
    assert "0 to 256" in (published.examine(tmp_path / "a.safetensors").fault or "")


def test_a_far_number_in_a_name_is_no_deep_network(tmp_path: Path) -> None:
    tensors = {f"body.{i}.weight": np.zeros((4, 4, 3, 3), np.float32) for i in (0, 2)}
    tensors |= {f"body.{i}.bias": np.zeros(4, np.float32) for i in (0, 2, 2_000_000_000)}
    tensors["body.1.weight"] = np.zeros(4, np.float32)
    safetensors.numpy.save_file(tensors, tmp_path / "a.safetensors")
    with pytest.raises(ganjax.CheckpointError, match="A network here has 0 to 256"):
        ganjax.load(tmp_path / "a.safetensors")
