"""CLIP's files as Hugging Face distributes them: both encoders in one, or each in its own.

The names of the encoders begin with "text_model." and "vision_model."; newer files of one encoder without a
projection leave that out. A text encoder of Stable Diffusion is such a file.

Shapes do not tell the activation, the number of heads and the rule of the end token. The config.json that is
distributed beside a file does; where there is none, it is as in OpenAI's weights: quick-gelu, 64 channels a
head, and the largest id ends a text.

Source: huggingface/transformers, models/clip/modeling_clip.py and configuration_clip.py.
"""

import math
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np

from ganjax.convert.pairs import Op, Pair, chain, reshape
from ganjax.convert.torch_layers import CONV, DENSE, layer
from ganjax.convert.wrappers import Kind
from ganjax.core.errors import CheckpointError
from ganjax.models.clip.net import TextConfig, VisionConfig

IGNORE = {"*.position_ids": "the numbers 0, 1, 2, ... of the positions"}
"""Tensors that have no place in the network, with the reason."""

SETTINGS_FILE = "config.json"
"""What is distributed beside a file and tells what shapes do not."""

_HEADS = {"text": "text_model.", "vision": "vision_model."}
_PROJECTIONS = {"text": "text_projection", "vision": "visual_projection"}
_CHANNELS_A_HEAD = 64
_OLD_END = 2  # in the config.json of OpenAI's weights, by mistake: the largest id ends their texts

_LAYERS = {
    "query": "self_attn.q_proj",
    "key": "self_attn.k_proj",
    "value": "self_attn.v_proj",
    "out": "self_attn.out_proj",
    "dense1": "mlp.fc1",
    "dense2": "mlp.fc2",
}
_NORMS = {"norm1": "layer_norm1", "norm2": "layer_norm2"}
_BLOCK = re.compile(r"encoder\.layers\.(\d+)\.layer_norm1\.weight")


def recognise(names: Collection[str]) -> Kind | None:
    """Whether tensors of these names are of an encoder of CLIP, and of which."""
    bare = {name.removeprefix(_HEADS["text"]).removeprefix(_HEADS["vision"]) for name in names}
    if "encoder.layers.0.self_attn.q_proj.weight" not in bare:
        return None
    if {"embeddings.token_embedding.weight", "final_layer_norm.weight"} <= bare:
        return "text"
    if {"embeddings.patch_embedding.weight", "pre_layrnorm.weight"} <= bare:
        return "vision"
    return None


def infer(
    state: Mapping[str, np.ndarray], part: str, settings: Mapping[str, Any] | None = None
) -> TextConfig | VisionConfig:
    """The config of an encoder from its tensors, and from what config.json says beside them.

    Raises:
      CheckpointError: tensors that are not of this part, or settings that ganjax does not have.
      KeyError: a tensor is missing.
    """
    if recognise(state) != part:
        raise CheckpointError(f"These are not the tensors of the {part} of CLIP.")
    settings = settings or {}
    told = {**settings, **settings.get(f"{part}_config", {})}
    shapes = {name.removeprefix(_HEADS[part]): tensor.shape for name, tensor in state.items()}
    hidden, width = shapes["encoder.layers.0.mlp.fc1.weight"]
    projection = shapes.get(f"{_PROJECTIONS[part]}.weight", (0,))[0]
    shared: dict[str, Any] = {
        "width": width,
        "depth": sum(bool(_BLOCK.fullmatch(name)) for name in shapes),
        "heads": _attention_heads(width, told),
        "hidden": hidden,
        "projection": projection,
        "activation": _activation(told),
    }
    places = shapes["embeddings.position_embedding.weight"][0]
    if part == "text":
        end = told.get("eos_token_id", _OLD_END)
        tokens = shapes["embeddings.token_embedding.weight"][0]
        return TextConfig(tokens=tokens, length=places, end=None if end == _OLD_END else int(end), **shared)
    patch = shapes["embeddings.patch_embedding.weight"][-1]
    scale = float(told.get("logit_scale", VisionConfig.logit_scale))
    return VisionConfig(side=math.isqrt(places - 1) * patch, patch=patch, logit_scale=scale, **shared)


def pairs(part: str, config: TextConfig | VisionConfig) -> Iterator[Pair]:
    """The weight map of the encoder "text" or "vision"."""
    if isinstance(config, TextConfig):
        yield _pair(part, "tokens/embedding", "embeddings.token_embedding.weight")
    else:
        yield _pair(part, "patches/kernel", "embeddings.patch_embedding.weight", op=_patches(config))
        yield _pair(part, "class_token", "embeddings.class_embedding")
        yield from _norm(part, "norm_before", "pre_layrnorm")  # as it is spelt there
    yield _pair(part, "positions", "embeddings.position_embedding.weight")
    for i in range(config.depth):
        for target, source in _NORMS.items():
            yield from _norm(part, f"block{i}/{target}", f"encoder.layers.{i}.{source}")
        for target, source in _LAYERS.items():
            yield from layer(f"block{i}/{target}", *_names(part, f"encoder.layers.{i}.{source}"), op=DENSE)
    yield from _norm(part, "norm", "final_layer_norm" if part == "text" else "post_layernorm")
    if config.projection:
        yield from layer("projection", _PROJECTIONS[part], op=DENSE, bias=False)


def _names(part: str, name: str) -> tuple[str, str]:
    """The names of a tensor of an encoder: in most files, and where its beginning is left out."""
    return _HEADS[part] + name, name


def _pair(part: str, target: str, name: str, **options: Any) -> Pair:
    source, *also = _names(part, name)
    return Pair(f"params/{target}", source, also=tuple(also), **options)


def _norm(part: str, target: str, name: str) -> Iterator[Pair]:
    yield _pair(part, f"{target}/scale", f"{name}.weight")
    yield _pair(part, f"{target}/bias", f"{name}.bias")


def _patches(config: VisionConfig) -> Op:
    """A convolution over whole patches as a dense layer on their pixels."""
    patch, width = config.patch, config.width
    return chain(CONV, reshape((patch, patch, 3, width), (3 * patch**2, width)))


def _attention_heads(width: int, told: Mapping[str, Any]) -> int:
    """The heads that are told, or as many as have 64 channels each.

    Raises:
      CheckpointError: nothing is told, and the channels cannot be shared out so.
    """
    if (heads := told.get("num_attention_heads")) is not None:
        return int(heads)
    if width % _CHANNELS_A_HEAD:
        raise CheckpointError(
            f"Its {width} channels are no multiple of {_CHANNELS_A_HEAD}, so how many heads share them is "
            f"not known: put its {SETTINGS_FILE} beside it."
        )
    return width // _CHANNELS_A_HEAD


def _activation(told: Mapping[str, Any]) -> Any:
    """The activation that is told, or that of OpenAI's weights.

    Raises:
      CheckpointError: one that ganjax does not have.
    """
    name = told.get("hidden_act", "quick_gelu")
    if name not in ("quick_gelu", "gelu"):
        raise CheckpointError(f"Its activation is {name!r}; ganjax has quick_gelu and gelu.")
    return name
