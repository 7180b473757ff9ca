"""Names, files and run folders become models, and models files; what cannot be used is refused."""

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

import ganjax
from ganjax import hub
from ganjax.cli import main
from ganjax.convert.bundle import Bundle, Part, write_bundle
from ganjax.models.pgan import card
from ganjax.weights.fetch import cached_path
from ganjax.weights.release import Release

Get = Callable[..., ganjax.Model]
Make = Callable[..., Bundle]


def assert_same_weights(a: Any, b: Any) -> None:
    assert jax.tree.structure(a) == jax.tree.structure(b)
    for one, other in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True):
        assert np.asarray(one).tobytes() == np.asarray(other).tobytes()


def test_a_bundle_gives_each_part_and_what_it_takes(tmp_path: Path, bundle: Make) -> None:
    whole = bundle(stage=1, alpha=0.25)
    write_bundle(tmp_path / "a.safetensors", whole)
    for part in whole.parts:
        model = ganjax.load(tmp_path / "a.safetensors", part=part)
        assert_same_weights(model.variables, whole.parts[part].variables)
        assert (model.system, model.part, model.stage, model.alpha) == ("pgan", part, 1, 0.25)
        assert model.name == str(tmp_path / "a.safetensors")
        latent = None if part == "discriminator" else 16
        assert model.spec == ganjax.ImageSpec(side=8, latent=latent)


def test_a_run_folder_is_its_model_file(tmp_path: Path, bundle: Make) -> None:
    with pytest.raises(ganjax.CheckpointError, match="at its first checkpoint"):
        ganjax.load(tmp_path)
    write_bundle(tmp_path / "model.safetensors", bundle())
    assert_same_weights(ganjax.load(tmp_path).variables, bundle().parts["generator"].variables)


def test_a_published_name_is_a_file_of_the_package(
    tmp_path: Path, bundle: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "BUNDLED", tmp_path)
    with pytest.raises(ganjax.CheckpointError, match="install ganjax again"):
        ganjax.load("pgan-faces-64")
    write_bundle(tmp_path / "pgan-faces-64.safetensors", bundle())
    assert ganjax.load("pgan-faces-64").name == "pgan-faces-64"


@pytest.fixture
def published_row(tmp_path: Path, bundle: Make, monkeypatch: pytest.MonkeyPatch) -> Release:
    """A row under a non-commercial licence, whose file has been put into the cache by hand."""
    monkeypatch.setenv("GANJAX_CACHE", str(tmp_path))
    monkeypatch.setattr(hub, "_licences_told", set())
    row = dataclasses.replace(
        next(each for each in card.RELEASES if each.name == "pgan-celebahq-1024"),
        file="weights.safetensors",
        bytes=None,
    )
    monkeypatch.setattr(card, "RELEASES", (row,))
    write_bundle(tmp_path / "weights" / "weights.safetensors", bundle())
    return row


def test_a_published_name_is_a_file_of_the_cache(published_row: Release, bundle: Make) -> None:
    assert hub.origin(published_row) == "cached"
    model = ganjax.load("pgan-celebahq-1024")
    assert model.name == "pgan-celebahq-1024"
    assert_same_weights(model.variables, bundle().parts["generator"].variables)


def test_a_published_name_whose_file_is_not_there(published_row: Release) -> None:
    cached_path(published_row).unlink()
    assert hub.origin(published_row) == "by hand"
    with pytest.raises(ganjax.CheckpointError, match=r"drive\.google\.com.*weights\.safetensors"):
        ganjax.load("pgan-celebahq-1024")


def test_a_licence_that_is_not_commercial_is_told_once(
    published_row: Release, caplog: pytest.LogCaptureFixture
) -> None:
    ganjax.load(hub.cached_path(published_row))  # the file itself says it like the name
    message = "pgan-celebahq-1024 is under the licence CC-BY-NC-4.0 of tkarras/progressive_growing_of_gans"
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [message]
    ganjax.load("pgan-celebahq-1024", part="discriminator")
    assert len(caplog.records) == 1


@pytest.mark.parametrize("keys", ["ganjax", "reference"])
def test_a_converted_file_under_another_name_keeps_its_licence(
    published_row: Release, tmp_path: Path, keys: str, caplog: pytest.LogCaptureFixture
) -> None:
    converted, renamed = tmp_path / "mine.safetensors", tmp_path / "other.safetensors"
    assert main(["convert", published_row.name, str(converted), "--keys", keys]) == 0
    converted.rename(renamed)
    hub._licences_told.clear()
    ganjax.save(ganjax.load(renamed), converted)  # a copy of a copy
    hub._licences_told.clear()
    assert ganjax.load(converted).name == published_row.name
    told = [record.getMessage().partition(" of ")[0] for record in caplog.records]
    assert told == [f"{published_row.name} is under the licence CC-BY-NC-4.0"] * 3


def test_a_commercial_licence_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    ganjax.load("pgan-faces-64")
    assert not caplog.records


@pytest.mark.parametrize("name", ["pgan_zoo_fade.pth", "pgan_nvidia_fused.pkl"])
def test_a_model_does_not_depend_on_its_file(tmp_path: Path, name: str) -> None:
    path, original = tmp_path / name, Path(__file__).parents[1] / "golden" / name
    shutil.copy(original, path)
    model = ganjax.load(path)
    with open(path, "r+b") as file:
        file.write(bytes(path.stat().st_size))
    assert_same_weights(model.variables, ganjax.load(original).variables)


def test_a_name_of_the_hugging_face_hub(
    tmp_path: Path, bundle: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_bundle(tmp_path / "model.safetensors", bundle())
    asked = []

    def fetch_from_hub(name: str) -> Path:
        asked.append(name)
        return tmp_path / "model.safetensors"

    monkeypatch.setattr(hub, "fetch_from_hub", fetch_from_hub)
    assert ganjax.load("hf:somebody/faces").name == "hf:somebody/faces"
    assert asked == ["hf:somebody/faces"]


@pytest.mark.shared
@pytest.mark.parametrize("part", ["generator", "discriminator"])
def test_a_published_file_draws_and_scores_what_it_did(shared: Path, part: str) -> None:
    """pytorch_GAN_zoo's own results for a file saved in mid-fade, within the tolerance of the vectors."""
    folder = shared / "golden" / "pgan_zoo" / "small_32px_fade03"
    arrays = np.load(folder / "io.npz")
    model = ganjax.load(folder / "checkpoint.pth", part=part)
    assert model.alpha == pytest.approx(0.7) and model.stage == 3
    if part == "generator":
        expected = arrays["image_avgG"].transpose(0, 2, 3, 1)
        found = ganjax.synthesize(model, arrays["latents"], raw=True)
    else:
        expected = arrays["d_output_batch8"]
        found = ganjax.discriminate(model, arrays["d_input"].transpose(0, 2, 3, 1), raw=True)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4 * np.abs(expected).max())


def test_a_saved_model_is_loaded_bit_for_bit(tmp_path: Path, model: Get) -> None:
    for original in (model("generator", stage=1, alpha=0.3), model("discriminator", labels=3)):
        ganjax.save(original, tmp_path / "a.safetensors")
        again = ganjax.load(tmp_path / "a.safetensors", part=original.part)
        assert_same_weights(again.variables, original.variables)
        assert dataclasses.replace(again, variables=0, name="") == dataclasses.replace(
            original, variables=0, name=""
        )


def test_parts_are_saved_together_if_they_belong_together(tmp_path: Path, model: Get) -> None:
    path = tmp_path / "a.safetensors"
    ganjax.save([model("generator"), model("discriminator")], path)
    assert ganjax.load(path, part="discriminator").part == "discriminator"
    with pytest.raises(ganjax.CheckpointError, match="no generator_raw; it holds discriminator, generator"):
        ganjax.load(path, part="generator_raw")
    before = path.read_bytes()
    for models in ([], [model(), model()], [model(), model("discriminator", stage=1)]):
        with pytest.raises(ganjax.UsageError, match="different parts of one system at one stage"):
            ganjax.save(models, path)
    assert path.read_bytes() == before
    with pytest.raises(ganjax.UsageError, match=r"as \.safetensors, not as"):
        ganjax.save(model(), tmp_path / "a.npz")


def test_the_type_of_the_products_can_be_chosen(tmp_path: Path, bundle: Make) -> None:
    write_bundle(tmp_path / "a.safetensors", bundle())
    z = np.random.default_rng(0).standard_normal((2, 16)).astype(np.float32)
    exact, quick = (ganjax.load(tmp_path / "a.safetensors", dtype=dtype) for dtype in (None, "bfloat16"))
    assert (exact.net.config.dtype, quick.net.config.dtype) == ("float32", "bfloat16")
    difference = np.abs(ganjax.synthesize(exact, z) - ganjax.synthesize(quick, z))
    assert 1e-4 < difference.max() < 0.1
    with pytest.raises(ganjax.UsageError, match=r"dtype 'float16'\. Did you mean 'bfloat16'"):
        ganjax.load(tmp_path / "a.safetensors", dtype="float16")


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("pgan-face-64", ganjax.UsageError, "Did you mean 'pgan-faces-64'"),
        ("runs/none", ganjax.CheckpointError, "no file or folder runs/none"),
        ("none.safetensors", ganjax.CheckpointError, r"no file or folder none\.safetensors"),
    ],
)
def test_what_is_not_there(name: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ganjax.load(name)


def test_an_unknown_part(tmp_path: Path) -> None:
    with pytest.raises(ganjax.UsageError, match="Did you mean 'generator'"):
        ganjax.load("pgan-faces-64", part="genrator")


def test_a_file_of_nothing_known(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"nothing")
    with pytest.raises(ganjax.CheckpointError, match=r"a\.bin"):
        ganjax.load(tmp_path / "a.bin")


def test_a_bundle_that_contradicts_itself(tmp_path: Path, bundle: Make) -> None:
    path, whole = tmp_path / "a.safetensors", bundle()
    part = whole.parts["generator"]

    def refused(message: str, **change: Any) -> None:
        write_bundle(path, dataclasses.replace(whole, **change))
        with pytest.raises(ganjax.CheckpointError, match=message):
            ganjax.load(path)

    def with_config(**change: Any) -> dict[str, Part]:
        return {"generator": Part({**part.config, **change}, part.variables)}

    refused("Unknown system 'pgam'. Did you mean 'pgan'", system="pgam")
    refused("Stage 3 is not one of 0 to 2", stage=3)
    refused("Unknown setting of GeneratorConfig 'latents'", parts=with_config(latents=4))
    refused("power of two", parts=with_config(side=48))
    refused("does not fit its own config in 1 tensors: params/b4_dense/kernel", parts=with_config(latent=8))
    params = dict(part.variables["params"])
    params["b9_conv0"] = {"bias": params.pop("b8_conv0")["bias"]}
    lacking = {"generator": Part(part.config, {"params": params})}
    refused(r"3 tensors: params/b8_conv0/bias: absent, not \(16,\)", parts=lacking)


def test_the_list_of_models() -> None:
    names = [release.name for release in ganjax.list_models()]
    assert names == sorted(names) and {"pgan-faces-64", "pgan-celebahq-512"} <= set(names)
    generators = [release.name for release in ganjax.list_models(task="generate")]
    assert generators == [name for name in names if name.startswith("pgan-")]
    with pytest.raises(ganjax.UsageError, match=r"Unknown task 'generat'\. Did you mean 'generate'"):
        ganjax.list_models(task="generat")


def test_a_model_without_weights_is_summarised_like_one_with_them(model: Get) -> None:
    shapes = hub.outlines("pgan/tiny")
    assert [each.part for each in shapes] == ["generator", "discriminator"]
    for outline in shapes:
        assert all(isinstance(leaf, jax.ShapeDtypeStruct) for leaf in jax.tree.leaves(outline.variables))
        assert ganjax.summary(outline).layers == ganjax.summary(model(outline.part)).layers
    with pytest.raises(ganjax.UsageError, match=r"configuration of pgan 'tony'\. Did you mean 'tiny'"):
        hub.outlines("pgan/tony")
