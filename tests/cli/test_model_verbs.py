"""`ganjax sample`, `summary` and `list`, on a tiny model with random weights."""

import json
from pathlib import Path

import jax
import numpy as np
import pytest
from PIL import Image

import ganjax
from ganjax import hub
from ganjax.cli import main
from ganjax.core.images import to_uint8

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Path of a generator of 16x16 images."""
    outline = hub.outlines("pgan/tiny", part="generator")[0]
    rng = np.random.default_rng(0)
    draw = jax.tree.map(lambda leaf: rng.standard_normal(leaf.shape, np.float32), outline.variables)
    path = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    ganjax.save(outline.replace(variables=draw), path)
    return str(path)


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path))


def test_sample_writes_one_sheet_and_prints_its_path(model: str, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "new" / "a.png"
    assert main(["sample", model, "--n", "4", "--seed", "3", "--columns", "4", "--out", str(out)]) == 0
    assert capsys.readouterr() == (f"{out}\n", "")
    images = to_uint8(ganjax.generate(ganjax.load(model), jax.random.key(3), n=4))
    sheet = pixels(out)
    assert sheet.shape == (16, 4 * 16 + 3 * 2, 3)
    for i, image in enumerate(images):
        np.testing.assert_array_equal(sheet[:, i * 18 : i * 18 + 16], image)


def test_a_row_of_the_sheet_is_no_longer_than_the_images(model: str, tmp_path: Path) -> None:
    out = tmp_path / "a.png"
    assert main(["sample", model, "--n", "2", "--columns", "100", "--out", str(out)]) == 0
    assert pixels(out).shape == (16, 2 * 16 + 2, 3)


def test_sample_writes_every_image_by_itself(model: str, tmp_path: Path, capsys: Capture) -> None:
    assert main(["sample", model, "--n", "4", "--seed", "3", "--separate", str(tmp_path / "all")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'all'}\n"
    names = [path.name for path in sorted((tmp_path / "all").iterdir())]
    assert names == ["000000.png", "000001.png", "000002.png", "000003.png"]
    image = ganjax.generate(ganjax.load(model), jax.random.key(3), n=4)[2]
    np.testing.assert_array_equal(pixels(tmp_path / "all" / "000002.png"), to_uint8(image))


def test_dry_run_prints_the_settings_and_writes_nothing(tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "a.png"
    assert main(["sample", "--n", "4", "--out", str(out), "--dry-run"]) == 0
    settings = json.loads(capsys.readouterr().out)
    assert (settings["model"], settings["n"], settings["out"]) == ("pgan-faces-64", 4, str(out))
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--n", "0"], 2, "--n is a number from 1 on, not 0"),
        (["--columns", "-1"], 2, "--columns is a number from 1 on, not -1"),
        (["--seed", "4294967296"], 2, "--seed is a number from 0 to 4294967295, not 4294967296"),
        (["--out", "faces.txt"], 2, "--out ends in one of .png, .jpg, .jpeg, .webp; got faces.txt"),
        (["--labels", "1"], 2, "has no labels"),
    ],
)
def test_sample_refuses_before_it_writes(
    model: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
    arguments: list[str],
    code: int,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["sample", model, *arguments]) == code
    output = capsys.readouterr()
    assert output.out == "" and message in output.err
    assert not list(tmp_path.iterdir())


def test_sample_with_a_model_that_is_not_there(capsys: Capture) -> None:
    assert main(["sample", "pgan-face-64"]) == 2
    assert "Did you mean 'pgan-faces-64'" in capsys.readouterr().err
    assert main(["sample", "runs/none"]) == 1
    assert "no file or folder runs/none" in capsys.readouterr().err


def test_a_picture_that_cannot_be_written_leaves_nothing(model: str, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "file").touch()
    assert main(["sample", model, "--n", "4", "--out", str(tmp_path / "file" / "a.png")]) == 1
    assert capsys.readouterr().err.startswith(f"ganjax: {tmp_path / 'file'}: ")
    (tmp_path / "folder.png").mkdir()
    assert main(["sample", model, "--n", "4", "--out", str(tmp_path / "folder.png")]) == 1
    assert "s a directory" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.png"]


def test_summary_of_a_file_and_of_a_published_shape(model: str, capsys: Capture) -> None:
    assert main(["summary", model]) == 0
    alone = capsys.readouterr().out
    assert alone.count("total") == 1 and "(generator), 16 x 16" in alone
    assert main(["summary", "pgan/tiny"]) == 0
    both = capsys.readouterr().out
    assert both.count("total") == 2 and "pgan/tiny (discriminator), 16 x 16" in both
    assert alone.splitlines()[1:] == both.split("\n\n")[0].splitlines()[1:]
    assert main(["summary", model, "--part", "discriminator"]) == 1
    assert "holds no discriminator" in capsys.readouterr().err
    assert main(["summary", "pgan/tony"]) == 2
    assert "Did you mean 'tiny'" in capsys.readouterr().err


def test_summary_of_networks_that_listen_to_texts(capsys: Capture) -> None:
    assert main(["summary", "dfgan/tiny"]) == 0
    generator, judge = capsys.readouterr().out.split("\n\n")
    assert generator.startswith("dfgan/tiny (generator), 16 x 16\n")
    assert judge.startswith("dfgan/tiny (discriminator), 16 x 16\n")
    rows = [line.split() for line in judge.splitlines()]
    # The judgement sees 4x4 features of 8 channels beside the 6 numbers of the sentence: 3x3 weights to 4
    # channels, each used twice (multiply, add) at 16 places.
    assert ["judgement/conv", "Conv3x3", "4", "x", "4", "x", "4", "504", "16.1", "k"] in rows
    assert ["judgement/score", "Dense", "1", "64", "128"] in rows


def test_list_as_table_and_as_json(capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANJAX_CACHE", str(tmp_path))
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "celebaHQ_s6_i80000-6196db68.pth").touch()
    assert main(["list"]) == 0
    table = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert table[0][:4] == ["name", "system", "task", "side"]
    assert ["pgan-faces-64", "pgan", "generate", "64"] in [row[:4] for row in table]
    assert main(["list", "--task", "generate", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == [row[0] for row in table[1:] if row[0].startswith("pgan-")]
    origins = {row["name"]: row["origin"] for row in rows}
    assert origins["pgan-faces-64"] == "bundled"
    assert origins["pgan-celebahq-256"] == "cached"
    assert origins["pgan-celebahq-512"] == "download"
    assert origins["pgan-celebahq-1024"] == "by hand"
    assert next(row for row in table if row[0] == "pgan-celebahq-1024")[-4:] == ["by", "hand,", "277", "MB"]
    assert main(["list", "--task", "genrate"]) == 2
    assert "Did you mean 'generate'" in capsys.readouterr().err


@pytest.mark.parametrize("verb", [["sample"], ["evaluate", "--data", "faces:4"]])
def test_a_network_that_makes_pictures_of_pictures_draws_none(
    verb: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([verb[0], "srvgg-faces-x4", *verb[1:]]) == 2
    assert "makes pictures of pictures" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_parts_of_a_published_shape(capsys: Capture) -> None:
    assert main(["summary", "pgan/tiny", "--part", "generator_raw"]) == 0
    assert "pgan/tiny (generator_raw), 16 x 16" in capsys.readouterr().out
    assert main(["summary", "pgan/tiny", "--part", "features"]) == 2
    assert "Unknown part of pgan 'features'" in capsys.readouterr().err
