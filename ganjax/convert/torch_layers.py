"""The weight maps of PyTorch's usual layers: what the converters of many systems share.

PyTorch has kernels [out, in, height, width], and channels before pixels where features are flattened.
"""

from collections.abc import Iterator

from ganjax.convert.pairs import KEEP, Op, Pair, chain, reshape, transpose

CONV = transpose(2, 3, 1, 0)
"""A kernel from PyTorch's layout to ours."""

DENSE = transpose(1, 0)
"""The weights of a dense layer from PyTorch's layout to ours."""

COUNTS = {"*.num_batches_tracked": "PyTorch's count of training steps; the averages do not depend on it"}
"""For `IGNORE` of a network with batch norm."""


def layer(target: str, *sources: str, op: Op = CONV, bias: bool = True) -> Iterator[Pair]:
    """The kernel of the layer `target`, and its bias if it has one.

    `sources` are the names that the layer has in files of different versions; `op` turns its weight into
    our kernel.
    """
    for leaf, name, change in (("kernel", "weight", op), ("bias", "bias", KEEP))[: 1 + bias]:
        first, *also = (f"{source}.{name}" for source in sources)
        yield Pair(f"params/{target}/{leaf}", first, change, tuple(also))


def batch_norm(target: str, source: str) -> Iterator[Pair]:
    """A batch norm with its averages."""
    yield Pair(f"params/{target}/scale", f"{source}.weight")
    yield Pair(f"params/{target}/bias", f"{source}.bias")
    yield Pair(f"batch_stats/{target}/mean", f"{source}.running_mean")
    yield Pair(f"batch_stats/{target}/var", f"{source}.running_var")


def from_pixels(side: int, inputs: int, outputs: int) -> Op:
    """The weights of a dense layer on `inputs` flattened channels of `side` x `side` pixels."""
    return chain(
        reshape((outputs, inputs * side**2), (outputs, inputs, side, side)),
        transpose(2, 3, 1, 0),
        reshape((side, side, inputs, outputs), (inputs * side**2, outputs)),
    )


def to_pixels(side: int, inputs: int, outputs: int) -> Op:
    """The weights of a dense layer to `outputs` channels of `side` x `side` pixels."""
    return chain(reshape((side**2 * outputs, inputs), (outputs, side, side, inputs)), transpose(3, 1, 2, 0))


def pointwise(inputs: int, outputs: int) -> Op:
    """A 1x1 convolution as a dense layer."""
    return chain(reshape((outputs, inputs, 1, 1), (outputs, inputs)), DENSE)
