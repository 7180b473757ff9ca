"""`ganjax data`: the sheet and the report, through the command's own front door."""

import json

import numpy as np
import pytest
from PIL import Image

from ganjax.cli import main
from ganjax.data.sources import faces


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """In an empty folder, with an empty cache."""
    monkeypatch.setenv("GANJAX_CACHE", str(tmp_path / "cache"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


def save(path, size, colour):
    Image.new("RGB", size, colour).save(path)


def test_the_sheet_shows_pictures_with_a_caption(tmp_path, capsys):
    assert main(["data", "faces:7", "--n", "4", "--side", "32"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "faces: 7 pictures",
        "width x height: 32 x 32 (4)",
        "data.png",
    ]
    sheet = np.asarray(Image.open("data.png"))
    height = (sheet.shape[0] - 8) // 2
    assert sheet.shape[1] == 2 * 32 + 8
    captions = sheet[32:height, :32]
    assert (captions == 255).any()
    assert (captions < 128).any()
    shown = [0, 1, 3, 5]  # spread evenly over the seven
    for tile, index in enumerate(shown):
        y, x = tile // 2 * (height + 8), tile % 2 * 40
        np.testing.assert_array_equal(sheet[y : y + 32, x : x + 32], faces.draw(faces.describe(0, index), 32))


def test_the_report_names_sizes_and_unreadable_files(tmp_path, capsys):
    folder = tmp_path / "set"
    folder.mkdir()
    save(folder / "a.png", (20, 10), "red")
    save(folder / "b.png", (20, 10), "lime")
    save(folder / "c.png", (8, 30), "blue")
    (folder / "d.png").write_bytes(b"no picture")
    arguments = ["data", f"folder:{folder}", "--out", "sheet.png", "--side", "16"]
    assert main([*arguments, "--max-unreadable", "0.25"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"folder:{folder}: 3 pictures"
    assert lines[1] == "width x height: 8 x 30 (1), 20 x 10 (2)"
    assert lines[2] == "1 unreadable, left out:"
    assert str(folder / "d.png") in lines[3]
    assert lines[4] == "sheet.png"
    sheet = np.asarray(Image.open("sheet.png"))
    np.testing.assert_array_equal(sheet[8, [8, 32]], [[255, 0, 0], [0, 255, 0]])

    assert main(arguments) == 1
    output = capsys.readouterr()
    assert "1 of 4 pictures" in output.err
    assert "d.png" in output.err
    assert not output.out


def test_texts_that_belong_to_no_picture_are_told(tmp_path, capsys):
    folder = tmp_path / "set"
    folder.mkdir()
    save(folder / "a.png", (8, 8), "red")
    (folder / "a.txt").write_text("a red square")
    (folder / "lost.txt").write_text("a picture was meant")
    (folder / "b.png").write_bytes(b"no picture")
    (folder / "b.txt").write_text("a green square")
    arguments = [
        "data",
        f"captions:{folder}",
        "--out",
        "sheet.png",
        "--side",
        "16",
        "--max-unreadable",
        "0.5",
    ]
    with pytest.warns(UserWarning, match=r"1 text files in .* belong to no picture .*\n  lost\.txt$") as told:
        assert main(arguments) == 0
    assert len(told) == 1  # what cannot be read is in the report
    assert "1 unreadable, left out:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["facs"], 2, "Did you mean 'faces'"),
        (["folder:absent"], 1, "absent is not a folder"),
        (["tfds:absent", "--data-dir", "."], 2, "Unknown TFDS data set"),
        (["--n", "0"], 2, "--n is a number from 1 on"),
        (["--out", "sheet.txt"], 2, "--out ends in"),
        (["--side", "0"], 2, "--side is a number from 1 on"),
        (["--seed", "-1"], 2, "--seed is a number from 0 to 4294967295"),
        (["--max-unreadable", "nan"], 2, "--max-unreadable is a number from 0 to 1, not nan"),
        (["--max-unreadable", "-0.1"], 2, "--max-unreadable is a number from 0 to 1, not -0.1"),
        (["--max-unreadable", "2"], 2, "--max-unreadable is a number from 0 to 1, not 2.0"),
    ],
)
def test_bad_requests_write_nothing(arguments, code, message, capsys, tmp_path):
    assert main(["data", *arguments]) == code
    assert message in capsys.readouterr().err
    assert not list((tmp_path / "here").iterdir())


def test_dry_run(tmp_path, capsys):
    assert main(["data", "folder:absent", "--dry-run"]) == 0
    assert json.loads(capsys.readouterr().out)["source"] == "folder:absent"
    assert not list((tmp_path / "here").iterdir())
