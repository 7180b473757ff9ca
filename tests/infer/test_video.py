"""A small video with uneven times and sound, made by PyAV, before and after."""

import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganjax.core.errors import DataError, UsageError
from ganjax.infer.video import convert_video, frame_count

av = pytest.importorskip("av")

FRAMES, SIZE = 22, (48, 64)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bar that grows, at uneven times, with half a second of a tone."""
    path, base = tmp_path_factory.mktemp("film") / "a.mp4", Fraction(1, 1000)
    with av.open(str(path), "w") as out:
        picture = out.add_stream("libx264", rate=30, options={"crf": "5", "preset": "ultrafast"})
        picture.height, picture.width = SIZE
        picture.codec_context.time_base = base
        sound = out.add_stream("aac", rate=16000)
        sound.codec_context.layout = "mono"
        time = 0
        for i in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(drawn(i), format="rgb24")
            frame.pts, frame.time_base = time, base
            time += 33 if i % 3 else 60
            out.mux(picture.encode(frame))
        out.mux(picture.encode())
        tone = (8000 * np.sin(np.arange(8192) * 0.1)).astype(np.int16)
        for first in range(0, 8192, 1024):
            part = av.AudioFrame.from_ndarray(tone[None, first : first + 1024], format="s16", layout="mono")
            part.sample_rate, part.pts, part.time_base = 16000, first, Fraction(1, 16000)
            out.mux(sound.encode(part))
        out.mux(sound.encode())
    return path


def drawn(i: int) -> np.ndarray:
    frame = np.full((*SIZE, 3), (40, 90, 160), np.uint8)
    frame[:, : 2 * i + 2] = (200, 120, 60)
    return frame


def twice(frames: np.ndarray) -> np.ndarray:
    return frames.repeat(2, 1).repeat(2, 2)


def times_and_pixels(path: Path) -> tuple[list[Fraction], list[np.ndarray]]:
    with av.open(str(path)) as video:
        frames = list(video.decode(video=0))
        return [frame.pts * frame.time_base for frame in frames], [
            frame.to_ndarray(format="rgb24") for frame in frames
        ]


def sound(path: Path) -> list[tuple[Fraction, bytes]]:
    with av.open(str(path)) as video:
        packets = [packet for packet in video.demux(audio=0) if packet.dts is not None]
        return [(packet.pts * packet.time_base, bytes(packet)) for packet in packets]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_times_sound_and_colours_are_kept(film: Path, tmp_path: Path, suffix: str) -> None:
    told: list[int] = []
    target = tmp_path / f"b{suffix}"
    convert_video(film, target, twice, settings={}, batch=3, segment=8, done=told.append)
    assert sum(told) == FRAMES == frame_count(film) and max(told) == 3
    (before, source), (after, pixels) = times_and_pixels(film), times_and_pixels(target)
    # Sound begins before the picture, by what its decoder throws away; Matroska has no times below 0.
    late = Fraction(64, 1000) if suffix == ".mkv" else Fraction(0)
    assert after == [time + late for time in before] and len(after) == FRAMES
    assert sound(target) == [(time + late, data) for time, data in sound(film)]
    for i, frame in enumerate(pixels):
        assert frame.shape == (96, 128, 3)
        assert np.abs(frame.astype(int) - twice(source[i][None])[0]).mean() < 2
        assert np.abs(frame.astype(int) - twice(drawn(i)[None])[0]).mean() < 3
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_it_goes_on_where_it_was_stopped(film: Path, tmp_path: Path) -> None:
    target, made = tmp_path / "b.mp4", []

    def stops(frames: np.ndarray) -> np.ndarray:
        if len(made) == 5:
            raise KeyboardInterrupt
        made.append(len(frames))
        return twice(frames)

    with pytest.raises(KeyboardInterrupt):
        convert_video(film, target, stops, settings={"scale": 2}, batch=2, segment=4)
    parts = sorted(path.name for path in (tmp_path / "b.mp4.parts").iterdir())
    assert parts == ["000000.nut", "000001.nut", "settings.json"] and not target.exists()

    calls: list[int] = []

    def counts(frames: np.ndarray) -> np.ndarray:
        calls.append(len(frames))
        return twice(frames)

    convert_video(film, target, counts, settings={"scale": 2}, batch=2, segment=4)
    assert sum(calls) == FRAMES - 8
    whole = tmp_path / "c.mp4"
    convert_video(film, whole, twice, settings={"scale": 2}, batch=2, segment=4)
    for a, b in zip(times_and_pixels(target)[1], times_and_pixels(whole)[1], strict=True):
        np.testing.assert_array_equal(a, b)


def test_parts_of_other_settings_are_not_used(film: Path, tmp_path: Path) -> None:
    target = tmp_path / "b.mp4"

    def broken(frames: np.ndarray) -> np.ndarray:
        raise ZeroDivisionError

    parts = tmp_path / "b.mp4.parts"
    with pytest.raises(ZeroDivisionError):
        convert_video(film, target, broken, settings={"scale": 2}, segment=4)
    (parts / "000000.nut").write_bytes(b"left over")
    convert_video(film, target, twice, settings={"scale": 3}, segment=4)
    assert len(times_and_pixels(target)[0]) == FRAMES


def test_odd_sides_and_videos_that_are_shown_turned(film: Path, tmp_path: Path) -> None:
    """The header of the track (ISO 14496-12, 8.3.2) has a matrix by which players turn the picture."""
    data = film.read_bytes()
    straight = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    place = data.index(straight, data.index(b"tkhd"))
    turned = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 48 << 16, 0, 1 << 30)
    (tmp_path / "turned.mp4").write_bytes(data[:place] + turned + data[place + 36 :])
    target = tmp_path / "b.mkv"
    convert_video(tmp_path / "turned.mp4", target, lambda frames: frames[:, 1:, 1:], settings={})
    pixels = times_and_pixels(target)[1]
    expected = np.rot90(drawn(9), -1)[1:, 1:]  # a quarter to the right: what was left is at the top
    assert pixels[9].shape == (63, 47, 3)
    assert np.abs(pixels[9].astype(int) - expected).mean() < 3


def test_what_is_no_video(film: Path, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no video")
    quiet: dict[str, Any] = {"settings": {}}
    with pytest.raises(DataError, match=r"a\.mp4 cannot be read"):
        convert_video(tmp_path / "a.mp4", tmp_path / "b.mp4", twice, **quiet)
    with pytest.raises(DataError, match=r"a\.mp4 cannot be read"):
        frame_count(tmp_path / "a.mp4")
    with pytest.raises(UsageError, match=r"Unknown video format '\.avi'"):
        convert_video(film, tmp_path / "b.avi", twice, **quiet)
    (tmp_path / "cut.mp4").write_bytes(film.read_bytes()[:3000])
    with pytest.raises(DataError, match=r"cut\.mp4"):
        convert_video(tmp_path / "cut.mp4", tmp_path / "b.mp4", twice, **quiet)
    assert not (tmp_path / "b.mp4").exists()
