"""`ganjax imagine`: draw pictures of what a text says."""

import dataclasses
import json
import pathlib
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

import tyro

from ganjax.cli.checks import SEEDS, check_number, check_picture, check_place
from ganjax.core.configs import to_dict
from ganjax.core.errors import UsageError

if TYPE_CHECKING:
    import jax
    import numpy as np

    from ganjax.core.types import Model

STREAM = "-"
ANIMATIONS = (".gif", ".webp")
_TOGETHER = 512  # prompts that are encoded at once: the features of all their words take memory

# The column of prompts: its width and the height of its letters in pixels, and its lines.
_LABEL, _LETTERS, _LINES = 240, 13, 6
_GAP, _MARGIN = 2, 4  # between pictures; and on both sides of labels and of pictures


@dataclasses.dataclass(frozen=True)
class Options:
    """Draw pictures of what texts say and write them as one labelled sheet.

    A row for each prompt, a column for each latent: down a column only the text changes. A PNG keeps the
    prompts as its text "Prompts".

    Attributes:
      prompts: texts in quotes; - reads them from standard input, one a line.
      n: pictures of each prompt.
      seed: column i of a seed always has the same latent.
      out: the picture to write; .png, .jpg or .webp, and .gif or .webp with --walk. imagined.png or
        imagined.webp when left out.
      model: a name of `ganjax list --task imagine`, a run folder, or a weight file.
      text: the text encoder, likewise; the one that the model was trained on when left out.
      walk: write an animation that leads from the first of two prompts to the second.
      frames: pictures of the animation.
      truncation: from 0 to 1: less varied pictures, which are more often good; not used when left out.
      dtype: type of the products; as the file says when left out.
      dry_run: print the settings as JSON and stop.
    """

    prompts: tyro.conf.Positional[tuple[str, ...]]
    n: int = 8
    seed: int = 0
    out: pathlib.Path | None = None
    model: str = "dfgan-faces-64"
    text: str | None = None
    walk: bool = False
    frames: int = 24
    truncation: float | None = None
    dtype: Literal["float32", "bfloat16"] | None = None
    dry_run: bool = False


def run(options: Options) -> int:
    """Draws and writes the pictures; prints the path."""
    check_number("--n", options.n, low=1)
    check_number("--seed", options.seed, high=SEEDS)
    check_number("--frames", options.frames, low=2)
    check_number("--truncation", options.truncation, high=1)
    out = options.out or pathlib.Path("imagined.webp" if options.walk else "imagined.png")
    if not options.walk:
        check_picture("--out", out)
    elif out.suffix.lower() not in ANIMATIONS:
        raise UsageError(f"--out ends in {' or '.join(ANIMATIONS)} with --walk; got {out}.")
    if options.dry_run:
        print(json.dumps({**to_dict(options), "out": str(out)}, indent=2, ensure_ascii=False))
        return 0
    prompts = [*_read(options.prompts)]
    if not prompts:
        raise UsageError('Say what to draw, as in `ganjax imagine "an old man with glasses"`.')
    if options.walk and len(prompts) != 2:
        raise UsageError(f"--walk leads from one prompt to another: give two, not {len(prompts)}.")
    check_place(out)
    model, sentences = _told(options, prompts)
    labels = None if options.walk else _labels(prompts)
    _check_size(options, out, model.spec.side, labels)
    table = _drawn(options, model, sentences)
    if labels is None:
        from ganjax.core.images import grid, save_animation

        save_animation(out, [grid(row, columns=options.n, gap=_GAP) for row in table])
    else:
        from ganjax.core.pictures import write_picture

        sheet = _sheet(table, labels)
        write_picture(out, [sheet], shape=sheet.shape, texts={"Prompts": "\n".join(prompts)})
    print(out)
    return 0


def _read(prompts: Sequence[str]) -> Iterator[str]:
    """The prompts, with the lines of standard input that are not blank in the place of "-".

    Raises:
      UsageError: one is no text.
    """
    for prompt in prompts:
        if prompt == STREAM:
            yield from _lines(sys.stdin.buffer.read())
            continue
        try:
            prompt.encode()  # what is no text comes from the shell as halves of letters
        except UnicodeEncodeError:
            raise UsageError(f"The prompt {prompt!r} is no UTF-8 text.") from None
        yield prompt


def _lines(data: bytes) -> Iterator[str]:
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        try:
            text = line.decode().strip()
        except UnicodeDecodeError as error:
            raise UsageError(
                f"Line {number} of standard input is no UTF-8 text: see its byte {error.start + 1}."
            ) from None
        if text:
            yield text


def _told(options: Options, prompts: Sequence[str]) -> "tuple[Model, jax.Array]":
    """The generator, and the vectors [P, D] of the prompts.

    Raises:
      UsageError: so many pictures are wanted that no program would open the result.
    """
    import jax.numpy as jnp

    from ganjax.api import load
    from ganjax.core.pictures import MAX_PIXELS
    from ganjax.imagine import encode_text, text_encoder

    model = load(options.model, dtype=options.dtype)
    given = None if options.text is None else load(options.text, part="text", dtype=options.dtype)
    encoder = text_encoder(model, text=given)
    count, side = options.n * (options.frames if options.walk else len(prompts)), model.spec.side
    if count * side**2 > MAX_PIXELS:
        raise UsageError(
            f"{count} pictures of {side} x {side} pixels are too many for one file: the limit is "
            f"{MAX_PIXELS // side**2}."
        )
    parts = [prompts[i : i + _TOGETHER] for i in range(0, len(prompts), _TOGETHER)]
    return model, jnp.concatenate([encode_text(encoder, part).sentence for part in parts])


def _drawn(options: Options, model: "Model", sentences: "jax.Array") -> "np.ndarray":
    """Pictures uint8 [rows, n, S, S, 3]: a row for each prompt, or for each frame of a walk."""
    import jax
    import numpy as np
    from tqdm import tqdm

    from ganjax.api import sample_latents
    from ganjax.core.images import to_uint8
    from ganjax.imagine import line, pictures

    if options.walk:
        sentences = line(sentences, options.frames)
    latents = sample_latents(model, jax.random.key(options.seed), n=options.n, truncation=options.truncation)
    count = len(sentences) * options.n
    drawn = tqdm(pictures(model, latents, sentences), total=count, unit="picture", disable=None)
    images = np.stack([to_uint8(image) for image in drawn])
    return images.reshape(len(sentences), options.n, *images.shape[1:])


def _labels(prompts: Sequence[str]) -> "list[np.ndarray]":
    from ganjax.cli.labels import label

    return [label(prompt, width=_LABEL, size=_LETTERS, lines=_LINES) for prompt in prompts]


def _heights(labels: "Sequence[np.ndarray]", side: int) -> list[int]:
    """Heights of the rows of a sheet, each with the line below it."""
    return [max(len(each), side) + _GAP for each in labels]


def _check_size(
    options: Options, out: pathlib.Path, side: int, labels: "Sequence[np.ndarray] | None"
) -> None:
    """Lets a sheet with `labels` pass that a file like `out` can hold, or without them an animation.

    Raises:
      UsageError: it is larger.
    """
    from ganjax.core.pictures import MAX_PIXELS, check_fits

    width = options.n * (side + _GAP) - _GAP
    if labels is None:
        check_fits(out, side, width, advice="draw fewer pictures")
    else:
        height, width = sum(_heights(labels, side)), width + _LABEL + 4 * _MARGIN
        if height * width > MAX_PIXELS:
            raise UsageError(
                f"A sheet of {width} x {height} pixels is too large for one file: the limit is {MAX_PIXELS} "
                "in all. Give fewer prompts at once, or draw fewer pictures of each."
            )
        check_fits(out, height, width, advice="write PNG, or draw fewer pictures")


def _sheet(table: "np.ndarray", labels: "Sequence[np.ndarray]") -> "np.ndarray":
    """The rows of a table of pictures as one [H, W, 3], each with its label on the left."""
    import numpy as np

    from ganjax.core.images import grid

    rows = []
    for images, text, height in zip(table, labels, _heights(labels, table.shape[2]), strict=True):
        parts = text, grid(images, columns=len(images), gap=_GAP)
        room = [((height - len(part)) // 2, (height - len(part) + 1) // 2) for part in parts]
        rows.append(
            np.hstack(
                [
                    np.pad(part, (each, (_MARGIN, _MARGIN), (0, 0)), constant_values=255)
                    for part, each in zip(parts, room, strict=True)
                ]
            )
        )
    return np.vstack(rows)
