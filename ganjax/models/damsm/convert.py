"""Published files of DAMSM: those of AttnGAN and of DF-GAN, and the vocabulary beside them.

The text encoder is `text_encoder*.pth`, its vocabulary is in `captions.pickle` or `captions_DAMSM.pickle`.
Image encoders of our own have no names but these.
"""

import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ganjax.convert.pairs import Pair
from ganjax.convert.pickle_machine import parse
from ganjax.convert.torch_layers import DENSE, layer
from ganjax.convert.wrappers import Kind
from ganjax.core.errors import CheckpointError
from ganjax.models.damsm.net import ImageConfig, TextConfig
from ganjax.text.words import Words

IGNORE: dict[str, str] = {}
"""Tensors that have no place in the network, with the reason."""

# The captions of COCO, 616,000 of some ten words, take nine million steps; they are numbers in lists.
_STEPS = 1 << 24


def recognise(names: Collection[str]) -> Kind | None:
    """Which part of DAMSM tensors of these names are: "text", "image", or None."""
    if {"encoder.weight", "rnn.weight_ih_l0"} <= set(names):
        return "text"
    return "image" if {"down0.weight", "regions.weight", "whole.weight"} <= set(names) else None


def infer(
    state: Mapping[str, np.ndarray], part: str, settings: Mapping[str, Any] | None = None
) -> TextConfig | ImageConfig:
    """The config of the "text" or the "image" part from its tensors.

    Raises:
      CheckpointError: tensors that are not of this part.
      KeyError: a tensor is missing.
    """
    if recognise(state) != part:
        raise CheckpointError(f"These are not the tensors of the {part} encoder of DAMSM.")
    if part == "text":
        tokens, embedding = state["encoder.weight"].shape
        return TextConfig(tokens, embedding, 2 * state["rnn.weight_hh_l0"].shape[1])
    levels = sum(name.startswith("down") and name.endswith(".weight") for name in state)
    channels = tuple(len(state[f"down{level}.weight"]) for level in range(levels))
    return ImageConfig(len(state["whole.weight"]), channels=channels)


def pairs(part: str, config: Any) -> Iterator[Pair]:
    """The weight map of `part`."""
    if part == "text":
        yield Pair("params/tokens/embedding", "encoder.weight")
        for way, end in (("forward", ""), ("backward", "_reverse")):
            for leaf, name in (("input", "ih"), ("state", "hh")):
                yield Pair(f"params/lstm/{way}_{leaf}_kernel", f"rnn.weight_{name}_l0{end}", DENSE)
                yield Pair(f"params/lstm/{way}_{leaf}_bias", f"rnn.bias_{name}_l0{end}")
        return
    for level in range(len(config.channels)):
        for name in (f"down{level}", f"conv{level}_0", f"conv{level}_1"):
            yield from layer(name, name)
    yield from layer("regions", "regions", op=DENSE, bias=False)
    yield from layer("whole", "whole", op=DENSE)


def vocabulary(path: str | os.PathLike[str], *, length: int = 18) -> Words:
    """The words of a published `captions.pickle`, which is read without being run.

    Args:
      path: a pickle of the captions to train on, those to test on, the word of each id, and the id of each.
      length: the most words that count.

    Raises:
      CheckpointError: the file cannot be read, or is no such pickle.
    """
    try:
        tree, _ = parse(memoryview(Path(path).read_bytes()), steps=_STEPS)
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}.") from error
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from error
    words = tree[2] if isinstance(tree, list) and len(tree) == 4 else None
    if not isinstance(words, dict) or not words or words.keys() != set(range(len(words))):
        raise CheckpointError(f"{path} is no file of captions: the words of the ids 0, 1, ... are not there.")
    if not all(isinstance(word, str) for word in words.values()):
        raise CheckpointError(f"{path} is no file of captions: not all of its words are text.")
    return Words(tuple(words[i] for i in range(len(words))), length)
