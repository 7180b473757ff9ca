"""A network layer by layer: output shapes, parameters and operations, found without running it."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import jax
from flax import linen as nn

from ganjax.core.trees import count
from ganjax.nn.equalized import EqualConv, EqualDense
from ganjax.nn.layers import Conv3x3, HalvingConv4x4
from ganjax.nn.lstm import BidirectionalLstm
from ganjax.nn.spectral import SpectralConv


@dataclasses.dataclass(frozen=True)
class Layer:
    """One layer that has parameters.

    Attributes:
      name: its path in the parameter tree.
      kind: class of the layer.
      shape: shape of its output, without the batch.
      parameters: number of its parameters.
      flops: floating point operations for one image, see `layers`.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    parameters: int
    flops: int


@dataclasses.dataclass(frozen=True)
class Summary:
    """The layers of a network in the order of computation; `str` gives a table.

    Attributes:
      title: what network it is.
      layers: the layers that take part.
      parameters: number of all parameters, those included that only other stages of growth use.
    """

    title: str
    layers: tuple[Layer, ...]
    parameters: int

    @property
    def flops(self) -> int:
        """Floating point operations for one image, see `layers`."""
        return sum(layer.flops for layer in self.layers)

    def __str__(self) -> str:
        rows = [("layer", "kind", "output", "parameters", "FLOPs/image")]
        for layer in self.layers:
            shape = " x ".join(map(str, layer.shape))
            rows.append((layer.name, layer.kind, shape, f"{layer.parameters:,}", _si(layer.flops)))
        if idle := self.parameters - sum(layer.parameters for layer in self.layers):
            rows.append(("(other stages)", "", "", f"{idle:,}", ""))
        rows.append(("total", "", "", f"{self.parameters:,}", _si(self.flops)))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(_aligned(row, widths)).rstrip() for row in rows]
        rule = "-" * max(map(len, lines))
        return "\n".join([self.title, rule, lines[0], rule, *lines[1:-1], rule, lines[-1]])


def layers(net: nn.Module, variables: Any, *inputs: Any, **options: Any) -> tuple[Layer, ...]:
    """The layers that `net.apply(variables, *inputs, **options)` calls; arrays may be given as shapes.

    FLOPs are those of the definition, not of the form it is computed in: two (multiply, add) for each weight
    of a dense or convolutional layer at each position, for one image. A convolution joined with a
    resampling works at the larger of its two sides; padding counts as pixels. Biases, activations and
    normalisations are left out.
    """
    found: list[Layer] = []

    def record(call: Any, args: Any, kwargs: Any, context: nn.module.InterceptorContext) -> Any:
        output = call(*args, **kwargs)
        module = context.module
        own = {k: v for k, v in module.variables.get("params", {}).items() if not isinstance(v, Mapping)}
        if own and output is not None:  # a method that prepares gives nothing
            name, flops, shape = "/".join(module.path), 0, jax.tree.leaves(output)[0].shape
            if kernels := [leaf for key, leaf in own.items() if key.endswith("kernel")]:
                positions = _positions(module, args[0].shape, shape)
                flops = 2 * positions * sum(math.prod(kernel.shape) for kernel in kernels)
            found.append(Layer(name, type(module).__name__, shape[1:], count(own), flops))
        return output

    with nn.intercept_methods(record):
        jax.eval_shape(lambda v, *x: net.apply(v, *x, **options), variables, *inputs)
    return tuple(found)


def _positions(module: nn.Module, x: tuple[int, ...], y: tuple[int, ...]) -> int:
    """How often a layer with input shape `x` and output shape `y` applies its kernel to one image."""
    match module:
        case EqualDense() | nn.Dense() | nn.DenseGeneral() | BidirectionalLstm():
            return math.prod(x[1:-1])
        case EqualConv() | Conv3x3():  # may be joined with a resampling
            return max(math.prod(x[1:-1]), math.prod(y[1:-1]))
        case nn.Conv() | SpectralConv() | HalvingConv4x4():
            return math.prod(y[1:-1])
    raise TypeError(f"nn/summary.py has no rule for the FLOPs of {type(module).__name__}")


def _aligned(row: tuple[str, ...], widths: list[int]) -> list[str]:
    """Names to the left, numbers to the right."""
    return [
        text.ljust(width) if i < 3 else text.rjust(width)
        for i, (text, width) in enumerate(zip(row, widths, strict=True))
    ]


def _si(number: int) -> str:
    """`number` with three digits and the prefix of its size."""
    for prefix, size in (("T", 10**12), ("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if number >= size:
            return f"{number / size:.3g} {prefix}"
    return str(number)
