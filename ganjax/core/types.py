"""The types that every floor shares."""

import dataclasses
from typing import Any, NamedTuple

import flax.struct
import jax


@dataclasses.dataclass(frozen=True)
class ImageSpec:
    """What a network takes and gives.

    Attributes:
      side: height and width of the images in pixels; 0 where the network takes images of any size.
      channels: colour channels of the images.
      range: smallest and largest nominal value inside the network; outputs are not clipped to it.
      latent: length L of the latent vector, or None where the network takes none.
      labels: length of the label vector (one-hots), 0 where the network is unconditional.
      condition: length of the sentence vector, 0 where the network takes no sentence.
      scale: how many times larger than the image that goes in the one is that comes out.
      halo: how far, in pixels of the image that goes in, a pixel reaches into the result: what lies farther
        from the border of a tile is as in the whole image.
      multiple: height and width of the image that goes in are multiples of it.
      glance: side of the square copy in which the network sees every picture; what it does is carried over to
        the full size, see `ganjax.infer.glance`. 0 where it sees the picture itself.
    """

    side: int
    channels: int = 3
    range: tuple[float, float] = (-1.0, 1.0)
    latent: int | None = None
    labels: int = 0
    scale: int = 1
    halo: int = 0
    multiple: int = 1
    glance: int = 0
    condition: int = 0


@dataclasses.dataclass(frozen=True)
class TextSpec:
    """What a text encoder takes and gives.

    Attributes:
      tokens: size of its vocabulary; token ids are below it, and 0 is padding.
      length: the most tokens that a text may have.
      width: length of the vector that stands for a whole text.
    """

    tokens: int
    length: int
    width: int


class TextFeatures(NamedTuple):
    """What a text encoder makes of a batch of texts.

    Attributes:
      words: a vector for each token [N, T, D] float32, zeros after the end of a text.
      sentence: a vector for each text [N, D] float32.
    """

    words: jax.Array
    sentence: jax.Array


@flax.struct.dataclass
class Model:
    """One network with its variables: a pytree whose leaves are the variables and `alpha`.

    Attributes:
      variables: Linen collections, `{"params": ...}` and others where the network has them.
      alpha: weight of the newest block in [0, 1]; 1 for a finished network.
      net: the Linen module; `model.net.apply(model.variables, x)` gives the network's own range.
      spec: what the network takes and gives: an `ImageSpec`, or the `TextSpec` of a text encoder.
      system: name of its system, e.g. "pgan".
      part: what it is in its system, a `ganjax.core.parts.PartName`.
      stage: how far the network has grown (index of the resolution), None for its full size.
      name: the published name or the path it was loaded from.
      tokenizer: of a text encoder, what turns its texts into token ids (see `ganjax.text`); None where its
        file holds none.
      text: of a network that listens to texts, name or path of the text encoder that it was trained on.
      text_fingerprint: and which one of that name it was (`ganjax.text.fingerprint`); "" where that is not
        known.
    """

    variables: Any
    alpha: jax.Array | float = 1.0
    net: Any = flax.struct.field(pytree_node=False, default=None)
    spec: Any = flax.struct.field(pytree_node=False, default=ImageSpec(side=0))
    system: str = flax.struct.field(pytree_node=False, default="")
    part: str = flax.struct.field(pytree_node=False, default="generator")
    stage: int | None = flax.struct.field(pytree_node=False, default=None)
    name: str = flax.struct.field(pytree_node=False, default="")
    tokenizer: Any = flax.struct.field(pytree_node=False, default=None)
    text: str = flax.struct.field(pytree_node=False, default="")
    text_fingerprint: str = flax.struct.field(pytree_node=False, default="")


def called(model: Model) -> str:
    """How messages name a model."""
    return f"{model.name or model.system} ({model.part})"
