"""EnlightenGAN's losses against `backward_G` of VITA-Group/EnlightenGAN, models/single_model.py."""

import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ganjax import losses
from ganjax.losses import enlightengan

GOLDEN = pathlib.Path(__file__).parents[1] / "golden/restoration_losses.npz"


@pytest.fixture(scope="module")
def vectors():
    """Made by scripts/golden/restoration_metrics.py."""
    loaded = np.load(GOLDEN)
    return {name.removeprefix("enlighten_"): loaded[name] for name in loaded if name.startswith("enlighten")}


def network(vectors, name):
    def apply(x):
        kernel, bias = vectors[f"{name}_kernel"], vectors[f"{name}_bias"]
        layout = ("NHWC", "HWIO", "NHWC")
        x = jax.lax.conv_general_dilated(x, kernel, (2, 2), "VALID", dimension_numbers=layout)
        return x + bias.reshape(1, 1, 1, -1)

    return apply


def test_value_and_gradient_of_the_reference(vectors):
    whole, local, classifier = (network(vectors, name) for name in ("whole", "local", "classifier"))

    def features(x):
        # The reference hands its classifier BGR in [0, 255]; this one divides by 255 again.
        return [jax.nn.relu(classifier((x[..., ::-1] + 1) / 2))]

    def loss(fake):
        return enlightengan.generator_loss(
            whole,
            local,
            features,
            fake,
            vectors["real"],
            vectors["dark"],
            vectors["places"],
            side=int(vectors["side"]),
        )

    (found, metrics), gradient = jax.jit(jax.value_and_grad(loss, has_aux=True))(vectors["fake"])
    np.testing.assert_allclose(found, vectors["enlighten"], rtol=1e-5)
    adversarial, content = (
        metrics[f"g_{a}"] + metrics[f"g_{b}"] for a, b in (("global", "local"), ("content", "content_local"))
    )
    np.testing.assert_allclose(adversarial, vectors["adversarial"], rtol=1e-5)
    np.testing.assert_allclose(content, vectors["content"], rtol=1e-5)
    expected = vectors["gradient"]
    np.testing.assert_allclose(gradient, expected, atol=2e-4 * abs(expected).max())


@pytest.mark.shared
def test_shared_losses_of_both_games(shared):
    vectors = np.load(shared / "golden/enlightengan/losses/io.npz")
    real, fake = (jnp.moveaxis(vectors[f"pred_{side}"], 1, -1) for side in ("real", "fake"))
    for game, name in ((enlightengan.GLOBAL, "ragan_ls"), (enlightengan.LOCAL, "ls")):
        d_loss, _ = game.discriminator_loss(lambda x: x, real, fake, jnp.zeros(len(real)))
        g_loss, _ = game.generator_loss(lambda x: x, fake, real)
        np.testing.assert_allclose(d_loss, vectors[f"loss_D_{name}"][0], rtol=1e-5)
        np.testing.assert_allclose(g_loss, vectors[f"loss_G_{name}"][0], rtol=1e-5)


def test_without_hybrid_patches_are_relative_too(vectors):
    """As `backward_D_P` and `backward_G` without --hybrid_loss: the loss of whole images, of patches."""
    whole, local = (network(vectors, name) for name in ("whole", "local"))
    real, fake, dark = (jnp.asarray(vectors[name]) for name in ("real", "fake", "dark"))
    given = real, fake, vectors["places"]
    how = {"side": int(vectors["side"]), "hybrid": False}
    _, d_metrics = enlightengan.discriminator_loss(whole, local, *given, **how)
    _, g_metrics = enlightengan.generator_loss(
        whole, local, lambda x: [x], fake, real, dark, vectors["places"], **how
    )
    cut = [enlightengan.patches(each, vectors["places"], side=how["side"]) for each in (real, fake)]
    true, made = (np.asarray(local(each), np.float64)[..., 0] for each in cut)
    true, made = true - made.mean(), made - true.mean()
    np.testing.assert_allclose(d_metrics["d_local"], ((true - 1) ** 2 + made**2).mean() / 2, rtol=1e-4)
    np.testing.assert_allclose(g_metrics["g_local"], (true**2 + (made - 1) ** 2).mean() / 2, rtol=1e-4)


def test_content_ignores_brightness_and_contrast_but_not_places(vectors):
    dark = vectors["dark"]
    same = losses.self_feature_preserving(lambda x: [x], 2 * dark + 0.3, dark)
    np.testing.assert_allclose(same, [0, 0], atol=1e-6)
    moved = losses.self_feature_preserving(lambda x: [x], np.roll(dark, 1, axis=1), dark)
    assert moved.shape == (2,)
    assert moved.min() > 1


def test_patches_lie_where_they_should(vectors):
    images = vectors["dark"]
    found = losses.patches(images, vectors["places"], side=10)
    expected = np.concatenate([images[:, y : y + 10, x : x + 10] for y, x in vectors["places"]])
    np.testing.assert_array_equal(found, expected)


def test_places_are_all_inside():
    places = losses.draw_places(jax.random.key(0), 40, 34, side=32, count=500)
    # The reference draws from 0 to side - 32 - 1, both included.
    np.testing.assert_array_equal(places.min(0), [0, 0])
    np.testing.assert_array_equal(places.max(0), [7, 1])
    np.testing.assert_array_equal(losses.draw_places(jax.random.key(0), 32, 32, count=3), np.zeros((3, 2)))
