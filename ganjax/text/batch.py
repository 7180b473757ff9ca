"""Prompts to the arrays that text encoders take."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from ganjax.core.errors import UsageError

_SHOWN = 60  # letters of a prompt that a message quotes


class Tokenizer(Protocol):
    """Whatever turns a text into token ids: `Words`, `Bilingual` and others are used alike."""

    @property
    def length(self) -> int:
        """The most ids that a text gives; what is beyond is cut."""

    def encode(self, prompt: str) -> list[int]:
        """The ids of a text, at most `length`; empty where it holds nothing that the tokenizer knows."""


def batch(tokenizer: Tokenizer, prompts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Token ids [N, T] int32, zeros after the end, and their counts [N] int32; T is `tokenizer.length`.

    All batches of a tokenizer have the same T, so that what is compiled for it, such as a training step,
    is compiled once.

    Raises:
      UsageError: a prompt without anything that the tokenizer knows, or one text in place of a list.
    """
    if isinstance(prompts, str):
        raise UsageError(f"A list of prompts is wanted; got one text, {_quoted(prompts)}.")
    ids = np.zeros((len(prompts), tokenizer.length), np.int32)
    lengths = np.zeros(len(prompts), np.int32)
    for i, prompt in enumerate(prompts):
        known = tokenizer.encode(prompt)
        if not known:
            raise UsageError(
                f"There is no known word in the prompt {_quoted(prompt)}; the model was trained on texts of "
                "other words."
            )
        ids[i, : len(known)], lengths[i] = known, len(known)
    return ids, lengths


def _quoted(prompt: str) -> str:
    """The prompt as a message shows it: escaped, and never long."""
    return repr(prompt if len(prompt) <= _SHOWN else f"{prompt[:_SHOWN]}...")
