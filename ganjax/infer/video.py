"""A function of pictures on every frame of a video: in bounded memory, and going on where it was stopped.

Frames are made in segments, each a file of its own beside the result until all are there; then they are put
together, with the sound of the source as it is. Every frame keeps its time. Needs PyAV (the extra `video`).
"""

import heapq
import itertools
import json
import os
import pathlib
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from ganjax.core.errors import DataError, UsageError, unknown
from ganjax.core.files import atomic_path, write_json

SUFFIXES = frozenset({".avi", ".m4v", ".mkv", ".mov", ".mp4", ".webm"})
"""Endings of the videos that are read, in lower case."""
WRITABLE = (".mkv", ".mov", ".mp4")
"""Endings of the videos that are written, as H.264."""

# Without frames that refer to later ones, segments can be put together as they are.
_H264 = {"crf": "16", "preset": "medium", "bf": "0"}
_BT709, _STUDIO_RANGE = 1, 1  # ITU-T H.273, table 4; FFmpeg, AVColorRange


def convert_video(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    function: Callable[[np.ndarray], np.ndarray],
    *,
    settings: Mapping[str, Any],
    batch: int = 4,
    segment: int = 240,
    done: Callable[[int], Any] = lambda frames: None,
) -> None:
    """Writes the video `target`, whose frames are those of `source` after `function`.

    A call that was stopped goes on after its last whole segment, in the folder TARGET.parts, if source and
    `settings` are the same. The result is whole or not there at all.

    Args:
      source: a video; its first video stream is taken, and all its sound.
      target: ends in one of `WRITABLE`.
      function: takes uint8 RGB frames [n, H, W, 3], upright, and gives such [n, H', W', 3].
      settings: what the result depends on besides the source, as JSON values.
      batch: frames that `function` takes at once.
      segment: frames in a segment.
      done: is told how many frames have been made, or found, since it was told last.

    Raises:
      UsageError: PyAV is missing, or another ending.
      DataError: `source` is no video, a damaged one, or its sound does not fit into such a file.
    """
    target = pathlib.Path(target)
    if target.suffix.lower() not in WRITABLE:
        raise UsageError(unknown("video format", target.suffix, WRITABLE))
    av = _av()
    folder = target.with_name(f"{target.name}.parts")
    state = pathlib.Path(source).stat()
    _begin(folder, {**settings, "bytes": state.st_size, "changed": state.st_mtime_ns, "segment": segment})
    parts = []
    try:
        with av.open(os.fspath(source)) as video:
            if not video.streams.video:
                raise DataError(f"{source} has no video in it.")
            frames = video.decode(video.streams.video[0])
            for number in itertools.count():
                frame = next(frames, None)
                if frame is None:
                    break
                here = itertools.chain([frame], itertools.islice(frames, segment - 1))
                parts.append(folder / f"{number:06d}.nut")
                if parts[-1].exists():
                    done(sum(1 for _ in here))
                else:
                    _write_segment(parts[-1], here, video.streams.video[0], function, batch, done)
        if not parts:
            raise DataError(f"{source} has no frames in it.")
        with atomic_path(target) as temporary:
            _join(temporary, parts, source)
    except av.error.FFmpegError as error:
        raise DataError(f"{source} cannot be read, or not be written as {target.name}: {error}") from error
    shutil.rmtree(folder)


def frame_count(source: str | os.PathLike[str]) -> int | None:
    """How many frames a video says it has; None where it does not.

    Raises:
      UsageError: PyAV is missing.
      DataError: it is no video.
    """
    av = _av()
    try:
        with av.open(os.fspath(source)) as video:
            streams = video.streams.video
            return streams[0].frames or None if streams else None
    except av.error.FFmpegError as error:
        raise DataError(f"{source} cannot be read: {error}") from error


def _av() -> Any:
    try:
        import av
    except ImportError as error:
        raise UsageError("Videos need PyAV: pip install ganjax[video].") from error
    return av


def _begin(folder: pathlib.Path, settings: Mapping[str, Any]) -> None:
    """A folder for the segments; one that is there is kept only if it is of the same settings."""
    told = folder / "settings.json"
    same = told.is_file() and json.loads(told.read_text("utf-8")) == json.loads(json.dumps(settings))
    if not same:
        shutil.rmtree(folder, ignore_errors=True)
        write_json(told, settings)


def _write_segment(
    path: pathlib.Path,
    frames: Iterable[Any],
    stream: Any,
    function: Callable[[np.ndarray], np.ndarray],
    batch: int,
    done: Callable[[int], Any],
) -> None:
    """Encodes the frames after `function`, with their times."""
    av = _av()
    with atomic_path(path) as temporary, av.open(os.fspath(temporary), "w") as out:
        encoder = None
        frames = iter(frames)
        while chunk := list(itertools.islice(frames, batch)):
            pictures = function(np.stack([_upright(frame) for frame in chunk]))
            if encoder is None:
                encoder = _encoder(out, pictures.shape[1:3], stream)
            for frame, picture in zip(chunk, pictures, strict=True):
                made = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(
                    format=encoder.pix_fmt, dst_colorspace=_BT709, dst_color_range=_STUDIO_RANGE
                )
                made.pts, made.time_base = frame.pts, frame.time_base
                out.mux(encoder.encode(made))
            done(len(chunk))
        if encoder is not None:
            out.mux(encoder.encode())


def _upright(frame: Any) -> np.ndarray:
    """The pixels [H, W, 3] of a frame as it is to be shown: phones film sideways and say so."""
    return np.rot90(frame.to_ndarray(format="rgb24"), round(frame.rotation / 90))


def _encoder(out: Any, size: tuple[int, ...], stream: Any) -> Any:
    """A stream of H.264 for frames of `size` (height, width), with the times of `stream`."""
    encoder = out.add_stream("libx264", rate=stream.average_rate or Fraction(25), options=dict(_H264))
    encoder.height, encoder.width = size
    # Colours at half the size, as all players want them, need even sides.
    encoder.pix_fmt = "yuv444p" if size[0] % 2 or size[1] % 2 else "yuv420p"
    encoder.codec_context.time_base = stream.time_base
    encoder.codec_context.colorspace, encoder.codec_context.color_range = _BT709, _STUDIO_RANGE
    for name in ("color_primaries", "color_trc"):
        setattr(encoder.codec_context, name, getattr(stream.codec_context, name))
    return encoder


def _join(path: pathlib.Path, parts: list[pathlib.Path], source: str | os.PathLike[str]) -> None:
    """Puts the segments and the sound of `source` into one file, nothing encoded anew."""
    av = _av()
    with av.open(os.fspath(path), "w") as out, av.open(os.fspath(source)) as sound:
        with av.open(os.fspath(parts[0])) as first:
            picture = out.add_stream_from_template(first.streams.video[0])
        copies = {stream.index: out.add_stream_from_template(stream) for stream in sound.streams.audio}

        def pictures() -> Iterator[Any]:
            for part in parts:
                with av.open(os.fspath(part)) as segment:
                    for packet in segment.demux(video=0):
                        packet.dts = packet.pts  # as no frame refers to a later one; the file does not say so
                        packet.stream = picture
                        yield packet

        def sounds() -> Iterator[Any]:
            for packet in sound.demux(sound.streams.audio) if copies else ():
                packet.stream = copies[packet.stream.index]
                yield packet

        # The last packet of each stream is empty.
        timed = (filter(lambda packet: packet.dts is not None, each) for each in (pictures(), sounds()))
        for packet in heapq.merge(*timed, key=lambda packet: packet.dts * packet.time_base):
            out.mux(packet)
