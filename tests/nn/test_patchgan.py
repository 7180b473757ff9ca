"""The PatchGAN; its numbers are compared with the reference in tests/models/test_enlightengan.py."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ganjax.nn.patchgan import PatchGAN


@pytest.mark.parametrize(("layers", "patch"), [(1, 16), (3, 70)])
def test_a_score_sees_a_patch_of_the_size_that_the_paper_gives(layers: int, patch: int) -> None:
    """Isola et al. 2017, appendix 6.1.2: the discriminators of 16x16 and 70x70 pixels."""
    net = PatchGAN(layers=layers, width=2)
    x = jnp.ones((1, 96, 96, 3))

    def score(x: jax.Array) -> jax.Array:
        scores, _ = net.init_with_output(jax.random.key(1), x)
        return scores[0, scores.shape[1] // 2, scores.shape[2] // 2, 0]

    slope = jax.jit(jax.grad(score), compiler_options={"xla_backend_optimization_level": 0})(x)
    for axis in (1, 2):
        seen = np.flatnonzero(np.abs(slope).max(tuple({0, 1, 2, 3} - {axis})))
        assert seen[-1] - seen[0] + 1 == patch


@pytest.mark.parametrize(("padding", "side"), [(1, 30), (2, 35)])
def test_sizes_of_the_map_of_scores(padding: int, side: int) -> None:
    """256 pixels to 30x30 scores as in pix2pix, 35x35 with the wider padding of pix2pixHD."""
    net = PatchGAN(padding=padding)
    x = jax.ShapeDtypeStruct((2, 256, 256, 6), jnp.float32)
    scores, variables = jax.eval_shape(lambda x: net.init_with_output(jax.random.key(0), x), x)
    assert scores.shape == (2, side, side, 1)
    widths = [leaf["kernel"].shape[-1] for leaf in variables["params"].values()]
    assert widths == [64, 128, 256, 512, 1]


def test_features_after_each_activation_are_sown() -> None:
    net = PatchGAN(layers=2, width=2, norm="instance")
    x = jax.ShapeDtypeStruct((1, 16, 16, 3), jnp.float32)
    init = functools.partial(net.init, jax.random.key(1), mutable=["params", "intermediates"])
    seen = jax.eval_shape(init, x)["intermediates"]
    shapes = {name: each[0].shape for name, each in seen.items()}
    assert shapes == {"features0": (1, 8, 8, 2), "features1": (1, 4, 4, 4), "features2": (1, 3, 3, 8)}
