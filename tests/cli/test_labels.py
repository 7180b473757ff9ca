"""Text on sheets: it fits, whatever it is, and what cannot be drawn is told."""

import warnings

import numpy as np
import pytest
from PIL import ImageFont

from ganjax.cli import labels
from ganjax.cli.labels import label


def inked(pixels: np.ndarray) -> int:
    """Pixels that are rather black than white."""
    return int((pixels < 128).any(-1).sum())


@pytest.mark.parametrize(
    "text", ["one", "some words that need lines", "x" * 10000, "a\tb\nc", "", "\x1b[31m"]
)
def test_text_fits_into_its_lines(text: str) -> None:
    pixels = label(text, width=60, size=12, lines=3)
    assert pixels.dtype == np.uint8 and pixels.shape[1:] == (60, 3)
    assert len(pixels) % 18 == 0 and len(pixels) <= 3 * 18
    assert (inked(pixels) > 0) == bool(text)


def test_words_stay_whole_where_they_can() -> None:
    font = ImageFont.load_default(12)
    assert isinstance(font, ImageFont.FreeTypeFont)
    assert [*labels._broken("one two three", font, 45)] == ["one two", "three"]
    assert "".join(labels._broken("x" * 30, font, 45)) == "x" * 30
    # Neither Chinese nor Japanese has spaces.
    lines = [*labels._broken("笑っている人", font, 3 * int(font.getlength("笑")))]
    assert lines == ["笑って", "いる人"]


def test_signs_that_no_font_has_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels, "_FONTS", ("absent.ttf",))
    with pytest.warns(UserWarning, match="no font on this machine has '人笑': drawn as boxes"):
        pixels = label("笑 a 人", width=80, size=12, lines=1)
    assert inked(pixels) > inked(label("a", width=80, size=12, lines=1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        label("An old man, (c) 90%!", width=80, size=12, lines=1)
