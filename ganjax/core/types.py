"""The types that every floor shares."""

import dataclasses
from typing import Any

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
      scale: how many times larger than the image that goes in the one is that comes out.
      halo: how far, in pixels of the image that goes in, a pixel reaches into the result: what lies farther
        from the border of a tile is as in the whole image.
      multiple: height and width of the image that goes in are multiples of it.
    """

    side: int
    channels: int = 3
    range: tuple[float, float] = (-1.0, 1.0)
    latent: int | None = None
    labels: int = 0
    scale: int = 1
    halo: int = 0
    multiple: int = 1


@flax.struct.dataclass
class Model:
    """One network with its variables: a pytree whose leaves are the variables and `alpha`.

    Attributes:
      variables: Linen collections, `{"params": ...}` and others where the network has them.
      alpha: weight of the newest block in [0, 1]; 1 for a finished network.
      net: the Linen module; `model.net.apply(model.variables, x)` gives the network's own range.
      spec: what the network takes and gives.
      system: name of its system, e.g. "pgan".
      part: "generator" (averaged weights), "generator_raw" or "discriminator".
      stage: how far the network has grown (index of the resolution), None for its full size.
      name: the published name or the path it was loaded from.
    """

    variables: Any
    alpha: jax.Array | float = 1.0
    net: Any = flax.struct.field(pytree_node=False, default=None)
    spec: ImageSpec = flax.struct.field(pytree_node=False, default=ImageSpec(side=0))
    system: str = flax.struct.field(pytree_node=False, default="")
    part: str = flax.struct.field(pytree_node=False, default="generator")
    stage: int | None = flax.struct.field(pytree_node=False, default=None)
    name: str = flax.struct.field(pytree_node=False, default="")
