"""The kinds of tokenizers by name, so that one can travel as JSON inside the file of its encoder."""

from collections.abc import Mapping
from typing import Any

from ganjax.core.errors import UsageError, unknown
from ganjax.text.bilingual import Bilingual
from ganjax.text.bpe import BytePairs
from ganjax.text.words import Words

KINDS: dict[str, type[Bilingual] | type[BytePairs] | type[Words]] = {
    "bilingual": Bilingual,
    "bpe": BytePairs,
    "words": Words,
}
"""Tokenizer classes by name."""


def to_json(tokenizer: Any) -> dict[str, Any]:
    """`tokenizer`, of a class of `KINDS`, as plain JSON values with the name of its kind."""
    kind = next(name for name, each in KINDS.items() if isinstance(tokenizer, each))
    return {"kind": kind, **tokenizer.to_json()}


def from_json(values: Mapping[str, Any]) -> Bilingual | BytePairs | Words:
    """The tokenizer that `to_json` gave.

    Raises:
      UsageError: an unknown kind, or values of no tokenizer of that kind.
    """
    if not isinstance(values, Mapping) or not isinstance(values.get("kind"), str):
        raise UsageError("A tokenizer is JSON with its kind; this is none.")
    if values["kind"] not in KINDS:
        raise UsageError(unknown("kind of tokenizer", values["kind"], KINDS))
    return KINDS[values["kind"]].from_json({name: each for name, each in values.items() if name != "kind"})
