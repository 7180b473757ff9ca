"""How the layers of a progressive GAN lie in PyTorch: both codes written for it keep them alike.

Kernels are [out, in, height, width]; where features are flattened, channels come before pixels.
"""

from ganjax.convert.pairs import Op, chain, reshape, transpose

CONV = transpose(2, 3, 1, 0)
DENSE = transpose(1, 0)


def pointwise(inputs: int, outputs: int) -> Op:
    """A 1x1 convolution as a dense layer."""
    return chain(reshape((outputs, inputs, 1, 1), (outputs, inputs)), DENSE)


def to_4x4(latent: int, width: int) -> Op:
    """A dense layer from the latent to `width` features of 4x4 pixels."""
    return chain(reshape((16 * width, latent), (width, 4, 4, latent)), transpose(3, 1, 2, 0))


def from_4x4(width: int, dense: int) -> Op:
    """A dense layer from `width` features of 4x4 pixels."""
    return chain(
        reshape((dense, 16 * width), (dense, width, 4, 4)),
        transpose(2, 3, 1, 0),
        reshape((4, 4, width, dense), (16 * width, dense)),
    )
