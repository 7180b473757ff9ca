"""`ganjax imagine`: draw pictures of what a text says."""

import dataclasses
import json
import pathlib
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

import tyro

from ganjax.cli.checks import SEEDS, check_number, check_picture
from ganjax.core.configs import to_dict
from ganjax.core.errors import UsageError

if TYPE_CHECKING:
    import numpy as np

STREAM = "-"
ANIMATIONS = (".gif", ".webp")

# The column of prompts: its width and the height of its letters in pixels, and its lines.
_LABEL, _LETTERS, _LINES = 240, 13, 6


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
    table = _drawn(options, prompts)
    if options.walk:
        from ganjax.core.images import grid, save_animation

        save_animation(out, [grid(row, columns=options.n) for row in table])
    else:
        from ganjax.core.pictures import write_picture

        sheet = _sheet(table, prompts)
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
            raise UsageError(f"Line {number} of standard input is no UTF-8 text: {error}.") from None
        if text:
            yield text


def _drawn(options: Options, prompts: Sequence[str]) -> "np.ndarray":
    """Pictures uint8 [rows, n, S, S, 3]: a row for each prompt, or for each frame of a walk."""
    import jax
    import numpy as np
    from tqdm import tqdm

    from ganjax.api import load, sample_latents
    from ganjax.core.images import to_uint8
    from ganjax.imagine import encode_text, line, pictures, text_encoder

    model = load(options.model, dtype=options.dtype)
    given = None if options.text is None else load(options.text, part="text", dtype=options.dtype)
    sentences = encode_text(text_encoder(model, text=given), prompts).sentence
    if options.walk:
        sentences = line(sentences, options.frames)
    latents = sample_latents(model, jax.random.key(options.seed), n=options.n, truncation=options.truncation)
    count = len(sentences) * options.n
    drawn = tqdm(pictures(model, latents, sentences), total=count, unit="picture", disable=None)
    images = np.stack([to_uint8(image) for image in drawn])
    return images.reshape(len(sentences), options.n, *images.shape[1:])


def _sheet(table: "np.ndarray", prompts: Sequence[str]) -> "np.ndarray":
    """The rows of a table of pictures as one [H, W, 3], each with its prompt on the left."""
    import numpy as np

    from ganjax.cli.labels import label
    from ganjax.core.images import grid

    rows = []
    for prompt, images in zip(prompts, table, strict=True):
        parts = [label(prompt, width=_LABEL, size=_LETTERS, lines=_LINES), grid(images, columns=len(images))]
        height = max(len(part) for part in parts) + 2  # a line between rows, as between columns
        room = [((height - len(part)) // 2, (height - len(part) + 1) // 2) for part in parts]
        rows.append(
            np.hstack(
                [
                    np.pad(part, (each, (4, 4), (0, 0)), constant_values=255)
                    for part, each in zip(parts, room, strict=True)
                ]
            )
        )
    return np.vstack(rows)
