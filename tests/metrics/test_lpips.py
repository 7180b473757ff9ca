"""LPIPS against what richzhang/PerceptualSimilarity computes from the same features."""

import functools
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ganjax.core.errors import UsageError
from ganjax.metrics.lpips import LAYERS, lpips, published_weights, read_weights

GOLDEN = pathlib.Path(__file__).parents[1] / "golden/restoration_metrics.npz"
WIDTHS = {"alexnet": (64, 192, 384, 256, 256), "vgg16": (64, 128, 256, 512, 512)}
MEAN, DEVIATION = np.array([[[0.485, 0.456, 0.406]], [[0.229, 0.224, 0.225]]], np.float32)


@pytest.fixture(scope="module")
def vectors():
    """Made by scripts/golden/restoration_metrics.py."""
    return np.load(GOLDEN)


def features_of(vectors, network):
    """The stand-in for a classifier with which the vectors were made, behind torchvision's normalisation."""
    mixes = [vectors[f"lpips_{network}_mix{i}"].astype(np.float32) for i in range(5)]

    def features(images):
        x = (images - MEAN.reshape(1, 1, 1, 3)) / DEVIATION.reshape(1, 1, 1, 3)
        n, height, width, _ = x.shape
        x = x.reshape(n, height // 2, 2, width // 2, 2, 3).mean((2, 4))
        return [jax.nn.relu(x @ mix) for mix in mixes]

    return features


@pytest.mark.parametrize("network", LAYERS)
def test_values_of_the_reference(vectors, network):
    weights, features = published_weights(network), features_of(vectors, network)
    images = vectors["lpips_outputs"], vectors["lpips_targets"]
    found = jax.jit(functools.partial(lpips, features, weights))(*images)
    np.testing.assert_allclose(found, vectors[f"lpips_{network}"], rtol=1e-4)


@pytest.mark.parametrize("network", LAYERS)
def test_published_weights(network):
    weights = published_weights(network)
    assert tuple(map(len, weights)) == WIDTHS[network]
    assert min(each.min() for each in weights) >= 0


def test_equal_images_are_at_distance_zero_with_a_gradient():
    mix = np.eye(3, dtype=np.float32)
    weights = [np.ones(3, np.float32)]

    @jax.jit
    @jax.value_and_grad
    def distance(x, y):
        return lpips(lambda images: [jax.nn.relu(images @ mix - 0.5)], weights, x, y).sum()

    # In dark images every activation is 0.
    for level in (0.0, 0.7):
        images = jnp.full((1, 4, 4, 3), level)
        value, gradient = distance(images, images)
        assert value < 1e-12
        assert jnp.isfinite(gradient).all()


def test_weights_of_a_file():
    arrays = [np.arange(width, dtype=np.float32) for width in (2, 3)]
    state = {f"lin{i}.model.1.weight": array.reshape(1, -1, 1, 1) for i, array in enumerate(arrays)}
    found = read_weights(state | {"net.slice1.0.weight": np.zeros((2, 3, 1, 1))})
    assert all(map(np.array_equal, found, arrays))
    with pytest.raises(UsageError, match="no LPIPS weights"):
        read_weights({"conv.weight": arrays[0]})


def test_what_it_refuses(vectors):
    features, images = features_of(vectors, "alexnet"), vectors["lpips_targets"]
    with pytest.raises(UsageError, match="one shape"):
        lpips(features, published_weights("alexnet"), images, images[:1])
    with pytest.raises(UsageError, match="each of 5 activations, not 4"):
        lpips(features, published_weights("alexnet")[:4], images, images)
    with pytest.raises(UsageError, match="Did you mean 'vgg16'"):
        published_weights("vgg19")
