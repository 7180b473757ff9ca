"""`ganjax inspect` and `ganjax convert`, on tests/golden/pgan_* and on a file of our own."""

import dataclasses
import json
from pathlib import Path

import jax
import numpy as np
import pytest
import safetensors.numpy

import ganjax
from ganjax.cli import main
from ganjax.convert.bundle import read_bundle, write_bundle
from ganjax.convert.container import read_container
from ganjax.hub import find

Capture = pytest.CaptureFixture[str]
GOLDEN = Path(__file__).parents[1] / "golden"
ZOO, MMGEN = str(GOLDEN / "pgan_zoo_labels.pth"), str(GOLDEN / "pgan_mmgen_unfused.pth")


def test_inspect_prints_every_tensor_and_every_network(capsys: Capture) -> None:
    assert main(["inspect", ZOO]) == 0
    lines = capsys.readouterr().out.splitlines()
    state = read_container(ZOO).content["netG"]
    assert lines[0] == f"{ZOO}: torch zip, {3 * len(state) + 2} tensors"
    rows = [line.split("  ")[0] for line in lines]
    assert all(f"netG/{name}" in rows for name in state)
    assert "avgG: pgan generator" in lines and "netD: pgan discriminator" in lines
    assert "  labels: 2" in lines and "  side: 16" in lines and "  grown to full size, alpha 1" in lines
    assert lines[-1] == "It can be loaded: generator_raw, generator, discriminator."


def test_inspect_says_what_is_left_out_and_how_far_it_has_grown(capsys: Capture) -> None:
    assert main(["inspect", MMGEN]) == 0
    out = capsys.readouterr().out
    assert "  grown to stage 1, alpha 1\n" in out
    assert "  ignored: conv_blocks.0.conv.bias: mmgeneration's discriminator" in out


def test_inspect_as_json(capsys: Capture) -> None:
    assert main(["inspect", ZOO, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert {"key": "avgG/toRGBLayers.0.module.bias", "shape": [3], "dtype": "float32"} in report["tensors"]
    averaged = next(each for each in report["networks"] if each["place"] == "avgG")
    assert (averaged["system"], averaged["part"], averaged["config"]["labels"]) == ("pgan", "generator", 2)
    assert report["fault"] is None


def test_inspect_of_what_cannot_be_loaded(tmp_path: Path, capsys: Capture) -> None:
    safetensors.numpy.save_file({"style_mapping.0": np.zeros(3)}, tmp_path / "a.safetensors")
    assert main(["inspect", str(tmp_path / "a.safetensors")]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "It cannot be loaded: this is a StyleGAN of mmgeneration, which ganjax does not have."
    assert main(["inspect", str(tmp_path / "none.pth")]) == 1
    assert "There is no file or folder" in capsys.readouterr().err
    (tmp_path / "text.pth").write_text("nothing")
    assert main(["inspect", str(tmp_path / "text.pth")]) == 1


def test_names_in_a_file_do_not_steer_the_terminal(tmp_path: Path, capsys: Capture) -> None:
    safetensors.numpy.save_file({"a\x1b[2Jb": np.zeros(3)}, tmp_path / "a.safetensors")
    assert main(["inspect", str(tmp_path / "a.safetensors")]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_convert_there_and_back(tmp_path: Path, capsys: Capture) -> None:
    ours, theirs = tmp_path / "run" / "model.safetensors", tmp_path / "theirs.safetensors"
    assert main(["convert", ZOO, str(ours)]) == 0
    assert capsys.readouterr().out == f"{ours}\n"
    for part in ("generator", "generator_raw", "discriminator"):
        original, copy = ganjax.load(ZOO, part=part), ganjax.load(ours, part=part)
        assert (copy.net, copy.stage, copy.alpha) == (original.net, original.stage, original.alpha)
        jax.tree.map(np.testing.assert_array_equal, copy.variables, original.variables)
    # A run folder is as good as its file; the averaged generator is what is written.
    assert main(["convert", str(ours.parent), str(theirs), "--keys", "reference"]) == 0
    state, written = read_container(ZOO).content["avgG"], safetensors.numpy.load_file(theirs)
    assert written.keys() == state.keys()
    for name, tensor in state.items():
        np.testing.assert_array_equal(written[name], tensor)
    main(["inspect", str(ours)])
    assert "It can be loaded: discriminator, generator, generator_raw." in capsys.readouterr().out


def test_one_part_alone(tmp_path: Path) -> None:
    out = tmp_path / "d.safetensors"
    assert main(["convert", ZOO, str(out), "--part", "discriminator"]) == 0
    assert ganjax.load(out, part="discriminator").spec.labels == 2
    with pytest.raises(ganjax.CheckpointError, match="holds no generator"):
        ganjax.load(out)


def test_nothing_is_written_over_unless_forced(tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "a.safetensors"
    out.write_bytes(b"mine")
    assert main(["convert", ZOO, str(out)]) == 2
    assert "is there already: --force writes over it" in capsys.readouterr().err
    assert out.read_bytes() == b"mine"
    assert main(["convert", ZOO, str(out), "--force", "--dry-run"]) == 0
    assert out.read_bytes() == b"mine"
    assert main(["convert", ZOO, str(out), "--force"]) == 0
    assert main(["convert", str(out), str(out), "--force", "--part", "generator"]) == 0
    assert ganjax.load(out).spec.labels == 2


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([ZOO, "a.pth"], 2, "OUT ends in .safetensors; got a.pth"),
        (["none.pth", "a.safetensors"], 1, "There is no file or folder none.pth"),
        (["pgan-face-64", "a.safetensors"], 2, "Did you mean 'pgan-faces-64'"),
        (["pgan-faces-64", "a.safetensors", "--keys", "reference"], 2, "No published code has the style"),
    ],
)
def test_wrong_requests_write_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
    arguments: list[str],
    code: int,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["convert", *arguments]) == code
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_dry_run_prints_what_would_be_written(tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "a.safetensors"
    assert main(["convert", MMGEN, str(out), "--dry-run"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["system"], told["stage"], told["alpha"]) == ("pgan", 1, 1.0)
    assert sorted(told["parts"]) == ["discriminator", "generator", "generator_raw"]
    assert told["parts"]["generator"]["side"] == 16 and not out.exists()


def test_inspect_holds_a_file_of_ours_against_its_config(tmp_path: Path, capsys: Capture) -> None:
    assert main(["inspect", "pgan-faces-64"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "It can be loaded: generator, generator_raw, discriminator."
    bundle = read_bundle(find("pgan-faces-64"))
    config = {**bundle.parts["generator"].config, "latent": 7}
    parts = {**bundle.parts, "generator": dataclasses.replace(bundle.parts["generator"], config=config)}
    write_bundle(tmp_path / "a.safetensors", dataclasses.replace(bundle, parts=parts))
    assert main(["inspect", str(tmp_path / "a.safetensors")]) == 0
    out = capsys.readouterr().out
    assert "does not fit its own config in 1 tensors: params/b4_dense/kernel" in out
    assert out.splitlines()[-1] == "It can be loaded: generator_raw, discriminator."
