"""The weight map of Real-ESRGAN's discriminator: XPixelGroup/BasicSR, basicsr/archs/discriminator_arch.py."""

from collections.abc import Iterator

from ganjax.convert.pairs import Op, Pair, chain, reshape, transpose
from ganjax.convert.torch_layers import CONV, layer


def unet_pairs(width: int) -> Iterator[Pair]:
    """The layers of `ganjax.nn.unet_discriminator`, with `width` channels at the full size."""
    widths = [3, *(width << level for level in (0, 1, 2, 3, 2, 1, 0, 0, 0))]
    for i in range(10):
        if i in (0, 9):
            yield from layer(f"conv{i}", f"conv{i}")
        else:
            size = 4 if i <= 3 else 3
            yield Pair(f"params/conv{i}/kernel", f"conv{i}.weight_orig", CONV)
            yield Pair(f"spectral/conv{i}/u", f"conv{i}.weight_u")
            yield Pair(f"spectral/conv{i}/v", f"conv{i}.weight_v", _window(size, widths[i]))


def _window(size: int, channels: int) -> Op:
    """A vector over the window of a kernel: PyTorch flattens channels before pixels."""
    length = channels * size**2
    return chain(
        reshape((length,), (channels, size, size)),
        transpose(1, 2, 0),
        reshape((size, size, channels), (length,)),
    )
