"""A small vocabulary of English and Japanese, learned from captions."""

import dataclasses
import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ganjax.core.configs import from_dict, to_dict

# A run of Latin letters and digits, a run of katakana, or any other single letter.
_PIECE = re.compile(r"[a-z0-9]+|[ァ-ヺー]+|[^\W_]")


@dataclasses.dataclass(frozen=True)
class Bilingual:
    """Words of English and pieces of Japanese in one vocabulary.

    English is split into words. Japanese has no spaces; a run of katakana is one word, as it nearly always is
    in the language (シャツ, オレンジ), and every kanji and hiragana is a piece of its own. A dictionary-based
    segmenter would give longer pieces, but it would be a dependency of many megabytes, for captions that are
    written with a few hundred letters: kanji carry their meaning alone, and the order of the others is read
    by the recurrent network behind.

    Width, case and the composition of letters do not count (Unicode's NFKC, lower case), nor do punctuation
    and spaces. Pieces that were in no caption are left out.

    Attributes:
      pieces: the vocabulary; the id of a piece is its place from 1 on, and 0 is the padding.
      length: the most pieces that count; the later ones are left out.
    """

    pieces: tuple[str, ...]
    length: int = 96

    @classmethod
    def learn(cls, captions: Iterable[str], *, length: int = 96) -> "Bilingual":
        """The tokenizer that knows every piece of `captions`, whatever their order."""
        return cls(tuple(sorted({piece for caption in captions for piece in split(caption)})), length)

    @property
    def tokens(self) -> int:
        """How many ids there are, with the padding."""
        return 1 + len(self.pieces)

    def encode(self, prompt: str) -> list[int]:
        """The ids of the known pieces, in order."""
        return [self._ids[piece] for piece in split(prompt) if piece in self._ids][: self.length]

    def to_json(self) -> dict[str, Any]:
        """The tokenizer as plain JSON values."""
        return to_dict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Bilingual":
        """The tokenizer that `to_json` gave.

        Raises:
          UsageError: values of no such tokenizer.
        """
        return from_dict(cls, values)

    @functools.cached_property
    def _ids(self) -> dict[str, int]:
        return {piece: i for i, piece in enumerate(self.pieces, 1)}


def split(text: str) -> Iterator[str]:
    """The pieces of a text, known or not."""
    return (piece[0] for piece in _PIECE.finditer(unicodedata.normalize("NFKC", text).lower()))
