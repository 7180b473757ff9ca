"""Drawing and scoring: the numbers are the network's own, whatever the batch and the devices."""

import dataclasses
import re
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ganjax

KEY = jax.random.key(7)
Get = Callable[..., ganjax.Model]

# The same sums in another order: a few units in the last place of float32.
CLOSE = {"rtol": 0, "atol": 2e-6}


def on_one_device(model: ganjax.Model) -> ganjax.Model:
    return jax.device_put(model, jax.devices()[0])


def raw(model: ganjax.Model, *inputs: Any, **growth: Any) -> np.ndarray:
    """The network itself."""
    return np.asarray(jax.jit(lambda v, *x: model.net.apply(v, *x, **growth))(model.variables, *inputs))


def test_each_latent_is_drawn_from_its_own_key(model: Get) -> None:
    latents = ganjax.sample_latents(model(), KEY, n=5)
    for i in range(5):
        np.testing.assert_array_equal(latents[i], jax.random.normal(jax.random.fold_in(KEY, i), (16,)))


def test_generate_is_sample_then_synthesize(model: Get) -> None:
    generator = model()
    images = ganjax.generate(generator, KEY, n=3)
    assert images.shape == (3, 16, 16, 3) and images.dtype == jnp.float32
    latents = ganjax.sample_latents(generator, KEY, n=3)
    np.testing.assert_allclose(images, ganjax.synthesize(generator, latents), **CLOSE)


def test_synthesize_is_the_network_mapped_and_clipped(model: Get) -> None:
    generator, z = model(), np.random.default_rng(0).standard_normal((3, 16)).astype(np.float32)
    expected = raw(generator, z)
    assert expected.min() < -1 and expected.max() > 1  # or clipping would not be tested
    np.testing.assert_allclose(ganjax.synthesize(generator, z, raw=True), expected, rtol=0, atol=1e-5)
    unit = np.clip((expected + 1) / 2, 0, 1)
    np.testing.assert_allclose(ganjax.synthesize(generator, z), unit, rtol=0, atol=1e-5)


@pytest.mark.parametrize("batch", [None, 1, 3, 64])
def test_images_do_not_depend_on_batch_or_devices(model: Get, batch: int | None) -> None:
    generator = model()
    reference = ganjax.synthesize(generator, ganjax.sample_latents(generator, KEY, n=21))
    shared = ganjax.generate(generator, KEY, n=21, batch=batch)
    alone = ganjax.generate(on_one_device(generator), KEY, n=21, batch=batch)
    assert shared.shape == alone.shape == reference.shape
    assert len(alone.devices()) == 1
    np.testing.assert_allclose(shared, reference, **CLOSE)
    np.testing.assert_allclose(alone, reference, **CLOSE)
    np.testing.assert_allclose(ganjax.generate(generator, KEY, n=1), reference[:1], **CLOSE)


def test_many_images_are_shared_between_the_devices(model: Get) -> None:
    assert len(jax.local_devices()) == 8
    assert len(ganjax.generate(model(), KEY, n=16).devices()) == 8
    assert len(ganjax.generate(model(), KEY, n=7).devices()) == 1


@dataclasses.dataclass(frozen=True)
class Counting:
    """Stands for a network, and counts how often it is traced."""

    traces: list[int]

    def apply(self, variables: Any, z: jax.Array) -> jax.Array:
        self.traces.append(len(z))
        return jnp.broadcast_to(z[:, :1, None, None], (len(z), 4, 4, 3)) * variables

    def __hash__(self) -> int:
        return id(self.traces)


def test_all_chunks_and_both_names_share_one_program() -> None:
    spec = ganjax.ImageSpec(side=4, latent=2)
    model = ganjax.Model(jnp.ones(()), net=Counting([]), spec=spec, system="test", name="a")
    model = on_one_device(model)
    images = ganjax.generate(model, KEY, n=11, batch=3)
    assert model.net.traces == [3]  # four chunks of three; the last is cut
    again = ganjax.generate(dataclasses.replace(model, name="b"), KEY, n=11, batch=3)
    assert model.net.traces == [3]
    np.testing.assert_array_equal(images, again)
    z = ganjax.sample_latents(model, KEY, n=11)[:, 0]
    expected = np.clip((np.asarray(z) + 1) / 2, 0, 1)
    np.testing.assert_allclose(images[:, 0, 0, 0], expected, **CLOSE)


@pytest.mark.parametrize(("stage", "alpha"), [(0, 1.0), (1, 1.0), (1, 0.3), (2, 0.5)])
def test_a_network_that_has_not_grown_up(model: Get, stage: int, alpha: float) -> None:
    generator, critic = (model(part, stage=stage, alpha=alpha) for part in ("generator", "discriminator"))
    z = np.random.default_rng(0).standard_normal((4, 16)).astype(np.float32)
    side = 4 << stage
    assert generator.spec.side == critic.spec.side == side
    images = ganjax.synthesize(generator, z, raw=True)
    assert images.shape == (4, side, side, 3)
    np.testing.assert_allclose(images, raw(generator, z, stage=stage, alpha=alpha), rtol=0, atol=1e-5)
    scores = ganjax.discriminate(critic, images, raw=True)
    expected = raw(critic, images, stage=stage, alpha=alpha)
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-4)
    assert str(ganjax.summary(generator)).startswith(f"{generator.name} (generator), {side} x {side}\n")


def test_labels_are_indices_or_vectors(model: Get) -> None:
    generator, z = model(labels=3), np.random.default_rng(0).standard_normal((4, 16)).astype(np.float32)
    vectors = np.eye(3, dtype=np.float32)[[2, 0, 1, 1]]
    expected = np.clip((raw(generator, z, vectors) + 1) / 2, 0, 1)
    for labels in ([2, 0, 1, 1], np.array([2, 0, 1, 1]), vectors):
        np.testing.assert_allclose(
            ganjax.synthesize(generator, z, labels=labels), expected, rtol=0, atol=1e-5
        )
    # Each label stays with its image through chunks and devices.
    z = ganjax.sample_latents(generator, KEY, n=11)
    labels = np.arange(11) % 3
    images = ganjax.synthesize(generator, z, labels=labels)
    np.testing.assert_allclose(ganjax.generate(generator, KEY, n=11, labels=labels, batch=1), images, **CLOSE)
    one = on_one_device(generator)
    np.testing.assert_allclose(ganjax.generate(one, KEY, n=11, labels=labels, batch=4), images, **CLOSE)


def test_scores_are_the_first_column(model: Get) -> None:
    critic = model("discriminator", labels=3)
    pixels = np.random.default_rng(0).integers(0, 256, (8, 16, 16, 3), np.uint8)
    output = raw(critic, pixels.astype(np.float32) / 127.5 - 1)
    close = {"rtol": 0, "atol": 2e-5 * np.abs(output).max()}
    np.testing.assert_allclose(ganjax.discriminate(critic, pixels), output[:, 0], **close)
    np.testing.assert_allclose(
        ganjax.discriminate(critic, pixels.astype(np.float32) / 255), output[:, 0], **close
    )
    np.testing.assert_allclose(
        ganjax.discriminate(critic, pixels / np.float32(127.5) - 1, raw=True), output, **close
    )
    labels = np.arange(8) % 3
    np.testing.assert_allclose(
        ganjax.discriminate(critic, pixels, labels=labels), output[np.arange(8), 1 + labels], **close
    )


def test_the_wrong_network_is_named(model: Get) -> None:
    with pytest.raises(ganjax.UsageError, match=r"\(discriminator\) is given where a generator is needed"):
        ganjax.generate(model("discriminator"), KEY)
    with pytest.raises(ganjax.UsageError, match=r"\(generator_raw\) .* a discriminator is needed"):
        ganjax.discriminate(model("generator_raw"), np.zeros((1, 16, 16, 3)))


@pytest.mark.parametrize("shape", [(2, 8, 8, 3), (2, 16, 16, 1), (16, 16, 3)])
def test_images_of_another_shape(model: Get, shape: tuple[int, ...]) -> None:
    with pytest.raises(ganjax.UsageError, match=re.escape(f"images [N, 16, 16, 3]; got {list(shape)}")):
        ganjax.discriminate(model("discriminator"), np.zeros(shape, np.float32))


def test_what_does_not_fit_is_refused(model: Get) -> None:
    generator, labelled, z = model(), model(labels=3), np.zeros((2, 16), np.float32)
    for latents in (z[0], z[:, :15]):
        with pytest.raises(ganjax.UsageError, match=r"latents \[N, 16\]; got"):
            ganjax.synthesize(generator, latents)
    for number in ({"n": 0}, {"n": 4, "batch": 0}):
        with pytest.raises(ganjax.UsageError, match="from 1 on, not 0"):
            ganjax.generate(generator, KEY, **number)
    with pytest.raises(ganjax.UsageError, match="no labels"):
        ganjax.synthesize(generator, z, labels=[0, 1])
    with pytest.raises(ganjax.UsageError, match=r"needs labels: class indices \[2\] from 0 to 2"):
        ganjax.synthesize(labelled, z)
    for labels in ([0, 3], [-1, 0], [0], [0.0, 1.0], np.zeros((2, 4))):
        with pytest.raises(ganjax.UsageError, match=r"takes class indices \[2\] from 0 to 2, or vectors"):
            ganjax.synthesize(labelled, z, labels=labels)
    with pytest.raises(ganjax.UsageError, match="either raw or labels"):
        ganjax.discriminate(model("discriminator", labels=3), np.zeros((1, 16, 16, 3)), labels=[0], raw=True)
