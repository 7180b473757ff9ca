"""Text on sheets of pictures, in any script that a font on this machine has."""

import functools
import re
import warnings
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ganjax.core.text import printable

# Pillow's own font comes first, so that English sheets look the same everywhere. It has Latin letters only;
# these are the usual fonts with Japanese ones on Linux, macOS and Windows, and one with many other scripts.
_FONTS = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKjp-Regular.otf",
    "NotoSansJP-Regular.otf",
    "ipaexg.ttf",
    "ipag.ttf",
    "ヒラギノ角ゴシック W3.ttc",
    "YuGothM.ttc",
    "meiryo.ttc",
    "msgothic.ttc",
    "DejaVuSans.ttf",
)
_LONGEST = 1000  # signs of a text that are looked at: more never fit
_NONE = "\uffff"  # no font has a sign for it
# A word with the spaces behind it; between Chinese and Japanese letters a line may end anywhere.
_PIECE = re.compile(r"[^\s\u2e80-\uffef]+\s*|\S\s*")


def label(text: str, *, width: int, size: int, lines: int) -> np.ndarray:
    """As much of `text` as fits into `lines` lines, black on white: uint8 [1.5 size a line, width, 3].

    Signs that no font on this machine has are drawn as boxes, with a `UserWarning` that says so.
    """
    shown = printable(" ".join(text[:_LONGEST].split()))
    font = _font(shown, size)
    if lacking := _lacking(shown, font):
        signs = "".join(sorted(lacking)[:10])
        warnings.warn(f"no font on this machine has {signs!r}: drawn as boxes", UserWarning, stacklevel=2)
    broken = [*_broken(shown, font, width)]
    picture = Image.new("RGB", (width, min(len(broken), lines) * size * 3 // 2), "white")
    draw = ImageDraw.Draw(picture)
    for i, line in enumerate(broken[:lines]):
        if i == lines - 1 and len(broken) > lines:
            while line and font.getlength(f"{line}...") > width:
                line = line[:-1]
            line += "..."
        # On a common base line, whatever the font.
        draw.text((0, i * size * 3 // 2 + size), line, fill="black", font=font, anchor="ls")
    return np.asarray(picture)


def _broken(text: str, font: ImageFont.FreeTypeFont, width: int) -> Iterator[str]:
    """The lines of `text`; a word that is wider than a line is broken where the line ends."""
    line = ""
    for piece in _PIECE.findall(text):
        if line and font.getlength(line + piece.rstrip()) > width:
            yield line.rstrip()
            line = ""
        line += piece
        while len(line.rstrip()) > 1 and font.getlength(line.rstrip()) > width:
            fitting = 1
            while font.getlength(line[: fitting + 1]) <= width:
                fitting += 1
            yield line[:fitting]
            line = line[fitting:]
    if line.strip():
        yield line.rstrip()


def _font(text: str, size: int) -> ImageFont.FreeTypeFont:
    """The first font with all signs of `text`, or the one that lacks the fewest."""
    best = _opened("", size)
    for name in _FONTS:
        if best is None or not _lacking(text, best):
            break
        other = _opened(name, size)
        if other is not None and len(_lacking(text, other)) < len(_lacking(text, best)):
            best = other
    assert best is not None  # Pillow's own is always there
    return best


@functools.cache
def _opened(name: str, size: int) -> ImageFont.FreeTypeFont | None:
    """The font of a file in the system's folders, None where it is not there; "" is Pillow's own."""
    try:
        font = ImageFont.truetype(name, size) if name else ImageFont.load_default(size)
    except OSError:
        return None
    return font if isinstance(font, ImageFont.FreeTypeFont) else None


def _lacking(text: str, font: ImageFont.FreeTypeFont) -> set[str]:
    """The signs of `text` that `font` draws like one that does not exist."""
    box = bytes(font.getmask(_NONE))
    return {sign for sign in set(text) if not sign.isspace() and bytes(font.getmask(sign)) == box}
