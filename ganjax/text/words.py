"""The words of DAMSM: English text as the AttnGAN family of codes reads it.

Source: tobran/DF-GAN, code/lib/utils.py, `tokenize`; taoxugit/AttnGAN, code/datasets.py.
"""

import dataclasses
import functools
import re
from collections.abc import Mapping
from typing import Any

from ganjax.core.configs import from_dict, to_dict

_WORD = re.compile(r"\w+")


@dataclasses.dataclass(frozen=True)
class Words:
    """A vocabulary of whole words.

    A text is put in lower case and split into runs of letters and digits. Of each run only the ASCII letters
    count ("naïve" is read as "nave"), and runs that are no word of the vocabulary are left out.

    Attributes:
      vocabulary: the word of each id; the first one means the end, and is the padding.
      length: the most words that count; the later ones are left out. The published encoders were trained with
        18 at most; of longer captions, others each time.
    """

    vocabulary: tuple[str, ...]
    length: int = 18

    def encode(self, prompt: str) -> list[int]:
        """The ids of the known words, in order."""
        # Files that went through a wrong encoding have pairs of this sign where an apostrophe was.
        found = _WORD.finditer(prompt.replace("\ufffd\ufffd", " ").lower())
        ids = (self._ids.get(word[0].encode("ascii", "ignore").decode()) for word in found)
        return [known for known in ids if known][: self.length]

    def to_json(self) -> dict[str, Any]:
        """The tokenizer as plain JSON values."""
        return to_dict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Words":
        """The tokenizer that `to_json` gave.

        Raises:
          UsageError: values of no such tokenizer.
        """
        return from_dict(cls, values)

    @functools.cached_property
    def _ids(self) -> dict[str, int]:
        return {word: i for i, word in enumerate(self.vocabulary)}
