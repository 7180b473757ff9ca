"""`ganjax imagine`: sheets and walks, prompts of every kind, on tiny random networks."""

import io
import json
import sys
from pathlib import Path

import jax
import numpy as np
import pytest
from PIL import Image, ImageSequence

import ganjax
from ganjax.cli import main
from ganjax.core.images import to_uint8
from ganjax.imagine import walk

Capture = pytest.CaptureFixture[str]
SIDE, LABEL = 16, 240  # of a picture; and of what is written on the left, with 4 pixels on either side


def given(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """Puts `data` on standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


@pytest.mark.filterwarnings("ignore:no font on this machine")  # which may have none of Japanese
def test_a_sheet_has_a_row_for_each_prompt(
    listener: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    out, prompts = tmp_path / "new" / "sheet.png", ["a man", "笑っている女", "A man, with glasses"]
    given(monkeypatch, "\ufeff笑っている女\r\n\n  A man, with glasses\n".encode())
    arguments = ["--n", "3", "--seed", "4", "--model", str(listener), "--out", str(out)]
    assert main(["imagine", "a man", "-", *arguments]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    with Image.open(out) as sheet:
        assert sheet.text == {"Prompts": "\n".join(prompts)}
        pixels = np.asarray(sheet)
    images = to_uint8(ganjax.text_to_image(ganjax.load(listener), jax.random.key(4), prompts, n=3))
    left = LABEL + 3 * 4
    assert pixels.shape[1] == left + 3 * SIDE + 2 * 2 + 4
    height = len(pixels) // 3
    for i, row in enumerate(images):
        band = pixels[i * height : (i + 1) * height]
        assert (band[:, :LABEL] < 128).any()  # something is written
        top = (height - SIDE) // 2
        for j, image in enumerate(row):
            x = left + j * (SIDE + 2)
            np.testing.assert_array_equal(band[top : top + SIDE, x : x + SIDE], image)


@pytest.mark.parametrize("suffix", [".webp", ".gif"])
def test_a_walk_is_an_animation(listener: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"walk{suffix}"
    arguments = ["--walk", "--frames", "3", "--n", "2", "--model", str(listener), "--out", str(out)]
    assert main(["imagine", "a man", "a man with glasses", *arguments]) == 0
    with Image.open(out) as animation:
        frames = [np.asarray(frame.convert("RGB"), np.int16) for frame in ImageSequence.Iterator(animation)]
    key, prompts = jax.random.key(0), ("a man", "a man with glasses")
    expected = to_uint8(walk(ganjax.load(listener), key, *prompts, frames=3, n=2))
    assert len(frames) == 3 and frames[0].shape == (SIDE, 2 * SIDE + 2, 3)
    for frame, (left, right) in zip(frames, expected.astype(np.int16), strict=True):
        beside = np.hstack([left, np.full((SIDE, 2, 3), 255), right])
        assert np.abs(frame - beside).mean() < 12  # both formats lose something


def test_another_text_encoder_and_truncation(listener: Path, tmp_path: Path) -> None:
    sheets = []
    for more in ([], ["--truncation", "0.5"], ["--text", str(listener.with_name("text.safetensors"))]):
        out = tmp_path / "sheet.png"
        assert main(["imagine", "a man", "--n", "1", "--model", str(listener), "--out", str(out), *more]) == 0
        sheets.append(np.asarray(Image.open(out)))
    np.testing.assert_array_equal(sheets[0], sheets[2])
    assert (sheets[0] != sheets[1]).any()


def test_dry_run_prints_the_settings(tmp_path: Path, capsys: Capture) -> None:
    assert main(["imagine", "笑う人", "--walk", "--dry-run"]) == 0
    settings = json.loads(capsys.readouterr().out)
    assert (settings["prompts"], settings["out"], settings["n"]) == (["笑う人"], "imagined.webp", 8)


@pytest.mark.parametrize(
    ("arguments", "lines", "message"),
    [
        (["a man", "--walk"], b"", "give two, not 1"),
        (["a", "man", "with", "--walk"], b"", "give two, not 3"),
        (["a", "man", "--walk", "--out", "w.png"], b"", "--out ends in .gif or .webp with --walk; got w.png"),
        (["a man", "--out", "sheet.gif"], b"", "--out ends in one of .png"),
        (["a man", "--n", "0"], b"", "--n is a number from 1 on, not 0"),
        (["a man", "--frames", "1"], b"", "--frames is a number from 2 on, not 1"),
        (["a man", "--truncation", "nan"], b"", "--truncation is a number from 0 to 1, not nan"),
        ([], b"", "Say what to draw"),
        (["-"], b" \n\n", "Say what to draw"),
        (["a man", "-"], b"a man\n\na \xff man\n", "Line 3 of standard input is no UTF-8 text"),
        (["a man", "a\udcff"], b"", r"The prompt 'a\udcff' is no UTF-8 text"),
        (["a man", ""], b"", "no known word in the prompt ''"),
        (["?!。"], b"", "no known word in the prompt '?!。'"),
        (["Привет, мир"], b"", "no known word in the prompt 'Привет, мир'"),
        (["x" * 10000], b"", "no known word in the prompt 'xxxx"),
        (["안경을 쓴 남자"], b"", "no known word in the prompt '안경을"),
        (["-"], "男の人".encode("shift-jis"), "Line 1 of standard input is no UTF-8 text: see its byte 1."),
        (["-"], b"a man\n" * 300 + b"?!", "no known word in the prompt '?!'"),
        (["a man", "--n", str(10**12)], b"", "are too many for one file: the limit is 262144."),
        (["a man", "man", "--walk", "--frames", str(10**12)], b"", "too many for one file"),
        (["-", "--n", "1"], b"a man\n" * 262145, "262145 pictures of 16 x 16 pixels are too many"),
        (["-", "--n", "1000"], b"a man\n" * 250, "too large for one file: the limit is 67108864 in all"),
        (["a man", "--n", "1000", "--out", "a.webp"], b"", "WEBP holds sides up to 16383"),
        (["a man", "man", "--walk", "--n", "911"], b"", "this is 16396 x 16: draw fewer pictures."),
        (
            ["a man", "man", "--walk", "--n", "3641", "--frames", "2", "--out", "a.gif"],
            b"",
            "GIF holds sides",
        ),
    ],
)
def test_bad_input_is_refused_and_nothing_written(
    listener: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
    arguments: list[str],
    lines: bytes,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    given(monkeypatch, lines)
    assert main(["imagine", *arguments, "--model", str(listener)]) == 2
    printed = capsys.readouterr()
    assert message in printed.err and len(printed.err) < 400 and not printed.out
    assert not [*tmp_path.iterdir()]


def test_ten_thousand_letters_are_drawn(listener: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.png"
    long = "a man " * 1700
    assert main(["imagine", long, "--n", "1", "--model", str(listener), "--out", str(out)]) == 0
    with Image.open(out) as sheet:
        assert sheet.text["Prompts"] == long and sheet.height < 200


@pytest.mark.parametrize("out", ["folder.png", "file/a.png", "file/new/a.png", "closed/a.png"])
@pytest.mark.parametrize("verb", [["imagine", "a man"], ["sample", "./none"]])
def test_a_place_that_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, out: str, verb: list[str]
) -> None:
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "closed").mkdir(mode=0o500)
    # The rights of a folder do not bind who owns the machine.
    monkeypatch.setattr("os.access", lambda path, mode: Path(path).name != "closed")
    named, fault = {
        "folder.png": ("folder.png", "Is a directory"),
        "closed/a.png": ("closed", "Permission denied"),
    }.get(out, ("file", "Not a directory"))
    assert (
        main([*verb, *(["--model", "./none"] if verb[0] == "imagine" else []), "--out", str(tmp_path / out)])
        == 1
    )
    assert capsys.readouterr().err == f"ganjax: {tmp_path / named}: {fault}\n"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["closed", "file", "folder.png"]


def test_a_sheet_fills_what_its_format_holds(listener: Path, tmp_path: Path) -> None:
    """The size that is checked before the work is that of the picture."""
    out = tmp_path / "a.webp"
    n = (16383 - LABEL - 16 + 2) // (SIDE + 2)
    assert main(["imagine", "a man", "--n", str(n), "--model", str(listener), "--out", str(out)]) == 0
    with Image.open(out) as sheet:
        assert sheet.width == LABEL + 16 + n * (SIDE + 2) - 2
    assert main(["imagine", "a man", "--n", str(n + 1), "--model", str(listener), "--out", str(out)]) == 2


def test_prompts_are_the_same_in_parts(
    listener: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheets = []
    for together in (512, 2):
        monkeypatch.setattr("ganjax.cli.imagine._TOGETHER", together)
        out = tmp_path / f"{together}.png"
        arguments = ["--n", "1", "--model", str(listener), "--out", str(out)]
        assert main(["imagine", "a man", "a man with glasses", "glasses", *arguments]) == 0
        sheets.append(np.asarray(Image.open(out), np.int16))
    assert np.abs(sheets[0] - sheets[1]).max() <= 1
