"""The maps of PyTorch's layers, against what PyTorch's documentation says of their layouts."""

import numpy as np

from ganjax.convert.pairs import KEEP, Pair
from ganjax.convert.torch_layers import CONV, DENSE, batch_norm, from_pixels, layer


def test_a_layer_has_a_kernel_and_a_bias_under_each_of_its_names() -> None:
    assert list(layer("a/conv0", "conv_first", "model.0")) == [
        Pair("params/a/conv0/kernel", "conv_first.weight", CONV, ("model.0.weight",)),
        Pair("params/a/conv0/bias", "conv_first.bias", KEEP, ("model.0.bias",)),
    ]
    assert list(layer("b", "c", op=DENSE, bias=False)) == [Pair("params/b/kernel", "c.weight", DENSE)]


def test_a_batch_norm_has_four_tensors() -> None:
    assert {pair.target: pair.source for pair in batch_norm("norm0", "bn")} == {
        "params/norm0/scale": "bn.weight",
        "params/norm0/bias": "bn.bias",
        "batch_stats/norm0/mean": "bn.running_mean",
        "batch_stats/norm0/var": "bn.running_var",
    }


def test_a_dense_layer_on_pixels_gives_the_same_on_pixels_before_channels() -> None:
    rng = np.random.default_rng(0)
    features, weight = rng.standard_normal((3, 2, 2)), rng.standard_normal((5, 12))  # [C, H, W]
    op = from_pixels(2, 3, 5)
    kernel = op.apply(weight)
    np.testing.assert_allclose(features.transpose(1, 2, 0).ravel() @ kernel, weight @ features.ravel())
    np.testing.assert_array_equal(op.undo(kernel), weight)
