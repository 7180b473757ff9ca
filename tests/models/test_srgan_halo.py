"""How far a pixel reaches into the result: the halo of the spec, of every network that enlarges pictures."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ganjax.models.index import system

NETWORKS = [
    ("esrgan", {"scale": 1, "blocks": 1, "width": 2, "growth": 1}),
    ("esrgan", {"scale": 2, "blocks": 1, "width": 2, "growth": 1}),
    ("esrgan", {"scale": 4, "blocks": 1, "width": 2, "growth": 1}),
    ("msrresnet", {"scale": 2, "blocks": 2, "width": 2}),
    ("msrresnet", {"scale": 3, "blocks": 1, "width": 2}),
    ("msrresnet", {"scale": 4, "blocks": 3, "width": 2}),
    ("srgan", {"scale": 2, "blocks": 2, "width": 2}),
    ("srgan", {"scale": 4, "blocks": 1, "width": 2, "last_norm": False}),
    ("srgan", {"scale": 8, "blocks": 1, "width": 2}),
    ("srvgg", {"scale": 3, "convs": 2, "width": 2}),
]


@pytest.mark.parametrize(("name", "settings"), NETWORKS)
def test_a_pixel_reaches_as_far_as_the_halo_and_no_farther(name: str, settings: dict[str, Any]) -> None:
    module = system(name)
    net = module.Generator(module.GeneratorConfig(**settings))
    spec = module.spec(net.config)
    # Weights of one sign and no biases: a result differs from that of black wherever the pixel reaches it.
    shapes = jax.eval_shape(net.init, jax.random.key(0), jnp.zeros((1, 8, 8, 3)))
    weights = jax.tree.map_with_path(
        lambda path, leaf: np.full(leaf.shape, 0.0 if path[-1].key in ("bias", "mean") else 0.5, np.float32),
        shapes,
    )
    middle = -(-(spec.halo + 2) // spec.multiple) * spec.multiple
    # A picture for each place that a pixel can have in a block of `multiple`, and one of black.
    pictures = np.zeros((spec.multiple + 1, spec.multiple * 2, 2 * middle + spec.multiple, 3), np.float32)
    for i in range(spec.multiple):
        pictures[i, :, middle + i] = 1
    results = np.asarray(jax.jit(net.apply)(weights, pictures))
    reached = np.abs(results[:-1] - results[-1]).max((1, 3)) > 0
    reaches = []
    for i, columns in enumerate(reached):
        pixels = np.flatnonzero(columns) // spec.scale
        reaches += [middle + i - pixels.min(), pixels.max() - middle - i]
    assert max(reaches) == spec.halo
    assert results.shape[1:3] == (spec.multiple * 2 * spec.scale, pictures.shape[2] * spec.scale)


def test_the_halo_of_the_published_sizes() -> None:
    # Counted by hand: RRDBNet x4 has 15 convolutions a block, one before and one after them, and two pixels
    # for what enlarges; SRVGG has a pixel for each convolution.
    halos = {
        ("esrgan", "x4plus"): 15 * 23 + 4,
        ("esrgan", "x2plus"): 2 * (15 * 23 + 4),
        ("srvgg", "xs-x4"): 18,
        ("srvgg", "s-x4"): 34,
        ("srgan", "x4"): 18,
    }
    found = {key: system(key[0]).spec(system(key[0]).CONFIGS[key[1]][0]).halo for key in halos}
    assert found == halos
