"""CLIP's byte-pair encoding: frequent words are one token, rare ones several pieces, down to single bytes.

So nothing is unknown, in any script; but what was rare in its training texts, which are English, takes many
tokens: a Japanese letter up to three.

Source: Radford et al. 2021, arXiv:2103.00020, section 2.4; openai/CLIP, clip/simple_tokenizer.py. Of its
cleaning, what it does to spaces, case and composed letters is followed, as in huggingface/transformers; its
repair of texts in a wrong encoding (ftfy) and of HTML is not, which plain prompts do not need.
"""

import dataclasses
import functools
import gzip
import heapq
import itertools
import os
import re
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from ganjax.core.configs import from_dict, to_dict
from ganjax.core.errors import CheckpointError

START, END = "<|startoftext|>", "<|endoftext|>"
MERGES = 49152 - 256 - 2
"""Merges of CLIP: its published file has more lines, of which the first so many count."""

_LAST = "</w>"  # what marks the last piece of a word
_MOST = 1 << 24  # bytes of a merges file; the published one has three million

# In lower case: a mark of start or end, an ending after an apostrophe, a run of letters and numbers, or a run
# of other signs. Numbers are taken out of their runs later: `re` has no class for them.
_RUN = re.compile(rf"{re.escape(START)}|{re.escape(END)}|'s|'t|'re|'ve|'m|'ll|'d|[^\W_]+|(?:[^\w\s]|_)+")


@dataclasses.dataclass(frozen=True)
class BytePairs:
    """The tokenizer of CLIP.

    The vocabulary follows from the merges: the 256 bytes, the same at the end of a word, what each merge
    makes, and the marks of start and end, which are the two largest ids.

    Attributes:
      merges: pairs of pieces that are joined, the most frequent first, each with a space between its two.
      length: the most tokens of a text, with those of start and end; the later ones are left out, and the end
        is kept.
    """

    merges: tuple[str, ...]
    length: int = 77

    @classmethod
    def read(cls, path: str | os.PathLike[str], *, length: int = 77) -> "BytePairs":
        """The tokenizer of a published merges file, `bpe_simple_vocab_16e6.txt.gz` or `merges.txt`.

        Raises:
          CheckpointError: it cannot be read, or has lines that are no pairs.
        """
        try:
            with open(path, "rb") as file:
                packed = file.read(2) == b"\x1f\x8b"
            with gzip.open(path) if packed else open(path, "rb") as file:
                data = file.read(_MOST + 1)
            if len(data) > _MOST:
                raise ValueError(f"it has more than {_MOST:,} bytes")
            lines = data.decode().split("\n")
            # The first line tells the version.
            merges = tuple(line.rstrip("\r") for line in lines[1 : 1 + MERGES] if line.strip())
            if wrong := next((line for line in merges if len(line.split(" ")) != 2), None):
                raise ValueError(f"the line {wrong[:40]!r} is no pair")
        except (EOFError, OSError, ValueError, zlib.error) as error:
            raise CheckpointError(f"{path} cannot be read as a list of merges: {error}.") from error
        return cls(merges, length)

    @property
    def tokens(self) -> int:
        """How many ids there are."""
        return len(self._ids)

    def encode(self, prompt: str) -> list[int]:
        """The ids of the pieces between those of start and end, at most `length` in all."""
        pieces = itertools.islice(self._pieces(prompt), max(self.length - 2, 0))
        return [self._ids[piece] for piece in (START, *pieces, END)]

    def to_json(self) -> dict[str, Any]:
        """The tokenizer as plain JSON values."""
        return to_dict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "BytePairs":
        """The tokenizer that `to_json` gave.

        Raises:
          UsageError: values of no such tokenizer.
        """
        return from_dict(cls, values)

    @functools.cached_property
    def _ids(self) -> dict[str, int]:
        letters = [*_letters().values()]
        joined = [merge.replace(" ", "") for merge in self.merges]
        pieces = [*letters, *(letter + _LAST for letter in letters), *joined, START, END]
        return {piece: i for i, piece in enumerate(pieces)}

    @functools.cached_property
    def _ranks(self) -> dict[tuple[str, ...], int]:
        return {tuple(merge.split(" ")): rank for rank, merge in enumerate(self.merges)}

    def _pieces(self, prompt: str) -> Iterator[str]:
        """The pieces of all words, in order, as they are asked for."""
        letters = _letters()
        for word in _words(prompt):
            if word in (START, END):
                yield word
            else:
                *before, last = (letters[byte] for byte in word.encode("utf-8", "replace"))
                yield from self._merged([*before, last + _LAST])

    def _merged(self, pieces: list[str]) -> list[str]:
        """Neighbours joined where a merge allows it: the merge of the lowest rank first, then from the left.

        The candidates wait in a heap, so that a text without spaces takes time in proportion to its length.
        """
        after = [*range(1, len(pieces)), -1]
        before = [*range(-1, len(pieces) - 1)]
        waiting: list[tuple[int, int, str, str]] = []

        def offer(i: int) -> None:
            if i >= 0 and after[i] >= 0:
                pair = pieces[i], pieces[after[i]]
                if pair in self._ranks:
                    heapq.heappush(waiting, (self._ranks[pair], i, *pair))

        for i in range(len(pieces)):
            offer(i)
        while waiting:
            _, i, *pair = heapq.heappop(waiting)
            j = after[i]
            if j < 0 or [pieces[i], pieces[j]] != pair:
                continue  # one of them was joined to another neighbour
            pieces[i], pieces[j] = pieces[i] + pieces[j], ""
            after[i], after[j] = after[j], -1
            if after[i] >= 0:
                before[after[i]] = i
            offer(before[i])
            offer(i)
        return [piece for piece in pieces if piece]


@functools.cache
def _letters() -> dict[int, str]:
    """A letter for each byte, so that merges can be written as text; in the order of the vocabulary.

    Bytes that are printable signs stand for themselves, the others for signs from 256 on.
    """
    shown = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    hidden = [byte for byte in range(256) if byte not in shown]
    return {**{byte: chr(byte) for byte in shown}, **{byte: chr(256 + i) for i, byte in enumerate(hidden)}}


def _words(text: str) -> Iterator[str]:
    """What is merged by itself: marks, endings, runs of letters, single numbers, runs of other signs."""
    for run in _RUN.findall(unicodedata.normalize("NFC", text).lower()):
        for numeric, signs in itertools.groupby(run, _is_number):
            word = "".join(signs)
            yield from word if numeric else (word,)


def _is_number(sign: str) -> bool:
    return unicodedata.category(sign).startswith("N")
