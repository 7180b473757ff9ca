"""`ganjax upscale` and `ganjax enhance`, with tiny models of random weights."""

import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax
import numpy as np
import pytest
from PIL import Image

import ganjax
from ganjax.cli import main, restoring
from ganjax.core.errors import UsageError
from ganjax.core.images import to_uint8
from ganjax.models import index

Capture = pytest.CaptureFixture[str]
RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 255, (9, 14, 3), np.uint8)


def saved(name: str, path: Path) -> str:
    net = index.system(name)
    config = next(each for each in net.CONFIGS["tiny"] if isinstance(each, net.PARTS["generator"][0]))
    module = net.PARTS["generator"][1](config)
    shapes = jax.eval_shape(module.init, jax.random.key(0), *net.example_inputs("generator", config, 1))
    draw = jax.tree.map(lambda leaf: np.abs(RNG.normal(0, 0.2, leaf.shape)).astype(np.float32), shapes)
    ganjax.save(ganjax.Model(draw, net=module, spec=net.spec(config), system=name), path)
    return str(path)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    folder = tmp_path_factory.mktemp("models")
    larger = saved("srvgg", folder / "larger.safetensors")
    return SimpleNamespace(larger=larger, bright=saved("enlightengan", folder / "bright.safetensors"))


@pytest.fixture
def holiday(tmp_path: Path) -> Path:
    """A folder with pictures, one of them damaged, and other files."""
    folder = tmp_path / "holiday"
    (folder / "beach").mkdir(parents=True)
    for name in ("a.png", "b.png", "b.jpg", "beach/c.PNG"):
        Image.fromarray(PIXELS).save(folder / name)
    (folder / "notes.txt").write_text("no picture")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no more")
    return folder


def pixels(path: Path | io.BytesIO) -> np.ndarray:
    return np.asarray(Image.open(path))


def test_upscale_writes_what_the_library_gives(
    models: SimpleNamespace, holiday: Path, tmp_path: Path, capsys: Capture
) -> None:
    model, out = ganjax.load(models.larger), tmp_path / "new" / "a.png"
    source = str(holiday / "a.png")
    for options, scale in (((), None), (("--scale", "3.5"), 3.5)):
        assert main(["upscale", source, str(out), "--model", models.larger, *options]) == 0
        assert capsys.readouterr().out == f"{out}\n"
        expected = to_uint8(ganjax.upscale(model, PIXELS, scale=scale))
        assert pixels(out).shape == expected.shape
        assert np.abs(pixels(out).astype(int) - expected).max() <= 1
    assert pixels(out).shape == (32, 49, 3)


def test_enhance(models: SimpleNamespace, holiday: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.webp"
    assert main(["enhance", str(holiday / "a.png"), str(out), "--model", models.bright]) == 0
    assert pixels(out).shape == PIXELS.shape
    assert main(["enhance", str(holiday / "a.png"), str(out), "--model", models.larger]) == 2


def test_a_folder_with_a_report_of_what_failed_and_without_what_is_done(
    models: SimpleNamespace, holiday: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "out"
    command = ["upscale", str(holiday), str(out), "--model", models.larger]
    assert main(command) == 1
    told = capsys.readouterr()
    assert told.out == f"{out}\n"
    lines = [line for line in told.err.splitlines() if line]
    assert "4 done, 0 were there, 1 failed" in lines[-2]
    assert lines[-1].startswith(f"ganjax: {holiday / 'broken.jpg'} cannot be read: ")
    made = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    assert made == ["a.png", "b.jpg.png", "b.png.png", "beach/c.png"]
    assert pixels(out / "beach" / "c.png").shape == (18, 28, 3)
    (holiday / "broken.jpg").unlink()
    Image.new("RGB", (2, 2)).save(out / "a.png")
    (holiday / "beach" / "waves.mp4").touch()
    assert main(command) == 0
    told = capsys.readouterr().err
    assert "0 done, 4 were there, 0 failed" in told
    assert told.endswith(f"videos are restored one by one, and were left out:\n  {holiday}/beach/waves.mp4\n")
    assert pixels(out / "a.png").shape == (2, 2, 3)
    assert main([*command, "--again"]) == 0
    assert pixels(out / "a.png").shape == (18, 28, 3)


def test_patterns_and_folders_that_are_there(holiday: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    found = restoring.jobs(str(holiday / "**" / "*.png"), str(out))
    assert [(job.source.name, job.target.relative_to(out).as_posix()) for job in found] == [
        ("a.png", "a.png"),
        ("b.png", "b.png"),
    ]
    everything = restoring.jobs(str(holiday / "**" / "*"), str(out))
    assert len(everything) == 5  # the damaged one fails later
    assert restoring.jobs(str(holiday / "a.png"), f"{out}/") == [(holiday / "a.png", out / "a.png", None)]
    beach = holiday / "beach"
    assert restoring.jobs(str(holiday / "b.jpg"), str(beach))[0].target == beach / "b.png"


def test_results_inside_the_source_are_not_sources(holiday: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = holiday / "large"
    out.mkdir()
    Image.fromarray(PIXELS).save(out / "z.png")
    monkeypatch.chdir(holiday.parent)
    for source in (str(holiday), "holiday", "holiday/**/*.png", "holiday/../holiday/*/*.[pP]*"):
        found = restoring.jobs(source, "holiday/large")
        assert found and "z.png" not in [job.source.name for job in found], source
    # What is read by a pattern may lie where the results go, and a folder in it too.
    (holiday / "beach" / "d.jpg").write_bytes(b"")
    assert restoring.jobs("holiday/beach/*.jpg", "holiday/beach")[0].target == Path("holiday/beach/d.png")
    assert [job.target.name for job in restoring.jobs("holiday/beach", ".")] == ["c.png", "d.png"]


def test_no_two_results_have_one_name(tmp_path: Path) -> None:
    for name in ("a.png", "a.jpg", "a.png.png", "b.png"):
        Image.fromarray(PIXELS).save(tmp_path / name)
    found = {job.source.name: job.target.name for job in restoring.jobs(str(tmp_path), str(tmp_path / "out"))}
    assert found == {
        "a.jpg": "a.jpg.png",
        "a.png": "a.png.png",
        "a.png.png": "a.png.png.png",
        "b.png": "b.png",
    }


def test_nothing_that_is_read_is_written(tmp_path: Path) -> None:
    for name in ("a.png", "a-compare.png"):
        Image.fromarray(PIXELS).save(tmp_path / name)
    (tmp_path / "link.png").hardlink_to(tmp_path / "a.png")
    first, second, link = (str(tmp_path / name) for name in ("a.png", "a-compare.png", "link.png"))
    refused = [
        (lambda: restoring.jobs(first, link), "link.png is a file that is read"),
        (lambda: restoring.jobs(second, first, compare=True), "a-compare.png is a file that is read"),
        (lambda: restoring.jobs(str(tmp_path), str(tmp_path)), "is the folder that is read"),
        (
            lambda: restoring.jobs(str(tmp_path), str(tmp_path / "out"), compare=True),
            "a-compare.png would be a result and a comparison",
        ),
    ]
    for call, message in refused:
        with pytest.raises(UsageError, match=message):
            call()
    assert restoring.jobs(second, first)[0].beside is None


class Stream:
    """Standard input or output with bytes in it."""

    def __init__(self, data: bytes = b"") -> None:
        self.buffer = io.BytesIO(data)

    def write(self, text: str) -> int:
        return self.buffer.write(text.encode())

    def flush(self) -> None:
        pass


def test_standard_input_and_output(
    models: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = io.BytesIO()
    Image.fromarray(PIXELS).save(file, "BMP")
    given, taken = Stream(file.getvalue()), Stream()
    monkeypatch.setattr("sys.stdin", given)
    monkeypatch.setattr("sys.stdout", taken)
    assert main(["upscale", "-", "-", "--model", models.larger]) == 0
    assert pixels(taken.buffer).shape == (18, 28, 3)
    given.buffer.seek(0)
    assert main(["upscale", "-", str(tmp_path / "a.jpg"), "--model", models.larger]) == 0
    assert pixels(tmp_path / "a.jpg").shape == (18, 28, 3)


def test_compare_writes_before_and_after(models: SimpleNamespace, holiday: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.png"
    command = ["upscale", str(holiday / "a.png"), str(out), "--model", models.larger, "--compare"]
    assert main(command) == 0
    beside = pixels(tmp_path / "a-compare.png")
    assert pixels(out).shape == (18, 28, 3) and beside.dtype == np.uint8
    width, height = 480, round(480 * 9 / 14)
    assert beside.shape[1] == 2 * width + 8 and beside.shape[0] > height + 8
    nearest = np.asarray(Image.fromarray(PIXELS).resize((width, height), Image.NEAREST))
    np.testing.assert_array_equal(beside[:height, :width], nearest)


def test_compare_makes_up_for_what_a_finished_folder_lacks(
    models: SimpleNamespace, holiday: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "out"
    command = ["upscale", str(holiday / "beach"), str(out), "--model", models.larger]
    for options, told in (((), "1 done, 0"), (("--compare",), "1 done, 0"), (("--compare",), "0 done, 1")):
        assert main([*command, *options]) == 0
        assert told in capsys.readouterr().err
    assert sorted(path.name for path in out.iterdir()) == ["c-compare.png", "c.png"]


def test_videos(models: SimpleNamespace, tmp_path: Path, capsys: Capture) -> None:
    av = pytest.importorskip("av")
    source, out = tmp_path / "a.mp4", tmp_path / "b.mkv"
    with av.open(str(source), "w") as film:
        stream = film.add_stream("libx264", rate=10, options={"preset": "ultrafast"})
        stream.height, stream.width, stream.pix_fmt = 16, 20, "yuv420p"
        for _ in range(5):
            film.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((16, 20, 3), 90, np.uint8))))
        film.mux(stream.encode())
    command = ["upscale", str(source), str(out), "--model", models.larger]
    for options, size in (((), (32, 40)), (("--scale", "1.5"), (24, 30))):
        assert main([*command, *options]) == 0
        assert capsys.readouterr().out == f"{out}\n"
        with av.open(str(out)) as film:
            assert [(frame.height, frame.width) for frame in film.decode(video=0)] == [size] * 5
    assert main([*command, "--compare"]) == 2
    assert main(["upscale", str(source), str(tmp_path / "b.png"), "--model", models.larger]) == 2
    assert "A video becomes a video" in capsys.readouterr().err
    before = source.read_bytes()
    assert main(["upscale", str(source), str(source), "--model", models.larger]) == 2
    assert "a.mp4 is a file that is read" in capsys.readouterr().err
    assert source.read_bytes() == before


def test_dry_run_and_bad_usage(
    models: SimpleNamespace, holiday: Path, tmp_path: Path, capsys: Capture
) -> None:
    source, out = str(holiday / "a.png"), str(tmp_path / "a.png")
    assert main(["upscale", source, out, "--model", "realesr-general-x4v3", "--dry-run"]) == 0
    assert json.loads(capsys.readouterr().out)["model"] == "realesr-general-x4v3"
    wrong: list[tuple[list[str], int, str]] = [
        ([source, out, "--scale", "0"], 2, "--scale is a number from 0.001 to 1000, not 0"),
        ([source, out, "--denoise", "2"], 2, "--denoise is a number from 0 to 1, not 2"),
        ([source, out, "--tile", "0"], 2, "--tile is a number from 1 on, not 0"),
        ([source, str(tmp_path / "a.gif")], 2, "OUT ends in one of .png, "),
        ([source, source], 2, "a.png is a file that is read"),
        ([source, str(holiday)], 2, "a.png is a file that is read"),
        ([str(holiday), "-"], 2, "Standard output takes one picture"),
        ([source, "-", "--compare"], 2, "standard output has no place"),
        ([str(holiday), out], 2, "a.png ends like a picture"),
        ([str(holiday / "*.mp4"), str(tmp_path)], 2, "Videos go one by one, and "),
        ([str(holiday / "none.png"), out], 1, "none.png: No such file"),
        ([str(holiday / "notes.txt"), out], 1, "notes.txt cannot be read: not a picture"),
        ([str(holiday / "*.gif"), str(tmp_path)], 1, "There are no pictures in"),
        ([source, out, "--denoise", "0.5"], 2, "no twin"),
    ]
    for arguments, code, message in wrong:
        given: list[Any] = ["upscale", *arguments, "--model", models.larger]
        assert main(given) == code, arguments
        assert message in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["holiday"]
