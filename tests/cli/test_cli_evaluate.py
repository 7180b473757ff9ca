"""`ganjax evaluate` from the arguments to the files."""

import json
import pathlib

import jax
import numpy as np
import pytest

import ganjax
from ganjax.cli import main
from ganjax.cli.evaluate import Options, run
from ganjax.core.images import save_image
from ganjax.models.pgan import net

REAL = "faces:12"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Eight pictures of 32 pixels in a folder, as another program might leave them."""
    path = tmp_path_factory.mktemp("pictures")
    random = np.random.RandomState(0)
    for i in range(8):
        save_image(path / f"{i}.png", random.randint(0, 256, (32, 32, 3)).astype(np.uint8))
    return path


def test_a_folder_is_scored_and_written(folder, tmp_path, capsys):
    out = tmp_path / "scores.json"
    options = Options(f"folder:{folder}", data=REAL, workers=0, out=out)
    assert run(options) == 0
    written = json.loads(out.read_text())
    assert written["model"] == f"folder:{folder}"
    assert written["data"] == REAL
    assert (written["samples"], written["floor_samples"], written["side"]) == (8, 6, 32)
    for column in ("generated", "real"):
        assert set(written[column]) == {"swd_32", "swd_16", "swd", "ms_ssim"}
    assert written["generated"]["swd"] > written["real"]["swd"]
    printed = capsys.readouterr().out
    assert "generated" in printed
    assert printed.rstrip().endswith(str(out))


def test_nothing_is_written_into_a_folder_of_pictures(folder):
    before = sorted(folder.iterdir())
    assert run(Options(f"folder:{folder}", data=REAL, workers=0, metrics=("ms_ssim",))) == 0
    assert sorted(folder.iterdir()) == before


def test_the_scores_of_a_run_go_into_its_folder(tmp_path):
    config, _ = net.CONFIGS["tiny"]
    network = net.Generator(config)
    shapes = jax.eval_shape(network.init, jax.random.key(0), *net.example_inputs("generator", config, 1))
    random = np.random.default_rng(0)
    variables = jax.tree.map(lambda leaf: random.standard_normal(leaf.shape, np.float32), shapes)
    model = ganjax.Model(variables, net=network, spec=net.spec(config), system="pgan", part="generator")
    ganjax.save(model, tmp_path / "model.safetensors")
    assert run(Options(str(tmp_path), data=REAL, workers=0, samples=4, metrics=("swd",))) == 0
    written = json.loads((tmp_path / "evaluation.json").read_text())
    assert written["samples"] == 4
    assert set(written["generated"]) == {"swd_16", "swd"}


def test_dry_run_prints_the_settings(capsys):
    assert main(["evaluate", "--samples", "64", "--metrics", "swd", "--dry-run"]) == 0
    settings = json.loads(capsys.readouterr().out)
    assert settings["samples"] == 64
    assert settings["metrics"] == ["swd"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--samples", "1"], "--samples is a number from 2 on"),
        (["--seed", "-1"], "--seed is a number from 0 to 4294967295, not -1"),
        (["--workers", "-1"], "--workers is a number from 0 on, not -1"),
        (["--max-unreadable", "nan"], "--max-unreadable is a number from 0 to 1, not nan"),
        (["--out", "scores.txt"], "ends in .json"),
        (["folder:", "--data", REAL], "folder"),
    ],
)
def test_bad_usage_ends_with_2(arguments, message, capsys):
    assert main(["evaluate", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not pathlib.Path("scores.txt").exists()
